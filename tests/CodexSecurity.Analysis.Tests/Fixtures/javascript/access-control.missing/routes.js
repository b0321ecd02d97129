const express = require('express');
const app = express();
function requireAdmin(req, res, next) { if (!req.user || !req.user.admin) return res.status(403).end(); next(); }
const save = (req, res) => res.end();
app.post('/admin/users', requireAdmin, save); // safe: access-control.missing
app.post('/admin/roles', requireAdmin, save); // safe: access-control.missing
app.post('/admin/keys', requireAdmin, save); // safe: access-control.missing
app.post('/admin/bans', save); // expect: access-control.missing
app.listen(3000);
