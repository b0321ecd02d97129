'use strict';

/** Two letters, digits in groups, two letters: "RA 123 456 789 DE". */
const CODE = /^[A-Z]{2}(\s*\d+)+[A-Z]{2}$/;

function isTrackingCode(text) {
  return CODE.test(text);
}

module.exports = { isTrackingCode };
