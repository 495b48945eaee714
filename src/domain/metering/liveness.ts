/** What proves that a transaction is running, and how long a session may go without such a proof. */
import type { ConnectorStatus } from '../model/network.js';
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session } from '../model/session.js';

/** When a proof of life is requested if the session has shown none. @unit Epoch ms. */
export function proveAliveBy(session: Session, policy: Pick<SessionPolicy, 'proveAliveMs'>): number {
  return session.proveAliveBy ?? session.startReceivedAt + policy.proveAliveMs;
}

/** Connector states of a running transaction. @source OCPP 1.6 §7.7 */
const TRANSACTION_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

/** The end of a session was suspected only because nothing proved that it was alive. */
export const NO_SIGN_OF_LIFE = 'no sign of life';

/** Checks whether a connector status, reported now, shows that a transaction is running there. */
export function isTransactionStatus(status: ConnectorStatus): boolean {
  return TRANSACTION_STATUSES.has(status);
}

/**
 * Checks whether readings prove that the session is alive. They do if their message names the transaction, or if the
 * register rose while the connector's status shows a transaction. Compliant 1.6 chargers may leave out the id.
 * @source OCPP 1.6 §6.31: the transactionId of MeterValues is optional.
 */
export function readingProvesLife(
  order: Order,
  before: Session,
  reading: { readonly namesTransaction?: boolean | undefined; readonly energyWh: number },
): boolean {
  if (reading.namesTransaction) return true;
  return reading.energyWh > before.meter.energyWh && isTransactionStatus(order.connectorState.status);
}
