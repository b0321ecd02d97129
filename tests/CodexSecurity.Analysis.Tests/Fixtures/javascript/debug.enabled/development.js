const express = require('express'), errorhandler = require('errorhandler');
const app = express();
if (process.env.NODE_ENV === 'development') app.use(errorhandler()); // safe: debug.enabled
app.listen(3000);
