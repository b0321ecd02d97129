exports.show = (element, text) => {
  const box = document.createElement('div');
  box.innerHTML = text; // expect: xss.library-html
  box.textContent = text; // safe: xss.library-html
  element.innerHTML = '<b>' + text + '</b>'; // expect: xss.library-html
  $('#status').find('.line').html(text); // expect: xss.library-html
  $('#status').find('.line').text(text); // safe: xss.library-html
  $('<p>' + text + '</p>').appendTo(element); // expect: xss.library-html
  $('#' + text).show(); // safe: xss.library-html
};
exports.answer = (request, response, text) => {
  response.end('<p>' + text + '</p>'); // todo-expect: xss.library-html
};
