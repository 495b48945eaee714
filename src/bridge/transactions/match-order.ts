/** Finds a transaction's order: an open one from what is in memory about the charge point, and an ended one by tag. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { isPossibleTime } from '../../domain/matching/message-age.js';
import type { KnownRegister } from '../../domain/matching/register-continuity.js';
import {
  findNamed,
  matchStart,
  type StartEvidence,
  type StartMatch,
  type StartPlace,
  type StartSign,
} from '../../domain/matching/start-match.js';
import { evseIdOf } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { ChargerEventOf, TransactionEvent } from '../../ports/charger-events.js';
import type { ChargePointRecord, TransactionRecord } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCache } from '../orders/order-cache.js';
import { eventRecordOf } from './transaction-event-record.js';

export interface MatchOrderDeps {
  readonly orderCache: Pick<OrderCache, 'openOrdersAt'>;
  readonly chargePoints: Pick<ChargePointState, 'record'>;
  readonly catalogue: CatalogueLookup;
}

/** A 2.x transaction with its newest event. */
interface MatchedEvent {
  readonly event: TransactionEvent;
  /** The transaction's record, including this event. */
  readonly record: TransactionRecord;
  /** When the event was received, epoch ms. */
  readonly now: number;
}

type EndedOrders = Pick<OrderCache, 'findByTagAt'>;

/**
 * Returns the event with the connector that it means, if it names only an EVSE. One connector of an EVSE charges at a
 * time: that of the known transaction, else that of the order that the event names, else that of an order whose session
 * or start is on the EVSE.
 */
export function withConnector(
  { orderCache }: Pick<MatchOrderDeps, 'orderCache'>,
  known: Pick<TransactionRecord, 'chargePointId' | 'connectorId'>,
  event: TransactionEvent,
): TransactionEvent {
  const { connectorId = 0 } = event;
  if (!event.isWholeEvse) return event;
  const open = orderCache.openOrdersAt(known.chargePointId);
  const named = findNamed(event, open);
  const using = open.filter(({ state }) => state !== 'confirmed');
  const orders = named ? [named, ...using] : using;
  const candidates = [known.connectorId, ...orders.map(({ connector }) => connector.connectorId)];
  const meant = candidates.find((candidate) => evseIdOf(candidate) === connectorId);
  return meant === undefined ? event : { ...event, connectorId: meant };
}

/** Matches a 2.x transaction to an order, open or ended. A refused transaction matches no ended order. */
export async function matchOrder(
  deps: MatchOrderDeps & { readonly orderCache: EndedOrders },
  matched: MatchedEvent,
): Promise<StartMatch> {
  const match = matchEvent(deps, matched);
  return isRefused(matched.record) ? match : orEndedOrder(deps.orderCache, match, matched.record);
}

/** Returns the match or, if it found no open order, the ended order to which the transaction's tag belongs. */
export async function orEndedOrder(
  orderCache: EndedOrders,
  match: StartMatch,
  { chargePointId, idTag }: Pick<TransactionRecord, 'chargePointId' | 'idTag'>,
): Promise<StartMatch> {
  if ('order' in match || idTag === '') return match;
  const order = await orderCache.findByTagAt(chargePointId, idTag);
  return order ? { kind: 'named', order } : match;
}

/**
 * Matches a 2.x transaction to an open order. A refused transaction matches only an order that the event itself names.
 */
export function matchEvent(deps: MatchOrderDeps, { event, record, now }: MatchedEvent): StartMatch {
  const { transactionId, remoteStartId, idTag, samples, meterStartWh, at } = event;
  if (isRefused(record)) {
    const order = findNamed(event, deps.orderCache.openOrdersAt(record.chargePointId));
    return order ? { kind: 'named', order } : { kind: 'none' };
  }
  const lastWh = samples.findLast(({ registerWh }) => registerWh !== undefined)?.registerWh;
  return match(deps, record.chargePointId, {
    ...{ transactionId, remoteStartId, idTag, at, now },
    firstIdTag: record.idTag,
    connectorId: record.connectorId,
    sign: signOf(event, record),
    hasEnded: record.stop !== undefined,
    registerWh: lastWh ?? meterStartWh,
  });
}

function isRefused(record: TransactionRecord): boolean {
  return eventRecordOf(record).refusedStatus !== undefined;
}

/** Matches a StartTransaction of 1.6 to an open order. */
export function matchStartTransaction(
  deps: MatchOrderDeps,
  chargePointId: string,
  { idTag, connectorId, meterStartWh, registerMissing, at }: ChargerEventOf<'transaction-started'>,
  now: number,
): StartMatch {
  const place = { firstIdTag: idTag, connectorId, registerWh: registerMissing ? undefined : meterStartWh };
  return match(deps, chargePointId, { ...place, idTag, at, now, sign: 'running', hasEnded: false });
}

function match(deps: MatchOrderDeps, chargePointId: string, start: StartEvidence): StartMatch {
  const { at, now } = start;
  const dated = { at: at !== undefined && isPossibleTime(at, now) ? at : undefined };
  const open = deps.orderCache.openOrdersAt(chargePointId);
  return matchStart({ ...start, ...dated }, { open, places: placesOf(deps, chargePointId, open) });
}

function signOf(event: TransactionEvent, record: TransactionRecord): StartSign {
  const { eventType, triggerReason, stoppedReason, chargingState } = event;
  if (triggerReason === 'RemoteStart') return 'remote-start';
  if (eventType === 'ended') return stoppedReason === 'Timeout' ? 'no-vehicle' : 'none';
  if (chargingState !== undefined) return chargingState === 'Charging' ? 'running' : 'none';
  return eventRecordOf(record).startMissing ? 'running' : 'none';
}

/**
 * Returns the connectors of a charge point, each with its last register known from an order or an ended transaction.
 * Returns none if there is no open order, because nothing can match then.
 */
function placesOf(
  { chargePoints, catalogue }: MatchOrderDeps,
  chargePointId: string,
  open: readonly Order[],
): readonly StartPlace[] {
  const [first] = open;
  const connectors = first === undefined ? [] : (catalogue.site(first.connector)?.chargePoint.connectors ?? []);
  const { registers } = chargePoints.record(chargePointId);
  return connectors.map(({ connectorId, maxPowerW }) => {
    const meters = open.flatMap(({ connector, session }) =>
      connector.connectorId === connectorId && session ? [session.meter] : [],
    );
    return { connectorId, maxPowerW, last: latest(registers?.[connectorId], meters) };
  });
}

function latest(
  stored: NonNullable<ChargePointRecord['registers']>[string] | undefined,
  meters: readonly KnownRegister[],
): KnownRegister | undefined {
  const known = stored ? [{ registerWh: stored.wh, receivedAt: stored.at }, ...meters] : meters;
  return known.toSorted((a, b) => b.receivedAt - a.receivedAt)[0];
}
