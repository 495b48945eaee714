/** Finds the session that a StopTransaction ends, by its number, its tag and its register. */
import type { ConnectorRef } from '../model/network.js';
import { sameIdTag, type Order } from '../model/order.js';
import { continuesRegister } from './register-continuity.js';
import { isTagOf } from './tags.js';

export interface StopEvidence {
  /** The transaction that the stop's number names. Absent if the number is unknown, or below 1. */
  readonly named?: KnownTransaction & { readonly orderId?: string | undefined };
  /** The order of that transaction, whatever its state. */
  readonly namedOrder?: Order | undefined;
  readonly idTag?: string | undefined;
  /** The order of the charge point to which the tag belongs, whatever its state. */
  readonly tagged?: Order | undefined;
  readonly meterStopWh?: number | undefined;
  /** By the charger's clock, epoch ms; absent if it could not be read, or is impossible. */
  readonly at?: number | undefined;
  /** Epoch ms, our time. */
  readonly now: number;
}

/** A transaction of the charge point. */
interface KnownTransaction {
  readonly transactionId: string;
  readonly connectorId: number;
  readonly chargePointId: string;
  readonly idTag: string;
  readonly meterStartWh: number;
  /** When its start was received, our time, epoch ms. */
  readonly receivedAt: number;
}

export interface StopCandidates {
  /** The orders of the charge point whose session has not ended. */
  readonly open: readonly Order[];
  /** The open transactions that belong to no order. */
  readonly unmatched: readonly KnownTransaction[];
  /** When the charge point last booted, our time, epoch ms. */
  readonly bootedAt: number;
  /** Rated power of a connector, W. */
  readonly maxPowerW: (connector: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>) => number;
}

export type StopMatch =
  | { readonly kind: 'order'; readonly orderId: string; readonly contradicts?: string }
  /** The session of an order that the stop does not name: no other is open. */
  | { readonly kind: 'assumed'; readonly orderId: string }
  /** A transaction without an order, although the number names another one, perhaps of the order `contradicts`. */
  | { readonly kind: 'unmatched'; readonly transactionId: string; readonly contradicts?: string }
  /** The transaction that the number names, which has no order. */
  | { readonly kind: 'named' }
  /** `possible`: orders whose session it may have ended. */
  | { readonly kind: 'none'; readonly possible?: readonly string[] };

/**
 * The tag of an order says more than a number, because it is random and used once. Where the two name different
 * sessions, the tag wins and the contradiction is named. A number of a refused second start with the same tag contradicts
 * nothing: the stop ends that transaction. The tag of an order whose start did not arrive ends nothing. Another card
 * may stop a session that fits, unless it has a transaction of its own that fits. A stop with neither ends a session only if
 * there is no other open transaction at the charge point, and if its register continues that of the session; otherwise the
 * sessions are named that it may have ended.
 * @source OCPP 1.6 errata: a charger that never learned its transaction id sends -1; some send other numbers.
 */
export function matchStop(stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { named, idTag, tagged } = stop;
  const unowned = named?.orderId === undefined ? named : undefined;
  if (tagged && unowned && isTagOf(tagged, unowned.idTag)) return { kind: 'named' };
  if (tagged && !tagged.session) return { kind: unowned?.idTag === '' ? 'named' : 'none' };
  if (tagged) {
    const isContradicted = named !== undefined && named.orderId !== tagged.id;
    return { kind: 'order', orderId: tagged.id, ...(isContradicted && { contradicts: named.orderId ?? 'no order' }) };
  }
  if (named?.orderId !== undefined) {
    const own = ownTransaction(stop, candidates);
    if (own) return { kind: 'unmatched', transactionId: own.transactionId, contradicts: named.orderId };
    const { namedOrder } = stop;
    const isDoubtful = idTag !== undefined && namedOrder && !fitsSession(namedOrder, stop, candidates);
    return isDoubtful ? { kind: 'none' } : { kind: 'order', orderId: named.orderId };
  }
  if (unowned) return matchUnowned(unowned, stop, candidates);
  const possible = candidates.open.filter((order) => mayEndUnnamed(order, stop, candidates)).map(({ id }) => id);
  const isOnly = candidates.open.length === 1 && candidates.unmatched.length === 0;
  const [only] = possible;
  if (only === undefined) return { kind: 'none' };
  return idTag === undefined && isOnly ? { kind: 'assumed', orderId: only } : { kind: 'none', possible };
}

/** A transaction without an order must fit the register, because nothing is billed that would show a mistake. */
function matchUnowned(named: KnownTransaction, stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { idTag } = stop;
  const fits = fitsTransaction(named, stop, candidates);
  const isOwn = idTag !== undefined && sameIdTag(named.idTag, idTag);
  const own = fits && isOwn ? undefined : ownTransaction(stop, candidates);
  if (own) return { kind: 'unmatched', transactionId: own.transactionId };
  return { kind: fits ? 'named' : 'none' };
}

/** The open transaction that the card of a stop has begun itself, if the register of the stop can be its. */
function ownTransaction(stop: StopEvidence, candidates: StopCandidates): KnownTransaction | undefined {
  const { idTag } = stop;
  if (idTag === undefined) return undefined;
  return candidates.unmatched.find((one) => sameIdTag(one.idTag, idTag) && fitsTransaction(one, stop, candidates));
}

function fitsTransaction(
  known: KnownTransaction,
  { meterStopWh, now }: StopEvidence,
  { maxPowerW }: StopCandidates,
): boolean {
  const { meterStartWh, receivedAt } = known;
  return continuesRegister(
    { registerWh: meterStartWh, receivedAt },
    { registerWh: meterStopWh, now },
    maxPowerW(known),
  );
}

/**
 * Whether a stop without number and tag can be the session's. After a boot or another transaction on the connector, it is
 * more likely that of a transaction whose start was lost.
 */
function mayEndUnnamed(order: Order, stop: StopEvidence, candidates: StopCandidates): boolean {
  const { bootedAt } = candidates;
  const { session } = order;
  return session !== undefined && session.startReceivedAt >= bootedAt && fitsSession(order, stop, candidates);
}

/** Whether nothing but its tag or its number speaks against it that a stop is the session's. */
function fitsSession({ session, connector }: Order, stop: StopEvidence, { maxPowerW }: StopCandidates): boolean {
  if (!session || session.followed) return false;
  // Of a session that has ended, it can only be the same stop again.
  if (session.end) return stop.meterStopWh === session.end.meterStopWh;
  if (stop.at !== undefined && stop.at < session.startedAt) return false;
  return continuesRegister(session.meter, { registerWh: stop.meterStopWh, now: stop.now }, maxPowerW(connector));
}
