'use strict';

module.exports = {
  printLabel: require('./print').printLabel,
  printLabelByTemplate: require('./print').printLabelByTemplate,
  mergeSettings: require('./settings').mergeSettings,
  isTrackingCode: require('./tracking').isTrackingCode,
};
