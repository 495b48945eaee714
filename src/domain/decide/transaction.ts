/** The transaction's own messages: they are the truth, whenever and in whatever order they come. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, WantedEffect } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { billFor, rowsOf } from '../billing/bill.js';
import { rebased, withBase } from '../metering/meter-baseline.js';
import { changed, endUnstarted, tell, unchanged, withoutCommands } from './results.js';
import { sure } from './connectivity.js';
import { becomeProvisional, endOf, INFERRED } from './session-end.js';
import { limitReached } from '../metering/limit.js';
import { finalEnergy, openMeter, type FinalEnergy } from '../metering/meter.js';
import { type Order, type Peer, type Session, isTerminal } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { firstPlan, renewedPlan, tidyPlan } from '../metering/charging-profile.js';
import { finalCourse, foldSession } from '../metering/session-periods.js';
import { beginStop, stopLatency } from './remote-stop.js';
import { without } from '../model/object.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function recordStart(order: Order, command: Of<'record-start'>, around: Surroundings): Accepted {
  const { now } = around;
  if (order.session?.startKey === command.startKey) {
    if (isTerminal(order)) return { ...unchanged(order), tag: 'expired' };
    const session = rebased(order.session, command, around);
    return session ? changed({ ...order, session }, [], [], 'accepted') : { ...unchanged(order), tag: 'accepted' };
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
  if (moved && !(command.elsewhere?.free && command.elsewhere.sameTariff)) {
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
    ...(command.meterStartWh === undefined && { base: 'unknown' }),
    startedAt: command.at,
    startReceivedAt: now,
    ...(order.start && { wantedAt: order.start.wantedAt }),
    meter: openMeter(command.meterStartWh ?? 0, command.at, now, 0),
    ...(around.means && { means: around.means }),
    ...firstPlan(order, around.means, now, around.maxPowerW),
    toldAt: now,
    toldWh: 0,
  };
  const charging: Order = {
    ...without(withoutCommands(order), 'awaitsStart'),
    state: 'charging',
    connector: moved ? { ...order.connector, connectorId: command.connectorId } : order.connector,
    connectorState: { status: 'Charging', errorCode: 'NoError', at: now },
    ...(order.slot && { slot: { ...order.slot, opened: true } }),
    session,
  };
  return changed(charging, [tell('state')], [], 'accepted');
}

function refuseStart(
  order: Order,
  tag: 'concurrent' | 'expired' | 'blocked',
  kind: 'duplicate-start' | 'late-start',
  detail: string,
): Accepted {
  return { order, effects: [], rows: [{ kind, detail }], save: 'none', tag };
}

export function recordSample(order: Order, command: Of<'record-sample'>, around: Surroundings): Accepted {
  if (!order.session || isTerminal(order)) return unchanged(order);
  const { now, policy } = around;
  const session = withBase(order.session, command.samples, now);
  const meter = foldSession(order.tariff, session, command.samples, around.maxPowerW, now, command.journalSeq);
  const goesOn = order.state === 'provisional' && meter.energyWh > session.meter.energyWh;
  // Given up, and it goes on after all: its end is to come, and is waited for anew.
  const finalAt = goesOn && Math.max(session.finalAt ?? 0, now + policy.lostStopMs);
  const live: Session = { ...session, meter, ...(finalAt !== false && { finalAt }) };
  const sampled: Order = { ...order, session: live };
  if (goesOn) {
    // It still has to end: as was asked before, or at its limit.
    if (live.stop || limitReached(sampled, live, now, policy)) return changed(sampled, [{ kind: 'remote-stop' }]);
  }
  if (order.state === 'provisional' || order.state === 'stopping' || order.state === 'offline') {
    return { order: sampled, effects: [], rows: [], save: 'meter' };
  }
  const running = sure(sampled);
  const reason = limitReached(running, live, now, policy);
  if (reason) return beginStop(running, reason, around);
  const renewal = running.session && renewedPlan(running, running.session, now, around.maxPowerW, policy);
  if (renewal) return changed({ ...running, session: renewal.session }, renewal.effects);
  if (progressDue(order.peer, live, now, policy) && running.session) {
    return changed(
      {
        ...running,
        session: { ...running.session, toldAt: now, toldWh: meter.energyWh },
      },
      [tell('progress')],
    );
  }
  return { order: running, effects: [], rows: [], save: running === sampled ? 'meter' : 'document' };
}

/** By the buyer app's own rates, else the policy's; a rate of 0 tells nothing for its reason. */
function progressDue(
  peer: Peer,
  { toldAt = 0, toldWh = 0, meter }: Session,
  now: number,
  policy: Pick<SessionPolicy, 'progressMs' | 'progressWh'>,
): boolean {
  const { progressMs = policy.progressMs, progressWh = policy.progressWh } = peer;
  const passed = progressMs > 0 && now - toldAt >= progressMs;
  return passed || (progressWh > 0 && meter.energyWh - toldWh >= progressWh);
}

