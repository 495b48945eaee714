/** Finds the readings of an order's session and the messages that report its end. */
import { endsByItsTag, sessionOf } from './check-chargers.js';
import { type ConfirmedOrder, isTagOf, type RunRecord } from './checker.js';
import { at, list, text } from '../runtime/json.js';
import type { Call } from './wire-reading.js';

/** A start that arrives so long after another began later, even if the charger's clock was set back between them, ms. */
const CLEARLY_LATER_MS = 60_000;
/** How far a register may fall without meaning anything, Wh. */
export const JITTER = 10;

/** Checks whether a call reports the end of the order's session that began with `start`. */
export function endsTransaction(record: RunRecord, call: Call, order: ConfirmedOrder, start: Call): boolean {
  if (call.action !== 'StopTransaction' || call.charger !== start.charger || call.t < start.t) return false;
  const number = Number(at(call.payload, 'transactionId'));
  const tagged = isTagOf(order, text(at(call.payload, 'idTag')));
  if (tagged && endsRefused(record, order, { stop: call, start }) !== 'no') return false;
  if (number > 0 && !(tagged && endsByItsTag(record, order, call)))
    return number === Number(at(start.answer?.payload, 'transactionId')) && (tagged || !isOfAnother(record, call));
  return tagged;
}

/** Checks whether a call reports the end of the order's session or as likely that of a refused one (`endsRefused`). */
export function mayEndTransaction(record: RunRecord, call: Call, order: ConfirmedOrder, start: Call): boolean {
  const isLater = call.action === 'StopTransaction' && call.charger === start.charger && call.t >= start.t;
  return (
    isLater &&
    isTagOf(order, text(at(call.payload, 'idTag'))) &&
    endsRefused(record, order, { stop: call, start }) === 'maybe'
  );
}

/**
 * Finds a stop that has the order's tag, names no transaction, and arrived before this start. The bridge keeps it for
 * the start if its register is not below that of the start. Any other, such as one in kWh, ends the session only if it
 * is handled again after the start, because the bridge was killed between.
 */
export function earlyStop(
  record: RunRecord,
  order: ConfirmedOrder,
  { charger, t, payload }: Call,
): { readonly call: Call; readonly fits: boolean } | undefined {
  const calls = record.fromChargers.filter(
    (call) =>
      call.action === 'StopTransaction' &&
      call.charger === charger &&
      call.t < t &&
      !(Number(at(call.payload, 'transactionId')) > 0) &&
      isTagOf(order, text(at(call.payload, 'idTag'))),
  );
  const fitting = calls.find((call) => Number(at(call.payload, 'meterStop')) >= Number(at(payload, 'meterStart')));
  const call = fitting ?? calls[0];
  return call && { call, fits: call === fitting };
}

/**
 * Checks whether a stop without the order's tag has the tag of another order, or a card that has begun a transaction: it
 * then ends that one, and its number is wrong. Only a card that has begun nothing may stop the session of an order.
 */
function isOfAnother(record: RunRecord, stop: Call): boolean {
  const isOfOrder = record.orders.some((order) => isTagOf(order, text(at(stop.payload, 'idTag'))));
  return isOfOrder || begunBefore(record, stop).length > 0;
}

/** Returns the numbers of the transactions that the tag of a stop has begun at its charger before. */
export function begunBefore(record: RunRecord, stop: Call): readonly string[] {
  const tag = text(at(stop.payload, 'idTag'));
  const starts = record.fromChargers.filter(
    ({ action, charger, payload, t }) =>
      action === 'StartTransaction' && charger === stop.charger && t < stop.t && text(at(payload, 'idTag')) === tag,
  );
  return tag === '' ? [] : starts.map((call) => String(at(call.answer?.payload, 'transactionId')));
}

/**
 * Checks whether a stop whose tag decides (`endsByItsTag`) ended a refused session with that tag, before or after the
 * order's own, and not that one. The refused one must have been reported before the stop, and have begun before it was
 * written, at a register that is not above the stop's, and no earlier stop must have named its number. Its start may
 * look later if it was on another connector, energy flowed, and the order's began above the stop's register: it may be
 * stamped when it was sent. In addition, either the order's session must have shown a register more than `JITTER` above
 * the stop's, at its start or later; or the refused one must have begun on its connector and below the register of the
 * stop, because the order's had then ended.
 */
