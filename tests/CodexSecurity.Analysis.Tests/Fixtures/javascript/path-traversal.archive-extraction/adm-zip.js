const AdmZip = require('adm-zip');
exports.unpack = (archive, target) => new AdmZip(archive).extractAllTo(target, true); // expect: path-traversal.archive-extraction
exports.names = archive => new AdmZip(archive).getEntries().map(e => e.entryName); // safe: path-traversal.archive-extraction
