/** Domain `uei:ev_charging` and its other spellings: slots and tariff categories in capitals. */
import { evChargingDialect } from './dialect.js';

/** Up to these, W, a connector is called standard, or fast. */
const STANDARD_W = 22_000;
const FAST_W = 50_000;

export const ueiEvCharging = evChargingDialect(
  'uei-ev-charging',
  ['uei:ev_charging', 'uei:evcharging', 'uei:ev-charging'],
  {
    states: {
      confirmed: 'SLOT_BOOKED',
      starting: 'SLOT_BOOKED',
      charging: 'CHARGING_IN_PROGRESS',
      // there is no word for a fault that may pass
      faulted: 'CHARGING_IN_PROGRESS',
      stopping: 'CHARGING_IN_PROGRESS',
      ended: 'CHARGING_COMPLETED',
      cancelled: 'CANCELLED',
      broken: 'CANCELLED',
    },
    endStop: 'end',
    fulfillment: 'connector',
    specifications: 'Charging Point',
    title: ({ title }) => title,
    rawStatus: false,
    category: (powerW) =>
      powerW <= STANDARD_W ? 'STANDARD_CHARGING' : powerW <= FAST_W ? 'FAST_CHARGING' : 'ULTRA_FAST_CHARGING',
  },
);
