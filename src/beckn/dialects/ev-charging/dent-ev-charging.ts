/** Defines the dialect of domain `dent:ev-charging:0.1.0` and its aliases, with one fulfillment per connector. */
import { createEvChargingDialect } from './dialect.js';
import { COMMON_STATE_CODES } from './spelling.js';
import { valueAt, readText } from '../../protocol/json-reading.js';

export const dentEvCharging = createEvChargingDialect(
  'dent-ev-charging',
  ['dent:ev-charging:0.1.0', 'dent:0.1.0', 'ev-charging:dent:uei'],
  {
    stateCodes: COMMON_STATE_CODES,
    endStopType: 'end',
    fulfillmentPer: 'connector',
    specificationsName: 'Charging Point',
    title: ({ code, title }, isBill) =>
      code === 'energy' ? (isBill ? 'Units consumed' : 'Estimated units consumed') : title,
    includesRawStatus: false,
  },
  (context) => /(^|:)dent(:|$)/.test(readText(valueAt(context, 'domain')) ?? ''),
);
