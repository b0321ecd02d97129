'use strict';
// The attacker's side: starts the server as the plan (http-input.json) says, waits until it listens, sends raw requests over loopback
// and writes what came back to /out/result.json. It judges nothing. The server is a process of its own.
const fs = require('fs'), net = require('net'), zlib = require('zlib'), { spawn } = require('child_process');
const input = JSON.parse(fs.readFileSync(__dirname + '/http-input.json', 'utf8'));
const log = '/tmp/csx-events.jsonl';
const report = { loaded: true, starts: [], responses: [], bodies: [], cases: [], queries: [], growth: [], observable: [] };
const pause = ms => new Promise(done => setTimeout(done, ms));
const began = Date.now(), left = () => input.total - (Date.now() - began);
const known = new Map();
let stored = 0;

function events() {
  try {
    return fs.readFileSync(log, 'utf8').split('\n').filter(Boolean).map(line => { try { return JSON.parse(line); } catch (e) { return { error: 'unreadable event' }; } });
  } catch (e) {
    return []; // nothing has happened yet
  }
}

// Equal bodies are kept once; what would not fit the report is cut.
function keep(text) {
  if (text.length > 6000) text = text.slice(0, 6000);
  if (!known.has(text)) {
    if (stored + text.length > 330000) text = '[cut]';
    if (!known.has(text)) {
      stored += text.length;
      known.set(text, report.bodies.push(text) - 1);
    }
  }
  return known.get(text);
}

// An application may listen at one port before it is done and at another after that: until nothing is worked on, in milliseconds.
const SETTLED = 150, LONGEST_SETTLING = 3000;
async function settled() {
  for (let began = Date.now(), since = began, spent = busy(); Date.now() - since < SETTLED && Date.now() - began < LONGEST_SETTLING;) {
    await pause(20);
    const now = busy();
    if (now !== spent) [spent, since] = [now, Date.now()];
  }
}

class Server {
  constructor(plan, index) {
    this.plan = plan;
    this.record = { index, name: plan.name, ports: [], exit: null, signal: null, errors: [], output: '', answered: 0, onLoad: false };
    report.starts.push(this.record);
  }

  async start() {
    try { fs.rmSync(log, { force: true }); } catch (e) { this.record.errors.push(e.message); }
    const { plan, record } = this;
    const env = Object.assign({}, process.env, plan.env, { NODE_OPTIONS: '--require /work/poc/http-preload.js' }, plan.assisted ? { CSX_ASSISTED: '1' } : {});
    this.ended = false;
    const child = this.child = spawn(plan.command[0], plan.command.slice(1), { cwd: plan.cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const add = data => { if (record.output.length < 3000) record.output += data.toString('utf8').slice(0, 3000); };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.stdin.on('error', add);
    child.on('error', e => { record.errors.push(e.message); this.ended = true; });
    child.on('exit', (code, signal) => { record.exit = code; record.signal = signal; this.ended = true; });
    const limit = Date.now() + Math.min(plan.wait, Math.max(0, left()));
    while (Date.now() < limit) {
      await pause(10);
      if (this.ports().length) {
        await pause(20);
        if (plan.assisted) await settled();
        break;
      }
      // A program that hands over to another process may end while that one goes on; our own starter ends only once nothing is under way.
      if (this.ended) {
        await pause(plan.module ? 10 : 250);
        if (!this.ports().length) break;
      }
    }
    record.ports = this.ports();
    this.errors();
    return record.ports.length > 0;
  }

  ports() {
    const found = events().filter(e => e.listen > 0);
    return [...new Set([...found.filter(e => e.http), ...found.filter(e => !e.http)].map(e => e.listen))].slice(0, 3);
  }

  errors() {
    for (const e of events()) {
      if (e.error && this.record.errors.length < 12 && !this.record.errors.includes(e.error)) this.record.errors.push(e.error);
      if (e.onLoad) this.record.onLoad = true;
      if (e.polluted) report.cases.push({ tag: '', stage: 'done', polluted: [{ prototype: 'Object', key: e.polluted }] });
      if (e.query && report.queries.length < 200) report.queries.push(e.query);
    }
  }

  async stop() {
    this.errors();
    try { process.kill(-this.child.pid, 'SIGKILL'); } catch (e) { this.ended = true; }
    for (let i = 0; i < 40 && !this.ended; i++) await pause(10);
  }
}

// An answer that nobody works on is not waited for: milliseconds without CPU time behind its beginning; while times are measured they are fewer, and count where none begins, too.
const QUIET = 200, QUIET_MEASURED = 80, SILENT_MEASURED = 1500;

// One request on one connection, byte for byte as planned.
function send(port, raw, timeout, measured) {
  return new Promise(done => {
    const chunks = [];
    let size = 0, idle, over = false, spent = 0, since = Date.now();
    const start = process.hrtime.bigint();
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = how => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      clearTimeout(idle);
      clearInterval(watch);
      socket.destroy();
      done({ how, ms: Number((process.hrtime.bigint() - start) / 1000000n), data: Buffer.concat(chunks) });
    };
    const timer = setTimeout(() => end('timeout'), timeout);
    const watch = setInterval(() => {
      const now = busy(20);
      if (now !== spent) [spent, since] = [now, Date.now()];
      else if (Date.now() - since >= (!size ? measured ? SILENT_MEASURED : Infinity : measured ? QUIET_MEASURED : QUIET)) end(size ? 'idle' : 'timeout');
    }, 20);
    socket.on('connect', () => socket.write(Buffer.from(raw, 'latin1')));
    socket.on('data', data => {
      size += data.length;
      if (size < 1 << 20) chunks.push(data);
      since = Date.now();
      if (complete(Buffer.concat(chunks))) idle = setTimeout(() => end('idle'), 0);
    });
    socket.on('end', () => end('close'));
    socket.on('close', () => end('close'));
    socket.on('error', e => end(e.code === 'ECONNREFUSED' ? 'refused' : 'reset'));
  });
}

function complete(data) {
  const at = data.indexOf('\r\n\r\n');
  if (at < 0) return false;
  const head = data.toString('latin1', 0, at), length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) return data.length >= at + 4 + Number(length[1]);
  return /\r\ntransfer-encoding: *chunked/i.test(head) && data.toString('latin1', data.length - 5) === '0\r\n\r\n';
}

