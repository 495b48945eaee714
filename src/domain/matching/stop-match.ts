/** Finds the session that a StopTransaction ends, by its transaction id, its tag and its register. */
import type { ConnectorRef } from '../model/network.js';
import { sameIdTag, type Order } from '../model/order.js';
import type { Meter, Session } from '../model/session.js';
import { isStopOf } from './own-stop.js';
import { continuesRegister, isBelow, isNotBelow } from './register-continuity.js';
import { precedesStart } from './repeated-start.js';
import { isTagOf } from './tags.js';

export interface StopEvidence {
  /** The transaction with the stop's transaction id. Absent if the id is unknown, or below 1. */
  readonly named?: NamedTransaction;
  /** The order of the transaction `named`, whatever its state. */
  readonly namedOrder?: Order | undefined;
  readonly idTag?: string | undefined;
  /** The order of this charge point that has the tag, whatever the state of the order. */
  readonly tagged?: Order | undefined;
  readonly meterStopWh?: number | undefined;
  /** By the charger's clock, epoch ms; absent if it could not be read, or is impossible. */
  readonly at?: number | undefined;
  /** Epoch ms, our time. */
  readonly now: number;
}

/** A transaction of the charge point that is known from its start. */
interface KnownTransaction {
  readonly transactionId: string;
  readonly connectorId: number;
  readonly chargePointId: string;
  readonly idTag: string;
  readonly meterStartWh: number;
  /** By the charger's clock, epoch ms. */
  readonly startedAt: number;
  /** When its start was received, our time, epoch ms. */
  readonly receivedAt: number;
}

