/**
 * Determines when a session must be stopped, so that it stays within the ordered limit, the authorised amount and the
 * money that is left of it.
 */
import type { TransactionLimitKind, TransactionLimits, Connector } from '../model/network.js';
import type { Order } from '../model/order.js';
import { amountAvailable } from '../model/payment.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Limit, QuoteTerms } from '../model/quote.js';
import type { Caps, Session, StopReason } from '../model/session.js';
import { authorisedUntil, payableAmount } from '../pricing/authorised-until.js';
import { IDLE_W } from '../pricing/charging-periods.js';
import { energyForTotal, energyOfLimit } from '../pricing/pricing.js';
import { pricesIdleTime } from '../pricing/tariff-restrictions.js';
import {
  assumedFlow,
  energyAfter,
  knownAt,
  msUntilEnergy,
  possibleFlow,
  resumedFlow,
  type PossibleFlow,
} from './assumed-flow.js';
import { believedSoc } from './meter.js';
import { lastsUntil, unconfirmedMs } from './reading-time.js';
import { periodsSoFar } from './session-periods.js';

/**
 * Returns how far a session with this limit may go within an authorised amount.
 * @unit   `authorised` in minor units.
 * @shape  If the tariff has elements, the energy cap is at most what the amount pays for at the lowest price; when the
 *         amount is actually used up depends on the charging periods (see `authorisedUntil`).
 */
export function capsForLimit(
  connector: Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>,
  limit: Limit,
  authorised: number,
  terms: QuoteTerms = {},
): Caps {
  const payableWh = energyForTotal(connector.tariff, authorised, terms);
  const isEnergyLimit = limit.kind === 'energy' || (limit.kind === 'amount' && !connector.tariff.elements);
  const energyWh = isEnergyLimit ? Math.min(payableWh, energyOfLimit(connector, limit)) : payableWh;
  return {
    energyWh,
    ...(limit.kind === 'time' && { timeMs: limit.value * 1000 }),
    ...(limit.kind === 'soc' && { socPercent: limit.value }),
  };
}

/**
 * If we collect the payment before the session, returns the order with its authorised amount reduced to the money that
 * is still there, and its energy cap to what that money pays for; otherwise returns the order unchanged. The provider
 * may withdraw or refund part of the payment during the session. The bill keeps to the original authorised amount.
 */
export function withinMoney(order: Order): Order {
  const { payment, authorised, caps } = order;
  if (payment?.collectedBy !== 'BPP' || payment.type !== 'PRE-ORDER') return order;
  const available = Math.max(0, amountAvailable(payment));
  if (available >= authorised) return order;
  const energyWh = Math.min(caps.energyWh, energyForTotal(order.tariff, available, order));
  return { ...order, authorised: available, caps: { ...caps, energyWh } };
}

/**
 * Returns the limits to send to the station in a TransactionEvent response.
 * @shape  Only limits that the station supports. An amount becomes the energy that it pays for, because the station
 *         does not know the tariff.
 * @errors None; `undefined` if the station supports none of the order's limits, or the session is to stop or has ended.
 * @source OCPP 2.1 E16, F07: only limits that are listed in TxCtrlr.SupportedLimits.
 */
