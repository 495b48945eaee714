/**
 * Checks I1, I2, I5 to I7, I10, I14, F3, F15 and the unmatched transactions and stops of I17: what the bridge
 * guarantees on the sockets.
 */
import { type RunRecord, type ConfirmedOrder, grouped, isTagOf, overAt } from './checker.js';
import { at, text } from '../runtime/json.js';
import { WAITS } from '../node/settings.js';
import { begunBefore, registerIn } from './session-messages.js';
import type { Call } from './wire-reading.js';

const UNMATCHED_KINDS = ['duplicate-start', 'late-start', 'unmatched-transaction'];

/**
 * Returns the content of a start without its message id. The timestamp counts only if the register is zero, because a
 * repeat may have a new one.
 */
function contentOf(call: Call): string {
  const { charger, payload } = call;
  const tag = text(at(payload, 'idTag')).toUpperCase();
  const meterStart = at(payload, 'meterStart');
  const timestamp = meterStart === 0 ? text(at(payload, 'timestamp')) : '';
  return [charger, at(payload, 'connectorId'), tag, timestamp, meterStart].join('|');
}

/**
 * Returns the content of a start, without its timestamp if only one session really began with this content. At a zero
 * register the bridge cannot know that, and may take a repeat with a new timestamp for the same start or a new one.
 */
export function sessionOf(record: RunRecord, call: Call): string {
  const content = contentOf(call);
  return sessionsWith(record, content) === 1 ? withoutTime(content) : content;
}

/** Counts the sessions that really began with this content, whatever its timestamp. */
function sessionsWith(record: RunRecord, content: string): number {
  return record.flows.filter(
    ({ charger, connector, tag, meterStart }) =>
      [charger, connector, tag.toUpperCase(), '', meterStart].join('|') === withoutTime(content),
  ).length;
}

function withoutTime(content: string): string {
  return content.split('|').with(3, '').join('|');
}

function startsOf(record: RunRecord, order: ConfirmedOrder): Call[] {
  return record.fromChargers.filter(
    (call) => call.action === 'StartTransaction' && isTagOf(order, text(at(call.payload, 'idTag'))),
  );
}

