'use strict';
// Stands in for database drivers: there is no database in the sandbox. Whatever a driver is asked is recorded; answers are empty, or one record
// that nothing is known of.
// Every property and every result of a stand-in is one of its kind, so that an application starts and goes on.
const names = ['mysql', 'mysql2', 'mysql2/promise', 'promise-mysql', 'pg', 'pg-promise', 'sqlite3', 'sqlite', 'better-sqlite3', 'mssql', 'oracledb', 'mongodb', 'mongojs', 'monk', 'mongoose', 'redis', 'ioredis',
  'cassandra-driver', 'mariadb', 'tedious', 'nedb', 'connect-mongo', 'connect-redis', 'memcached'];
const { stringify } = JSON;

function plain(value, depth) {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.slice(0, 4000);
  if (typeof value !== 'object' || depth === 0) return undefined;
  if (value instanceof RegExp || value instanceof Date) return '' + value;
  if (Array.isArray(value)) return value.slice(0, 20).map(v => plain(v, depth - 1));
  const result = {};
  for (const key of Object.keys(value).slice(0, 40)) result[key] = plain(value[key], depth - 1);
  return result;
}

// Gives the drivers by their names, what is changed of modules that use them, and a maker of stand-ins for other modules.
// "finds": where a driver is asked for records, there is one; its fields are stand-ins, too.
module.exports = (record, finds) => {
  let budget = 2000;
  const drivers = {};
  // What a call gives is a promise of its like, and the like itself.
  function make(driver, path, known = new Map(), isCalled = false) {
    const promise = () => Promise.resolve(make(driver, path, known));
    return new Proxy(function () {}, {
      get(target, key) {
        if (key === Symbol.toPrimitive) return () => '';
        if (key === Symbol.iterator) return function* () { yield []; };
        if (key === Symbol.asyncIterator || /^(then|catch|finally)$/.test(key) && !isCalled) return undefined;
        if (key === 'then') return (...args) => promise().then(...args);
        if (key === 'catch' || key === 'finally') return (...args) => promise()[key](...args);
        if (key === 'length' || key === 'rowCount') return 0;
        if (key === 'rows') return [];
        if (key === 'toString' || key === 'toJSON' || key === 'valueOf') return () => '';
        if (key === 'prototype') return target.prototype;
        if (!known.has(key)) known.set(key, make(driver, typeof key === 'string' ? key : ''));
        return known.get(key);
      },
      // An ES module imports by name what the module's text names and the module itself holds.
      getOwnPropertyDescriptor: (target, key) => Reflect.getOwnPropertyDescriptor(target, key) || (path === '' && typeof key === 'string' ? { value: known.get(key) || (known.set(key, make(driver, key)), known.get(key)), configurable: true, enumerable: true, writable: true } : undefined),
      set(target, key, value) { known.set(key, value); return true; },
      apply(target, self, args) { return call(args); },
      construct(target, args) { call(args); return make(driver, 'new'); },
    });
    function call(args) {
      let text;
      try { text = stringify(args.filter(a => typeof a !== 'function').slice(0, 6).map(a => plain(a, 6))); } catch (e) { text = '[]'; }
      if (text.length > 2) record(driver + ' ' + path + ' ' + text.slice(0, 6000));
      // Listeners wait for what may never come: only "open", "connect" and the like happen.
      const event = ['on', 'once', 'addListener'].includes(path);
      const last = args[args.length - 1];
      if (typeof last === 'function' && budget-- > 0 && (!event || /^(open|connect|connected|ready)$/.test(args[0]))) setImmediate(() => event ? last() : last(null, result()));
      return result();
    }
    function result() {
      if (!/^(query|execute|all|any|many|manyOrNone|each|run|raw|toArray|find|exec|lean)$/.test(path)) return make(driver, path, undefined, true);
      // Rows and columns are two lists where a driver of MySQL promises them.
      const all = () => finds ? [make(driver, 'record')] : [];
      const rows = () => Object.assign(driver === 'mysql2/promise' ? [all(), []] : all(), { rows: all(), rowCount: all().length, affectedRows: 0 });
      const found = Object.assign(rows(), { toArray: f => f ? setImmediate(() => f(null, all())) : Promise.resolve(all()) }, chain(all));
      for (const name of ['then', 'catch', 'finally']) Object.defineProperty(found, name, { value: (...args) => Promise.resolve(rows())[name](...args) });
      return found;
    }
    function chain(all) {
      const self = {};
      for (const name of ['sort', 'limit', 'skip', 'populate', 'select', 'lean', 'exec', 'on', 'once']) self[name] = (...args) => { const last = args[args.length - 1]; if (typeof last === 'function' && name === 'exec') setImmediate(() => last(null, all())); return name === 'exec' ? Promise.resolve(all()) : Object.assign(all(), self); };
      return self;
    }
  }
  for (const name of names) drivers[name] = make(name, '');
  // A mapper asks its driver only once that has told about its server: it is asked itself.
  function adapted(name, module) {
    const query = name === 'sequelize' && module && module.Sequelize && module.Sequelize.prototype.query;
    if (query && !query.stoodIn) {
      module.Sequelize.prototype.query = function (sql, options = {}) {
        // How texts end there depends on the dialect, which the driver's name says.
        make(/^(mysql|mariadb)$/.test(this.options && this.options.dialect) ? 'mysql/sequelize' : 'sequelize', 'query')(sql, options && { replacements: options.replacements, bind: options.bind });
        const type = options && options.type;
        return (module.Promise || Promise).resolve(type === 'INSERT' ? [options.instance, 1] : options && options.plain ? null : type ? [] : [[], {}]);
      };
      module.Sequelize.prototype.query.stoodIn = true;
    }
    return module;
  }
  return { drivers, adapted, standIn: name => make(name, '') };
};
