// What begins as markup makes elements, and runs their handlers.
$(window.name).show(); // expect: xss.html
$(decodeURIComponent(location.hash.slice(1))).show(); // expect: xss.html
$(location.hash).show(); // safe: xss.html
$('#' + window.name).show(); // safe: xss.html
$('<p>' + window.name + '</p>').appendTo('body'); // expect: xss.html
$('<p>').appendTo(window.name); // expect: xss.html
window.addEventListener('message', e => {
  $(e.data.target).show(); // expect: xss.html
  $('.panel').find(e.data.target).show(); // safe: xss.html
});
$('[data-toggle]').on('click', function () {
  $($(this).attr('data-target')).toggle(); // expect: xss.html
});
// Text of the page that becomes markup; setting it is harmless.
$('.note').html($('#draft').val()); // expect: xss.html
$('.note').html('<b>' + $(this).text() + '</b>'); // expect: xss.html
$('.note').append($('<b>').text(window.name)); // safe: xss.html
$('.note').append($('<b>').attr('title', window.name)); // safe: xss.html
$('.note').text($('#draft').val()); // safe: xss.html