export function acceptedStart(record: RunRecord, order: ConfirmedOrder): Call | undefined {
  return startsOf(record, order).find((call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted');
}

export function checkChargers(record: RunRecord): void {
  checkTransactionIds(record);
  checkRepeats(record);
  checkStops(record);
  checkSockets(record);
  for (const order of record.orders) checkSingleTransaction(record, order);
  checkRemoteStarts(record);
}

/**
 * I6, I7: each start has exactly one transactionId, a positive 32-bit integer that no other start of its charger gets.
 * I5: an answered start is stored. I1: an unknown tag is not accepted. I17: a start that is not accepted has a
 * discrepancy.
 */
function checkTransactionIds(record: RunRecord): void {
  const owner = new Map<string, Call>();
  const starts = record.fromChargers.filter((call) => call.action === 'StartTransaction' && call.answer?.ok);
  for (const [content, calls] of grouped(starts, contentOf)) {
    const given = new Set(calls.map((call) => Number(at(call.answer?.payload, 'transactionId'))));
    const first = calls[0]!;
    if (
      given.size > Math.max(1, sessionsWith(record, content)) &&
      !calls.some((call) => stoppedBefore(record, call, given))
    )
      record.report('I6', calls[1]!.t, `one start has the numbers ${[...given].join(', ')}: ${content}`);
    for (const number of given) {
      if (!Number.isInteger(number) || number < 1 || number > 2_147_483_647)
        record.report('I7', first.t, `transactionId ${number}`);
      const key = `${first.charger}/${number}`;
      const other = owner.get(key);
      if (other && sessionOf(record, other) !== sessionOf(record, first))
        record.report('I7', first.t, `number ${number} belonged to ${contentOf(other)} and now belongs to ${content}`);
      owner.set(key, first);
      if (!record.storedTransactions.has(key))
        record.report('I5', first.t, `start ${number} was answered and is not stored`);
      const accepted = calls.some((call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted');
      const tag = text(at(first.payload, 'idTag'));
      if (accepted && !record.orders.some((order) => isTagOf(order, tag)))
        record.report('I1', first.t, `the unknown tag ${tag} was accepted`);
      const discrepancy = record.discrepancies.some(
        (one) => UNMATCHED_KINDS.includes(one.kind) && mentions(one, String(number)),
      );
      if (!accepted && !discrepancy)
        record.report('I17', first.t, `transaction ${number} matches no order and has no discrepancy`);
    }
  }
}

/**
 * Checks whether a StopTransaction with one of these transaction ids came before this StartTransaction. If so, it may be
 * no repeat, but a new transaction that begins at the same meter value.
 */
function stoppedBefore(record: RunRecord, { charger, t }: Call, numbers: ReadonlySet<number>): boolean {
  return record.fromChargers.some(
    (call) =>
      call.action === 'StopTransaction' &&
      call.charger === charger &&
      call.t < t &&
      numbers.has(Number(at(call.payload, 'transactionId'))),
  );
}

function mentions(discrepancy: { readonly detail: string; readonly transaction: string }, number: string): boolean {
  return discrepancy.transaction === number || discrepancy.detail.split(/\D+/).includes(number);
}

/** I6: frames repeated to one process get the same answer, and no answer precedes its call. */
function checkRepeats(record: RunRecord): void {
  const money = record.fromChargers.filter((call) => /^(Start|Stop)Transaction$/.test(call.action) && call.answer?.ok);
  for (const calls of grouped(money, (call) => `${call.charger}|${call.processNumber}|${call.text}`).values()) {
    const answers = new Set(calls.map((call) => call.answer?.text));
    if (answers.size > 1) record.report('I6', calls[1]!.t, `one frame has two answers: ${[...answers].join(' / ')}`);
  }
  for (const call of money) {
    if (call.answer && call.answer.t < call.t) record.report('I6', call.t, 'the answer precedes the call');
  }
}

/**
 * I10, I17: an answered stop is stored with its transaction, or has a discrepancy. F15: a stop is not answered with a
 * CALLERROR other than InternalError.
 */
function checkStops(record: RunRecord): void {
  for (const call of record.fromChargers) {
    if (call.action === 'StopTransaction' && call.answer && !call.answer.ok) {
      if (!call.answer.text.includes('InternalError'))
        record.report('F15', call.t, `a StopTransaction was answered with an error: ${call.answer.text}`);
    }
    if (call.action !== 'StopTransaction' || !call.answer?.ok) continue;
    const number = String(at(call.payload, 'transactionId'));
    const order = record.orders.find((one) => isTagOf(one, text(at(call.payload, 'idTag'))));
    if (Number(number) > 0) {
      if (order && endsByItsTag(record, order, call)) continue;
      const begun = begunBefore(record, call);
      const ended = begun.length === 0 || begun.includes(number) ? [number] : begun;
      if (ended.some((one) => record.storedTransactions.get(`${call.charger}/${one}`))) continue;
      // The number may be wrong, and the stop may have ended another transaction of its card.
      const isNamed = record.discrepancies.some(
        (one) =>
          (one.kind === 'unmatched-stop' && one.transaction === number) ||
          (one.kind === 'transaction-contradiction' &&
            mentions(one, number) &&
            record.storedTransactions.get(`${call.charger}/${one.transaction}`)),
      );
      if (isNamed) continue;
      record.report('I10', call.t, `the end of transaction ${number} was answered and is not stored`);
      continue;
    }
    const discrepancy = record.discrepancies.some((one) => one.kind === 'unmatched-stop' && one.transaction === number);
    // It may have ended a transaction of its card that was refused.
    const isEnd = begunBefore(record, call).some((one) => record.storedTransactions.get(`${call.charger}/${one}`));
    if (!discrepancy && !isEnd && !(order && acceptedStart(record, order)))
      record.report('I17', call.t, `a stop without a transactionId (${number}) has no order and no discrepancy`);
  }
}

/**
 * Checks whether the tag decides about a stop: the order has an accepted start, and none of its starts before the stop
 * was given the stop's number.
 */
export function endsByItsTag(record: RunRecord, order: ConfirmedOrder, stop: Call): boolean {
  const number = String(at(stop.payload, 'transactionId'));
  const earlier = startsOf(record, order).filter(({ t }) => t < stop.t);
  const given = earlier.map((call) => String(at(call.answer?.payload, 'transactionId')));
  return !given.includes(number) && acceptedStart(record, order) !== undefined;
}

/** I14: the bridge sends nothing on a closed socket or on one that a newer socket has replaced. */
function checkSockets(record: RunRecord): void {
  const closed = new Map<string, number>();
  for (const { charger, socket, event, t } of record.sockets) {
    const key = `${charger}/${socket}`;
    if (event !== 'open' && !closed.has(key)) closed.set(key, t);
  }
  const newest = new Map<string, number>();
  for (const { charger, socket, way, t } of record.frames) {
    if (way !== 'down') continue;
    const end = closed.get(`${charger}/${socket}`);
    if (end !== undefined && t > end)
      record.report('I14', t, `${charger}: the bridge sent on socket ${socket} after closing it`);
    const before = newest.get(charger) ?? 0;
    if (socket < before)
      record.report('I14', t, `${charger}: the bridge sent on socket ${socket} after socket ${before} replaced it`);
    newest.set(charger, Math.max(before, socket));
  }
}

/** I1: an order has at most one transaction, and the first one does not begin after the end of the order. */
function checkSingleTransaction(record: RunRecord, order: ConfirmedOrder): void {
  const accepted = startsOf(record, order).filter(
    (call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted',
  );
  const transactions = new Set(
    accepted.map((call) => `${sessionOf(record, call)} ${String(at(call.answer?.payload, 'transactionId'))}`),
  );
  if (transactions.size > 1)
    record.report('I1', accepted.at(-1)!.t, `${transactions.size} transactions were accepted`, order.id);
  const late = accepted.find((call) => call.t > overAt(order));
  if (late && accepted[0] === late) record.report('I1', late.t, 'a start was accepted after the end', order.id);
}

/** Checks whether a rejected start is repeated without its charging profile, the possible reason for the rejection. */
function dropsProfile(refused: Call, again: Call): boolean {
  const hasProfile = (call: Call): boolean => at(call.payload, 'chargingProfile') !== undefined;
  return text(at(refused.answer?.payload, 'status')) === 'Rejected' && hasProfile(refused) && !hasProfile(again);
}

/**
 * I2: a RemoteStart is sent only for the order that holds the connector, with its own tag, while the order waits for a
 * start. F3: it is not repeated before the charger could have reported the start.
 */
function checkRemoteStarts(record: RunRecord): void {
  const byTag = new Map(record.orders.map((order) => [order.tag, order]));
  const all = record.toChargers.filter((call) => call.action === 'RemoteStartTransaction');
  const last = new Map<string, Call>();
  for (const call of all) {
    const order = byTag.get(text(at(call.payload, 'idTag')));
    if (!order || order.charger !== call.charger) {
      record.report('I2', call.t, `RemoteStart with a tag that no order of ${call.charger} has`, order?.id);
      continue;
    }
    if (call.t > overAt(order)) record.report('I2', call.t, 'RemoteStart after the end of its order', order.id);
    const started = acceptedStart(record, order)?.answer?.t ?? Infinity;
    if (call.t > started) record.report('I2', call.t, 'RemoteStart after its transaction began', order.id);
    const before = last.get(order.id);
    if (before && call.t - givenUpAt(record, before) < 5000 && !dropsProfile(before, call))
      record.report('F3', call.t, 'RemoteStart was repeated before the charger could report the start', order.id);
    last.set(order.id, call);
    const connector = at(call.payload, 'connectorId');
    for (const other of record.orders) {
      if (other !== order && other.charger === call.charger && occupies(record, other, connector, call.t, all))
        record.report('I2', call.t, `RemoteStart while order ${other.id} holds the connector`, order.id);
    }
  }
}

/**
 * Returns when a command was settled: by its answer, its timeout, the end of its socket, or the death of the process.
 */
function givenUpAt(record: RunRecord, { t, answer, charger, socket }: Call): number {
  const closed = record.sockets.find((one) => one.charger === charger && one.socket === socket && one.event !== 'open');
  const died = record.deaths.find((death) => death >= t);
  return Math.min(answer?.t ?? Infinity, closed?.t ?? Infinity, died ?? Infinity, t + WAITS.callTimeoutS * 1000);
}

function occupies(
  record: RunRecord,
  other: ConfirmedOrder,
  connector: unknown,
  t: number,
  starts: readonly Call[],
): boolean {
  if (t >= overAt(other)) return false;
  const start = acceptedStart(record, other);
  if (!start || start.t > t) {
    const wanted = starts.find((one) => text(at(one.payload, 'idTag')) === other.tag && one.t < t);
    return wanted !== undefined && at(wanted.payload, 'connectorId') === connector;
  }
  if (at(start.payload, 'connectorId') !== connector) return false;
  const since = record.fromChargers.filter(
    ({ charger, t: heardAt }) => charger === other.charger && heardAt >= start.t && heardAt <= t,
  );
  // If the stop is lost and the connector says nothing more, only its silence shows the end.
  const heardAt = since.findLast((call) => isAbout(call) && !isIdleReading(call))?.t ?? start.t;
  return t - heardAt < WAITS.proveAliveS * 1000 && !since.some((call) => call.t > start.t && mayFree(call));

  /** Checks whether the message tells something about the transaction or its connector. */
  function isAbout({ payload }: Call): boolean {
    const transaction = at(start?.answer?.payload, 'transactionId');
    return at(payload, 'connectorId') === connector || at(payload, 'transactionId') === transaction;
  }

  /** Checks for a clock-aligned reading that names no transaction and shows no more energy than one before it. */
  function isIdleReading(reading: Call): boolean {
    if (reading.action !== 'MeterValues' || at(reading.payload, 'transactionId') !== undefined) return false;
    const earlier = since.filter((call) => call.action === 'MeterValues' && call.t < reading.t);
    return earlier.some(
      (call) => at(call.payload, 'connectorId') === connector && registerIn(call) >= registerIn(reading),
    );
  }

  /** Checks whether the transaction may have ended with this message. */
  function mayFree(call: Call): boolean {
    if (call.action === 'BootNotification') return true;
    if (call.action === 'StopTransaction') return isTagOf(other, text(at(call.payload, 'idTag')));
    if (at(call.payload, 'connectorId') !== connector) return false;
    if (call.action === 'StartTransaction') return sessionOf(record, call) !== sessionOf(record, start!);
    return (
      call.action === 'StatusNotification' && /Available|Preparing|Finishing/.test(text(at(call.payload, 'status')))
    );
  }
}