function endsRefused(
  record: RunRecord,
  order: ConfirmedOrder,
  { stop, start }: { readonly stop: Call; readonly start: Call },
): 'yes' | 'maybe' | 'no' {
  const meterStop = Number(at(stop.payload, 'meterStop'));
  const wasStopped = ({ answer, t: begunAt }: Call): boolean =>
    record.fromChargers.some(
      (call) =>
        call.action === 'StopTransaction' &&
        call.charger === stop.charger &&
        call.t > begunAt &&
        call.t < stop.t &&
        at(call.payload, 'transactionId') === at(answer?.payload, 'transactionId'),
    );
  const isLater = ({ t, payload }: Call): boolean =>
    text(at(payload, 'timestamp')) > text(at(start.payload, 'timestamp')) || t > start.t + CLEARLY_LATER_MS;
  const isAnother = (call: Call): boolean =>
    call.t > start.t ? isLater(call) : sessionOf(record, call) !== sessionOf(record, start);
  const couldBeRefused = ({ action, charger, payload, t }: Call): boolean =>
    action === 'StartTransaction' &&
    charger === stop.charger &&
    isTagOf(order, text(at(payload, 'idTag'))) &&
    t < stop.t &&
    Number(at(payload, 'meterStart')) <= meterStop &&
    (text(at(payload, 'timestamp')) <= text(at(stop.payload, 'timestamp')) || mayLookLater(payload));
  const mayLookLater = (payload: unknown): boolean =>
    at(payload, 'connectorId') !== at(start.payload, 'connectorId') &&
    Number(at(payload, 'meterStart')) < meterStop &&
    Number(at(start.payload, 'meterStart')) > meterStop + JITTER;
  const isNext = (call: Call): boolean =>
    at(call.payload, 'connectorId') === at(start.payload, 'connectorId') &&
    sessionOf(record, call) !== sessionOf(record, start) &&
    Number(at(call.payload, 'meterStart')) < meterStop;
  const isDuring = ({ t }: Call): boolean => t >= start.t && t < stop.t;
  const shown = record.fromChargers
    .filter((call) => call.action === 'MeterValues' && isDuring(call) && belongs(record, call, start))
    .map(registerIn);
  const isAbove = (wh: number): boolean => wh > meterStop + JITTER;
  const registers = [Number(at(start.payload, 'meterStart')), ...shown];
  const firstAbove = registers.findIndex(isAbove);
  const hasFallen = registers.slice(firstAbove + 1).some((wh) => wh <= meterStop + JITTER);
  const refused = record.fromChargers.filter((call) => couldBeRefused(call) && isAnother(call) && !wasStopped(call));
  if (!endsByItsTag(record, order, stop)) return 'no';
  if (refused.some(isNext)) return 'yes';
  if (firstAbove < 0 || refused.length === 0) return 'no';
  return hasFallen ? 'maybe' : 'yes';
}

/**
 * Checks whether a sample belongs to a start: by its transactionId, or by its connector while no other transaction has
 * started there.
 */
export function belongs(record: RunRecord, sample: Call, start: Call): boolean {
  if (sample.charger !== start.charger) return false;
  const number = Number(at(sample.payload, 'transactionId') ?? -1);
  if (number > 0) return number === Number(at(start.answer?.payload, 'transactionId'));
  if (at(sample.payload, 'connectorId') !== at(start.payload, 'connectorId')) return false;
  return !record.fromChargers.some(
    (call) =>
      call.action === 'StartTransaction' &&
      call.charger === start.charger &&
      at(call.payload, 'connectorId') === at(start.payload, 'connectorId') &&
      sessionOf(record, call) !== sessionOf(record, start) &&
      call.t > start.t &&
      call.t <= sample.t,
  );
}

/** Returns the energy register in a MeterValues message, Wh; NaN if there is none. */
export function registerIn(call: Call | undefined): number {
  const values = list(at(call?.payload, 'meterValue', 0, 'sampledValue'));
  return Number(
    at(
      values.find((one) => at(one, 'measurand') === 'Energy.Active.Import.Register'),
      'value',
    ),
  );
}
