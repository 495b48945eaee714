/** One connector of a simulated charger: its meter, its cable, its car. */
import type { VirtualTime } from './virtual-clock.js';

export interface Session {
  readonly tag: string;
  readonly meterStart: number;
  readonly startedAt: number;
  /** `undefined` until the start is answered; -1 when it never was. */
  transaction?: number;
  stopping: boolean;
  samples: number;
  /** The car's state of charge at the start, percent, and what it takes, Wh. */
  readonly soc: number;
  readonly room: number;
  full: boolean;
}

export class Outlet {
  status = 'Available';
  session: Session | undefined;
  /** A RemoteStart that waits for the cable. */
  pending: { readonly tag: string; cancelled: boolean } | undefined;
  #register: number;
  #since: number;
  #flowing = false;

  constructor(
    private readonly time: VirtualTime,
    readonly id: number,
    readonly powerW: number,
    register: number,
  ) {
    this.#register = register;
    this.#since = time.now();
  }

  /** Wh, whole. */
  read(): number {
    const now = this.time.now();
    if (this.#flowing) this.#register += (this.powerW * 0.93 * (now - this.#since)) / 3_600_000;
    this.#since = now;
    return Math.floor(this.#register);
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  flow(on: boolean): void {
    this.read();
    this.#flowing = on;
  }

  /** The register begins again. */
  reset(): void {
    this.read();
    this.#register = 0;
  }
}
