// An uploaded file that is moved to a name of its sender's choice.
const express = require('express');
const upload = require('express-fileupload');
const path = require('path');
const app = express();
app.use(upload());

app.post('/file', (request, response) => {
  const file = request.files.file;
  file.mv('./uploads/' + file.name, () => response.end()); // expect: path-traversal.write
});
app.post('/base', (request, response) => {
  const file = request.files.file;
  file.mv('./uploads/' + path.basename(file.name), () => response.end()); // safe: path-traversal.write
});
