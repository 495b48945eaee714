/**
 * Ends a session: provisionally if its stop message is missing, finally with its bill, or manually. Reports what
 * arrives after the end.
 */
import { lateReadings, stopDiscrepancies } from '../billing/stop-discrepancies.js';
import { billDiscrepancies, billFor, countedOvershootWh } from '../billing/bill.js';
import { cleanUpProfile } from '../metering/charging-profile.js';
import { clockDiscrepancies } from '../metering/clock-gap.js';
import { isEndDoubtful, isEndStatus } from '../metering/liveness.js';
import { sessionEnergy } from '../metering/meter-baseline.js';
import type { FinalEnergy } from '../metering/meter.js';
import { finalPeriods } from '../metering/session-periods.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, Decision, DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import type { ConnectorState } from '../model/network.js';
import { omit } from '../model/object.js';
import { isTerminal, type EndCode, type Order, type Outcome } from '../model/order.js';
import { type AssumedStop, INFERRED, type Session, type StopReason } from '../model/session.js';
import { accept, dropChargerCommands, endBeforeStart, noChange, notify } from './results.js';

const POWER_REASONS: ReadonlySet<string> = new Set(['PowerLoss', 'Reboot', 'HardReset', 'SoftReset', 'ImmediateReset']);

/** Stop reasons that name an electrical fault. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const FAULT_REASONS: ReadonlySet<string> = new Set(['GroundFault', 'OvercurrentFault', 'PowerQuality']);

/** Stop reasons that name a limit which the station enforced itself. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const LIMIT_REASONS: ReadonlySet<string> = new Set(['EnergyLimitReached', 'TimeLimitReached', 'SOCLimitReached']);

type End = Pick<Outcome, 'code' | 'text'>;

const LIMIT_END: End = { code: 'limit-reached', text: 'Stopped at the limit you chose.' };
const OPERATOR_END: End = { code: 'stopped-by-operator', text: 'Stopped by the operator.' };

/** The end of a session that we stopped, by the reason for the stop. */
const REQUESTED_ENDS: Readonly<Record<StopReason, End>> = {
  buyer: { code: 'stopped-by-buyer', text: 'Stopped as you asked.' },
  'limit-energy': LIMIT_END,
  'limit-amount': LIMIT_END,
  'limit-time': LIMIT_END,
  'limit-soc': LIMIT_END,
  operator: OPERATOR_END,
  policy: OPERATOR_END,
};

/**
 * Returns the end code of a session and the sentence for the buyer.
 * @param reason The OCPP stop reason, or `Inferred`.
 */
function endOutcome(session: Session, reason: string, connector: ConnectorState): End {
  if (reason === INFERRED) {
    const isByOperator = session.stop?.reason === 'operator';
    const text = 'The charger did not report the end of charging; the bill follows its last reading.';
    return { code: 'end-inferred', text: isByOperator ? `${OPERATOR_END.text} ${text}` : text };
  }
  return session.stop ? REQUESTED_ENDS[session.stop.reason] : endAtCharger(reason, connector);
}

function endAtCharger(reason: string, { status, errorCode }: ConnectorState): End {
  const end = (code: EndCode, text: string): End => ({ code, text });
  if (LIMIT_REASONS.has(reason)) return LIMIT_END;
  if (POWER_REASONS.has(reason)) return end('power-loss', 'The charger lost power or restarted.');
  if (reason === 'EmergencyStop') return end('charger-fault', 'The emergency stop was pressed.');
  if (FAULT_REASONS.has(reason)) return end('charger-fault', `The charger reported a fault (${reason}).`);
  if (status === 'Faulted') return end('charger-fault', `The charger reported a fault (${errorCode}).`);
  const unplugged = reason === 'EVDisconnected';
  return end('stopped-at-charger', unplugged ? 'The cable was unplugged.' : 'Charging ended at the charger.');
}

