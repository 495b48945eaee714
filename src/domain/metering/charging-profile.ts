/**
 * The power plan: the charger itself is told for how long it may give power, so that a limit holds while nobody can
 * reach it. It counts on the most that can flow, so it is renewed while there is more to give.
 * @source OCPP 1.6 §3.13, §5.16: a TxProfile dies with its transaction.
 */
import type { WantedEffect } from '../model/decision.js';
import { without } from '../model/object.js';
import type { WantedPlan } from '../model/effect.js';
import type { Means } from './charger-capabilities.js';
import { deliveredWh, lastedMs } from './meter.js';
import type { Budget, Caps, Order, Session } from '../model/order.js';
import { paidSeconds, paidUntil } from '../pricing/authorised-until.js';
import type { SessionPolicy } from '../model/policy.js';
import { courseOf } from './session-periods.js';

/** From the decision to the charger's taking it, at the most: until then the plan before it is in force. */
const SEND_MS = 2000;
const TAKE_MS = 1000;
/** What a renewal has to bring. */
const GAIN_MS = 1000;
/** Above what flows: a car that takes a little more is not throttled. */
const HEADROOM = 1.1;
/** A plan shorter than this is not worth its message. */
const LEAST_S = 3;
/** The charger learns the transaction's number from our answer, which leaves after this is decided. */
const FIRST_MS = 2000;
const AGAIN_MS = 10_000;
/** An answer that has not come by now was lost between the charger and our own store. */
const ANSWER_MS = 90_000;
/** After a return, a reading is waited for before an old plan's end counts as the session's. */
const READING_MS = 30_000;
const CLEAR_MS = 3_600_000;
/** A plan that ends so soon is renewed by what each reading says; readings are asked for. */
export const PLAN_ENDS_MS = 30_000;

/** The plan that rides on a RemoteStart: it begins with the transaction. @unit W */
export function startPlan(order: Order, maxPowerW: number, now: number): WantedPlan | undefined {
  const { energyWh, timeMs } = order.caps;
  const seconds = Math.min(secondsFor(energyWh, maxPowerW), secondsOf(timeMs), paidSeconds(order, maxPowerW, now));
  return seconds < LEAST_S ? undefined : { limitW: maxPowerW, seconds };
}

function secondsFor(energyWh: number, limitW: number): number {
  return Math.max(0, Math.floor((energyWh * 3600) / limitW));
}

function secondsOf(ms: number | undefined): number {
  return ms === undefined ? Infinity : Math.max(0, Math.floor(ms / 1000));
}

/** The plan of a session that has just begun: the start's own, if it carried one, and when to give it another. */
export function firstPlan(
  order: Order,
  means: Means | undefined,
  now: number,
  maxPowerW: number,
): Pick<Session, 'budget' | 'planAt'> {
  if (!means?.rate) return {};
  const planAt = now + (means.keeps?.includes('energy') ? AGAIN_MS : FIRST_MS);
  const plan = order.start?.planned === true ? startPlan(order, maxPowerW, now) : undefined;
  if (!plan) return { planAt };
  const { energyWh: capWh, timeMs } = order.caps;
  const budget: Budget = {
    standing: 'kept',
    limitW: plan.limitW,
    from: now,
    endsAt: now + plan.seconds * 1000,
    capWh,
    ...(timeMs !== undefined && { capMs: timeMs }),
  };
  return { planAt, budget };
}

/**
 * Whether the session may have a plan at all: taken by the charger, not refused, not made needless by a better means.
 * One that is in force already would end the session, so it is renewed even then.
 */
function plannable({ means, budget, kept, stop }: Session): boolean {
  const needed = budget !== undefined || kept?.includes('energy') !== true;
  return means?.rate !== undefined && budget?.standing !== 'refused' && needed && !stop;
}

function madeFor(budget: Budget, caps: Caps): boolean {
  return budget.capWh === caps.energyWh && budget.capMs === caps.timeMs;
}

