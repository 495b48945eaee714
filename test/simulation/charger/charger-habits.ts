/** The habits of a simulated charger, drawn once from a separate stream. */
import type { Faults } from '../faults.js';
import type { SeededRandom } from '../runtime/seeded-random.js';

export interface Habits {
  /** A separate stream, so that habits do not change the charger's other draws. */
  readonly random: SeededRandom;
  /** Reports all registers every five minutes, without a transactionId. */
  readonly clockAligned: boolean;
  /** Repeats a start with another timestamp. */
  readonly restampsStarts: boolean;
  /** Appended to each tag that the charger sends. */
  readonly appended: string;
  /** Sends no readings during a session. */
  readonly silent: boolean;
  /** Sends readings with the register, but without power and state of charge. */
  readonly registerOnly: boolean;
  /** Sends zero as the first reading of a session. */
  readonly zeroFirst: boolean;
  /** Resets the register to zero at the start of each session. */
  readonly zeroMeter: boolean;
  /** The time between its readings, ms. */
  readonly sampleMs: number;
  /** Reports the register in kWh in its stops. */
  readonly kwhAtEnd: boolean;
  /** The interval at which the charger reconnects, ms; 0 if it does not. */
  readonly reconnectMs: number;
}

export function drawHabits(random: SeededRandom, faults: Faults): Habits {
  const restampsStarts = faults.strikes('restamped-start', random, 0.5);
  const known = {
    random,
    clockAligned: faults.has('stop-lost') && random.happens(0.7),
    restampsStarts,
    appended: faults.strikes('tag-appended', random, 0.5) ? random.pick(['0', 'AB']) : '',
    silent: faults.strikes('silent-meter', random, 0.4),
    registerOnly: faults.strikes('register-only', random, 0.5),
    zeroFirst: faults.strikes('zero-first', random, 0.5),
    // A start at zero with a new timestamp looks like a new start.
    zeroMeter: !restampsStarts && faults.strikes('zero-meter', random, 0.4),
  };
  return {
    ...known,
    // Without readings, starts at zero cannot be told apart either.
    zeroMeter: known.zeroMeter && !known.silent,
    sampleMs: faults.strikes('fast-readings', random, 0.7) ? random.between(10, 25) * 1000 : 60_000,
    kwhAtEnd: !known.zeroMeter && faults.strikes('kwh-at-end', random, 0.5),
    reconnectMs: faults.strikes('restless', random, 0.6) ? random.between(20, 50) * 60_000 : 0,
  };
}
