/** The dialect of domain `ev-charging:uei`: one fulfillment per charge point, and a last stop of type `finish`. */
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
  // The newest and most common dialect of the family: messages that resemble no other dialect are read as this one.
  () => true,
);
