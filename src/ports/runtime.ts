/** Defines time and randomness as ports, so that the bridge can run on a virtual clock. */

export interface Cancel {
  (): void;
}

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Milliseconds since any fixed moment; no setting of the host's clock moves it. For durations. */
  monotonic(): number;
  /** Calls back once after `ms` of this clock. A pending callback does not keep the process alive. */
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

/** Resolves after the current event-loop turn. Long work awaits it between pieces, so that other work runs meanwhile. */
export function nextTurn(clock: Pick<Clock, 'callSoon'>): Promise<void> {
  return new Promise((resolve) => clock.callSoon(resolve));
}
