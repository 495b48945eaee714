/** What a connector's state is where a 2.x station says it in two places: status `Occupied`, and a transaction's charging state. */
import type { ConnectorState, ConnectorStatus } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Transactions } from '../transactions/transaction-index.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { TransactionTold } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Batch, ChargePointRecord, Store, TransactionRecord } from '../../ports/store.js';

export interface ConnectorWordsDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly views: Views;
  readonly transactions: Transactions;
  readonly clock: Clock;
}

/** In a session that runs, a car that is only connected gets no energy, and one whose cable is out takes none. */
const FLOWING: { readonly [S in NonNullable<TransactionTold['chargingState']>]: ConnectorStatus } = {
  Charging: 'Charging',
  SuspendedEV: 'SuspendedEV',
  SuspendedEVSE: 'SuspendedEVSE',
  EVConnected: 'SuspendedEVSE',
  Idle: 'SuspendedEV',
};

const RUNNING: ReadonlySet<ConnectorStatus> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

export class ConnectorWords {
  readonly #deps: ConnectorWordsDeps;

  constructor(deps: ConnectorWordsDeps) {
    this.#deps = deps;
  }

  /**
   * `Occupied` in 1.6 words: a transaction keeps the word that it has, after one it is Finishing, else Preparing.
   * @source OCPP 2.0.1 part 2, ConnectorStatusEnumType
   */
  occupied(chargePointId: string, connectorId: number, holder: Order | undefined): ConnectorStatus {
    const { views, transactions } = this.#deps;
    if (holder?.session && !holder.session.end) {
      const { status } = holder.connectorState;
      return RUNNING.has(status) ? status : holder.state === 'suspended' ? 'SuspendedEV' : 'Charging';
    }
    const { status } = views.lastWord(chargePointId, connectorId);
    const running = transactions.runningOn(chargePointId, connectorId) && RUNNING.has(status);
    return running || status === 'Finishing' ? status : 'Preparing';
  }

  /** A transaction says whether energy flows: so the connector, and the order that has it. */
  async charging(
    record: TransactionRecord,
    state: NonNullable<TransactionTold['chargingState']>,
    orderId?: string,
  ): Promise<void> {
    const { store, desk, book } = this.#deps;
    const word = FLOWING[state];
    if (record.connectorId === 0) return;
    const seen = this.#seen(record, word);
    const order = orderId === undefined ? undefined : book.inMemory(orderId);
    if (order && order.connectorState.status !== word) {
      const connectorState = { ...NO_ERROR, status: word, at: this.#deps.clock.now() };
      await desk.apply(order, { type: 'connector-changed', connectorState }, { along: () => seen });
    } else if (seen.chargePoints) await store.commit(seen);
  }

  /** After a transaction the cable is still in, unless the station has said better already. */
  finishing(record: TransactionRecord): Pick<Batch, 'chargePoints'> {
    const { status } = this.#deps.views.lastWord(record.chargePointId, record.connectorId);
    return RUNNING.has(status) || status === 'Preparing' ? this.#seen(record, 'Finishing') : {};
  }

  /** The charge point's record with a new word for one connector; nothing where the word is the same. */
  #seen({ chargePointId, connectorId }: TransactionRecord, status: ConnectorStatus): Pick<Batch, 'chargePoints'> {
    const { views, clock } = this.#deps;
    const before = views.record(chargePointId);
    if (views.lastWord(chargePointId, connectorId).status === status) return {};
    const state: ConnectorState = { ...NO_ERROR, status, at: clock.now() };
    const record: ChargePointRecord = { ...before, connectors: { ...before.connectors, [connectorId]: state } };
    views.put(record);
    return { chargePoints: [record] };
  }
}

const NO_ERROR = { errorCode: 'NoError' } as const;
