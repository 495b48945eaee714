/** The messages of the transaction itself. They are authoritative, whenever and in whatever order they arrive. */
import { billDiscrepancies, billFor, countedOvershootWh } from '../billing/bill.js';
import { clockDiscrepancies, withConfirmedGap } from '../metering/clock-gap.js';
import { cleanUpProfile, initialProfile, renewProfile } from '../metering/charging-profile.js';
import { limitReached } from '../metering/limit.js';
import { correctBaseline, withBaseline } from '../metering/meter-baseline.js';
import { finalEnergy, openMeter, type FinalEnergy } from '../metering/meter.js';
import { ratingDiscrepancy } from '../metering/power-rating.js';
import { finalPeriods, foldSessionSamples } from '../metering/session-periods.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type BuyerApp, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session } from '../model/session.js';
import { clearSuspicion } from './connectivity.js';
import { requestStop, stopLatency } from './remote-stop.js';
import { accept, dropChargerCommands, endBeforeStart, noChange, notify, saveMeter } from './results.js';
import { becomeProvisional, endOutcome, INFERRED } from './session-end.js';

/**
 * Opens the session of an order. A repeated start is recognised by its key; a start that fits no waiting order is
 * refused by its idTag status and becomes a discrepancy.
 */
export function recordStart(order: Order, command: CommandOf<'record-start'>, context: DecisionContext): Accepted {
  if (order.session?.startKey === command.startKey) return repeatStart(order, order.session, command, context);
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
  const corrected = correctBaseline(session, command, context);
  return corrected
    ? accept({ ...order, session: corrected }, [], [], 'accepted')
    : { ...noChange(order), idTagStatus: 'accepted' };
}

interface RefusedStart {
  readonly idTagStatus: NonNullable<Accepted['idTagStatus']>;
  readonly discrepancy: DiscrepancyDraft;
}

function refuseStart(order: Order, command: CommandOf<'record-start'>): RefusedStart | undefined {
  const { transactionId, connectorId, otherConnector } = command;
  if (order.session) {
    const detail = `Transaction ${transactionId} uses the idTag of an order that already has a session; it was refused.`;
    return { idTagStatus: 'concurrent', discrepancy: { kind: 'duplicate-start', detail } };
  }
  if (order.state !== 'starting' && order.state !== 'confirmed') {
    const idTagStatus = order.state === 'cancelled' ? 'blocked' : 'expired';
    const detail = `Transaction ${transactionId} began when its order was already ${order.state}; it was refused.`;
    return { idTagStatus, discrepancy: { kind: 'late-start', detail } };
  }
  const ordered = order.connector.connectorId;
  if (connectorId !== ordered && !(otherConnector?.free && otherConnector.sameTariff)) {
    const detail = `Transaction ${transactionId} began on connector ${connectorId} instead of ${ordered}; it was refused.`;
    return { idTagStatus: 'blocked', discrepancy: { kind: 'late-start', detail } };
  }
  return undefined;
}

function openSession(order: Order, command: CommandOf<'record-start'>, context: DecisionContext): Accepted {
  const { now, capabilities, maxPowerW } = context;
  const { transactionId, startKey, connectorId, meterStartWh, at } = command;
  const session: Session = {
    transactionId,
    startKey,
    meterStartWh: meterStartWh ?? 0,
    ...(meterStartWh === undefined && { baseline: 'unknown' }),
    startedAt: at,
    startReceivedAt: now,
    ...(order.remoteStart && { requestedAt: order.remoteStart.requestedAt }),
    meter: openMeter(meterStartWh ?? 0, at, now, 0),
    ...(capabilities && { capabilities }),
    ratedPowerW: maxPowerW,
    ...initialProfile(order, context),
    progressSentAt: now,
    progressSentWh: 0,
  };
  const isMoved = connectorId !== order.connector.connectorId;
  const charging: Order = {
    ...omit(dropChargerCommands(order), 'awaitsBuyerStart'),
    state: 'charging',
    connector: isMoved ? { ...order.connector, connectorId } : order.connector,
    connectorState: { status: 'Charging', errorCode: 'NoError', at: now },
    ...(order.slot && { slot: { ...order.slot, begun: true } }),
    session,
  };
  return accept(charging, [notify('state')], [], 'accepted');
}

