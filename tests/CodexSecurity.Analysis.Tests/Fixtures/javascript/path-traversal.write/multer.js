const express = require('express'); const multer = require('multer'); const fs = require('fs'); const path = require('path');
const upload = multer({ dest: 'u' }); const app = express();
app.post('/a', upload.single('f'), (req, res) => { fs.renameSync(req.file.path, 'out/' + req.file.originalname); }); // expect: path-traversal.write
app.post('/b', upload.array('f'), (req, res) => { for (const f of req.files) fs.writeFileSync(path.join('o', f.originalname), ''); }); // expect: path-traversal.write
app.listen(1);
const st = multer.diskStorage({ destination: 'x', filename: (req, file, cb) => cb(null, file.originalname) }); // expect: path-traversal.write
