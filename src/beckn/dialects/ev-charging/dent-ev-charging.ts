/** Domain `dent:ev-charging:0.1.0` and its other names: energy in kWh, one fulfillment per connector. */
import { evChargingDialect } from './dialect.js';
import { STATES } from './spelling.js';
import { at, text } from '../../protocol/json-reading.js';

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
