exports.trim = s => s.replace(/^\s+|\s+$/g, ''); // expect: redos.pattern
exports.start = s => s.replace(/^\s+/, ''); // safe: redos.pattern
exports.text = s => s.search('^(a+)+$') >= 0; // expect: redos.pattern
exports.short = s => s.length < 200 && /(a+)+$/.test(s); // safe: redos.pattern
exports.made = s => new RegExp('(?:x|y+)+$').test(s); // expect: redos.pattern
exports.anchored = s => /^(?:[a-z]+,)*$/.test(s); // safe: redos.pattern
