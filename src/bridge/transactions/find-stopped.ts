/** Finds what a StopTransaction of 1.6 ends: an order's session, or a transaction without an order. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { isPossibleTime } from '../../domain/matching/message-age.js';
import { joinKey } from '../../domain/matching/start-keys.js';
import { matchStop, type StopEvidence, type StopMatch } from '../../domain/matching/stop-match.js';
import type { DiscrepancyKind } from '../../domain/model/decision.js';
import { omit } from '../../domain/model/object.js';
import { type Order, sameIdTag } from '../../domain/model/order.js';
import type { ChargerEventOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { OrderCache } from '../orders/order-cache.js';
import { reportedEnd } from './transaction-event-record.js';
import type { TransactionIndex } from './transaction-index.js';

export interface FindStoppedDeps {
  readonly orderCache: OrderCache;
  readonly transactions: TransactionIndex;
  readonly catalogue: CatalogueLookup;
  readonly chargePoints: Pick<ChargePointState, 'record'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly clock: Clock;
}

export interface Stopped {
  readonly order?: Order | undefined;
  /** If there is no order, the transaction that the stop ends; `undefined` if it is unknown. */
  readonly record?: TransactionRecord | undefined;
  /** Set if the stop does not name the order's transaction. */
  readonly isAssumed?: true;
  /** What is doubtful about the match: contradictions and assumptions, to save with the stop. */
  readonly discrepancies: readonly Discrepancy[];
}

/**
 * Finds what a stop ends. For a repeated stop, this is what it ended the first time, although that is no longer open.
 * @param named The transaction with the stop's transaction id, if it is known.
 */
export async function findStopped(
  deps: FindStoppedDeps,
  chargePointId: string,
  event: ChargerEventOf<'transaction-stopped'>,
  named: TransactionRecord | undefined,
): Promise<Stopped> {
  const { orderCache, transactions } = deps;
  const { idTag, transactionId } = event;
  const isOwn = named !== undefined && idTag !== undefined && sameIdTag(named.idTag, idTag);
  const repeated = isOwn ? undefined : await transactions.findEndedBy(chargePointId, event, deps.clock.now());
  if (repeated) return { record: repeated, discrepancies: [] };
  // The tag may belong to an order that has ended: its end was inferred before this stop arrived, or it never started.
  const tagged = idTag === undefined ? undefined : await orderCache.findByTagAt(chargePointId, idTag);
  const namedOrder = named?.orderId === undefined ? undefined : await orderCache.get(named.orderId);
  const match = matchEvent(deps, chargePointId, event, { named, namedOrder, tagged });
  const report = (order: Order | undefined, kind: DiscrepancyKind, detail: string): readonly Discrepancy[] =>
    order ? deps.discrepancies.create(order, [{ kind, detail }]) : [];
  switch (match.kind) {
    case 'named':
      return { record: named, discrepancies: [] };
    case 'none': {
      const detail = `A stop of transaction ${transactionId}, whose start is unknown, may have ended this session.`;
      const orders = (match.possible ?? []).map((id) => orderCache.getCached(id));
      return { discrepancies: orders.flatMap((order) => report(order, 'transaction-contradiction', detail)) };
    }
    case 'unmatched': {
      const { transactionId: ended, contradicts } = match;
      const order = contradicts === undefined ? undefined : await orderCache.get(contradicts);
      const detail = `A stop names transaction ${transactionId} and a card that has begun transaction ${ended}; it ended the one of the card.`;
      const draft = { kind: 'transaction-contradiction', detail } as const;
      const place = order ? {} : { chargePointId, transactionId: ended };
      const record = transactions.findOpen(chargePointId, ended);
      return { record, discrepancies: deps.discrepancies.create(order, [draft], place) };
    }
    case 'assumed': {
      const order = await orderCache.get(match.orderId);
      const register = event.meterStopWh === undefined ? '' : ` at ${event.meterStopWh} Wh`;
      const detail = `A stop without number and tag${register} was taken for the end of this session, because no other was open and its register fits; it does not count if the session shows more energy.`;
      const key = joinKey(match.orderId, event.at, event.meterStopWh);
      const discrepancies = order ? deps.discrepancies.create(order, [{ kind: 'stop-assumed', detail, key }]) : [];
      return { order, discrepancies, isAssumed: true };
    }
    case 'order': {
      const { orderId, contradicts, mayBeOther } = match;
      const order = [tagged, namedOrder].find((one) => one?.id === orderId) ?? (await orderCache.get(orderId));
      if (mayBeOther) {
        const detail = `A stop names transaction ${transactionId} and another card, after a boot of the charge point; it ended this session, but may be of another one.`;
        return { order, discrepancies: report(order, 'transaction-contradiction', detail) };
      }
      if (contradicts === undefined) return { order, discrepancies: [] };
      const detail = `A stop names transaction ${transactionId} (${contradicts}) and the tag of another session; it ended the one of its tag.`;
      return { order, discrepancies: report(order, 'transaction-contradiction', detail) };
    }
  }
}

function asNamed(record: TransactionRecord): NonNullable<StopEvidence['named']> {
  const end = reportedEnd(record);
  return { ...omit(record, 'stop'), ...(end && { stop: end }) };
}

function matchEvent(
  { orderCache, transactions, catalogue, chargePoints, clock }: FindStoppedDeps,
  chargePointId: string,
  { idTag, meterStopWh, at }: ChargerEventOf<'transaction-stopped'>,
  { named, ...orders }: Pick<StopEvidence, 'namedOrder' | 'tagged'> & { readonly named: TransactionRecord | undefined },
): StopMatch {
  const now = clock.now();
  const dated = at !== undefined && isPossibleTime(at, now) && { at };
  return matchStop(
    { ...(named && { named: asNamed(named) }), idTag, ...orders, meterStopWh, ...dated, now },
    {
      open: orderCache.openOrdersAt(chargePointId).filter(({ session }) => session && !session.end),
      unmatched: transactions.openAt(chargePointId).filter(({ orderId }) => orderId === undefined),
      bootedAt: chargePoints.record(chargePointId).bootedAt ?? 0,
      maxPowerW: (connector) => catalogue.site(connector)?.connector.maxPowerW ?? Infinity,
    },
  );
}
