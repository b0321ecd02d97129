'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { mergeSettings, isTrackingCode } = require('..');

test('settings are merged in depth', () => {
  assert.deepStrictEqual(mergeSettings({ printer: { tray: 1 } }, { printer: { name: 'a' } }), { printer: { tray: 1, name: 'a' } });
});

test('tracking codes are recognised', () => {
  assert.ok(isTrackingCode('RA 123 456 789DE'));
  assert.ok(!isTrackingCode('RA DE'));
});
