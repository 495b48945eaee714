/** The habits of one simulated charger. They are drawn once, from a stream of their own. */
import type { Faults } from '../faults.js';
import type { SeededRandom } from '../runtime/seeded-random.js';

export interface Habits {
  /** Its own stream, so that a habit changes no other draw of the charger. */
  readonly random: SeededRandom;
  /** It reports all registers every five minutes, without a transactionId. */
  readonly clockAligned: boolean;
  /** A repeated start has another timestamp. */
  readonly restampsStarts: boolean;
  /** What it appends to each tag that it sends. */
  readonly appended: string;
  /** It sends no readings during a session. */
  readonly silent: boolean;
  /** Its readings have the register, but neither power nor state of charge. */
  readonly registerOnly: boolean;
  /** The first reading of a session is zero. */
  readonly zeroFirst: boolean;
  /** Its register starts at zero with each session. */
  readonly zeroMeter: boolean;
  /** The time between its readings, ms. */
  readonly sampleMs: number;
  /** The register in its stops is in kWh. */
  readonly kwhAtEnd: boolean;
  /** It connects anew at this interval, as long as it lives, ms; 0 if it does not. */
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
    // A start at zero that is stamped anew cannot be told from another start at zero.
    zeroMeter: !restampsStarts && faults.strikes('zero-meter', random, 0.4),
  };
  return {
    ...known,
    // Without readings a start at zero cannot be told from another one either.
    zeroMeter: known.zeroMeter && !known.silent,
    sampleMs: faults.strikes('fast-readings', random, 0.7) ? random.between(10, 25) * 1000 : 60_000,
    kwhAtEnd: !known.zeroMeter && faults.strikes('kwh-at-end', random, 0.5),
    reconnectMs: faults.strikes('restless', random, 0.6) ? random.between(20, 50) * 60_000 : 0,
  };
}