function read(data) {
  const at = data.indexOf('\r\n\r\n');
  if (at < 0) return { status: 0, head: '', body: data.toString('utf8') };
  const head = data.toString('latin1', 0, at), status = Number((/^HTTP\/1\.\d (\d{3})/.exec(head) || [])[1] || 0);
  let body = data.subarray(at + 4);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const parts = [];
    for (let p = 0; p < body.length;) {
      const line = body.indexOf('\r\n', p);
      const size = line < 0 ? 0 : parseInt(body.toString('latin1', p, line), 16);
      if (!(size > 0)) break;
      parts.push(body.subarray(line + 2, line + 2 + size));
      p = line + 2 + size + 2;
    }
    body = Buffer.concat(parts);
  }
  const coding = (/\r\ncontent-encoding: *(\w+)/i.exec(head) || [])[1];
  if (coding) {
    try { body = zlib.unzipSync(body, { maxOutputLength: 1 << 20, finishFlush: zlib.constants.Z_SYNC_FLUSH }); } catch (e) { body = Buffer.from('[undecodable: ' + e.code + '] ' + body.toString('latin1')); }
  }
  return { status, head: head.slice(0, 3000), body: body.toString('utf8') };
}

function secrets() {
  const values = [];
  for (const file of input.secrets) {
    try { values.push(fs.readFileSync(file, 'utf8').trim()); } catch (e) { continue; } // not placed in this run
  }
  return values.filter(Boolean);
}

async function attack(server, requests) {
  const { record } = server, stopAt = input.secrets.length ? secrets() : [];
  const queue = [];
  for (const port of record.ports) for (const request of requests) queue.push({ port, request, tries: 0 });
  // A server that never answers is left after a few requests.
  const PATIENCE = 12;
  let silent = 0;
  // Where one request after the other waits for what the sandbox lacks, the next get less time (milliseconds): their effects need no answer.
  const WAITS = 8, SHORT = 300;
  let waits = 0;
  let lanes = input.lanes, hit = false, restarts = input.restarts, restarting = null;
  async function revive() {
    if (restarting) return restarting;
    restarting = (async () => {
      lanes = 1;
      if (restarts-- <= 0) return false;
      await server.stop();
      const before = record.ports;
      const alive = await server.start();
      if (!alive) record.ports = before;
      return alive;
    })().finally(() => { restarting = null; });
    return restarting;
  }
  async function lane(number) {
    while (queue.length && !hit && left() > 0 && number < lanes && (silent < PATIENCE || record.answered > 0)) {
      const item = queue.shift();
      const answer = await send(item.port, item.request.raw, Math.min(waits >= WAITS ? SHORT : input.timeout, Math.max(1, left())), item.request.measured);
      waits = answer.how === 'timeout' && !item.request.measured ? waits + 1 : 0;
      const lost = answer.how === 'refused' || server.ended && !answer.data.length;
      if (lost && item.tries++ < 1) {
        queue.unshift(item);
        if (!await revive()) return;
        continue;
      }
      const { status, head, body } = read(answer.data);
      if (answer.data.length) record.answered++; else silent++;
      report.responses.push({ tag: item.request.tag, start: record.index, port: item.port, status, head, body: keep(body), ms: answer.ms, end: answer.how });
      report.cases.push({ tag: item.request.tag, stage: 'done', polluted: [] });
      if (stopAt.some(s => body.includes(s))) hit = true;
    }
  }
  while (queue.length && !hit && left() > 0 && restarts >= 0) {
    const before = queue.length;
    await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
    if (queue.length === before) break;
  }
  return hit;
}