/** Marks a session as probably over. If no message contradicts this within `endSuspicionMs`, it becomes provisional. */
export function suspectEnd(order: Order, reason: string, now: number): Accepted {
  if (!order.session || order.session.endSuspectedSince !== undefined) return noChange(order);
  return accept({ ...order, session: { ...order.session, endSuspectedSince: now, endSuspectedReason: reason } });
}

/**
 * Makes an order provisional: its connector is free, but its bill waits for the transaction's missing stop.
 * @param waitMs How long to wait for the stop, ms.
 */
export function becomeProvisional(
  order: Order,
  endSuspectedReason: string,
  { now }: DecisionContext,
  waitMs: number,
): Accepted {
  if (!order.session || order.state === 'provisional') return noChange(order);
  const session: Session = { ...order.session, provisionalSince: now, finalAt: now + waitMs, endSuspectedReason };
  return accept({ ...dropChargerCommands(order), state: 'provisional', session }, [notify('state')]);
}

/** How a session ended: its last state, its energy, the OCPP stop reason or `Inferred`, and its end in charger time. */
interface CompletedSession {
  readonly session: Session;
  readonly final: FinalEnergy;
  readonly reason: string;
  readonly at: number;
  /** Set if the stop does not name the transaction. */
  readonly isAssumed?: true;
}

