/** The transaction's own messages: they are the truth, whenever and in whatever order they come. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, EffectDraft, DecisionContext } from '../model/decision.js';
import { billFor, billDiscrepancies } from '../billing/bill.js';
import { correctBaseline, withBaseline } from '../metering/meter-baseline.js';
import { accept, endBeforeStart, notify, noChange, dropChargerCommands } from './results.js';
import { clearSuspicion } from './connectivity.js';
import { becomeProvisional, endOutcome, INFERRED } from './session-end.js';
import { limitReached } from '../metering/limit.js';
import { finalEnergy, openMeter, type FinalEnergy } from '../metering/meter.js';
import { type Order, type BuyerApp, isTerminal } from '../model/order.js';
import { type Session } from '../model/session.js';
import type { SessionPolicy } from '../model/policy.js';
import { initialProfile, renewProfile, cleanUpProfile } from '../metering/charging-profile.js';
import { finalPeriods, foldSessionSamples } from '../metering/session-periods.js';
import { requestStop, stopLatency } from './remote-stop.js';
import { omit } from '../model/object.js';

type Command<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function recordStart(order: Order, command: Command<'record-start'>, around: DecisionContext): Accepted {
  const { now } = around;
  if (order.session?.startKey === command.startKey) {
    if (isTerminal(order)) return { ...noChange(order), idTagStatus: 'expired' };
    const session = correctBaseline(order.session, command, around);
    return session
      ? accept({ ...order, session }, [], [], 'accepted')
      : { ...noChange(order), idTagStatus: 'accepted' };
  }
  if (order.session) {
    return refuseStart(
      order,
      'concurrent',
      'duplicate-start',
      `transaction ${command.transactionId} carries the tag of a running order`,
    );
  }
  if (order.state !== 'starting' && order.state !== 'confirmed') {
    const tag = order.state === 'cancelled' ? 'blocked' : 'expired';
    return refuseStart(
      order,
      tag,
      'late-start',
      `transaction ${command.transactionId} began after the order was ${order.state}`,
    );
  }
  const moved = command.connectorId !== order.connector.connectorId;
  if (moved && !(command.otherConnector?.free && command.otherConnector.sameTariff)) {
    return refuseStart(
      order,
      'blocked',
      'late-start',
      `transaction ${command.transactionId} began on connector ${command.connectorId} instead`,
    );
  }
  const session: Session = {
    transactionId: command.transactionId,
    startKey: command.startKey,
    meterStartWh: command.meterStartWh ?? 0,
    ...(command.meterStartWh === undefined && { baseline: 'unknown' }),
    startedAt: command.at,
    startReceivedAt: now,
    ...(order.remoteStart && { requestedAt: order.remoteStart.requestedAt }),
    meter: openMeter(command.meterStartWh ?? 0, command.at, now, 0),
    ...(around.capabilities && { capabilities: around.capabilities }),
    ...initialProfile(order, around.capabilities, now, around.maxPowerW),
    progressSentAt: now,
    progressSentWh: 0,
  };
  const charging: Order = {
    ...omit(dropChargerCommands(order), 'awaitsBuyerStart'),
    state: 'charging',
    connector: moved ? { ...order.connector, connectorId: command.connectorId } : order.connector,
    connectorState: { status: 'Charging', errorCode: 'NoError', at: now },
    ...(order.slot && { slot: { ...order.slot, begun: true } }),
    session,
  };
  return accept(charging, [notify('state')], [], 'accepted');
}

function refuseStart(
  order: Order,
  tag: 'concurrent' | 'expired' | 'blocked',
  kind: 'duplicate-start' | 'late-start',
  detail: string,
): Accepted {
  return { order, effects: [], discrepancies: [{ kind, detail }], save: 'none', idTagStatus: tag };
}

export function recordSample(order: Order, command: Command<'record-sample'>, around: DecisionContext): Accepted {
  if (!order.session || isTerminal(order)) return noChange(order);
  const { now, policy } = around;
  const session = withBaseline(order.session, command.samples, now);
  const meter = foldSessionSamples(order.tariff, session, command.samples, around.maxPowerW, now, command.journalSeq);
  const goesOn = order.state === 'provisional' && meter.energyWh > session.meter.energyWh;
  // Given up, and it goes on after all: its end is to come, and is waited for anew.
  const finalAt = goesOn && Math.max(session.finalAt ?? 0, now + policy.lostStopMs);
  const live: Session = { ...session, meter, ...(finalAt !== false && { finalAt }) };
  const sampled: Order = { ...order, session: live };
  if (goesOn) {
    // It still has to end: as was asked before, or at its limit.
    if (live.stop || limitReached(sampled, live, now, policy)) return accept(sampled, [{ kind: 'remote-stop' }]);
  }
  if (order.state === 'provisional' || order.state === 'stopping' || order.state === 'offline') {
    return { order: sampled, effects: [], discrepancies: [], save: 'meter' };
  }
  const running = clearSuspicion(sampled);
  const reason = limitReached(running, live, now, policy);
  if (reason) return requestStop(running, reason, around);
  const renewal = running.session && renewProfile(running, running.session, now, around.maxPowerW, policy);
  if (renewal) return accept({ ...running, session: renewal.session }, renewal.effects);
  if (isProgressDue(order.customer, live, now, policy) && running.session) {
    return accept(
      {
        ...running,
        session: { ...running.session, progressSentAt: now, progressSentWh: meter.energyWh },
      },
      [notify('progress')],
    );
  }
  return { order: running, effects: [], discrepancies: [], save: running === sampled ? 'meter' : 'document' };
}

/** By the buyer app's own rates, else the policy's; a rate of 0 tells nothing for its reason. */
function isProgressDue(
  peer: BuyerApp,
  { progressSentAt: toldAt = 0, progressSentWh: toldWh = 0, meter }: Session,
  now: number,
  policy: Pick<SessionPolicy, 'progressMs' | 'progressWh'>,
): boolean {
  const { progressMs = policy.progressMs, progressWh = policy.progressWh } = peer;
  const passed = progressMs > 0 && now - toldAt >= progressMs;
  return passed || (progressWh > 0 && meter.energyWh - toldWh >= progressWh);
}

