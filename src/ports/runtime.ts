/** Defines time and randomness as ports, so that the bridge can run on a virtual clock. */
import type { Steps } from '../domain/model/object.js';

export interface Cancel {
  (): void;
}

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Milliseconds since some fixed moment, for durations. Setting the host's clock does not change it. */
  monotonic(): number;
  /** Calls back once after `ms` milliseconds of this clock. A pending callback does not keep the process alive. */
  callLater(ms: number, work: () => void): Cancel;
  /** Calls back after the current event-loop turn. */
  callSoon(work: () => void): void;
}

export interface Random {
  /** A version 4 UUID. */
  uuid(): string;
  /** `count` characters of upper-case base32 (A–Z, 2–7), 5 random bits each. */
  base32(count: number): string;
  /** Uniform in [0, 1). For jitter only. */
  fraction(): number;
}

/** Resolves after the current event-loop turn. Long work awaits it between pieces, so that other work can run. */
export function nextTurn(clock: Pick<Clock, 'callSoon'>): Promise<void> {
  return new Promise((resolve) => clock.callSoon(resolve));
}

/** The part of the clock that long work needs in order to let other work run. */
export type TurnClock = Pick<Clock, 'callSoon' | 'monotonic'>;

/** How long steps run before other work may run, ms. Chargers and buyer apps do not notice so short a delay. */
const TURN_MS = 8;

/** Runs steps, and lets other work run between them whenever they have taken 8 ms. */
export async function inTurns<T>(steps: Steps<T>, clock: TurnClock): Promise<T> {
  for (let began = clock.monotonic(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock.monotonic() - began < TURN_MS) continue;
    await nextTurn(clock);
    began = clock.monotonic();
  }
}
