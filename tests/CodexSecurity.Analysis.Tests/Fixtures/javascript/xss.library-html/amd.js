define('demo/rich', ['dojo/_base/declare', 'jquery'], function (declare, $) {
  return declare('demo.Rich', [], {
    setValue: function (html) {
      this.node = document.createElement('div');
      this.node.innerHTML = html; // expect: xss.library-html
      $('#title').html(html); // expect: xss.library-html
      $('#title').text(html); // safe: xss.library-html
    }
  });
});
