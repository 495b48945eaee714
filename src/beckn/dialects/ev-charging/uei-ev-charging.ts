/** Defines the dialect of domain `uei:ev_charging` and its other spellings, with codes in upper case. */
import { createEvChargingDialect } from './dialect.js';

/** Highest rated power of the standard and the fast category, W. */
const MAX_STANDARD_W = 22_000;
const MAX_FAST_W = 50_000;

export const ueiEvCharging = createEvChargingDialect(
  'uei-ev-charging',
  ['uei:ev_charging', 'uei:evcharging', 'uei:ev-charging'],
  {
    stateCodes: {
      confirmed: 'SLOT_BOOKED',
      starting: 'SLOT_BOOKED',
      charging: 'CHARGING_IN_PROGRESS',
      // This dialect has no code for a temporary fault.
      faulted: 'CHARGING_IN_PROGRESS',
      stopping: 'CHARGING_IN_PROGRESS',
      ended: 'CHARGING_COMPLETED',
      cancelled: 'CANCELLED',
      aborted: 'CANCELLED',
    },
    endStopType: 'end',
    fulfillmentPer: 'connector',
    specificationsName: 'Charging Point',
    title: ({ title }) => title,
    includesRawStatus: false,
    category: (powerW) =>
      powerW <= MAX_STANDARD_W ? 'STANDARD_CHARGING' : powerW <= MAX_FAST_W ? 'FAST_CHARGING' : 'ULTRA_FAST_CHARGING',
  },
);
