const fs = require('fs'), path = require('path'), yauzl = require('yauzl'), fflate = require('fflate');

exports.yauzl = function (file, dest) {
  yauzl.open(file, { lazyEntries: true }, (error, zip) => {
    zip.readEntry();
    zip.on('entry', entry => {
      zip.openReadStream(entry, (failed, stream) => {
        stream.pipe(fs.createWriteStream(path.join(dest, entry.fileName))); // expect: path-traversal.archive-extraction
      });
    });
  });
};

exports.fflate = function (buffer, dest) {
  const files = fflate.unzipSync(buffer);
  for (const name in files) fs.writeFileSync(dest + '/' + name, files[name]); // expect: path-traversal.archive-extraction
};

exports.fflateLater = function (buffer, dest) {
  fflate.unzip(buffer, (error, files) => {
    for (const name of Object.keys(files)) fs.writeFileSync(path.join(dest, name), files[name]); // expect: path-traversal.archive-extraction
  });
};

exports.checked = function (buffer, dest) {
  const files = fflate.unzipSync(buffer), root = path.resolve(dest) + path.sep;
  for (const name in files) {
    const target = path.resolve(dest, name);
    if (!target.startsWith(root)) throw new Error('outside');
    fs.writeFileSync(target, files[name]); // safe: path-traversal.archive-extraction
  }
};
