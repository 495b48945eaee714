/** Time and chance, handed in from outside so that the whole bridge runs under a virtual clock. */

export interface Cancel {
  (): void;
}

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls back once after `ms` of this clock. Never keeps the process alive by itself. */
  callLater(ms: number, work: () => void): Cancel;
  /** Calls back after the work of the present event-loop turn: the store's commit window. */
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
