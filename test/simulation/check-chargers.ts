/** I1, I2, I5–I7, I10, I14 and the unmatched transactions of I17: what is promised on the sockets. */
import { type Case, type Confirmed, grouped, overAt } from './checker.js';
import { at, text } from './json.js';
import { WAITS } from './settings.js';
import type { Call } from './wire-reading.js';

const TAKEN = ['duplicate-start', 'late-start', 'unmatched-transaction'];

/** The content of a start, whatever its message id. */
export function contentOf(call: Call): string {
  const { charger, payload } = call;
  const tag = text(at(payload, 'idTag')).toUpperCase();
  return [charger, at(payload, 'connectorId'), tag, text(at(payload, 'timestamp')), at(payload, 'meterStart')].join(
    '|',
  );
}

export function startsOf(found: Case, order: Confirmed): Call[] {
  return found.fromChargers.filter(
    (call) => call.action === 'StartTransaction' && text(at(call.payload, 'idTag')) === order.tag,
  );
}

export function acceptedStart(found: Case, order: Confirmed): Call | undefined {
  return startsOf(found, order).find((call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted');
}

export function checkChargers(found: Case): void {
  numbers(found);
  repeats(found);
  ends(found);
  sockets(found);
  for (const order of found.orders) oneTransaction(found, order);
  remoteStarts(found);
}

/** I6, I7: one number per content, one content per number, for ever. I5, I17: what was answered is kept, and known. */
function numbers(found: Case): void {
  const owner = new Map<string, string>();
  const tags = new Set(found.orders.map((order) => order.tag));
  const starts = found.fromChargers.filter((call) => call.action === 'StartTransaction' && call.answer?.ok);
  for (const [content, calls] of grouped(starts, contentOf)) {
    const given = new Set(calls.map((call) => Number(at(call.answer?.payload, 'transactionId'))));
    const first = calls[0]!;
    if (given.size > 1) found.complain('I6', calls[1]!.t, `one start, numbers ${[...given].join(', ')}: ${content}`);
    for (const number of given) {
      if (!Number.isInteger(number) || number < 1 || number > 2_147_483_647)
        found.complain('I7', first.t, `transactionId ${number}`);
      const key = `${first.charger}/${number}`;
      const other = owner.get(key);
      if (other !== undefined) found.complain('I7', first.t, `number ${number} was ${other}, now it is ${content}`);
      owner.set(key, content);
      if (!found.kept.has(key)) found.complain('I5', first.t, `start ${number} was answered and is not kept`);
      const accepted = calls.some((call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted');
      const tag = text(at(first.payload, 'idTag'));
      if (accepted && !tags.has(tag)) found.complain('I1', first.t, `a stranger's tag ${tag} was accepted`);
      const listed = found.discrepancies.some((one) => TAKEN.includes(one.kind) && mentions(one, String(number)));
      if (!accepted && !listed)
        found.complain('I17', first.t, `transaction ${number} fits no order and has no discrepancy`);
    }
  }
}

function mentions(discrepancy: { readonly detail: string; readonly transaction: string }, number: string): boolean {
  return discrepancy.transaction === number || discrepancy.detail.split(/\D+/).includes(number);
}

/** I6: the same frame gets the same answer. */
function repeats(found: Case): void {
  const money = found.fromChargers.filter((call) => /^(Start|Stop)Transaction$/.test(call.action) && call.answer?.ok);
  for (const calls of grouped(money, (call) => `${call.charger}|${call.life}|${call.text}`).values()) {
    const answers = new Set(calls.map((call) => call.answer?.text));
    if (answers.size > 1) found.complain('I6', calls[1]!.t, `one frame, two answers: ${[...answers].join(' / ')}`);
  }
  for (const call of money) {
    if (call.answer && call.answer.t < call.t) found.complain('I6', call.t, 'answered before it was asked');
  }
}

/** I5, I10, I17: an end that was answered is stored with its transaction, or has a discrepancy. */
function ends(found: Case): void {
  for (const call of found.fromChargers) {
    if (call.action === 'StopTransaction' && call.answer && !call.answer.ok) {
      if (!call.answer.text.includes('InternalError'))
        found.complain('F15', call.t, `a StopTransaction was refused: ${call.answer.text}`);
    }
    if (call.action !== 'StopTransaction' || !call.answer?.ok) continue;
    const number = String(at(call.payload, 'transactionId'));
    if (Number(number) > 0) {
      if (found.kept.get(`${call.charger}/${number}`)) continue;
      if (found.discrepancies.some((one) => one.kind === 'unmatched-stop' && one.transaction === number)) continue;
      found.complain('I10', call.t, `the end of transaction ${number} was answered and is not kept`);
      continue;
    }
    const order = found.orders.find((one) => one.tag === text(at(call.payload, 'idTag')));
    const listed = found.discrepancies.some((one) => one.kind === 'unmatched-stop' && one.transaction === number);
    if (!listed && !(order && acceptedStart(found, order)))
      found.complain('I17', call.t, `a stop without a number (${number}) has no order and no discrepancy`);
  }
}

/** I14: a socket that was given up says nothing more, and a newer one ends the older. */
function sockets(found: Case): void {
  const closed = new Map<string, number>();
  for (const { charger, socket, what, t } of found.sockets) {
    const key = `${charger}/${socket}`;
    if (what !== 'open' && !closed.has(key)) closed.set(key, t);
  }
  const newest = new Map<string, number>();
  for (const { charger, socket, way, t } of found.frames) {
    if (way !== 'down') continue;
    const end = closed.get(`${charger}/${socket}`);
    if (end !== undefined && t > end)
      found.complain('I14', t, `${charger}: socket ${socket} spoke after it was closed`);
    const before = newest.get(charger) ?? 0;
    if (socket < before) found.complain('I14', t, `${charger}: socket ${socket} spoke after socket ${before}`);
    newest.set(charger, Math.max(before, socket));
  }
}

/** I1: one transaction an order. */
function oneTransaction(found: Case, order: Confirmed): void {
  const accepted = startsOf(found, order).filter(
    (call) => text(at(call.answer?.payload, 'idTagInfo', 'status')) === 'Accepted',
  );
  const contents = new Set(accepted.map(contentOf));
  if (contents.size > 1)
    found.complain('I1', accepted.at(-1)!.t, `${contents.size} transactions were accepted`, order.id);
  const late = accepted.find((call) => call.t > overAt(order));
  if (late && accepted[0] === late) found.complain('I1', late.t, 'a start was accepted after the end', order.id);
}

/** One that was refused may have been refused for its power plan. */
function withoutItsPlan(refused: Call, again: Call): boolean {
  const planned = (call: Call): boolean => at(call.payload, 'chargingProfile') !== undefined;
  return text(at(refused.answer?.payload, 'status')) === 'Rejected' && planned(refused) && !planned(again);
}

/** I2: a RemoteStart goes out only for the order that has the connector, with its own tag, while it wants one. */
function remoteStarts(found: Case): void {
  const byTag = new Map(found.orders.map((order) => [order.tag, order]));
  const all = found.toChargers.filter((call) => call.action === 'RemoteStartTransaction');
  const last = new Map<string, Call>();
  for (const call of all) {
    const order = byTag.get(text(at(call.payload, 'idTag')));
    if (!order || order.charger !== call.charger) {
      found.complain('I2', call.t, `RemoteStart with a tag that no order of ${call.charger} has`, order?.id);
      continue;
    }
    if (call.t > overAt(order)) found.complain('I2', call.t, 'RemoteStart after the end of its order', order.id);
    const started = acceptedStart(found, order)?.answer?.t ?? Infinity;
    if (call.t > started) found.complain('I2', call.t, 'RemoteStart after its transaction began', order.id);
    const before = last.get(order.id);
    if (before && call.t - givenUpAt(found, before) < 5000 && !withoutItsPlan(before, call))
      found.complain('F3', call.t, 'RemoteStart again before its start could be reported', order.id);
    last.set(order.id, call);
    const connector = at(call.payload, 'connectorId');
    for (const other of found.orders) {
      if (other !== order && other.charger === call.charger && holds(found, other, connector, call.t, all))
        found.complain('I2', call.t, `RemoteStart while order ${other.id} has the connector`, order.id);
    }
  }
}

/** From when on nobody could tell what became of a command: its answer, its time limit, or the end of its socket. */
function givenUpAt(found: Case, { t, answer, charger, socket }: Call): number {
  const closed = found.sockets.find((one) => one.charger === charger && one.socket === socket && one.what !== 'open');
  const died = found.deaths.find((death) => death >= t);
  return Math.min(answer?.t ?? Infinity, closed?.t ?? Infinity, died ?? Infinity, t + WAITS.callTimeoutS * 1000);
}

function holds(found: Case, other: Confirmed, connector: unknown, t: number, starts: readonly Call[]): boolean {
  if (t >= overAt(other)) return false;
  const start = acceptedStart(found, other);
  if (!start || start.t > t) {
    const wanted = starts.find((one) => text(at(one.payload, 'idTag')) === other.tag && one.t < t);
    return wanted !== undefined && at(wanted.payload, 'connectorId') === connector;
  }
  if (at(start.payload, 'connectorId') !== connector) return false;
  return !found.fromChargers.some(
    (call) => call.charger === other.charger && call.t > start.t && call.t <= t && frees(call),
  );

  /** Whatever lets one doubt that the transaction still runs. */
  function frees(call: Call): boolean {
    if (call.action === 'BootNotification') return true;
    if (call.action === 'StopTransaction') return text(at(call.payload, 'idTag')) === other.tag;
    if (at(call.payload, 'connectorId') !== connector) return false;
    if (call.action === 'StartTransaction') return contentOf(call) !== contentOf(start!);
    return call.action === 'StatusNotification' && /Available|Preparing/.test(text(at(call.payload, 'status')));
  }
}
