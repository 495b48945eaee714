/** Domain `ev-charging:uei`: one item per connector, one fulfillment per charge point, a last stop called `finish`. */
import { evChargingDialect } from './dialect.js';
import { STATES } from './spelling.js';

export const evChargingUei = evChargingDialect(
  'ev-charging-uei',
  ['ev-charging:uei'],
  {
    states: STATES,
    endStop: 'finish',
    fulfillment: 'charge-point',
    specifications: 'Charging Point Specifications',
    title: ({ code, title }) => (code === 'energy' ? 'charging session cost' : title.toLowerCase()),
    rawStatus: true,
  },
  // the youngest and most spoken: whatever looks like no other is read as this
  () => true,
);
