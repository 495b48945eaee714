/** One connector of a simulated charger: its meter, its cable, its car. */
import type { VirtualTime } from './virtual-clock.js';

export interface Session {
  readonly tag: string;
  readonly meterStart: number;
  readonly startedAt: number;
  /** What had flowed when the session's own count began, Wh. */
  base: number;
  /** What had flowed before it, Wh. */
  readonly before: number;
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
  /** All that ever flowed, Wh: the truth, whatever the register says. */
  #given = 0;
  /** The register is `#given` plus this. */
  #offset: number;
  #since: number;
  #flowing = false;

  constructor(
    private readonly time: VirtualTime,
    readonly id: number,
    readonly powerW: number,
    register: number,
  ) {
    this.#offset = register;
    this.#since = time.now();
  }

  /** Wh, whole and true. */
  given(): number {
    const now = this.time.now();
    if (this.#flowing) this.#given += (this.powerW * 0.93 * (now - this.#since)) / 3_600_000;
    this.#since = now;
    return Math.floor(this.#given);
  }

  /** The register, Wh. */
  read(): number {
    return this.given() + this.#offset;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  flow(on: boolean): void {
    this.given();
    this.#flowing = on;
  }

  /** The register, and the session's own count, begin again. */
  reset(): void {
    this.#offset = -this.given();
    if (this.session) this.session.base = this.given();
  }
}