export interface Renewal {
  readonly session: Session;
  readonly effects: readonly WantedEffect[];
}

/**
 * A new plan for a running session, when it needs one and there is more to give.
 * Runs with every sample: what costs something comes after the questions that usually end it.
 */
export function renewedPlan(
  order: Order,
  session: Session,
  now: number,
  maxPowerW: number,
  policy: SessionPolicy,
): Renewal | undefined {
  const { budget, planAt } = session;
  if (!session.means?.rate || budget?.standing === 'asked') return undefined;
  const asked = planAt !== undefined && now >= planAt;
  if ((!asked && !wearsOut(budget, now)) || !plannable(session)) return undefined;
  const skewMs = skewOf(session);
  const limitW = allowedW(order, session, maxPowerW, policy);
  // Its time is counted from now, wherever the message is; but until it is taken, more may flow than it allows.
  const moreW = Math.max(0, (budget?.limitW ?? maxPowerW) - limitW);
  const baseWh = mostWh(session, now, skewMs, maxPowerW) + energyOf(moreW, SEND_MS + TAKE_MS);
  const { energyWh, timeMs } = order.caps;
  const left = secondsOf(timeMs === undefined ? undefined : timeMs - lastedMs(session, session.meter.at, now));
  const seconds = Math.min(
    secondsFor(energyWh - baseWh, limitW),
    left,
    secondsOf(paidFor(order, session, now, maxPowerW)),
  );
  if (seconds < LEAST_S) return undefined;
  const endsAt = now + seconds * 1000;
  if (budget && madeFor(budget, order.caps)) {
    // Not for a breath more; and what a reading of long ago would grant is less than what is granted already.
    const least = asked ? -SEND_MS : Math.max(GAIN_MS, (budget.endsAt - now) / 10);
    if (endsAt - budget.endsAt < least) return undefined;
  }
  const next: Budget = {
    standing: 'asked',
    limitW,
    from: now,
    endsAt,
    capWh: energyWh,
    ...(timeMs !== undefined && { capMs: timeMs }),
    ...(budget && { before: without(budget, 'standing', 'before') }),
  };
  return {
    session: { ...without(session, 'planAt'), budget: next },
    effects: [{ kind: 'power-plan', plan: { limitW, seconds }, startsAt: now + skewMs, notAfter: now + SEND_MS }],
  };
}

/** How long the authorised amount lasts at full power, where more than energy costs; ms. */
function paidFor(order: Order, session: Session, now: number, maxPowerW: number): number | undefined {
  if (!order.tariff.elements) return undefined;
  const skewMs = skewOf(session);
  const until = paidUntil(order, courseOf(order.tariff, session), maxPowerW, (at) =>
    mostWh(session, at, skewMs, maxPowerW),
  );
  return until === undefined ? undefined : until - now;
}

/** Half of it is used, or its end is near. */
function wearsOut(budget: Budget | undefined, now: number): boolean {
  if (!budget) return false;
  const left = budget.endsAt - now;
  return left < now - budget.from || left <= PLAN_ENDS_MS;
}

/** The most that can have been delivered by `now`, Wh: full power since the last reading was taken. */
function mostWh({ meter }: Session, now: number, skewMs: number, maxPowerW: number): number {
  const ms = Math.max(0, now - meter.receivedAt, now + skewMs - meter.at);
  return deliveredWh(meter) + energyOf(maxPowerW, ms);
}

function energyOf(powerW: number, ms: number): number {
  return Math.ceil((powerW * ms) / 3_600_000);
}

/** Near the limit the plan allows little more than what flows: so its end lies close to the limit's. */
function allowedW(order: Order, session: Session, maxPowerW: number, policy: SessionPolicy): number {
  const flowingW = session.meter.powerW ?? maxPowerW;
  const restWh = order.caps.energyWh - deliveredWh(session.meter);
  const near = restWh <= energyOf(flowingW, policy.askMeterBeforeMs);
  return near ? Math.min(maxPowerW, Math.ceil(Math.max(flowingW * HEADROOM, maxPowerW / 5))) : maxPowerW;
}

