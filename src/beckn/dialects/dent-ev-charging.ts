/** Domain `dent:ev-charging:0.1.0` and its other names: energy in kWh, one fulfillment per connector. */
import { evChargingDialect } from './ev-charging/dialect.js';
import { STATES } from './ev-charging/spelling.js';
import { at, text } from './json-reading.js';

export const dentEvCharging = evChargingDialect(
  'dent-ev-charging',
  ['dent:ev-charging:0.1.0', 'dent:0.1.0', 'ev-charging:dent:uei'],
  {
    states: STATES,
    endStop: 'end',
    fulfillment: 'connector',
    specifications: 'Charging Point',
    title: ({ code, title }, final) =>
      code === 'energy' ? (final ? 'Units consumed' : 'Estimated units consumed') : title,
    rawStatus: false,
  },
  (context) => /(^|:)dent(:|$)/.test(text(at(context, 'domain')) ?? ''),
);
