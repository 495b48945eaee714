/** What really happens at the connectors: registers that rise, and transactions that know who charges in them. */
import type { Clock } from '../../../src/ports/runtime.js';

/** Half of what the connectors are rated for. */
const POWER_W = 30_000;
const MS_PER_HOUR = 3_600_000;

export type Driver =
  | { readonly kind: 'order'; readonly idTag: string; readonly remoteStartId: number }
  | { readonly kind: 'card' | 'vouched'; readonly idTag: string }
  /** A cable is plugged in, and nobody has been authorised. */
  | { readonly kind: 'nobody' };

/** A delivered message of a transaction. @unit Epoch ms, our time; Wh. */
export interface Report {
  readonly part: 'start' | 'reading' | 'stop';
  readonly at: number;
  readonly registerWh: number | undefined;
}

export class PhysicalTransaction {
  driver: Driver;
  running = true;
  /** The number of the transaction, once the charger knows it (1.6), or the station's id (2.x). */
  wireId: string | undefined;
  nextSeqNo = 0;
  endedAt: number | undefined;
  /** Whether each message was delivered at once and as it was, and nothing went wrong at the charger. */
  clean = true;
  readonly reported: Report[] = [];
  /** The ids by which messages of this transaction were delivered. */
  readonly reportedIds = new Set<string>();
  readonly #startedWh: number;
  #endedWh: number | undefined;

  constructor(
    readonly connector: PhysicalConnector,
    driver: Driver,
    readonly startedAt: number,
  ) {
    this.driver = driver;
    this.#startedWh = connector.deliveredWh();
  }

  /** What has flowed in it. @unit Wh */
  energyWh(): number {
    return (this.#endedWh ?? this.connector.deliveredWh()) - this.#startedWh;
  }

  end(now: number): void {
    this.connector.setFlowing(false);
    this.#endedWh = this.connector.deliveredWh();
    this.running = false;
    this.endedAt = now;
    this.connector.transaction = undefined;
  }
}

export class PhysicalConnector {
  transaction: PhysicalTransaction | undefined;
  /** The start that the bridge has asked for. */
  pending: (Driver & { readonly kind: 'order' | 'vouched' }) | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  #beforeWh = 0;
  #flowsSince: number | undefined;
  #offsetWh: number;

  constructor(
    clock: Pick<Clock, 'now'>,
    readonly id: 1 | 2,
    registerWh: number,
  ) {
    this.#clock = clock;
    this.#offsetWh = registerWh;
  }

  /** All that has ever flowed here. @unit Wh */
  deliveredWh(): number {
    const ms = this.#flowsSince === undefined ? 0 : this.#clock.now() - this.#flowsSince;
    return this.#beforeWh + Math.floor((ms * POWER_W) / MS_PER_HOUR);
  }

  /** @unit Wh */
  registerWh(): number {
    return this.#offsetWh + this.deliveredWh();
  }

  get flowing(): boolean {
    return this.#flowsSince !== undefined;
  }

  setFlowing(flows: boolean): void {
    this.#beforeWh = this.deliveredWh();
    this.#flowsSince = flows ? this.#clock.now() : undefined;
  }

  replaceMeter(registerWh: number): void {
    this.#offsetWh = registerWh - this.deliveredWh();
  }
}
