const fs = require('fs'), path = require('path'), unzipper = require('unzipper');
exports.extract = (archive, target) => fs.createReadStream(archive).pipe(unzipper.Parse()).on('entry', entry => {
  entry.pipe(fs.createWriteStream(path.join(target, entry.path))); // todo-expect: path-traversal.archive-extraction
  entry.pipe(fs.createWriteStream(path.join(target, path.basename(entry.path)))); // safe: path-traversal.archive-extraction
});
