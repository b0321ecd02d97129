const socket = io();
socket.on('topic', data => {
  document.getElementById('topic').innerHTML = data.topic; // expect: xss.html
  document.getElementById('topic').textContent = data.topic; // safe: xss.html
});
window.addEventListener('message', event => {
  $('#box').children().append(event.data); // expect: xss.html
});
$('.toggle').on('click', function () {
  $('#box').html($(this).attr('data-target')); // expect: xss.html
});
