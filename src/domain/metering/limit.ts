/** When a session must be stopped so that what it delivers stays within what was authorised. */
import { deliveredWh, elapsedMs } from './meter.js';
import type { TransactionLimitKind } from '../model/charger-capabilities.js';
import type { Order } from '../model/order.js';
import type { Limit } from '../model/quote.js';
import type { Session, StopReason, Caps } from '../model/session.js';
import type { SessionPolicy } from '../model/policy.js';
import { authorisedUntil } from '../pricing/authorised-until.js';
import { periodsSoFar } from './session-periods.js';
import { energyForTotal, energyOfLimit } from '../pricing/pricing.js';
import type { QuoteTerms } from '../model/quote-terms.js';
import type { Connector } from '../model/network.js';

/**
 * How far a session with this limit may go, within an authorised amount (minor units). Where the tariff has elements the
 * energy is the most that the amount can pay for at all; when it is used up, the session's own course says.
 */
export function capsForLimit(
  connector: Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>,
  limit: Limit,
  authorised: number,
  terms: QuoteTerms = {},
): Caps {
  const payable = energyForTotal(connector.tariff, authorised, terms);
  // What an amount buys where other things than energy cost, only the session shows: see `paidUntil`.
  const counts = limit.kind === 'energy' || (limit.kind === 'amount' && !connector.tariff.elements);
  const energyWh = counts ? Math.min(payable, energyOfLimit(connector, limit)) : payable;
  return {
    energyWh,
    ...(limit.kind === 'time' && { timeMs: limit.value * 1000 }),
    ...(limit.kind === 'soc' && { socPercent: limit.value }),
  };
}

/** Limits for a station that keeps them by itself. */
export interface StationTransactionLimits {
  /** Wh. */
  readonly energyWh?: number;
  /** Seconds since the transaction began. */
  readonly timeS?: number;
  /** Percent. */
  readonly socPercent?: number;
}

/**
 * What the answer to a transaction's first event tells the station to keep; of it only what the station says it can.
 * An amount is kept as the energy that it pays for: the station does not know our tariff.
 * @source OCPP 2.1 E16, F07: only limits that are listed in TxCtrlr.SupportedLimits.
 */
export function stationTransactionLimits(order: Order): StationTransactionLimits | undefined {
  const { session, caps } = order;
  const keeps = session?.capabilities?.supportedLimits;
  if (!keeps || session?.stop || session?.end) return undefined;
  const limits: StationTransactionLimits = {
    ...(keeps.includes('energy') && { energyWh: caps.energyWh }),
    ...(keeps.includes('time') && caps.timeMs !== undefined && { timeS: Math.floor(caps.timeMs / 1000) }),
    ...(keeps.includes('soc') && caps.socPercent !== undefined && { socPercent: caps.socPercent }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** Why a session ends that reached this limit. */
export function stopReasonFor(order: Pick<Order, 'limit'>, limit: TransactionLimitKind): StopReason {
  if (limit === 'time') return 'limit-time';
  if (limit === 'soc') return 'limit-soc';
  return order.limit.kind === 'energy' ? 'limit-energy' : 'limit-amount';
}

/** From a RemoteStop to the end of energy at this session's charger, ms. */
function stopLatencyOf(session: Session, policy: SessionPolicy): number {
  return session.capabilities?.stopLatencyMs ?? policy.stopLatencyMs;
}

/** Watts that flow now, as far as is known. A suspended session draws nothing. */
function presentPowerW(order: Order): number {
  return order.state === 'suspended' ? 0 : (order.session?.meter.powerW ?? 0);
}

/** Since when the last power is believed: what flowed while the charger was away, only its next reading says. */
function powerKnownSince(session: Session): number {
  return Math.max(session.meter.receivedAt, session.resumedAt ?? 0);
}

/** Until when power can flow at all: a power plan that the charger has accepted lets none through after its end. */
function profileAllowsUntil({ chargingProfile: budget }: Session): number {
  return budget?.status === 'accepted' ? budget.endsAt : Infinity;
}

/** Energy by `at` if the power of the last sample goes on, Wh. */
export function predictedWh(order: Order, session: Session, at: number): number {
  const ms = Math.max(0, Math.min(at, profileAllowsUntil(session)) - powerKnownSince(session));
  return deliveredWh(session.meter) + Math.floor((presentPowerW(order) * ms) / 3_600_000);
}

/** How much the session has delivered when its stop must be asked for, if all goes on as it does, Wh. */
export function stopAtWh(order: Order, session: Session, policy: SessionPolicy): number {
  return order.caps.energyWh - Math.floor((presentPowerW(order) * stopLatencyOf(session, policy)) / 3_600_000);
}

/** Whether the session must be stopped now, so that the stop bites in time. */
export function limitReached(
  order: Order,
  session: Session,
  now: number,
  policy: SessionPolicy,
): StopReason | undefined {
  const { caps } = order;
  const latencyMs = stopLatencyOf(session, policy);
  if (predictedWh(order, session, now + latencyMs) >= caps.energyWh) return stopReasonFor(order, 'energy');
  if (caps.timeMs !== undefined && elapsedMs(session, session.meter.at, now) + latencyMs >= caps.timeMs)
    return 'limit-time';
  if (now + latencyMs >= (authorisedAmountUntil(order, session) ?? Infinity)) return 'limit-amount';
  if (caps.socPercent !== undefined && (session.meter.soc ?? 0) >= caps.socPercent) return 'limit-soc';
  return undefined;
}

/** When what was authorised is used up if all goes on as it does, epoch ms; `undefined` where energy alone costs. */
function authorisedAmountUntil(order: Order, session: Session): number | undefined {
  const { tariff, authorised } = order;
  if (!tariff.elements) return undefined;
  const powerW = presentPowerW(order);
  // Asked twice with every reading: whether to stop now, and when to wake.
  const known = authorisedUntilCache.get(session);
  if (known?.powerW === powerW && known.authorised === authorised) return known.at;
  const at = authorisedUntil(order, periodsSoFar(tariff, session), powerW, (when) => predictedWh(order, session, when));
  authorisedUntilCache.set(session, { powerW, authorised, at });
  return at;
}

const authorisedUntilCache = new WeakMap<
  Session,
  { readonly powerW: number; readonly authorised: number; readonly at: number | undefined }
>();

/** When `limitReached` will next become true if nothing else is heard; `undefined` when no time will do it. */
export function limitDueAt(order: Order, session: Session, policy: SessionPolicy): number | undefined {
  const power = presentPowerW(order);
  const latencyMs = stopLatencyOf(session, policy);
  let due = Infinity;
  if (power > 0) {
    const ms = Math.ceil(((order.caps.energyWh - deliveredWh(session.meter)) * 3_600_000) / power);
    const crossing = powerKnownSince(session) + ms;
    if (ms <= 0 || crossing <= profileAllowsUntil(session))
      due = Math.max(powerKnownSince(session), crossing - latencyMs);
  }
  if (order.caps.timeMs !== undefined) due = Math.min(due, session.startReceivedAt + order.caps.timeMs - latencyMs);
  const money = authorisedAmountUntil(order, session);
  if (money !== undefined) due = Math.min(due, money - latencyMs);
  return due === Infinity ? undefined : due;
}
