const express = require('express'), errorhandler = require('errorhandler');
const app = express();
app.use(errorhandler()); // expect: debug.enabled
app.listen(3000);
