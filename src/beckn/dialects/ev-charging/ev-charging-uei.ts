/** Defines the dialect of domain `ev-charging:uei`, with one fulfillment per charge point and a stop type `finish`. */
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
  // This is the newest and most common dialect of the UEI family, so it reads messages that resemble no other dialect.
  () => true,
);
