// What a server hands to its pages is called by the page alone: its functions are no way in.
const express = require('express');
const { merge } = require('./public/js/shared');
const app = express();
app.use(express.static('public'));
app.post('/settings', (req, res) => res.json(merge({}, req.body)));
app.listen(3000);