/** The end, as the charger tells it. The first one closes the order; a different later one is a row, not a new bill. */
export function recordStop(order: Order, command: Command<'record-stop'>, around: DecisionContext): Accepted {
  if (!order.session) return noChange(order);
  const { now } = around;
  if (isTerminal(order)) return reportLateStop(order, order.session, command);
  const session = withBaseline(order.session, command.samples, now);
  const meter = foldSessionSamples(order.tariff, session, command.samples, around.maxPowerW, now);
  const stop = {
    meterStopWh: command.meterStopWh,
    at: command.at,
    receivedAt: now,
  };
  const final = limitConfidenceByBaseline(session, finalEnergy(meter, session, around.maxPowerW, stop));
  if (command.reason === NEVER_PLUGGED_IN && final.energyWh === 0)
    return endNeverPluggedIn(order, session, command, around);
  const ended = completeSession(order, { ...session, meter }, final, command.reason, command.at, around);
  const stopLatencyMs = stopLatency(session, command.at, now);
  return stopLatencyMs === undefined ? ended : { ...ended, stopLatencyMs };
}

/** A session that has no start to count from cannot be exact. */
function limitConfidenceByBaseline(session: Session, final: FinalEnergy): FinalEnergy {
  if (session.baseline === undefined) return final;
  if (session.baseline === 'unknown') return { energyWh: 0, registerWh: 0, confidence: 'disputed' };
  return final.confidence === 'exact' ? { ...final, confidence: 'sampled' } : final;
}

/** A transaction that began with the authorisation alone, and waited for a cable in vain. @source OCPP 2.0.1 F02, E03 */
const NEVER_PLUGGED_IN = 'Timeout';

function endNeverPluggedIn(
  order: Order,
  session: Session,
  command: Command<'record-stop'>,
  around: DecisionContext,
): Accepted {
  const end = {
    meterStopWh: session.meter.registerWh,
    at: command.at,
    receivedAt: around.now,
    reason: command.reason,
  };
  return endBeforeStart({ ...order, session: { ...session, end } }, 'failed', 'start-timeout', around);
}

function reportLateStop(order: Order, session: Session, command: Command<'record-stop'>): Accepted {
  const said = command.meterStopWh;
  const known = session.end?.meterStopWh;
  if (said === undefined || said < 0 || said === known) return noChange(order);
  if (order.bill === undefined || session.baseline === 'unknown') return noChange(order);
  const energyWh = said - session.meterStartWh;
  const detail = `A stop after the end reads ${energyWh} Wh; ${order.bill.energyWh} Wh were billed (${order.bill.confidence}).`;
  return {
    order,
    effects: [],
    discrepancies: [{ kind: 'late-stop', detail, amount: energyWh - order.bill.energyWh }],
    save: 'none',
  };
}

/** Closes a session with its final energy: the bill, the one terminal status, and what a person should look at. */
export function completeSession(
  order: Order,
  session: Session,
  final: ReturnType<typeof finalEnergy>,
  reason: string,
  at: number,
  around: DecisionContext,
): Accepted {
  const { tariff } = order;
  const course = tariff.elements && finalPeriods(tariff, session, final.energyWh, at, around.now);
  const bill = billFor(order, final, course);
  const { code, text } = endOutcome(session, reason, order.connectorState);
  const ended: Order = {
    ...dropChargerCommands(order),
    state: 'completed',
    session: {
      ...session,
      meter: {
        ...session.meter,
        energyWh: final.energyWh,
        registerWh: final.registerWh,
        ...(course && { chargingPeriods: course }),
      },
      end: {
        meterStopWh: final.registerWh,
        at,
        receivedAt: around.now,
        reason,
      },
    },
    bill,
    outcome: { code, text, at: around.now },
    connectorState: {
      ...order.connectorState,
      status: order.connectorState.status === 'Faulted' ? 'Faulted' : 'Finishing',
      at: around.now,
    },
  };
  const rows = billDiscrepancies(bill, final, session.meter.rejectedReadings);
  if (reason === INFERRED) {
    rows.push({
      kind: 'end-inferred',
      detail: `No StopTransaction came (${session.endSuspectedReason ?? 'charger away'}); billed by the last reading.`,
      amount: bill.energyWh,
    });
  }
  if (session.baseline === 'unknown') {
    rows.push({
      kind: 'meter-missing',
      detail: `No reading says what transaction ${session.transactionId} counts from; nothing was billed.`,
    });
  }
  const effects: EffectDraft[] = [notify('terminal'), ...cleanUpProfile(session, around.now)];
  return accept(ended, effects, rows);
}

/** A new transaction began on the connector of an open one: its stop was lost, the new one is the proof. */
export function transactionSuperseded(order: Order, around: DecisionContext): Accepted {
  if (!order.session || isTerminal(order)) return noChange(order);
  return becomeProvisional(order, 'a new transaction began on the connector', around, around.policy.lostStopMs);
}
