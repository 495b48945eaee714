/** Checks I8 and parts of I17: the delivered energy follows the meter, and the end of the session is accounted for. */
import { type ConfirmedOrder, type Discrepancy, discrepanciesOf, isTagOf, overAt, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import { belongs, earlyStop, endsTransaction, JITTER, mayEndTransaction, registerIn } from './session-messages.js';
import type { Call } from './wire-reading.js';

/** How many readings must agree before a power above the rating is believed. */
const AGREEING_ON_POWER = 3;

/**
 * I8: the delivered energy is the sum of the register's increases, or stop minus start if the register never fell. I17:
 * without a stop in time there is a discrepancy, and so there is if a late stop reports more energy.
 */
export function checkEnergy(record: RunRecord, order: ConfirmedOrder, start: Call, delivered: number): void {
  const over = overAt(order);
  const report = (invariant: string, problem: string): void => record.report(invariant, over, problem, order.id);
  const later = record.fromChargers.filter((call) => call.charger === start.charger && call.t >= start.t);
  // The bridge may have stored a stop and died before it answered, or its store may have reported a successful write
  // as failed.
  const ends = record.fromChargers.filter((call) => endsTransaction(record, call, order, start));
  const stops = ends.filter((call) => call.answer?.ok !== false);
  // A charger that loses the order of its messages reports the end first. The bridge keeps such a stop for its start,
  // but not for ever.
  const early = earlyStop(record, order, start);
  const possibleEnd =
    ends.find((call) => call.answer?.ok === false && call.t <= over) ??
    later.find((call) => call.t <= over && mayEndTransaction(record, call, order, start)) ??
    (early?.fits ? early.call : undefined);
  const stop = stops.find((call) => call.t <= over) ?? stops[0];
  const inTime = stop !== undefined && stop.t <= over;
  const discrepancies = discrepanciesOf(record, order.id, 'meter-implausible', 'meter-mismatch');
  const samples = later.filter(
    (call) =>
      call.action === 'MeterValues' && call.t <= over && belongs(record, call, start) && call.answer?.ok !== false,
  );
  const meterStop = inTime ? Number(at(stop.payload, 'meterStop')) : undefined;
  // The bridge may or may not have stored a message before it died without answering. While the store is unavailable
  // the bridge keeps the stop in the journal: later readings are not part of the session, although the order ends
  // later.
  const answered = samples.filter((call) => call.answer?.ok);
  const untilStop = inTime ? [samples.filter((call) => call.t <= stop.t)] : [];
  // Without a stop, a last reading that contradicts those before it is named, not billed.
  const isLastNamed = !inTime && discrepanciesOf(record, order.id, 'meter-reset').length > 0;
  const variants = [samples, answered, ...untilStop, ...(isLastNamed ? [beforeLast(samples)] : [])];
  const possibleStop = possibleEnd && !inTime ? Number(at(possibleEnd.payload, 'meterStop')) : undefined;
  // A first reading that is impossible by the rated power or by the host's clock cannot count from the beginning of the
  // session.
  const isImpossible = record.skewed || record.discrepancies.some(({ kind }) => kind === 'power-rating-contradicted');
  const isReset = isImpossible && discrepanciesOf(record, order.id, 'meter-reset').length > 0;
  // After a charger's clock was set back, an earlier timestamp does not show that a reading is old.
  const inOrder = wasClockSetBack(record, order, start) ? [true, false] : [true];
  const readings = [0.5, 1, isReset ? 0 : 0.5].flatMap((relativeBelow) =>
    [0, JITTER].flatMap((slackWh) =>
      inOrder.flatMap((byTime) =>
        [false, true].map((stopFollows) => ({ relativeBelow, slackWh, byTime, stopFollows })),
      ),
    ),
  );
  const metered = (wh: number | undefined): number[] =>
    readings.flatMap((reading) => variants.map((calls) => meteredWh(start, calls, wh, reading)));
  const byPossible = possibleStop === undefined ? [] : metered(possibleStop);
  // Zero shows no unit, so a register that begins and ends there is reported as reset.
  const isZeroEnd = meterStop === 0 && at(start.payload, 'meterStart') === 0;
  const inKwh =
    discrepanciesOf(record, order.id, isZeroEnd ? 'meter-reset' : 'meter-scale').length > 0
      ? variants.flatMap((calls) => meteredInKwh(record, start, calls, meterStop))
      : [];
  // An early stop whose register does not fit bills the readings that were handled before it, and is named.
  const isEarlyNamed =
    !inTime && early?.fits === false && discrepanciesOf(record, order.id, 'meter-scale', 'meter-reset').length > 0;
  const byEarly = isEarlyNamed
    ? [0, ...samples.map((_, index) => index + 1)].map((count) => meteredWh(start, samples.slice(0, count), undefined))
    : [];
  const expected = [...metered(meterStop), ...byPossible, ...inKwh, ...byEarly];
  const lostWh = isReset ? Math.max(...variants.map(unbelievedWh)) : 0;
  // After a reset, low readings that are stamped before others may be old ones. Until its clock has caught up, a charger
  // whose clock was set back then shows energy that is named, not billed.
  const isNamed = discrepanciesOf(record, order.id, 'meter-reset').length > 0;
  const staleWh = isNamed ? Math.max(...variants.map(staleAfterFall)) : 0;
  const isLost =
    delivered < Math.max(...expected) &&
    expected.some((wh) => wh > delivered && wh - Math.max(lostWh, staleWh) <= delivered);
  // A stop in kWh shows less than the readings before it, and may be taken for a reset.
  const isInKwh = meterStop !== undefined && samples.some((call) => registerIn(call) > 500 * (meterStop + 1));
  const isDoubted = discrepancies.length > 0 || (isNamed && isInKwh);
  const named = isDoubted ? Math.max(...expected, ...metered(undefined)) : -1;
  if (!expected.includes(delivered) && !isLost && delivered > named)
    report('I8', `delivered ${delivered} Wh, the meter says ${[...new Set(expected)].join(' or ')}`);
  const isNamedEnd =
    possibleStop !== undefined && namesEnd(record, order, { start, meterStop: possibleStop, energies: byPossible });
  const isEnded = isNamedEnd || [...byPossible, ...byEarly].includes(delivered);
  if (!inTime && !isEnded && discrepanciesOf(record, order.id, 'end-inferred').length === 0)
    report('I17', 'no stop arrived in time, and no discrepancy says so');
  if (stop && !inTime) {
    const stoppedWh = Number(at(stop.payload, 'meterStop')) - Number(at(start.payload, 'meterStart'));
    const unmatched = (discrepancy: Discrepancy): boolean =>
      discrepancy.kind === 'unmatched-stop' && discrepancy.transaction === String(at(stop.payload, 'transactionId'));
    if (
      stoppedWh > delivered + 10 &&
      discrepanciesOf(record, order.id, 'late-stop').length === 0 &&
      !record.discrepancies.some(unmatched)
    )
      report(
        'I17',
        `a stop after the end reports ${stoppedWh} Wh, ${delivered} were billed, and no discrepancy says so`,
      );
  }
}

/**
 * Checks whether a discrepancy of the order names the register of an end that was not billed, because the connector
 * cannot have delivered that much, or because the register seems to follow a reset or to be in kWh.
 * @param end The start of the session, the register at its end, and the energies that the two may show, Wh.
 */
function namesEnd(
  record: RunRecord,
  order: ConfirmedOrder,
  end: { readonly start: Call; readonly meterStop: number; readonly energies: readonly number[] },
): boolean {
  const isNamed = (kind: string, ...amounts: readonly number[]): boolean =>
    discrepanciesOf(record, order.id, kind).some(({ amount }) => amounts.includes(amount));
  return (
    isNamed('meter-implausible', ...end.energies) ||
    isNamed('meter-reset', end.meterStop) ||
    isNamed('meter-scale', end.meterStop * 1000 - Number(at(end.start.payload, 'meterStart')))
  );
}

/** Checks whether the charger's clock was set back between the request of the order's session and its end. */
function wasClockSetBack(record: RunRecord, order: ConfirmedOrder, start: Call): boolean {
  const request = record.toChargers.find(
    ({ action, payload }) => action === 'RemoteStartTransaction' && isTagOf(order, text(at(payload, 'idTag'))),
  );
  const from = Math.min(request?.t ?? start.t, start.t);
  return record.chargerClockSteps.some(
    ({ charger, stepMs, t }) => charger === start.charger && stepMs < 0 && t >= from && t <= overAt(order),
  );
}

/**
 * Checks whether a single fall is a glitch: the next higher reading continues from the register before it, or from just
 * below it. In the latter case the register may also have been reset again at once.
 */
function isSingleFall(samples: readonly Call[], low: Call, register: number, slackWh: number): boolean {
  const value = registerIn(low);
  if (value >= register) return false;
  const next = samples.slice(samples.indexOf(low) + 1).find((call) => registerIn(call) > value);
  return next !== undefined && register > 0 && registerIn(next) >= register - slackWh;
}

/** Returns the samples before the last register. Readings that repeat it prove no more than one. */
function beforeLast(samples: readonly Call[]): readonly Call[] {
  const last = registerIn(samples.at(-1));
  return samples.slice(0, samples.findLastIndex((call) => registerIn(call) !== last) + 1);
}

interface Reading {
  /**
   * Samples count from the beginning of the session if the first is below this share of the start register; otherwise
   * it is a reset. A first reading of at least half the start register must also not exceed stop minus start.
   */
  readonly relativeBelow: number;
  /** How far below the register the readings after a glitch may continue, Wh. */
  readonly slackWh: number;
  /** Whether low readings that are stamped before others are old. True by default. */
  readonly byTime?: boolean;
  /** Whether a stop may show that a low last reading was a glitch. False by default. */
  readonly stopFollows?: boolean;
}

/** Returns the energy according to the registers, Wh. */
function meteredWh(
  start: Call,
  samples: readonly Call[],
  meterStop: number | undefined,
  { relativeBelow, slackWh, byTime = true, stopFollows = false }: Reading = { relativeBelow: 0.5, slackWh: JITTER },
): number {
  const first = Number(at(start.payload, 'meterStart'));
  let [register, sum, falls, latest, relative] = [first, 0, 0, Date.parse(text(at(start.payload, 'timestamp'))), false];
  for (const call of samples) {
    const meterValue = at(call.payload, 'meterValue', 0);
    const value = registerIn(call);
    const timestamp = Date.parse(text(at(meterValue, 'timestamp')));
    if (byTime && timestamp < latest && (relative ? first : 0) + value <= register) continue;
    latest = timestamp;
    const expectedWh = relative ? register - first : register;
    // The stop may be all that follows a glitch.
    if (stopFollows && call === samples.at(-1) && value < expectedWh && Number(meterStop) >= expectedWh) continue;
    if (isSingleFall(samples, call, expectedWh, slackWh)) continue;
    const isLow = value < first * relativeBelow && (value < first / 2 || value <= Number(meterStop) - first);
    if (sum === 0 && falls === 0 && isLow) relative = true;
    const reading = relative ? first + value : value;
    if (reading > register) sum += reading - register;
    if (reading < register - JITTER) falls += 1;
    if (reading > register || reading < register - JITTER) register = reading;
  }
  if (meterStop === undefined) return sum;
  if (falls === 0 && meterStop >= first) return meterStop - first;
  // If the samples count from the beginning, so does a stop below the start.
  const last = relative && meterStop < first ? register - first : register;
  return sum + Math.max(0, meterStop - last);
}

/** Returns the energy that the samples show before the register first falls, Wh; 0 if it never falls. */
function beforeFirstFall(start: Call, samples: readonly Call[]): number {
  const fall = samples.findIndex(
    (call, index) => index > 0 && registerIn(call) < registerIn(samples[index - 1]) - JITTER,
  );
  return fall > 0 ? Math.max(0, registerIn(samples[fall - 1]) - Number(at(start.payload, 'meterStart'))) : 0;
}

/**
 * Returns what the samples show, from the start and from each fall of the register, before enough of them agree on a
 * power above the rating, Wh. A reset before that loses it.
 */
function unbelievedWh(samples: readonly Call[]): number {
  const runs: number[][] = [];
  for (const wh of samples.map(registerIn)) {
    const run = runs.at(-1);
    if (run && wh >= (run.at(-1) ?? 0) - JITTER) run.push(wh);
    else runs.push([wh]);
  }
  return runs.reduce((sum, run) => sum + Math.max(...run.slice(0, AGREEING_ON_POWER)), 0);
}

/** Returns how much the register rises, after its first fall, to or from samples that are stamped before earlier ones, Wh. */
function staleAfterFall(samples: readonly Call[]): number {
  let [latest, wh, hasFallen, wasStale] = [-Infinity, 0, false, false];
  samples.forEach((call, index) => {
    const stampedAt = Date.parse(text(at(call.payload, 'meterValue', 0, 'timestamp')));
    const riseWh = index > 0 ? registerIn(call) - registerIn(samples[index - 1]) : 0;
    const isStale = stampedAt < latest;
    if (riseWh < -JITTER) hasFallen = true;
    else if (hasFallen && (isStale || wasStale)) wh += Math.max(0, riseWh);
    latest = Math.max(latest, stampedAt);
    wasStale = isStale;
  });
  return wh;
}

/**
 * Returns the energy of the samples, Wh, if the stop shows in kWh their last register (or one kWh more), or what the
 * register really was at the end of the session; otherwise an empty list. After a fall, the low readings may likewise be
 * kWh and count nothing.
 */
function meteredInKwh(
  record: RunRecord,
  start: Call,
  samples: readonly Call[],
  meterStop: number | undefined,
): readonly number[] {
  const meterStart = Number(at(start.payload, 'meterStart'));
  const sums = [meteredWh(start, samples, undefined), beforeFirstFall(start, samples)];
  const session = record.flows.find(
    (one) =>
      one.charger === start.charger &&
      one.connector === at(start.payload, 'connectorId') &&
      one.tag === text(at(start.payload, 'idTag')) &&
      one.meterStart === meterStart,
  );
  return sums.filter((sum) => {
    const kwh = Math.floor((meterStart + sum) / 1000);
    const endKwh = Math.floor((meterStart + (session?.wh ?? sum)) / 1000);
    return meterStop === kwh || meterStop === kwh + 1 || meterStop === endKwh;
  });
}
