'use strict';
// Small writers of archives whose entries leave the target folder. kind: "zip", "tar" or "tgz"; "-buffer" or "-stream" gives those instead of a path.
const fs = require('fs'), zlib = require('zlib'), { Readable } = require('stream');

function crc32(bytes) {
  let crc = ~0;
  for (const b of bytes) {
    crc ^= b;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function zip(entries) {
  const parts = [], central = [];
  let offset = 0;
  for (const [name, text] of entries) {
    const n = Buffer.from(name), data = Buffer.from(text), head = Buffer.alloc(30), dir = Buffer.alloc(46);
    head.writeUInt32LE(0x04034b50, 0); head.writeUInt16LE(20, 4); head.writeUInt16LE(0x21, 12);
    head.writeUInt32LE(crc32(data), 14); head.writeUInt32LE(data.length, 18); head.writeUInt32LE(data.length, 22); head.writeUInt16LE(n.length, 26);
    dir.writeUInt32LE(0x02014b50, 0); dir.writeUInt16LE(0x0314, 4); dir.writeUInt16LE(20, 6); dir.writeUInt16LE(0x21, 14);
    dir.writeUInt32LE(crc32(data), 16); dir.writeUInt32LE(data.length, 20); dir.writeUInt32LE(data.length, 24); dir.writeUInt16LE(n.length, 28);
    dir.writeUInt32LE((0o100644 << 16) >>> 0, 38); dir.writeUInt32LE(offset, 42);
    parts.push(head, n, data); central.push(dir, n);
    offset += 30 + n.length + data.length;
  }
  const c = Buffer.concat(central), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0); end.writeUInt16LE(entries.length, 8); end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(c.length, 12); end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, c, end]);
}

function tar(entries) {
  const parts = [];
  for (const [name, text] of entries) {
    const data = Buffer.from(text), head = Buffer.alloc(512);
    head.write(name.slice(0, 100), 0); head.write('0000644\0', 100); head.write('0001750\0', 108); head.write('0001750\0', 116);
    head.write(data.length.toString(8).padStart(11, '0') + '\0', 124); head.write('00000000000\0', 136); head.fill(' ', 148, 156);
    head.write('0', 156); head.write('ustar\0' + '00', 257);
    head.write([...head].reduce((a, b) => a + b, 0).toString(8).padStart(6, '0') + '\0 ', 148);
    parts.push(head, data, Buffer.alloc((512 - data.length % 512) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

let count = 0;
function make(kind, pairs) {
  const entries = pairs.map(([name, value]) => [name, value.s]);
  const form = kind.split('-')[0];
  const bytes = form === 'zip' ? zip(entries) : form === 'tar' ? tar(entries) : zlib.gzipSync(tar(entries));
  if (kind.endsWith('-buffer')) return bytes;
  if (kind.endsWith('-stream')) return Readable.from([bytes]);
  const file = `/work/run/archive${count++}.${form}`;
  fs.writeFileSync(file, bytes);
  return file;
}

module.exports = { make };
