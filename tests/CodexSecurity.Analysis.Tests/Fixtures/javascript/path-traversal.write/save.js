const express = require('express'), fs = require('fs'), path = require('path');
const app = express(), root = '/srv/uploads';
app.post('/save', (req, res) => {
  fs.writeFile(path.join(root, req.body.name), 'x', () => res.end()); // expect: path-traversal.write
  fs.writeFile(path.join(root, path.basename(req.body.name)), 'x', () => res.end()); // safe: path-traversal.write
});
app.listen(3000);