interface NamedTransaction extends KnownTransaction {
  readonly orderId?: string | undefined;
  /** Its end, if a message has reported one. */
  readonly stop?: { readonly meterStopWh?: number };
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
  /** `mayBeOther`: after a boot, the stop may belong to a newer transaction with the same id. */
  | { readonly kind: 'order'; readonly orderId: string; readonly contradicts?: string; readonly mayBeOther?: true }
  /** The stop does not name the order, but no other session or transaction is open. It may still end an unknown one. */
  | { readonly kind: 'assumed'; readonly orderId: string }
  /**
   * A transaction without an order. The stop's id is unknown, or names another transaction, which belongs to the order
   * `contradicts` if that is set.
   */
  | { readonly kind: 'unmatched'; readonly transactionId: string; readonly contradicts?: string }
  /** The transaction with the stop's id, which belongs to no order. */
  | { readonly kind: 'named' }
  /** `possible`: orders whose session it may have ended. */
  | { readonly kind: 'none'; readonly possible?: readonly string[] };

/**
 * Finds what a stop ends. The tag of an order is stronger evidence than a transaction id, because it is random and used
 * only once:
 * - If the two name different sessions, the tag wins and the contradiction is reported. The id of a refused second
 *   start with the same tag is no contradiction: the stop ends that transaction. Without a known id, time and register
 *   decide between such a transaction and the session.
 * - A stop with the tag of an order whose start did not arrive ends no session, but it ends a refused transaction with
 *   that tag if its register fits, perhaps in kWh. Otherwise the stop may have arrived before its start.
 * - A stop without a tag ends the session that its id names, whatever its register.
 * - Another card may stop the session with the stop's id if the register fits. An open transaction of that card that
 *   fits takes precedence. After a boot, the match is marked as doubtful.
 * - A stop with neither a tag nor a known id may end a session only if no other transaction is open at the charge
 *   point, the session began after the last boot, it has sent a reading since the last outage, and the stop's register,
 *   if any, continues that of the session. Otherwise the result lists the sessions that the stop may have ended.
 *   An open session that an earlier such stop has probably ended does not count if this stop does not fit it. A stop at
 *   or below the register where the session began ends nothing, because it may repeat the previous stop.
 * - A stop with an unknown card and no known id ends nothing; the result lists the sessions that it may have ended.
 * @source OCPP 1.6 errata: a charger that never learned its transaction id sends -1; some send other numbers.
 */
export function matchStop(stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { named, idTag, tagged } = stop;
  const unowned = named?.orderId === undefined ? named : undefined;
  if (tagged && unowned && isTagOf(tagged, unowned.idTag)) return { kind: 'named' };
  if (tagged && !tagged.session) return matchRefused(tagged, stop, candidates);
  if (tagged) {
    const second = named ? undefined : secondTransaction(tagged, stop, candidates);
    if (second) return { kind: 'unmatched', transactionId: second.transactionId };
    const isContradicted = named !== undefined && named.orderId !== tagged.id;
    return { kind: 'order', orderId: tagged.id, ...(isContradicted && { contradicts: named.orderId ?? 'no order' }) };
  }
  if (named?.orderId !== undefined) {
    const own = ownTransaction(stop, candidates);
    if (own) return { kind: 'unmatched', transactionId: own.transactionId, contradicts: named.orderId };
    const { namedOrder } = stop;
    const isByOther = idTag !== undefined && namedOrder !== undefined;
    if (isByOther && !fitsSession(namedOrder, stop, candidates)) return { kind: 'none' };
    const mayBeOther = isByOther && !isSinceBoot(namedOrder, candidates);
    return { kind: 'order', orderId: named.orderId, ...(mayBeOther && { mayBeOther }) };
  }
  if (unowned) return matchUnowned(unowned, stop, candidates);
  const possible = candidates.open.filter((order) => mayEndUnnamed(order, stop, candidates));
  const [only, second] = possible;
  if (only === undefined) return { kind: 'none' };
  const others = candidates.open.filter(({ id, session }) => id !== only.id && !session?.assumedStop);
  const isOnly = second === undefined && others.length === 0 && candidates.unmatched.length === 0;
  return idTag === undefined && isOnly && isHeard(only)
    ? { kind: 'assumed', orderId: only.id }
    : { kind: 'none', possible: possible.map(({ id }) => id) };
}

/** Matches a stop with the tag of an order that has no session. */
function matchRefused(tagged: Order, stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { named } = stop;
  if (named) return { kind: named.orderId === undefined && named.idTag === '' ? 'named' : 'none' };
  const refused = candidates.unmatched.find(
    (one) =>
      isTagOf(tagged, one.idTag) &&
      (fitsTransaction(one, stop, candidates) || fitsTransaction(one, inKwh(stop, one), candidates)),
  );
  return refused ? { kind: 'unmatched', transactionId: refused.transactionId } : { kind: 'none' };
}

/** Reads the stop's register as whole kWh. Returns the register within that kWh that is nearest to the start's. */
function inKwh(stop: StopEvidence, { meterStartWh }: Pick<KnownTransaction, 'meterStartWh'>): StopEvidence {
  const { meterStopWh } = stop;
  if (meterStopWh === undefined) return stop;
  const fromWh = meterStopWh * 1000;
  return { ...stop, meterStopWh: Math.min(Math.max(fromWh, meterStartWh), fromWh + 999) };
}

/**
 * Checks, before a stop can be matched, whether it may end this transaction: it names the transaction or its card, or
 * it has neither a card nor the id of another transaction.
 * @param namesOther Whether the stop's transaction id is that of another transaction.
 */
export function mayEnd(
  { transactionId, idTag }: { readonly transactionId: string; readonly idTag?: string | undefined },
  known: Pick<KnownTransaction, 'transactionId' | 'idTag'>,
  namesOther: boolean,
): boolean {
  if (transactionId === known.transactionId) return true;
  return idTag === undefined ? !namesOther : sameIdTag(idTag, known.idTag);
}

/**
 * Matches a stop whose id names a transaction without an order. If the stop also has the card of that transaction, and
 * no other end is recorded, its register does not matter: it may be in kWh or have been reset. Otherwise the register
 * must fit, because no bill would reveal a mistake. An open transaction that the card in the stop began, and whose
 * register fits, takes precedence, unless the named one fits and has the same card.
 */
function matchUnowned(named: NamedTransaction, stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { idTag } = stop;
  const isOwn = idTag !== undefined && sameIdTag(named.idTag, idTag);
  const hasOtherEnd = named.stop !== undefined && named.stop.meterStopWh !== stop.meterStopWh;
  if (isOwn && !hasOtherEnd) return { kind: 'named' };
  const fits = isOwn ? isNotBelow(named.meterStartWh, stop.meterStopWh) : fitsTransaction(named, stop, candidates);
  const own = fits && isOwn ? undefined : ownTransaction(stop, candidates);
  if (own) return { kind: 'unmatched', transactionId: own.transactionId };
  return { kind: fits ? 'named' : 'none' };
}

/** Finds the open transaction that the card in the stop began, if the register of the stop fits it. */
function ownTransaction(stop: StopEvidence, candidates: StopCandidates): KnownTransaction | undefined {
  const { idTag } = stop;
  if (idTag === undefined) return undefined;
  return candidates.unmatched.find((one) => sameIdTag(one.idTag, idTag) && fitsTransaction(one, stop, candidates));
}

/**
 * Finds the refused second transaction with the order's tag, if the stop ends that transaction and not the session.
 *
 * A connector has one transaction at a time. So if the second one followed the session on its connector, a stop that
 * was written after the second one's start belongs to it, unless the stop's register shows no energy since that start.
 * Whether the rated power allows so much energy is not checked, because the rating or the time of the start may be
 * wrong. A start at a lower register may follow too, because the meter may have been reset, or may count from zero in
 * each transaction. Otherwise the stop's register must fit the second one and not the session.
 */
function secondTransaction(
  { session, connector }: Order,
  stop: StopEvidence,
  candidates: StopCandidates,
): KnownTransaction | undefined {
  if (!session) return undefined;
  const { idTag = '', meterStopWh = Infinity, at = Infinity } = stop;
  const isOver = session.followed || (session.end !== undefined && session.end.meterStopWh !== meterStopWh);
  const next = candidates.unmatched.find(
    (one) =>
      isOver &&
      one.connectorId === connector.connectorId &&
      sameIdTag(one.idTag, idTag) &&
      !precedesStart(one, session) &&
      at > one.startedAt &&
      meterStopWh > one.meterStartWh,
  );
  if (next) return next;
  if (!isBelow(session.meter.registerWh, meterStopWh)) return undefined;
  const fitting = ownTransaction(stop, candidates);
  return fitting && at >= fitting.startedAt ? fitting : secondByRegister({ session, connector }, stop, candidates);
}

/**
 * Finds the second transaction if the stop's register is below the one at which the session began, and the second one
 * can have reached it, whenever it began. The time of its start proves little, because some chargers stamp a start when
 * they send it, and clocks are set back. On the connector of the session, however, the time shows which came first.
 */
function secondByRegister(
  { session, connector }: Pick<Order, 'connector'> & { readonly session: Session },
  { idTag = '', meterStopWh = Infinity, at = Infinity, now }: StopEvidence,
  { unmatched }: StopCandidates,
): KnownTransaction | undefined {
  if (!isBelow(session.meterStartWh, meterStopWh)) return undefined;
  const { requestedAt = session.startReceivedAt } = session;
  const stop = { idTag, meterStopWh, at, receivedAt: now };
  return unmatched.find(
    (one) =>
      (at >= one.startedAt || one.connectorId !== connector.connectorId) &&
      isStopOf(stop, { ...one, at: one.startedAt, requestedAt }),
  );
}

/** Checks whether the stop's register fits the transaction. */
function fitsTransaction(known: KnownTransaction, stop: StopEvidence, { maxPowerW }: StopCandidates): boolean {
  const { meterStartWh, startedAt, receivedAt } = known;
  return continues({ registerWh: meterStartWh, at: startedAt, receivedAt }, stop, maxPowerW(known));
}

/**
 * Checks whether the stop's register can follow this reading. After an outage both may arrive together; only the
 * charger's clock then shows how much time lies between them.
 */
function continues(
  { registerWh, at: readAt, receivedAt }: Pick<Meter, 'registerWh' | 'at' | 'receivedAt'>,
  { meterStopWh, at = readAt, now }: StopEvidence,
  maxPowerW: number,
): boolean {
  const since = Math.min(receivedAt, now - (at - readAt));
  return continuesRegister({ registerWh, receivedAt: since }, { registerWh: meterStopWh, now }, maxPowerW);
}

/**
 * Checks whether a stop that names no transaction can end the session. After a boot, or after another transaction on
 * the connector, the stop more likely belongs to a transaction whose start was lost.
 */
function mayEndUnnamed(order: Order, stop: StopEvidence, candidates: StopCandidates): boolean {
  const { meterStopWh = Infinity, at = Infinity } = stop;
  const { meterStartWh = Infinity, startedAt = Infinity } = order.session ?? {};
  if (meterStartWh >= meterStopWh || at < startedAt) return false;
  return isSinceBoot(order, candidates) && fitsSession(order, stop, candidates);
}

/** Checks whether the session began after the last boot of the charge point. */
function isSinceBoot({ session }: Order, { bootedAt }: StopCandidates): boolean {
  return session !== undefined && session.startReceivedAt >= bootedAt;
}

/**
 * Checks whether the session has sent a reading since its charge point was last offline. If not, a stop may belong to
 * a transaction whose start is still queued.
 */
function isHeard({ session }: Order): boolean {
  return session?.offlineSince === undefined && (session?.meter.receivedAt ?? 0) >= (session?.resumedAt ?? 0);
}

/** Checks whether a stop's time and register allow it to end the session. */
function fitsSession({ session, connector }: Order, stop: StopEvidence, { maxPowerW }: StopCandidates): boolean {
  if (!session || session.followed) return false;
  // If the session has ended, this can only be a repeat of its stop.
  if (session.end) return stop.meterStopWh === session.end.meterStopWh;
  const { at = Infinity, meterStopWh = 0 } = stop;
  // A higher register shows that the clock was set back, unless the meter counts from zero in each transaction.
  const isLaterByRegister = session.meterStartWh > 0 && meterStopWh > session.meterStartWh;
  if (at < session.startedAt && !isLaterByRegister) return false;
  return continues(session.meter, stop, maxPowerW(connector));
}

/**
 * Checks whether a stop repeats the one that ended this transaction: the card, the time and the register are the same.
 * Its transaction id is no evidence, because it may be that of another transaction.
 */
export function isRepeatedStop(
  ended: { readonly idTag: string; readonly stop: { readonly meterStopWh?: number; readonly at: number } },
  { idTag, meterStopWh, at }: Pick<StopEvidence, 'idTag' | 'meterStopWh' | 'at'>,
): boolean {
  const isSame = ended.stop.at === at && ended.stop.meterStopWh === meterStopWh;
  return isSame && idTag !== undefined && sameIdTag(ended.idTag, idTag);
}
