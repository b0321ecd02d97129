const nunjucks = require('nunjucks');
nunjucks.configure('views', { autoescape: false }); // expect: xss.autoescape-disabled
nunjucks.configure('views', { autoescape: true }); // safe: xss.autoescape-disabled
