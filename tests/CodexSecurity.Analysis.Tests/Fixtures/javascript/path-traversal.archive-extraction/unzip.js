const fs = require('fs'), path = require('path'), unzipper = require('unzipper');
exports.extract = (archive, target) => fs.createReadStream(archive).pipe(unzipper.Parse()).on('entry', entry => {
  entry.pipe(fs.createWriteStream(path.join(target, entry.path))); // expect: path-traversal.archive-extraction
  entry.pipe(fs.createWriteStream(path.join(target, path.basename(entry.path)))); // safe: path-traversal.archive-extraction
});
exports.zip = (archive, target) => new (require('adm-zip'))(archive).getEntries().forEach(entry => {
  fs.writeFileSync(path.join(target, entry.entryName), entry.getData()); // expect: path-traversal.archive-extraction
});
exports.listed = (reader, target) => reader.on('entry', entry => {
  const file = path.join(target, entry.fileName);
  if (!file.startsWith(target + path.sep)) return;
  fs.writeFileSync(file, entry.data); // safe: path-traversal.archive-extraction
});
