/** Defines what proves that a transaction is running, and how long a session may go without proof. */
import type { MeterSample } from '../model/command.js';
import type { ConnectorStatus } from '../model/network.js';
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { type AssumedStop, INFERRED, type Meter, type Session, type SessionEnd } from '../model/session.js';
import { absoluteWh, JITTER_WH } from './reading-kind.js';

/** How long after the end a charging state or a reading may still be that of the session, ms. */
const STATE_AFTER_END_MS = 60_000;

/** Returns when to ask the charger whether the transaction is running, unless proof comes earlier. @unit Epoch ms. */
export function proveAliveBy(session: Session, policy: Pick<SessionPolicy, 'proveAliveMs'>): number {
  return session.proveAliveBy ?? session.startReceivedAt + policy.proveAliveMs;
}

/** Connector states of a running transaction. @source OCPP 1.6 §7.7 */
const TRANSACTION_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

/** The reason for suspecting an end: nothing has proved that the session is running. */
export const NO_SIGN_OF_LIFE = 'no sign of life';

/** Checks whether a current connector status shows that a transaction is running. */
export function isTransactionStatus(status: ConnectorStatus): boolean {
  return TRANSACTION_STATUSES.has(status);
}

/** Checks whether a connector status shows that the transaction on the connector is over. @source OCPP 1.6 §4.9 */
export function isEndStatus(status: ConnectorStatus): boolean {
  return status === 'Available' || status === 'Finishing';
}

export function isSuspension(status: ConnectorStatus): boolean {
  return status === 'SuspendedEV' || status === 'SuspendedEVSE';
}

/**
 * Checks whether readings prove that the session is alive. They do if their message names the transaction or, because
 * 1.6 chargers may leave out its id, if the register rose while the connector's status shows a transaction. After a
 * stop that is assumed to be the session's, they must also show more energy than it, or name the transaction over a
 * minute later.
 * @source OCPP 1.6 §6.31: the transactionId of MeterValues is optional.
 */
export function readingProvesLife(
  order: Order,
  before: Session,
  reading: {
    readonly namesTransaction?: boolean | undefined;
    readonly energyWh: number;
    /** Charger time, epoch ms. */
    readonly at: number;
  },
): boolean {
  const { assumedStop } = before;
  const isLater = assumedStop && reading.namesTransaction && reading.at > assumedStop.at + STATE_AFTER_END_MS;
  if (assumedStop && !isLater && !goesBeyond(assumedStop, reading)) return false;
  if (reading.namesTransaction) return true;
  return reading.energyWh > before.meter.energyWh && isTransactionStatus(order.connectorState.status);
}

/** Checks whether a session has delivered more energy than up to the stop that is assumed to be its end. @unit Wh */
export function goesBeyond(stop: AssumedStop, { energyWh }: Pick<Meter, 'energyWh'>): boolean {
  return energyWh > stop.energyWh + JITTER_WH;
}

/** A suspended car draws less than this, for battery cooling and electronics. @unit W */
const FLOWING_W = 1000;

/**
 * Checks whether energy flows although the connector is reported as suspended: the last two readings arrived after that
 * status, the register or the reported power shows energy between them, and the power is now that of a charging car.
 */
export function isFlowingThoughSuspended({ state, connectorState }: Order, before: Meter, after: Meter): boolean {
  if (state !== 'suspended' || before.receivedAt <= connectorState.at) return false;
  const riseWh = after.energyWh - before.energyWh;
  const reportedWh = (after.powerBasedWh ?? 0) - (before.powerBasedWh ?? 0);
  return Math.max(riseWh, reportedWh) > JITTER_WH && (after.powerW ?? 0) >= FLOWING_W;
}

/** Checks whether an end is doubtful: no message that names the transaction reported it. The transaction may go on. */
export function isEndDoubtful({ reason, assumed }: SessionEnd): boolean {
  return reason === INFERRED || assumed === true;
}

/** How much a register may rise after the end without meaning that energy was delivered, Wh. */
export const RISEN_AFTER_END_WH = 100;
/**
 * Checks whether a message shows that energy flows although the session has ended: by its register, or by its charging
 * state if it has no register. @unit Charger time, epoch ms.
 */
export function flowsAfterEnd(
  session: Session,
  {
    samples,
    at,
    isCharging,
  }: { readonly samples: readonly MeterSample[]; readonly at: number; readonly isCharging: boolean },
): boolean {
  const { end, meter } = session;
  if (!end) return false;
  const { meterStopWh = Infinity } = end;
  const readings = samples.flatMap(({ registerWh, at: readAt }) =>
    registerWh !== undefined && readAt > end.at ? [absoluteWh(meter, registerWh, session)] : [],
  );
  if (readings.length > 0) return Math.max(...readings) > meterStopWh + RISEN_AFTER_END_WH;
  return isCharging && at > end.at + STATE_AFTER_END_MS;
}
