/** What really happens at the connectors: rising registers, and transactions with their actual drivers. */
import type { Clock } from '../../../src/ports/runtime.js';

/** Half of the connectors' rated power. */
const POWER_W = 30_000;
const MS_PER_HOUR = 3_600_000;

export type Driver =
  | { readonly kind: 'order'; readonly idTag: string; readonly remoteStartId: number }
  | { readonly kind: 'card' | 'vouched'; readonly idTag: string }
  /** A cable is plugged in, but nobody has been authorised. */
  | { readonly kind: 'nobody' };

/**
 * A delivered message of a transaction.
 * @unit Epoch ms by our clock; Wh.
 */
export interface Report {
  readonly part: 'start' | 'reading' | 'stop';
  readonly at: number;
  readonly registerWh: number | undefined;
}

export class PhysicalTransaction {
  driver: Driver;
  running = true;
  /** The transaction number of 1.6, once the charger knows it, or the station's id of 2.x. */
  wireId: string | undefined;
  nextSeqNo = 0;
  endedAt: number | undefined;
  /**
   * False once a message was lost, delayed, unanswered or incomplete, a driver joined late, or the charger ignored a
   * stop or was disturbed.
   */
  clean = true;
  readonly reported: Report[] = [];
  /** The ids under which messages of this transaction were delivered. */
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

  /** The energy that flowed in the transaction, Wh. */
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
  /** The start that the bridge has requested. */
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

  /** All energy that has ever flowed here, Wh. */
  deliveredWh(): number {
    const ms = this.#flowsSince === undefined ? 0 : this.#clock.now() - this.#flowsSince;
    return this.#beforeWh + Math.floor((ms * POWER_W) / MS_PER_HOUR);
  }

  /** The reading of the register, Wh. */
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