/** Folds the samples of one message into the meter, and stops the session, renews its profile or reports progress. */
export function recordSample(order: Order, command: CommandOf<'record-sample'>, context: DecisionContext): Accepted {
  if (!order.session || isTerminal(order)) return noChange(order);
  const decision = applySample(order, order.session, command, context);
  const contradicted = ratingDiscrepancy(order, decision.order, context.maxPowerW);
  return contradicted
    ? { ...decision, save: 'document', discrepancies: [...decision.discrepancies, contradicted] }
    : decision;
}

function applySample(
  order: Order,
  before: Session,
  command: CommandOf<'record-sample'>,
  context: DecisionContext,
): Accepted {
  const { now, policy, maxPowerW } = context;
  const { samples, journalSeq } = command;
  const confirmed = withConfirmedGap({ ratedPowerW: maxPowerW, ...before }, samples, now);
  const session = withBaseline(confirmed, samples, now);
  const meter = foldSessionSamples(order.tariff, session, samples, { maxPowerW, now, journalSeq });
  if (order.state === 'provisional') return sampleProvisional(order, { ...session, meter }, session, context);
  const sampled: Order = { ...order, session: { ...session, meter } };
  if (order.state === 'stopping' || order.state === 'offline') return saveMeter(sampled);
  const running = clearSuspicion(sampled);
  const live = running.session;
  if (!live) return saveMeter(sampled);
  const reason = limitReached(running, live, now, policy);
  if (reason) return requestStop(running, reason, context);
  const renewal = renewProfile(running, live, context);
  if (renewal) return accept({ ...running, session: renewal.session }, renewal.effects);
  if (isProgressDue(order.customer, live, now, policy)) {
    const reported: Session = { ...live, progressSentAt: now, progressSentWh: meter.energyWh };
    return accept({ ...running, session: reported }, [notify('progress')]);
  }
  return running === sampled ? saveMeter(running) : accept(running);
}

/** A provisional session that delivers energy is not over: its stop is awaited again, or requested at its limit. */
function sampleProvisional(order: Order, sampled: Session, before: Session, context: DecisionContext): Accepted {
  const { now, policy } = context;
  if (sampled.meter.energyWh <= before.meter.energyWh) return saveMeter({ ...order, session: sampled });
  const session: Session = { ...sampled, finalAt: Math.max(sampled.finalAt ?? 0, now + policy.lostStopMs) };
  const continued: Order = { ...order, session };
  const mustStop = session.stop ?? limitReached(continued, session, now, policy);
  return mustStop ? accept(continued, [{ kind: 'remote-stop' }]) : saveMeter(continued);
}

/** The rates of the buyer app apply, else those of the policy; a rate of 0 never makes progress due. */
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

/** Completes the session with the charger's stop. A later stop that differs from the first one is a discrepancy. */
export function recordStop(order: Order, command: CommandOf<'record-stop'>, context: DecisionContext): Accepted {
  if (!order.session) return noChange(order);
  if (isTerminal(order)) return reportLateStop(order, order.session, command);
  const { now, maxPowerW } = context;
  const { samples, meterStopWh, at, reason } = command;
  const confirmed = withConfirmedGap(order.session, [...samples, { at }], now);
  const session = withBaseline(confirmed, samples, now);
  const meter = foldSessionSamples(order.tariff, session, samples, { maxPowerW, now });
  const stop = { meterStopWh, at, receivedAt: now };
  const final = limitConfidenceByBaseline(session, finalEnergy(meter, session, maxPowerW, stop));
  if (reason === NEVER_PLUGGED_IN && final.energyWh === 0) return endNeverPluggedIn(order, session, command, context);
  const completed = completeSession(order, { session: { ...session, meter }, final, reason, at }, context);
  const contradicted = ratingDiscrepancy(order, completed.order, maxPowerW);
  const ended = contradicted ? { ...completed, discrepancies: [contradicted, ...completed.discrepancies] } : completed;
  const stopLatencyMs = stopLatency(session, at, now);
  return stopLatencyMs === undefined ? ended : { ...ended, stopLatencyMs };
}

/** A session without a start register cannot be exact. */
function limitConfidenceByBaseline(session: Session, final: FinalEnergy): FinalEnergy {
  if (session.baseline === undefined) return final;
  if (session.baseline === 'unknown') return { energyWh: 0, registerWh: 0, confidence: 'disputed' };
  return final.confidence === 'exact' ? { ...final, confidence: 'sampled' } : final;
}

