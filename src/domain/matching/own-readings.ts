/** Tells the readings of an order's own connector from those of other connectors that name the order's transaction. */
import type { MeterSample } from '../model/command.js';
import type { DiscrepancyDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';
import type { Session } from '../model/session.js';

type Placed = Pick<Order, 'connector'>;

function isOwn({ connector }: Placed, { connectorId }: MeterSample): boolean {
  return connectorId === undefined || connectorId === connector.connectorId;
}

/**
 * Returns the readings that may be the session's. Some firmware names the same connector, or none, in all its readings,
 * so a transaction id suffices. But once the order's own connector has been read, the register of another one is not
 * the session's: some firmware adds the id of the last transaction to the readings of all connectors.
 */
export function ownSamples(order: Placed, session: Session, samples: readonly MeterSample[]): readonly MeterSample[] {
  if (samples.every((sample) => isOwn(order, sample))) return samples;
  const own = samples.filter((sample) => isOwn(order, sample));
  return session.ownReadings || own.length > 0 ? own : samples;
}

/** Records in the session that the order's own connector has been read. */
export function withOwnReadings(order: Placed, session: Session, samples: readonly MeterSample[]): Session {
  const isNew = !session.ownReadings && samples.some((sample) => isOwn(order, sample));
  return isNew ? { ...session, ownReadings: true } : session;
}

/**
 * Reports the first readings of another connector that name the session's transaction. Connector 0 is the main meter,
 * which contradicts nothing.
 */
export function strayReadings(
  { connector }: Placed,
  { transactionId, strayReadings: isReported }: Session,
  samples: readonly MeterSample[],
): DiscrepancyDraft | undefined {
  const { connectorId = 0 } = samples.find((sample) => sample.connectorId !== 0) ?? {};
  if (isReported || connectorId === 0) return undefined;
  const detail = `Readings of connector ${connectorId} name transaction ${transactionId} of connector ${connector.connectorId}; they are not counted.`;
  return { kind: 'transaction-contradiction', detail };
}
