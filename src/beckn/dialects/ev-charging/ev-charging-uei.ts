/** Domain `ev-charging:uei`: one item per connector, one fulfillment per charge point, a last stop called `finish`. */
import { createEvChargingDialect } from './dialect.js';
import { COMMON_STATE_CODES } from './spelling.js';

export const evChargingUei = createEvChargingDialect(
  'ev-charging-uei',
  ['ev-charging:uei'],
  {
    stateCodes: COMMON_STATE_CODES,
    endStopType: 'finish',
    fulfillmentPer: 'charge-point',
    specificationsName: 'Charging Point Specifications',
    title: ({ code, title }) => (code === 'energy' ? 'charging session cost' : title.toLowerCase()),
    includesRawStatus: true,
  },
  // the youngest and most spoken: whatever looks like no other is read as this
  () => true,
);
