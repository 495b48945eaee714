/** Applies a transaction's own messages to its order. They are authoritative, even if late or out of order. */
import { ratingDiscrepancy } from '../billing/power-rating.js';
import { lateStop, stopDiscrepancies } from '../billing/stop-discrepancies.js';
import { ownSamples, strayReadings, withOwnReadings } from '../matching/own-readings.js';
import { isBelow } from '../matching/register-continuity.js';
import { assumedStartKey, lateStartKey } from '../matching/start-keys.js';
import { withConfirmedGap } from '../metering/clock-gap.js';
import { initialProfile, renewProfile } from '../metering/charging-profile.js';
import { limitReached } from '../metering/limit.js';
import { goesBeyond, isFlowingThoughSuspended, readingProvesLife } from '../metering/liveness.js';
import { correctBaseline, sessionEnergy, withBaseline } from '../metering/meter-baseline.js';
import { openMeter, stopSamples } from '../metering/meter.js';
import { foldSessionSamples } from '../metering/session-periods.js';
import type { CommandOf, MeterSample } from '../model/command.js';
import type { Accepted, DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isActive, isTerminal, type BuyerApp, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { copyOrder } from '../model/running-copies.js';
import type { Session } from '../model/session.js';
import { withProofOfLife } from './connectivity.js';
import { deadlinesOf } from './remote-start.js';
import { repeatProvisionalStop, requestedStop, requestStop, stopLatency } from './remote-stop.js';
import { accept, dropChargerCommands, noChange, notify, saveMeter } from './results.js';
import {
  assumeStop,
  becomeProvisional,
  completeByAssumedStop,
  completeSession,
  endNeverPluggedIn,
  isNeverPluggedIn,
  reportLateSample,
} from './session-end.js';

/**
 * Opens the session of an order, or replaces one that was only assumed. A repeated start is recognised by its key. A
 * start that the order does not expect is refused with an idTag status and becomes a discrepancy.
 */
export function recordStart(order: Order, command: CommandOf<'record-start'>, context: DecisionContext): Accepted {
  const { session } = order;
  if (session?.startKey === command.startKey) return repeatStart(order, session, command, context);
  const replaced = session && replaceSession(order, session, command, context);
  if (replaced) return replaced;
  const refused = refuseStart(order, command);
  if (!refused) return openSession(order, command, context);
  const { idTagStatus, discrepancy } = refused;
  return { ...noChange(order), discrepancies: [discrepancy], idTagStatus };
}

function repeatStart(
  order: Order,
  session: Session,
  command: CommandOf<'record-start'>,
  context: DecisionContext,
): Accepted {
  if (isTerminal(order)) return { ...noChange(order), idTagStatus: 'expired' };
  const known = session.startAssumed && !command.isAssumed ? omit(session, 'startAssumed') : session;
  const repeated = correctBaseline(known, command, context) ?? known;
  return repeated === session
    ? { ...noChange(order), idTagStatus: 'accepted' }
    : accept({ ...order, session: repeated }, [], [], 'accepted');
}

/**
 * Opens a new session if the running one was only assumed to be the order's, and this start names the order. The
 * readings of the assumed session are not billed, and its journal entries are not replayed. A stop that was asked for
 * stops the new session.
 */
function replaceSession(
  order: Order,
  { transactionId, startAssumed, meter: { journalSeq } }: Session,
  command: CommandOf<'record-start'>,
  context: DecisionContext,
): Accepted | undefined {
  if (!startAssumed || command.isAssumed || !isActive(order)) return undefined;
  const awaiting: Order = { ...omit(order, 'session'), state: 'starting' };
  if (refuseStart(awaiting, command)) return undefined;
  const opened = openSession(awaiting, command, context);
  const { session } = opened.order;
  const own = session
    ? { ...opened.order, session: { ...session, meter: { ...session.meter, journalSeq } } }
    : opened.order;
  const stopReason = requestedStop(order);
  const stopping = stopReason && requestStop(own, stopReason, context, opened.effects);
  const detail = `Transaction ${transactionId} was taken for this order's until its own, ${command.transactionId}, began; it is not billed.`;
  return {
    ...opened,
    order: own,
    ...(stopping && { order: stopping.order, effects: stopping.effects }),
    discrepancies: [{ kind: 'transaction-contradiction', detail }],
  };
}

interface RefusedStart {
  readonly idTagStatus: NonNullable<Accepted['idTagStatus']>;
  readonly discrepancy: DiscrepancyDraft;
}

function refuseStart(order: Order, command: CommandOf<'record-start'>): RefusedStart | undefined {
  const { transactionId, connectorId, otherConnector } = command;
  const key = lateStartKey(order.connector.chargePointId, transactionId, order.id);
  if (order.session) {
    const detail = `Transaction ${transactionId} uses the idTag of an order that already has a session; it was refused.`;
    return { idTagStatus: 'concurrent', discrepancy: { kind: 'duplicate-start', detail, key } };
  }
  if (order.state !== 'starting' && order.state !== 'confirmed') {
    const idTagStatus = order.state === 'cancelled' ? 'blocked' : 'expired';
    const detail = `Transaction ${transactionId} began when its order was already ${order.state}; it was refused.`;
    return { idTagStatus, discrepancy: { kind: 'late-start', detail, key } };
  }
  const ordered = order.connector.connectorId;
  if (connectorId !== ordered && !(otherConnector?.free && otherConnector.sameTariff)) {
    const detail = `Transaction ${transactionId} began on connector ${connectorId} instead of ${ordered}; it was refused.`;
    return { idTagStatus: 'blocked', discrepancy: { kind: 'late-start', detail, key } };
  }
  return undefined;
}

function openSession(order: Order, command: CommandOf<'record-start'>, context: DecisionContext): Accepted {
  const { now, capabilities, maxPowerW } = context;
  const {
    transactionId,
    startKey,
    connectorId,
    meterStartWh,
    at,
    receivedAt = now,
    isAssumed,
    transactionBefore,
  } = command;
  const isMoved = connectorId !== order.connector.connectorId;
  const session: Session = {
    transactionId,
    startKey,
    meterStartWh: meterStartWh ?? 0,
    ...(meterStartWh === undefined && { baseline: 'unknown' }),
    ...(isAssumed && { startAssumed: true }),
    ...(transactionBefore && { transactionBefore }),
    startedAt: at,
    startReceivedAt: receivedAt,
    ...(order.remoteStart && { requestedAt: order.remoteStart.requestedAt }),
    ...(order.remoteStart?.missedTime && { missedTime: { chargerAt: at, receivedAt } }),
    meter: openMeter(meterStartWh ?? 0, at, receivedAt, 0),
    proveAliveBy: now + context.policy.proveAliveMs,
    ...(capabilities && { capabilities }),
    ratedPowerW: maxPowerW,
    // The charger may not apply a profile that it received for another connector.
    ...initialProfile(isMoved ? omit(order, 'remoteStart') : order, context),
    progressSentAt: now,
    progressSentWh: 0,
  };
  const charging: Order = {
    ...omit(dropChargerCommands(order), 'awaitsBuyerStart'),
    state: 'charging',
    connector: isMoved ? { ...order.connector, connectorId } : order.connector,
    connectorState: { status: 'Charging', errorCode: 'NoError', at: now },
    ...(order.slot && { slot: { ...order.slot, begun: true } }),
    session,
  };
  return accept(charging, [notify('state')], isAssumed ? [assumedStart(order, transactionId)] : [], 'accepted');
}

function assumedStart(order: Order, transactionId: string): DiscrepancyDraft {
  const detail = `No message of transaction ${transactionId} names an order; it was taken for the one whose start this order awaited.`;
  return { kind: 'start-assumed', detail, key: assumedStartKey(order, transactionId) };
}

/** Adds a message's samples to the meter; if necessary, stops the session, renews its profile or reports progress. */
export function recordSample(order: Order, command: CommandOf<'record-sample'>, context: DecisionContext): Accepted {
  const { session } = order;
  if (!session) return noChange(order);
  const samples = ownSamples(order, session, command.samples);
  if (samples.length < command.samples.length && samples.length === 0) return reportStray(order, session, command);
  const own = { ...command, samples };
  if (isTerminal(order)) return reportLateSample(order, session, own, context);
  const decision = applySample(order, withOwnReadings(order, session, samples), own, context);
  const contradicted = ratingDiscrepancy(order, decision.order, context.maxPowerW);
  return contradicted
    ? { ...decision, save: 'document', discrepancies: [...decision.discrepancies, contradicted] }
    : decision;
}

function reportStray(order: Order, session: Session, { samples }: CommandOf<'record-sample'>): Accepted {
  const stray = strayReadings(order, session, samples);
  return stray ? accept({ ...order, session: { ...session, strayReadings: true } }, [], [stray]) : noChange(order);
}

function applySample(
  order: Order,
  before: Session,
  command: CommandOf<'record-sample'>,
  context: DecisionContext,
): Accepted {
  const { now, policy, maxPowerW } = context;
  const { samples, journalSeq, namesTransaction } = command;
  const rated = before.ratedPowerW === undefined ? { ...before, ratedPowerW: maxPowerW } : before;
  const session = withBaseline(withConfirmedGap(rated, samples, now), samples);
  const meter = foldSessionSamples(order.tariff, session, samples, { maxPowerW, now, journalSeq });
  if (order.state === 'provisional') return sampleProvisional(order, { ...session, meter }, session, context);
  const { energyWh, at } = meter;
  const isAlive = readingProvesLife(order, session, { namesTransaction, energyWh, at });
  const heardAt = lastArrival(samples, now);
  const isFlowing = isFlowingThoughSuspended(order, session.meter, meter);
  const live: Session = isAlive ? withProofOfLife(session, heardAt, policy, meter) : { ...session, meter };
  const running = copyOrder(order, isFlowing ? 'charging' : order.state, live);
  if (order.state === 'stopping' || order.state === 'offline') return saveMeter(running);
  const reason = limitReached(running, live, heardAt, policy);
  if (reason) return requestStop(running, reason, context);
  const renewal = renewProfile(running, live, context);
  if (renewal) return accept({ ...running, session: renewal.session }, renewal.effects);
  if (isFlowing || isProgressDue(order.customer, live, heardAt, policy)) {
    const reported: Session = { ...live, progressSentAt: now, progressSentWh: meter.energyWh };
    return accept({ ...running, session: reported }, [notify('progress')]);
  }
  // The end of a suspicion is saved with the order; a later proof follows from the readings in the journal.
  return isAlive && before.endSuspectedSince !== undefined ? accept(running) : saveMeter(running);
}

/** Returns when the last sample arrived, our time, epoch ms. A replayed sample states when it first arrived. */
function lastArrival(samples: readonly MeterSample[], now: number): number {
  return samples.reduce((last, { receivedAt = now }) => Math.max(last, receivedAt), 0) || now;
}

/**
 * Applies samples to a provisional session. If more energy was delivered, the session is not over: its stop is awaited
 * for longer. If a RemoteStop was requested before, it is repeated when due; if a limit is reached, one is sent.
 */
function sampleProvisional(order: Order, sampled: Session, before: Session, context: DecisionContext): Accepted {
  const { now, policy } = context;
  if (sampled.meter.energyWh <= before.meter.energyWh) return saveMeter({ ...order, session: sampled });
  const latestFinalAt = deadlinesOf(order, policy).endBy + policy.lostStopMs;
  const finalAt = Math.max(sampled.finalAt ?? 0, Math.min(now + policy.lostStopMs, latestFinalAt));
  const { stop, assumedStop } = sampled;
  const isRefuted = assumedStop !== undefined && goesBeyond(assumedStop, sampled.meter);
  const continued: Order = { ...order, session: { ...(isRefuted ? omit(sampled, 'assumedStop') : sampled), finalAt } };
  if (stop) return now >= stop.retryAt ? repeatProvisionalStop(continued, stop, context) : saveMeter(continued);
  const reason = limitReached(continued, sampled, now, policy);
  return reason ? requestStop(continued, reason, context) : saveMeter(continued);
}

/** Checks whether to report progress, at the buyer app's intervals or else the policy's. An interval of 0 is off. */
function isProgressDue(
  { progressMs, progressWh }: BuyerApp,
  { progressSentAt = 0, progressSentWh = 0, meter }: Session,
  now: number,
  policy: Pick<SessionPolicy, 'progressMs' | 'progressWh'>,
): boolean {
  const intervalMs = progressMs ?? policy.progressMs;
  const intervalWh = progressWh ?? policy.progressWh;
  return (
    (intervalMs > 0 && now - progressSentAt >= intervalMs) ||
    (intervalWh > 0 && meter.energyWh - progressSentWh >= intervalWh)
  );
}

/**
 * Completes the session with the charger's stop, or ends the order unbilled if no cable was plugged in. A later stop
 * whose register differs from the known end is a discrepancy.
 */
export function recordStop(order: Order, command: CommandOf<'record-stop'>, context: DecisionContext): Accepted {
  if (!order.session) return noChange(order);
  if (command.isAssumed) return assumeStop(order, command, context);
  if (isTerminal(order)) return { ...noChange(order), discrepancies: lateStop(order, order.session, command) };
  const { now, maxPowerW } = context;
  const { meterStopWh, at, reason } = command;
  const samples = stopSamples(order.session, command);
  const stop: MeterSample = { at, ...(meterStopWh !== undefined && { registerWh: meterStopWh }) };
  const session = withBaseline(withConfirmedGap(order.session, [...samples, stop], now), samples);
  const meter = foldSessionSamples(order.tariff, session, samples, { maxPowerW, now });
  const final = sessionEnergy({ ...session, meter }, maxPowerW, { meterStopWh, at, receivedAt: now });
  if (isNeverPluggedIn(session, reason, final)) return endNeverPluggedIn(order, session, command, context);
  const completed = completeSession(order, { session: { ...session, meter }, final, reason, at }, context);
  const contradicted = ratingDiscrepancy(order, completed.order, maxPowerW);
  const left = stopDiscrepancies({ order, session: { ...session, meter }, stop: command, final }, context);
  const discrepancies = [...(contradicted ? [contradicted] : []), ...left, ...completed.discrepancies];
  const ended = { ...completed, discrepancies };
  const stopLatencyMs = stopLatency(session, at, now);
  return stopLatencyMs === undefined ? ended : { ...ended, stopLatencyMs };
}

/**
 * Makes an order provisional because another transaction on its connector shows that its stop was lost. An assumed stop
 * ends the session instead, unless its register is clearly lower than the one at which the other transaction began.
 */
export function transactionSuperseded(
  order: Order,
  { meterStartWh }: CommandOf<'transaction-superseded'>,
  context: DecisionContext,
): Accepted {
  if (!order.session || isTerminal(order)) return noChange(order);
  const session: Session = { ...order.session, followed: true };
  const { assumedStop } = session;
  if (assumedStop && !isBelow(meterStartWh, assumedStop.meterStopWh))
    return completeByAssumedStop(order, session, assumedStop, context);
  const followed: Order = { ...order, session };
  if (order.state === 'provisional') return order.session.followed ? noChange(order) : accept(followed);
  return becomeProvisional(followed, 'a new transaction began on the connector', context, context.policy.lostStopMs);
}
