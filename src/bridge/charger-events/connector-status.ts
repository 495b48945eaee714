/** What a connector's state is where a 2.x station says it in two places: status `Occupied`, and a transaction's charging state. */
import type { ConnectorState, ConnectorStatus } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { OrderCache } from '../orders/order-cache.js';
import { type ExtraWrite, NO_EXTRA_WRITE, commitWrite } from '../orders/extra-write.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { TransactionEvent } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { ChargePointRecord, TransactionRecord } from '../../ports/stored-records.js';

export interface ConnectorStatusesDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly transactions: TransactionIndex;
  readonly clock: Clock;
}

/** In a session that runs, a car that is only connected gets no energy, and one whose cable is out takes none. */
const STATUS_OF_CHARGING_STATE: { readonly [S in NonNullable<TransactionEvent['chargingState']>]: ConnectorStatus } = {
  Charging: 'Charging',
  SuspendedEV: 'SuspendedEV',
  SuspendedEVSE: 'SuspendedEVSE',
  EVConnected: 'SuspendedEVSE',
  Idle: 'SuspendedEV',
};

const TRANSACTION_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

export class ConnectorStatuses {
  readonly #deps: ConnectorStatusesDeps;

  constructor(deps: ConnectorStatusesDeps) {
    this.#deps = deps;
  }

  /**
   * `Occupied` in 1.6 words: a transaction keeps the word that it has, after one it is Finishing, else Preparing.
   * @source OCPP 2.0.1 part 2, ConnectorStatusEnumType
   */
  resolveOccupied(chargePointId: string, connectorId: number, holder: Order | undefined): ConnectorStatus {
    const { chargePoints: views, transactions } = this.#deps;
    if (holder?.session && !holder.session.end) {
      const { status } = holder.connectorState;
      return TRANSACTION_STATUSES.has(status) ? status : holder.state === 'suspended' ? 'SuspendedEV' : 'Charging';
    }
    const { status } = views.reportedState(chargePointId, connectorId);
    const running = transactions.newestOpenOn(chargePointId, connectorId) && TRANSACTION_STATUSES.has(status);
    return running || status === 'Finishing' ? status : 'Preparing';
  }

  /** A transaction says whether energy flows: so the connector, and the order that has it. */
  async recordChargingState(
    record: TransactionRecord,
    state: NonNullable<TransactionEvent['chargingState']>,
    orderId?: string,
  ): Promise<void> {
    const { store, orders: desk, orderCache: book } = this.#deps;
    const word = STATUS_OF_CHARGING_STATE[state];
    if (record.connectorId === 0) return;
    const seen = this.#recordStatus(record, word);
    const order = orderId === undefined ? undefined : book.getCached(orderId);
    if (order && order.connectorState.status !== word) {
      const connectorState = { ...NO_ERROR, status: word, at: this.#deps.clock.now() };
      await desk.handle(order, { type: 'connector-changed', connectorState }, { alsoSave: () => seen });
    } else await commitWrite(store, seen);
  }

  /** After a transaction the cable is still in, unless the station has said better already. */
  recordFinishing(record: TransactionRecord): ExtraWrite {
    const { status } = this.#deps.chargePoints.reportedState(record.chargePointId, record.connectorId);
    return TRANSACTION_STATUSES.has(status) || status === 'Preparing'
      ? this.#recordStatus(record, 'Finishing')
      : NO_EXTRA_WRITE;
  }

  /** The charge point's record with a new word for one connector; nothing where the word is the same. */
  #recordStatus({ chargePointId, connectorId }: TransactionRecord, status: ConnectorStatus): ExtraWrite {
    const { chargePoints: views, clock } = this.#deps;
    const before = views.record(chargePointId);
    if (views.reportedState(chargePointId, connectorId).status === status) return NO_EXTRA_WRITE;
    const state: ConnectorState = { ...NO_ERROR, status, at: clock.now() };
    const record: ChargePointRecord = { ...before, connectors: { ...before.connectors, [connectorId]: state } };
    return {
      batch: { chargePoints: [record] },
      committed: () => {
        const { connectors } = views.record(chargePointId);
        views.update(chargePointId, { connectors: { ...connectors, [connectorId]: state } });
      },
    };
  }
}

const NO_ERROR = { errorCode: 'NoError' } as const;
