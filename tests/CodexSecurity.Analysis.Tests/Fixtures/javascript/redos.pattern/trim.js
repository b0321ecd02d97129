exports.trim = s => s.replace(/^\s+|\s+$/g, ''); // expect: redos.pattern
exports.start = s => s.replace(/^\s+/, ''); // safe: redos.pattern
exports.text = s => s.search('^(a+)+$') >= 0; // expect: redos.pattern
exports.short = s => s.length < 200 && /(a+)+$/.test(s); // expect: redos.pattern
exports.tiny = s => s.length < 20 && /(a+)+$/.test(s); // safe: redos.pattern
exports.square = s => s.length < 7000 && /\s+$/.test(s); // safe: redos.pattern
exports.long = s => s.length < 70000 && /\s+$/.test(s); // expect: redos.pattern
exports.part = s => /\s+$/.test(s.slice(0, 100)); // safe: redos.pattern
exports.rest = s => /\s+$/.test(s.slice(100)); // expect: redos.pattern
exports.end = s => /\s+$/.test(s.slice(-100, 1000000)); // expect: redos.pattern
exports.made = s => new RegExp('(?:x|y+)+$').test(s); // expect: redos.pattern
exports.anchored = s => /^(?:[a-z]+,)*$/.test(s); // safe: redos.pattern
