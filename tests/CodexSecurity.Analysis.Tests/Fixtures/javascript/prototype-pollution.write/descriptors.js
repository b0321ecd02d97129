'use strict';

// Properties that are defined rather than assigned: with descriptors that the code takes from elsewhere.
exports.copy = function copy(destination, item) {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(item))) {
    const there = destination[key] || {};
    if (typeof item[key] === 'object') descriptor.value = copy(there, item[key]);
    Object.defineProperty(destination, key, descriptor); // expect: prototype-pollution.write
  }
  return destination;
};

exports.define = function define(destination, item) {
  for (const key in item) {
    if (typeof item[key] === 'object') define(destination[key] || {}, item[key]);
    else Object.defineProperty(destination, key, item.how); // expect: prototype-pollution.write
  }
};

exports.guarded = function guarded(destination, item) {
  for (const key of Object.keys(item)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') continue;
    if (typeof item[key] === 'object') guarded(destination[key] || {}, item[key]);
    else Object.defineProperty(destination, key, item.how); // safe: prototype-pollution.write
  }
};