/** Stop reason of a transaction that began with the authorisation and never got a cable. @source OCPP 2.0.1 F02, E03 */
const NEVER_PLUGGED_IN = 'Timeout';

function endNeverPluggedIn(
  order: Order,
  session: Session,
  { at, reason }: CommandOf<'record-stop'>,
  context: DecisionContext,
): Accepted {
  const end = { meterStopWh: session.meter.registerWh, at, receivedAt: context.now, reason };
  return endBeforeStart({ ...order, session: { ...session, end } }, 'start-timeout', context);
}

function reportLateStop(order: Order, session: Session, { meterStopWh }: CommandOf<'record-stop'>): Accepted {
  if (meterStopWh === undefined || meterStopWh < 0 || meterStopWh === session.end?.meterStopWh) return noChange(order);
  if (order.bill === undefined || session.baseline === 'unknown') return noChange(order);
  const energyWh = meterStopWh - session.meterStartWh;
  const { energyWh: billedWh, confidence } = order.bill;
  const detail = `A stop received after the end reports ${energyWh} Wh; ${billedWh} Wh were billed (${confidence}).`;
  return { ...noChange(order), discrepancies: [{ kind: 'late-stop', detail, amount: energyWh - billedWh }] };
}

/** The end of a session: its last state, its final energy, the OCPP stop reason and the charger's time, epoch ms. */
interface CompletedSession {
  readonly session: Session;
  readonly final: FinalEnergy;
  readonly reason: string;
  readonly at: number;
}

/** Completes an order with the final energy of its session: bill, terminal status, clean-up and discrepancies. */
export function completeSession(order: Order, completed: CompletedSession, { now }: DecisionContext): Accepted {
  const { session, final, reason, at } = completed;
  const { tariff, connectorState } = order;
  const chargingPeriods = tariff.elements && finalPeriods(tariff, session, final.energyWh, { at, receivedAt: now });
  const bill = billFor(order, final, chargingPeriods);
  const { energyWh, registerWh } = final;
  const ended: Order = {
    ...dropChargerCommands(order),
    state: 'completed',
    session: {
      ...session,
      meter: { ...session.meter, energyWh, registerWh, ...(chargingPeriods && { chargingPeriods }) },
      end: { meterStopWh: registerWh, at, receivedAt: now, reason },
    },
    bill,
    outcome: { ...endOutcome(session, reason, connectorState), at: now },
    connectorState: {
      ...connectorState,
      status: connectorState.status === 'Faulted' ? 'Faulted' : 'Finishing',
      at: now,
    },
  };
  const discrepancies = [
    ...billDiscrepancies(bill, final, session.meter.rejectedReadings),
    ...endDiscrepancies(completed, bill.energyWh),
    ...clockDiscrepancies(order, session),
  ];
  const overshootWh = countedOvershootWh(bill);
  return {
    ...accept(ended, [notify('terminal'), ...cleanUpProfile(session, now)], discrepancies),
    ...(final.suggestedQuirk && { suggestedQuirk: final.suggestedQuirk }),
    ...(overshootWh !== undefined && { overshootWh }),
  };
}

function endDiscrepancies({ session, reason }: CompletedSession, billedWh: number): DiscrepancyDraft[] {
  const discrepancies: DiscrepancyDraft[] = [];
  if (reason === INFERRED) {
    discrepancies.push({
      kind: 'end-inferred',
      detail: `No stop of the transaction was received (${session.endSuspectedReason ?? 'charger offline'}); the bill follows the last reading.`,
      amount: billedWh,
    });
  }
  if (session.baseline === 'unknown') {
    discrepancies.push({
      kind: 'meter-missing',
      detail: `No reading shows where transaction ${session.transactionId} counts from; nothing was billed.`,
    });
  }
  return discrepancies;
}

/** Makes a session provisional because another transaction on its connector proves that its stop was lost. */
export function transactionSuperseded(order: Order, context: DecisionContext): Accepted {
  if (!order.session || isTerminal(order)) return noChange(order);
  return becomeProvisional(order, 'a new transaction began on the connector', context, context.policy.lostStopMs);
}
