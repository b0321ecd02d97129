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
(function (factory) {
  if (typeof define === 'function' && define.amd) define(['jquery'], factory);
  else factory(jQuery);
})(function ($) {
  $.widget('ui.notice', {
    options: { closeText: 'Close', title: null },
    _create: function () {
      this.title = $('<span>').appendTo(this.element);
      this._title(this.title);
      this.element.append('<a>' + this.options.closeText + '</a>'); // expect: xss.library-html
      this.element.append($('<a>').text(this.options.closeText)); // safe: xss.library-html
    },
    _title: function (title) {
      title.html(this.options.title || '&#160;'); // expect: xss.library-html
    }
  });
});
