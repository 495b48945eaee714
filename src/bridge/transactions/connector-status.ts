/**
 * Tracks the state of each connector. A 2.x station reports only `Occupied` while a cable is plugged in, so the exact
 * state is derived from its transaction.
 */
import type { ConnectorState, ConnectorStatus } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { isTransactionStatus } from '../../domain/metering/liveness.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { ChargerOutcomeOf, ConnectorStatusReport, TransactionEvent } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { ChargePointRecord, TransactionRecord } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import { passCrashPoint } from '../orders/crash-points.js';
import { commitWrite, NO_EXTRA_WRITE, type ExtraWrite } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from './transaction-index.js';
import { checkTransactionStatuses } from './transaction-status.js';

export interface ConnectorStatusesDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly transactions: TransactionIndex;
  readonly catalogue: CatalogueLookup;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
}

type ChargingState = NonNullable<TransactionEvent['chargingState']>;

/**
 * In an open session, `EVConnected` counts as suspended by the station, and `Idle` (no cable) as suspended by the EV.
 */
const STATUS_OF_CHARGING_STATE: { readonly [S in ChargingState]: ConnectorStatus } = {
  Charging: 'Charging',
  SuspendedEV: 'SuspendedEV',
  SuspendedEVSE: 'SuspendedEVSE',
  EVConnected: 'SuspendedEVSE',
  Idle: 'SuspendedEV',
};

const NO_ERROR = { errorCode: 'NoError' } as const;
const ACKNOWLEDGED: ChargerOutcomeOf<'connector-status-changed'> = { type: 'notification-received' };

export class ConnectorStatuses {
  readonly #deps: ConnectorStatusesDeps;

  constructor(deps: ConnectorStatusesDeps) {
    this.#deps = deps;
  }

  async statusChanged(
    chargePointId: string,
    report: ConnectorStatusReport,
  ): Promise<ChargerOutcomeOf<'connector-status-changed'>> {
    const { chargePoints, store, clock, orderCache, orders, catalogue } = this.#deps;
    const { connectorId, errorCode } = report;
    // Ignore connectors that are not configured; otherwise a charger could fill our memory with invented ones.
    if (connectorId !== 0 && !catalogue.site({ chargePointId, connectorId })) return ACKNOWLEDGED;
    const before = chargePoints.record(chargePointId);
    const holder = orderCache.findConnectorHolder(chargePointId, connectorId);
    const status =
      report.status === 'Occupied' ? this.#resolveOccupied(chargePointId, connectorId, holder) : report.status;
    const connectorState = { status, errorCode, at: clock.now() };
    const record = {
      ...before,
      lastSeenAt: connectorState.at,
      connectors: { ...before.connectors, [connectorId]: connectorState },
    };
    chargePoints.put(record);
    await store.commit({ chargePoints: [record] });
    passCrashPoint('status.saved');
    const order = orderCache.findConnectorHolder(chargePointId, connectorId);
    if (!order) return ACKNOWLEDGED;
    const { order: after = order } = await orders.handle(order, { type: 'connector-changed', connectorState });
    if (after.session?.endSuspectedSince !== order.session?.endSuspectedSince)
      checkTransactionStatuses(this.#deps, [after]);
    return ACKNOWLEDGED;
  }

  /**
   * Maps `Occupied` to a 1.6 status: the status of the open transaction, Finishing after its end, otherwise Preparing.
   * @source OCPP 2.0.1 part 2, ConnectorStatusEnumType
   */
  #resolveOccupied(chargePointId: string, connectorId: number, holder: Order | undefined): ConnectorStatus {
    const { chargePoints, transactions } = this.#deps;
    if (holder?.session && !holder.session.end) {
      const { status } = holder.connectorState;
      return isTransactionStatus(status) ? status : holder.state === 'suspended' ? 'SuspendedEV' : 'Charging';
    }
    const { status } = chargePoints.reportedState(chargePointId, connectorId);
    const isOpen = transactions.newestOpenOn(chargePointId, connectorId) && isTransactionStatus(status);
    return isOpen || status === 'Finishing' ? status : 'Preparing';
  }

  /** Applies a transaction's charging state to its connector and, if `orderId` is given, to the order. */
  async recordChargingState(record: TransactionRecord, state: ChargingState, orderId?: string): Promise<void> {
    const { store, orders, orderCache, clock } = this.#deps;
    const status = STATUS_OF_CHARGING_STATE[state];
    if (record.connectorId === 0) return;
    const changed = this.#recordStatus(record, status);
    const order = orderId === undefined ? undefined : orderCache.getCached(orderId);
    if (order && order.connectorState.status !== status) {
      const connectorState = { ...NO_ERROR, status, at: clock.now() };
      await orders.handle(order, { type: 'connector-changed', connectorState }, { alsoSave: () => changed });
    } else await commitWrite(store, changed);
  }

  /**
   * Builds the write that sets the connector to Finishing after a transaction; empty unless the connector is still
   * charging, suspended or Preparing.
   */
  recordFinishing(record: TransactionRecord): ExtraWrite {
    const { status } = this.#deps.chargePoints.reportedState(record.chargePointId, record.connectorId);
    return isTransactionStatus(status) || status === 'Preparing'
      ? this.#recordStatus(record, 'Finishing')
      : NO_EXTRA_WRITE;
  }

  /**
   * Builds the write for a connector's new status; empty if the status is unchanged, or if another transaction has
   * followed this one on the connector: the events of this one are then old.
   */
  #recordStatus(record: TransactionRecord, status: ConnectorStatus): ExtraWrite {
    const { chargePoints, transactions, clock } = this.#deps;
    const { chargePointId, connectorId, transactionId } = record;
    const newest = transactions.newestOpenOn(chargePointId, connectorId);
    if (newest && newest.transactionId !== transactionId) return NO_EXTRA_WRITE;
    if (chargePoints.reportedState(chargePointId, connectorId).status === status) return NO_EXTRA_WRITE;
    const before = chargePoints.record(chargePointId);
    const state: ConnectorState = { ...NO_ERROR, status, at: clock.now() };
    const after: ChargePointRecord = { ...before, connectors: { ...before.connectors, [connectorId]: state } };
    return {
      batch: { chargePoints: [after] },
      committed: () => {
        const { connectors } = chargePoints.record(chargePointId);
        chargePoints.update(chargePointId, { connectors: { ...connectors, [connectorId]: state } });
      },
    };
  }
}