/** How far the charger's clock is ahead of ours, ms: messages only ever make it look slower. */
function skewOf({ startedAt, startReceivedAt, meter }: Session): number {
  return Math.max(startedAt - startReceivedAt, meter.at - meter.receivedAt);
}

/** When time alone makes the plan a question: to be sent, or at its end. */
export function planDueAt(session: Session): number | undefined {
  const { budget, planAt } = session;
  if (budget?.standing === 'refused') {
    const endsAt = budget.before?.endsAt;
    // Only a reading can tell, however long the charger is away.
    const known = endsAt !== undefined && (heldByOldPlan(session) || flowsOn(session, endsAt));
    return known ? endsAt + READING_MS : undefined;
  }
  if (!plannable(session)) return undefined;
  if (budget?.standing === 'asked') return budget.from + ANSWER_MS;
  const end = planEndAt(session);
  return planAt !== undefined && (end === undefined || planAt < end) ? planAt : end;
}

/** When the plan in force lets no more through, and a reading that could prolong it is not waited for any longer. */
export function planEndAt({ budget, resumedAt }: Session): number | undefined {
  if (budget?.standing !== 'kept') return undefined;
  return resumedAt === undefined ? budget.endsAt : Math.max(budget.endsAt, resumedAt + READING_MS);
}

export type PlanAnswer = 'accepted' | 'rejected' | 'unknown' | 'not-sent';

/** What the charger's answer makes of the plan. */
export function answeredPlan(session: Session, answer: PlanAnswer, now: number): Renewal | undefined {
  const { budget } = session;
  if (budget?.standing !== 'asked') return undefined;
  const { before } = budget;
  const mine = without(budget, 'before');
  const rest = without(session, 'budget');
  switch (answer) {
    case 'accepted':
      return { session: { ...rest, budget: { ...mine, standing: 'kept' } }, effects: [] };
    case 'rejected':
      // An older one that it took would now end the session too early.
      return {
        session: { ...rest, budget: { ...mine, standing: 'refused', ...(before && { before }) } },
        effects: before ? [clearPlan(now)] : [],
      };
    case 'unknown':
    case 'not-sent': {
      // Whichever of the two is in force, the earlier end may bite.
      const budgetNow: Budget | undefined = before && { ...before, standing: 'kept' };
      return { session: { ...rest, ...(budgetNow && { budget: budgetNow }), planAt: now + AGAIN_MS }, effects: [] };
    }
  }
}

/** Whether a plan that the charger would neither renew nor give up has stopped the power, as a reading since its end shows. */
export function heldByOldPlan({ budget, meter }: Session): boolean {
  if (budget?.standing !== 'refused' || !budget.before) return false;
  return meter.receivedAt > budget.before.endsAt && (meter.powerW ?? 0) === 0;
}

/** Whether power flows though that plan has ended: so it was given up. A reading that was late on its way does not show it. */
function flowsOn(session: Session, endsAt: number): boolean {
  const { meter } = session;
  return (meter.powerW ?? 0) > 0 && meter.at - skewOf(session) > endsAt + READING_MS;
}

/** Owed when a session with a plan is over: some chargers keep what they were told. */
export function tidyPlan(session: Session, now: number): WantedEffect[] {
  return session.budget ? [clearPlan(now)] : [];
}

function clearPlan(now: number): WantedEffect {
  return { kind: 'clear-plan', notAfter: now + CLEAR_MS };
}

/** The charger is back, or has restarted: it may have lost its plan, and the readings since will say more. */
export function planAfterReturn(session: Session, now: number): Pick<Session, 'planAt'> {
  return plannable(session) ? { planAt: now + AGAIN_MS } : {};
}

/** The limit was changed: the plan is too, at once; and what the station keeps is the old one, until it says otherwise. */
export function replanned(session: Session, now: number): Session {
  const untold = without(session, 'kept');
  return plannable(untold) ? { ...untold, planAt: now } : untold;
}
