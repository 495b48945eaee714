/** One connector of a simulated charger, with its meter and the car on its cable. */
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface Session {
  readonly tag: string;
  readonly meterStart: number;
  readonly startedAt: number;
  /** The energy delivered when the session counter last started at zero, Wh. */
  deliveredAtReset: number;
  /** The energy delivered before the session, Wh. */
  readonly deliveredAtStart: number;
  /** `undefined` until the start is answered; -1 if no answer arrives. */
  transaction?: number;
  stopping: boolean;
  samples: number;
  /** The state of charge at the start, percent. `capacityWh` is the energy that the car can take. */
  readonly soc: number;
  readonly capacityWh: number;
  full: boolean;
}

export class SimulatedConnector {
  status = 'Available';
  session: Session | undefined;
  /** True while the connector reports no status; its next session or a reboot ends this. */
  muted = false;
  /** A RemoteStart waiting for the cable. */
  pending: { readonly tag: string; cancelled: boolean } | undefined;
  /** The energy actually delivered since the beginning, Wh, independent of the register. */
  #deliveredWh = 0;
  /** The register shows `#deliveredWh` plus this offset. */
  #offset: number;
  #updatedAt: number;
  #flowing = false;
  /** The share of the rated power that the car takes. */
  carShare = 0.93;
  /** The active charging profile: a limit in watts and its end. It ends with the transaction. */
  #profile: { readonly limitW: number; readonly endsAt: number } | undefined;

  constructor(
    private readonly time: VirtualTime,
    readonly id: number,
    readonly powerW: number,
    register: number,
  ) {
    this.#offset = register;
    this.#updatedAt = time.now();
  }

  /** Brings the meter up to now, and returns the energy actually delivered, in whole Wh. */
  deliveredWh(): number {
    const now = this.time.now();
    if (this.#flowing) this.#deliveredWh += (this.#watts() * (this.#flowEnd(now) - this.#updatedAt)) / 3_600_000;
    this.#updatedAt = now;
    return Math.floor(this.#deliveredWh);
  }

  /** Returns the reading of the register, Wh. */
  registerWh(): number {
    return this.deliveredWh() + this.#offset;
  }

  #watts(): number {
    return Math.min(this.powerW * this.carShare, this.#profile?.limitW ?? Infinity);
  }

  #flowEnd(now: number): number {
    return Math.max(this.#updatedAt, Math.min(now, this.#profile?.endsAt ?? Infinity));
  }

  /** Returns the power that flows now, W. */
  currentPowerW(): number {
    return this.#flowing && this.time.now() < (this.#profile?.endsAt ?? Infinity) ? this.#watts() : 0;
  }

  setProfile(profile: { readonly limitW: number; readonly endsAt: number } | undefined): void {
    this.deliveredWh();
    this.#profile = profile;
  }

  setFlowing(on: boolean): void {
    this.deliveredWh();
    this.#flowing = on;
    if (!on) this.#profile = undefined;
  }

  /** Resets the register and the session counter to zero. */
  resetRegister(): void {
    this.#offset = -this.deliveredWh();
    if (this.session) this.session.deliveredAtReset = this.deliveredWh();
  }
}
