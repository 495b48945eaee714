import { type ManualClock, settle } from './manual-clock.js';

const PATIENCE_MS = 5_000;

/**
 * Waits until the condition holds. Every fifth turn advances the clock by `stepMs`; in between, real sockets can work.
 * @errors Throws if it does not hold after all turns and some seconds.
 */
export async function until(clock: ManualClock, condition: () => boolean, stepMs = 0, turns = 2_000): Promise<void> {
  // On a busy machine many turns may pass before data arrives on a socket.
  const patience = performance.now() + PATIENCE_MS;
  for (let turn = 0; turn < turns || performance.now() < patience; turn += 1) {
    if (condition()) return;
    if (stepMs > 0 && turn % 5 === 4) await clock.advance(stepMs);
    else await settle();
  }
  throw new Error(`the condition never held: ${condition.toString()}`);
}
