// One guard for many callers: what it says holds for each of them, however many it is run for together.
function mayName(key) {
  return typeof key === 'string' && key !== '__proto__' && key !== 'constructor';
}

exports.set_a = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_b = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_c = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_d = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_e = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_f = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_g = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_h = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_i = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_j = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_k = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_l = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_m = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_n = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_o = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_p = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_q = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_r = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_s = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_t = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_u = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_v = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_w = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_x = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_y = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.set_z = function (object, key, name, value) { if (mayName(key)) object[key][name] = value; }; // safe: prototype-pollution.write
exports.unguarded = function (object, key, name, value) { object[key][name] = value; }; // expect: prototype-pollution.write
