const express = require('express'), session = require('express-session');
const app = express();
app.use(session({ secret: process.env.SECRET, cookie: { secure: true, httpOnly: true, sameSite: 'lax' } })); // safe: cookies.insecure
app.use(session({ secret: process.env.SECRET, cookie: { secure: false, httpOnly: false } })); // expect: cookies.insecure
app.listen(3000);
