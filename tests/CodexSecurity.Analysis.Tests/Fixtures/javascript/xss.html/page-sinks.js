// Places of a page where text becomes markup, code or the address that is gone to.
const asked = decodeURIComponent(location.hash.slice(1));

const script = document.createElement('script');
script.src = asked; // expect: xss.html
document.head.appendChild(script);
const picture = document.createElement('img');
picture.src = asked; // safe: xss.html

document.createRange().createContextualFragment(asked); // expect: xss.html
document.getElementById('a').setAttribute('onclick', asked); // expect: xss.html
document.getElementById('a').setAttribute('title', asked); // safe: xss.html

window.onmessage = (event) => {
  document.getElementById('b').innerHTML = event.data; // expect: xss.html
  document.getElementById('c').textContent = event.data; // safe: xss.html
};
const socket = new WebSocket('wss://example.org');
socket.onmessage = (event) => {
  document.getElementById('d').innerHTML = event.data; // expect: xss.html
};
socket.addEventListener('message', (event) => {
  document.getElementById('e').innerHTML = event.data; // expect: xss.html
});
socket.addEventListener('close', (event) => {
  document.getElementById('f').innerHTML = event.reason; // safe: xss.html
});

window.open(new URL(location.href).searchParams.get('next')); // expect: redirect.open
if (asked) location = asked; // expect: redirect.open
location = '/home'; // safe: redirect.open

// What a page's own worker says is the page's.
const worker = new Worker('worker.js');
worker.onmessage = (event) => {
  document.getElementById('g').innerHTML = event.data; // safe: xss.html
};
