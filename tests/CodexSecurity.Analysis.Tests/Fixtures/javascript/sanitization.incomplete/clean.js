exports.quote = s => "'" + s.replace("'", "\\'") + "'"; // expect: sanitization.incomplete
exports.quotes = s => "'" + s.replace(/'/g, "\\'") + "'"; // safe: sanitization.incomplete
exports.html = s => s.replace(/</, '&lt;'); // expect: sanitization.incomplete
exports.all = s => s.replaceAll('<', '&lt;'); // safe: sanitization.incomplete
exports.name = s => s.replace('.js', '').replace('"', ''); // safe: sanitization.incomplete
exports.up = s => s.replace('../', ''); // expect: sanitization.incomplete
exports.ups = s => s.replace(/\.\.\//g, ''); // expect: sanitization.incomplete
exports.dots = s => s.replace(/\.\./g, ''); // safe: sanitization.incomplete
exports.dot = s => s.replace(/[./]/g, ''); // safe: sanitization.incomplete
exports.tag = s => s.replace(/<script>/gi, ''); // expect: sanitization.incomplete
exports.none = s => {
  while (s.includes('../')) s = s.replace('../', ''); // safe: sanitization.incomplete
  return s;
};
exports.comments = s => s.replace(/<!--|--!?>/g, ''); // expect: sanitization.incomplete
exports.repeated = text => {
  let clean = text;
  while (/<!--|--!?>/g.test(clean)) {
    clean = clean.replace(/<!--|--!?>/g, ''); // safe: sanitization.incomplete
  }
  return clean;
};
exports.trimmed = s => s.replace(/^\/|\/$/g, ''); // safe: sanitization.incomplete