/** Completes an order: bills its energy, sends the terminal status, clears the profile and reports discrepancies. */
export function completeSession(order: Order, completed: CompletedSession, { now }: DecisionContext): Accepted {
  const { session, final, reason, at, isAssumed } = completed;
  const { tariff, connectorState } = order;
  const chargingPeriods = tariff.elements && finalPeriods(tariff, session, final.energyWh, { at, receivedAt: now });
  const bill = billFor(order, final, chargingPeriods);
  const { energyWh, registerWh } = final;
  const ended: Order = {
    ...dropChargerCommands(order),
    state: 'completed',
    session: {
      ...omit(session, 'assumedStop'),
      meter: { ...session.meter, energyWh, registerWh, ...(chargingPeriods && { chargingPeriods }) },
      end: { meterStopWh: registerWh, at, receivedAt: now, reason, ...(isAssumed && { assumed: isAssumed }) },
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
    const billed = billedWh > 0 ? `only the ${billedWh} Wh of its intervals were billed` : 'nothing was billed';
    discrepancies.push({
      kind: 'meter-missing',
      detail: `No reading shows where transaction ${session.transactionId} counts from; ${billed}.`,
    });
  }
  return discrepancies;
}

/** Completes a session by its last reading, because no message reported its end. */
export function completeByLastReading(order: Order, session: Session, context: DecisionContext): Accepted {
  const { at } = session.meter;
  const final = sessionEnergy(session, context.maxPowerW, { at, receivedAt: context.now });
  const confidence = final.confidence === 'disputed' ? 'disputed' : 'estimated';
  return completeSession(order, { session, final: { ...final, confidence }, reason: INFERRED, at }, context);
}

/**
 * Handles a stop that does not name the transaction. It ends the session if the connector is reported free. Otherwise
 * it may be the stop of an unknown transaction, so the charger is asked. If its answer, the connector's status or more
 * energy shows that the session goes on, the stop is dropped. If nothing does, it ends the session later.
 */
export function assumeStop(order: Order, command: CommandOf<'record-stop'>, context: DecisionContext): Accepted {
  const { session } = order;
  if (!session || isTerminal(order)) return noChange(order);
  const { at, reason, meterStopWh } = command;
  const { meter, assumedStop: before } = session;
  if (before?.at === at && before.meterStopWh === meterStopWh) return noChange(order);
  const riseWh = meterStopWh === undefined ? 0 : Math.max(0, meterStopWh - meter.registerWh);
  const read = meterStopWh !== undefined && { meterStopWh };
  const assumedStop = { at, reason, receivedAt: context.now, energyWh: meter.energyWh + riseWh, ...read };
  if (isEndStatus(order.connectorState.status)) return completeByAssumedStop(order, session, assumedStop, context);
  const held: Order = { ...order, session: { ...session, assumedStop } };
  const suspected = accept(suspectEnd(held, 'a stop without number and tag', context.now).order);
  return { ...suspected, triggerMeterValues: true, checkTransaction: true };
}

/** Completes a session by a stop that does not name its transaction. Its energy counts as estimated. */
export function completeByAssumedStop(
  order: Order,
  session: Session,
  stop: AssumedStop,
  context: DecisionContext,
): Accepted {
  const { at, reason } = stop;
  const final = sessionEnergy(session, context.maxPowerW, stop);
  const left = stopDiscrepancies({ order, session, stop, final }, context);
  const confidence = final.confidence === 'disputed' ? 'disputed' : 'estimated';
  const estimated = { ...final, confidence } as const;
  const completed = completeSession(order, { session, final: estimated, reason, at, isAssumed: true }, context);
  return { ...completed, discrepancies: [...left, ...completed.discrepancies] };
}

/**
 * Closes an order manually and bills its last credible reading. An order without a session is not billed. An order that
 * has ended by itself can no longer be closed; closing an order twice gets the same answer.
 */
export function close(order: Order, command: CommandOf<'close'>, context: DecisionContext): Decision {
  if (order.state === 'draft') return { refusal: { code: 'not-running', path: 'message.order_id' } };
  if (isTerminal(order))
    return order.closedBy
      ? noChange(order)
      : { refusal: { code: 'not-running', path: 'message.order_id', detail: `It has ended: ${order.state}.` } };
  const closed: Order = { ...order, closedBy: { name: command.by, reason: command.reason, at: context.now } };
  const ended = order.session
    ? completeByLastReading(closed, order.session, context)
    : endBeforeStart(closed, 'closed-by-operator', context);
  const billedWh = ended.order.bill?.energyWh ?? 0;
  const discrepancy: DiscrepancyDraft = {
    kind: 'closed-by-operator',
    detail: `${command.by} closed the order in state ${order.state} (${command.reason}); ${billedWh} Wh were billed.`,
    amount: billedWh,
  };
  return { ...ended, discrepancies: [...ended.discrepancies, discrepancy] };
}

/** The stop reason if a transaction began at authorisation and no cable was plugged in. @source OCPP 2.0.1 F02, E03 */
const NEVER_PLUGGED_IN = 'Timeout';

/** Checks whether no cable was plugged in: the stop reason says so, and no reading shows energy. */
export function isNeverPluggedIn(
  { baseline }: Session,
  reason: string,
  { energyWh, confidence }: FinalEnergy,
): boolean {
  const isNothingMetered = energyWh === 0 && (confidence !== 'disputed' || baseline === 'unknown');
  return reason === NEVER_PLUGGED_IN && isNothingMetered;
}

export function endNeverPluggedIn(
  order: Order,
  session: Session,
  { at, reason }: CommandOf<'record-stop'>,
  context: DecisionContext,
): Accepted {
  const end = { meterStopWh: session.meter.registerWh, at, receivedAt: context.now, reason };
  return endBeforeStart({ ...order, session: { ...session, end } }, 'start-timeout', context);
}

/** How often to ask the charger again to end a transaction that goes on after the end of its order, ms. */
const ASK_AGAIN_MS = 300_000;

/**
 * Reports readings that arrive after the end and show more energy than the bill. If no message that names the
 * transaction reported its end, and a reading is later than that end, the charger is asked to end the transaction.
 */
export function reportLateSample(
  order: Order,
  session: Session,
  command: CommandOf<'record-sample'>,
  { now }: DecisionContext,
): Accepted {
  const late = lateReadings(order, session, command);
  if (!late) return noChange(order);
  const { end, continuedAt = -Infinity } = session;
  const goesOn = end && isEndDoubtful(end) && command.samples.some(({ at }) => at > end.at);
  if (!goesOn) return { ...noChange(order), save: 'document', discrepancies: [late] };
  if (now - continuedAt < ASK_AGAIN_MS) return noChange(order);
  const reported: Order = { ...order, session: { ...session, continuedAt: now } };
  return { ...accept(reported, [], [late]), goesOnAfterEnd: true };
}
