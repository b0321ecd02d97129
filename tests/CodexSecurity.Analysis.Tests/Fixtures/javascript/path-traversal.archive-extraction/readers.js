const fs = require('fs'), path = require('path'), JSZip = require('jszip'), pify = require('pify'), untar = require('decompress-tar');
const fsP = pify(fs);
// A reader of its own.
class Entry {
  constructor(bytes) { this.bytes = bytes; }
  get entryName() { return this.bytes.toString(); }
}
function write(file, content) {
  const fd = fs.openSync(file, 'w', 438); // expect: path-traversal.archive-extraction
  fs.writeSync(fd, content, 0, content.length, 0);
  fs.closeSync(fd);
}
class Reader {
  constructor(bytes) { this.entries = [new Entry(bytes.slice(4, 8))]; }
  extractAll(target) { this.entries.forEach(e => write(path.resolve(target, e.entryName), e.bytes)); }
  list() { return this.entries.map(e => e.entryName); }
}
exports.Reader = Reader;
exports.own = target => {
  const entry = { entryName: 'a.txt' };
  fs.writeFileSync(path.join(target, entry.entryName), ''); // safe: path-traversal.archive-extraction
};
exports.keys = async (bytes, target) => {
  const zip = await JSZip.loadAsync(bytes);
  for (const name of Object.keys(zip.files)) fs.writeFileSync(path.join(target, name), ''); // expect: path-traversal.archive-extraction
  zip.forEach((name, file) => fs.writeFileSync(target + '/' + name, '')); // expect: path-traversal.archive-extraction
  zip.forEach((name, file) => fs.writeFileSync(target + '/' + path.basename(name), '')); // safe: path-traversal.archive-extraction
};
exports.all = (input, target, options) => {
  options = Object.assign({ plugins: [untar()] }, options);
  return Promise.all(options.plugins.map(x => x(input, options))).then(files => files.reduce((a, b) => a.concat(b))).then(files => files.map(x => {
    const file = path.join(target, x.path);
    return fsP.writeFile(file, x.data); // expect: path-traversal.archive-extraction
  }));
};
