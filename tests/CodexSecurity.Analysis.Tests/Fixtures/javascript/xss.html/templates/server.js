// Values that handlers hand to templates meet the page where a template writes them without encoding.
const express = require('express'), ejs = require('ejs'), path = require('path');
const app = express();

app.use((req, res, next) => {
  res.locals.theme = req.cookies.theme;
  next();
});
app.get('/skins', (req, res) => {
  res.locals.skin = req.query.skin;
  res.render('app/search', { title: 'Skins', items: [] });
});
app.get('/search', (req, res) => res.render('app/search', { title: 'Search', term: req.query.q, page: { heading: req.query.h }, items: [{ name: req.query.n, note: 'none' }], fixed: 'x' }));
app.get('/bars', (req, res) => res.render('bars.hbs', { term: req.query.q, items: req.query.items, user: { name: req.query.n } }));
app.get('/pug', (req, res) => res.render('lines', { term: req.query.q, items: req.query.items }));
app.get('/filters', (req, res) => res.render('filters', { term: req.query.q, items: req.query.items }));
app.get('/page', (req, res) => res.render('page', { term: req.query.q }));
app.get('/dust', (req, res) => res.render('device', { device: req.query.device, other: req.query.other }));
app.get('/mail', async (req, res) => res.send(await ejs.renderFile(__dirname + '/views/mail.ejs', { name: req.query.name })));
app.get('/joined', async (req, res) => res.send(await ejs.renderFile(path.join(__dirname, 'views', 'joined.ejs'), { name: req.query.name })));
// Which template is filled in is not known here: nothing is said of any.
app.get('/any', (req, res) => res.render(req.app.get('view'), { term: req.query.q }));
// A template of this name is not there.
app.get('/none', (req, res) => res.render('missing', { term: req.query.q }));
module.exports = app;