// A request with a part of it repeated; the length that it names is that of its body.
function written(request, size) {
  const { raw, repeat } = request;
  if (!repeat) return raw;
  const whole = raw.replace(repeat.mark, () => repeat.pump.repeat(size)), body = whole.length - whole.indexOf('\r\n\r\n') - 4;
  return whole.replace(/(\r\nContent-Length: )\d+/, (all, name) => name + body);
}

// CPU time in milliseconds of everything that runs here but this process, as of at most some milliseconds ago; the clock ticks in steps of ten.
let lastBusy = { at: 0, ms: 0 };
function busy(age = 0) {
  if (age && Date.now() - lastBusy.at < age) return lastBusy.ms;
  let ticks = 0;
  for (const id of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(id) || Number(id) === process.pid) continue;
    try {
      const stat = fs.readFileSync(`/proc/${id}/stat`, 'latin1'), [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
      ticks += Number(user) + Number(system);
    } catch (e) {
      continue; // ended meanwhile
    }
  }
  lastBusy = { at: Date.now(), ms: ticks * 10 };
  return lastBusy.ms;
}

// How the time of an answer grows with the request: sizes grow until one is slow; then harmless texts for the same place, until one is not.
async function grow(server, requests) {
  const { floor } = input.growth, { record } = server, MOST_IDLE = 2, LONG = 500, TICK = 10;
  let idle = 0;
  async function measured(request, size, told = true) {
    const before = busy(), answer = await send(record.ports[0], written(request, size), Math.min(input.timeout, Math.max(1, left())), true);
    const cpu = Math.max(0, busy() - before), cut = answer.how === 'timeout';
    if (answer.data.length) record.answered++;
    if (told) report.growth.push({ start: record.index, tag: request.tag, size, cpu, cut });
    if (cut || answer.how === 'refused' || server.ended) {
      await server.stop();
      if (input.restarts-- <= 0 || !await server.start()) return Infinity;
    }
    // Who waits for something else answers as late, and as idly, whatever the size.
    if (cut && cpu <= floor && ++idle >= MOST_IDLE) return Infinity;
    return cpu;
  }
  const harmless = request => requests.filter(r => r.repeat.harmless && r.repeat.place === request.repeat.place);
  for (const request of requests.filter(r => !r.repeat.harmless)) {
    // A long text that takes no time at its largest takes none before. Of those that double with each character, the largest would take all there is.
    const most = request.repeat.sizes[request.repeat.sizes.length - 1];
    if (request.repeat.sizes.length > 1 && most > LONG) {
      if (left() <= 0) return false;
      const cpu = await measured(request, most, false);
      if (cpu === Infinity) return false;
      if (cpu <= TICK) continue;
    }
    for (const size of request.repeat.sizes) {
      if (left() <= 0) return false;
      const cpu = await measured(request, size);
      if (cpu === Infinity) return false;
      if (cpu <= floor) continue;
      for (const other of harmless(request)) if (left() <= 0 || await measured(other, other.repeat.sizes[0]) <= floor / 3) break;
      return true;
    }
  }
  return false;
}

async function main() {
  let listening = 0;
  for (let i = 0; i < input.starts.length && left() > 500; i++) {
    const server = new Server(input.starts[i], i);
    let hit = false;
    if (await server.start()) {
      listening++;
      const every = () => input.growth ? grow(server, input.requests) : attack(server, input.requests.flatMap(r => Array.from({ length: r.repeat ? r.repeat.times : 1 }, () => ({ tag: r.tag, raw: written(r, r.repeat && r.repeat.sizes[0]), measured: !!r.repeat }))));
      hit = await every();
      await pause(input.drain);
      const { ports } = server.record, late = hit ? [] : server.ports().filter(p => !ports.includes(p));
      if (late.length) {
        server.record.ports = late;
        hit = await every();
        await pause(input.drain);
        server.record.ports = [...ports, ...late];
      }
    }
    await server.stop();
    if (hit || listening >= input.servers) break;
  }
  const order = new Map(input.requests.map((r, i) => [r.tag, i]));
  report.responses.sort((a, b) => a.start - b.start || a.port - b.port || order.get(a.tag) - order.get(b.tag));
  const type = head => (/\r\ncontent-type: *([^\r;]*)/i.exec(head) || [])[1] || '';
  report.observable = report.responses.map(r => ({ status: r.status, type: type(r.head), body: report.bodies[r.body] }));
  fs.writeFileSync('/out/result.json', JSON.stringify(report));
  process.exit(0);
}

main();