export function stationTransactionLimits(order: Order): TransactionLimits | undefined {
  const { session } = order;
  const supported = session?.capabilities?.supportedLimits;
  if (!supported || session?.stop || session?.end) return undefined;
  const { energyWh, timeS, socPercent } = limitsOfTransaction(order, session);
  const limits: TransactionLimits = {
    ...(supported.includes('energy') && { energyWh }),
    ...(supported.includes('time') && timeS !== undefined && { timeS }),
    ...(supported.includes('soc') && socPercent !== undefined && { socPercent }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** Returns an order's limits as a station counts them: from the beginning of the transaction, not of the session. */
function limitsOfTransaction({ caps }: Order, session: Session | undefined): TransactionLimits {
  const { ms, energyWh } = session?.transactionBefore ?? { ms: 0, energyWh: 0 };
  return {
    energyWh: caps.energyWh + energyWh,
    ...(caps.timeMs !== undefined && { timeS: Math.floor((caps.timeMs + ms) / 1000) }),
    ...(caps.socPercent !== undefined && { socPercent: caps.socPercent }),
  };
}

const LIMIT_MEMBERS = [
  ['energy', 'energyWh'],
  ['time', 'timeS'],
  ['soc', 'socPercent'],
] as const;

/**
 * Returns which of the order's limits the station enforces after it has set the given ones. A given limit above the
 * order's does not count, because the driver may have chosen it at the station. A limit that is not given is enforced
 * if it was before.
 */
export function enforcedAfter(order: Order, session: Session, set: TransactionLimits): readonly TransactionLimitKind[] {
  const own = limitsOfTransaction(order, session);
  return LIMIT_MEMBERS.flatMap(([kind, member]) => {
    const { [member]: value } = set;
    const isEnforced = value === undefined ? session.enforcedLimits?.includes(kind) : value <= (own[member] ?? -1);
    return isEnforced ? [kind] : [];
  });
}

/** Returns the stop reason for a cap. Unless energy was ordered, the energy cap stands for the amount. */
export function stopReasonFor(order: Pick<Order, 'limit'>, limit: TransactionLimitKind): StopReason {
  if (limit === 'time') return 'limit-time';
  if (limit === 'soc') return 'limit-soc';
  return order.limit.kind === 'energy' ? 'limit-energy' : 'limit-amount';
}

/** Returns the expected time from a RemoteStop until energy stops flowing, ms. */
function stopLatencyOf(session: Session, policy: SessionPolicy): number {
  return session.capabilities?.stopLatencyMs ?? policy.stopLatencyMs;
}

/** Returns the energy at a later time under the assumed flow. @unit Epoch ms in, Wh out, not rounded. */
function predictedWh(flow: PossibleFlow, at: number): number {
  return energyAfter(flow, Math.max(0, Math.min(at, flow.cutAt) - flow.since));
}

/** Returns the energy at which the stop must be requested if the last known power continues. @unit Wh */
export function stopAtWh(order: Order, session: Session, policy: SessionPolicy): number {
  const { powerW } = assumedFlow(order, session, policy);
  return order.caps.energyWh - Math.floor((powerW * stopLatencyOf(session, policy)) / 3_600_000);
}

/**
 * Returns the limit for which the session must be stopped now. Except for SoC, the stop latency is taken into account.
 * @unit   `now` in epoch ms.
 * @errors None; `undefined` if no limit is reached, `policy` if the only limit reached is the money that is left.
 */
export function limitReached(
  order: Order,
  session: Session,
  now: number,
  policy: SessionPolicy,
): StopReason | undefined {
  const reason = reachedLimit(order, session, now, policy);
  const affordable = withinMoney(order);
  if (reason || affordable === order) return reason;
  return reachedLimit(affordable, session, now, policy) && 'policy';
}

function reachedLimit(order: Order, session: Session, now: number, policy: SessionPolicy): StopReason | undefined {
  const { energyAt, timeAt, amountAt } = stopTimes(order, session, policy);
  if (now >= energyAt) return stopReasonFor(order, 'energy');
  if (now >= timeAt) return 'limit-time';
  if (now >= amountAt) return 'limit-amount';
  const { socPercent } = order.caps;
  return socPercent !== undefined && (believedSoc(session.meter) ?? 0) >= socPercent ? 'limit-soc' : undefined;
}

/**
 * Checks whether the session may already have passed a lowered energy cap or payable amount. The bill is capped at
 * these, so energy beyond a lowered one would be given away. One that is not lowered gives nothing away, even if it is
 * passed. A passed time or SoC limit merely stops the session.
 * @param changed The order with the new limit.
 */
export function mayHavePassed(
  changed: Order,
  order: Order,
  { now, policy }: { readonly now: number; readonly policy: SessionPolicy },
): boolean {
  const { session } = changed;
  if (!session) return false;
  if (changed.caps.energyWh >= order.caps.energyWh && payableAmount(changed) >= payableAmount(order)) return false;
  const flow = possibleFlow(changed, session, policy);
  if (predictedWh(flow, now) >= changed.caps.energyWh) return true;
  return now >= (authorisedAmountUntil(changed, session, flow) ?? Infinity);
}

/** When to request the stop for each limit that time alone reaches, epoch ms; `Infinity` if it never does. */
interface StopTimes {
  readonly energyAt: number;
  readonly timeAt: number;
  readonly amountAt: number;
}

/**
 * Returns when to stop the session for each limit. The deadline and the check that follows it both use these times, so
 * the check always finds the limit reached.
 */
function stopTimes(order: Order, session: Session, policy: SessionPolicy): StopTimes {
  const latencyMs = stopLatencyOf(session, policy);
  const flow = assumedFlow(order, session, policy);
  return {
    energyAt: energyUsedUpAt(order, flow) - latencyMs,
    timeAt: timeUsedUpAt(order, session) - latencyMs,
    amountAt: (authorisedAmountUntil(order, session, flow) ?? Infinity) - latencyMs,
  };
}

/**
 * Returns when the flow uses up the order's energy, epoch ms; `-Infinity` if it already has, `Infinity` if it never
 * does.
 */
function energyUsedUpAt({ caps }: Order, flow: PossibleFlow): number {
  const { since, cutAt, flowsMs = Infinity } = flow;
  const ms = msUntilEnergy(flow, caps.energyWh);
  if (ms <= 0) return -Infinity;
  return since + ms <= Math.min(cutAt, since + flowsMs) ? since + ms : Infinity;
}

function timeUsedUpAt({ caps }: Order, session: Session): number {
  return caps.timeMs === undefined ? Infinity : lastsUntil(session, caps.timeMs);
}

/**
 * Returns when the assumed flow uses up the payable amount, epoch ms; `undefined` if only energy is priced, or if the
 * amount lasts until the flow uses up the energy or the time of the order, or for more than two days.
 */
function authorisedAmountUntil(order: Order, session: Session, flow: PossibleFlow): number | undefined {
  const { tariff } = order;
  if (!tariff.elements) return undefined;
  const { powerW, flowsMs } = flow;
  const payable = payableAmount(order);
  // Each reading needs the result twice: for the limit and for the next deadline.
  const cached = authorisedUntilCache.get(session);
  if (
    cached?.powerW === powerW &&
    cached.flowsMs === flowsMs &&
    cached.payable === payable &&
    cached.caps === order.caps
  ) {
    return cached.until;
  }
  const lasts = amountUsedUpAt(order, session, flow);
  // A pause without a price adds nothing, but the car may go on when the step that has begun costs less.
  const isFreePause = powerW < IDLE_W && flowsMs === undefined && !pricesIdleTime(tariff);
  const until = lasts !== undefined && isFreePause ? amountUsedUpAt(order, session, resumedFlow(session, flow)) : lasts;
  authorisedUntilCache.set(session, { powerW, flowsMs, payable, caps: order.caps, until });
  return until;
}

function amountUsedUpAt(order: Order, session: Session, flow: PossibleFlow): number | undefined {
  const { since, powerW, flowsMs } = flow;
  // The time of the periods follows the readings, so it leaves out an unconfirmed gap.
  const gapMs = unconfirmedMs(session);
  const energyAt = (at: number): number => Math.floor(predictedWh(flow, at + gapMs));
  const pausedAt = flowsMs === undefined ? undefined : since + flowsMs - gapMs;
  const endsAt = Math.min(energyUsedUpAt(order, flow), timeUsedUpAt(order, session)) - gapMs;
  const lasts = authorisedUntil(order, periodsSoFar(order.tariff, session), { powerW, energyAt, pausedAt, endsAt });
  return lasts === undefined ? undefined : lasts + gapMs;
}

const authorisedUntilCache = new WeakMap<
  Session,
  {
    readonly powerW: number;
    readonly flowsMs: number | undefined;
    readonly payable: number;
    readonly caps: Caps;
    readonly until: number | undefined;
  }
>();

/**
 * Returns when `limitReached` will next report a limit if no message arrives.
 * @unit   Epoch ms.
 * @errors None; `undefined` if time alone reaches no limit.
 */
export function limitDueAt(order: Order, session: Session, policy: SessionPolicy): number | undefined {
  const { energyAt, timeAt, amountAt } = stopTimes(withinMoney(order), session, policy);
  const dueAt = Math.min(energyAt, timeAt, amountAt);
  return dueAt === Infinity ? undefined : Math.max(knownAt(session), dueAt);
}
