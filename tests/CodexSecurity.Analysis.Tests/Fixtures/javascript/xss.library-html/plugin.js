+function ($) {
  'use strict';
  var Sticky = function (element, options) {
    this.options = $.extend({}, Sticky.DEFAULTS, options);
    this.$element = $(element); // safe: xss.library-html
    this.$target = $(this.options.target); // expect: xss.library-html
    $('#' + this.options.id).show(); // safe: xss.library-html
    $(document).find(this.options.parts).show(); // safe: xss.library-html
    this.$element.appendTo(this.options.container); // expect: xss.library-html
    this.$element.find('.title').html(this.options.title); // expect: xss.library-html
    this.$element.find('.title').text(this.options.title); // safe: xss.library-html
  };
  Sticky.DEFAULTS = { offset: 0, target: window };
  function Plugin(option) {
    return this.each(function () {
      var options = typeof option == 'object' && option;
      new Sticky(this, options);
    });
  }
  $.fn.sticky = Plugin;
  $.fn.extend({ tip: function (options) { $('<i title="' + options.title + '">').appendTo(this); } }); // expect: xss.library-html
}(jQuery);
