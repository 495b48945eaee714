import { type ManualClock, settle } from './manual-clock.js';

/** Lets real sockets work, and moves the clock by `stepMs` a turn, until something is so. */
export async function until(clock: ManualClock, so: () => boolean, stepMs = 0, turns = 2_000): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (so()) return;
    if (stepMs > 0 && turn % 5 === 4) await clock.advance(stepMs);
    else await settle();
  }
  throw new Error(`never so: ${so.toString()}`);
}