/** The end, as the charger tells it. The first one closes the order; a different later one is a row, not a new bill. */
export function recordStop(order: Order, command: Of<'record-stop'>, around: Surroundings): Accepted {
  if (!order.session) return unchanged(order);
  const { now } = around;
  if (isTerminal(order)) return lateStop(order, order.session, command);
  const session = withBase(order.session, command.samples, now);
  const meter = foldSession(order.tariff, session, command.samples, around.maxPowerW, now);
  const stop = {
    meterStopWh: command.meterStopWh,
    at: command.at,
    receivedAt: now,
  };
  const final = finalOf(session, finalEnergy(meter, session, around.maxPowerW, stop));
  if (command.reason === NEVER_PLUGGED && final.energyWh === 0) return neverPlugged(order, session, command, around);
  const ended = complete(order, { ...session, meter }, final, command.reason, command.at, around);
  const stopLatencyMs = stopLatency(session, command.at, now);
  return stopLatencyMs === undefined ? ended : { ...ended, stopLatencyMs };
}

/** A session that has no start to count from cannot be exact. */
function finalOf(session: Session, final: FinalEnergy): FinalEnergy {
  if (session.base === undefined) return final;
  if (session.base === 'unknown') return { energyWh: 0, registerWh: 0, confidence: 'disputed' };
  return final.confidence === 'exact' ? { ...final, confidence: 'sampled' } : final;
}

/** A transaction that began with the authorisation alone, and waited for a cable in vain. @source OCPP 2.0.1 F02, E03 */
const NEVER_PLUGGED = 'Timeout';

function neverPlugged(order: Order, session: Session, command: Of<'record-stop'>, around: Surroundings): Accepted {
  const end = {
    meterStopWh: session.meter.registerWh,
    at: command.at,
    receivedAt: around.now,
    reason: command.reason,
  };
  return endUnstarted({ ...order, session: { ...session, end } }, 'failed', 'start-timeout', around);
}

function lateStop(order: Order, session: Session, command: Of<'record-stop'>): Accepted {
  const said = command.meterStopWh;
  const known = session.end?.meterStopWh;
  if (said === undefined || said < 0 || said === known) return unchanged(order);
  if (order.bill === undefined || session.base === 'unknown') return unchanged(order);
  const energyWh = said - session.meterStartWh;
  const detail = `A stop after the end reads ${energyWh} Wh; ${order.bill.energyWh} Wh were billed (${order.bill.confidence}).`;
  return {
    order,
    effects: [],
    rows: [{ kind: 'late-stop', detail, amount: energyWh - order.bill.energyWh }],
    save: 'none',
  };
}

/** Closes a session with its final energy: the bill, the one terminal status, and what a person should look at. */
export function complete(
  order: Order,
  session: Session,
  final: ReturnType<typeof finalEnergy>,
  reason: string,
  at: number,
  around: Surroundings,
): Accepted {
  const { tariff } = order;
  const course = tariff.elements && finalCourse(tariff, session, final.energyWh, at, around.now);
  const bill = billFor(order, final, course);
  const { code, text } = endOf(session, reason, order.connectorState);
  const ended: Order = {
    ...withoutCommands(order),
    state: 'completed',
    session: {
      ...session,
      meter: {
        ...session.meter,
        energyWh: final.energyWh,
        registerWh: final.registerWh,
        ...(course && { course }),
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
  const rows = rowsOf(bill, final, session.meter.held);
  if (reason === INFERRED) {
    rows.push({
      kind: 'end-inferred',
      detail: `No StopTransaction came (${session.unsureReason ?? 'charger away'}); billed by the last reading.`,
      amount: bill.energyWh,
    });
  }
  if (session.base === 'unknown') {
    rows.push({
      kind: 'meter-missing',
      detail: `No reading says what transaction ${session.transactionId} counts from; nothing was billed.`,
    });
  }
  const effects: WantedEffect[] = [tell('terminal'), ...tidyPlan(session, around.now)];
  return changed(ended, effects, rows);
}

/** A new transaction began on the connector of an open one: its stop was lost, the new one is the proof. */
export function superseded(order: Order, around: Surroundings): Accepted {
  if (!order.session || isTerminal(order)) return unchanged(order);
  return becomeProvisional(order, 'a new transaction began on the connector', around, around.policy.lostStopMs);
}
