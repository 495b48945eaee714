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
  /** Told to it: so many watts until then. It dies with its transaction. */
  #plan: { readonly limitW: number; readonly endsAt: number } | undefined;

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
    if (this.#flowing) this.#given += (this.#watts() * (this.#until(now) - this.#since)) / 3_600_000;
    this.#since = now;
    return Math.floor(this.#given);
  }

  /** The register, Wh. */
  read(): number {
    return this.given() + this.#offset;
  }

  #watts(): number {
    return Math.min(this.powerW * 0.93, this.#plan?.limitW ?? Infinity);
  }

  #until(now: number): number {
    return Math.max(this.#since, Math.min(now, this.#plan?.endsAt ?? Infinity));
  }

  /** What flows now, W. */
  power(): number {
    return this.#flowing && this.time.now() < (this.#plan?.endsAt ?? Infinity) ? this.#watts() : 0;
  }

  plan(plan: { readonly limitW: number; readonly endsAt: number } | undefined): void {
    this.given();
    this.#plan = plan;
  }

  flow(on: boolean): void {
    this.given();
    this.#flowing = on;
    if (!on) this.#plan = undefined;
  }

  /** The register, and the session's own count, begin again. */
  reset(): void {
    this.#offset = -this.given();
    if (this.session) this.session.base = this.given();
  }
}
