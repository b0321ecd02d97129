['one', 'two'].forEach(name => { exports[name] = require('./lib/' + name); });
