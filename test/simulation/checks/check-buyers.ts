/** Checks I3, I4, I11 to I13, I33 and liveness: what the bridge guarantees to buyer apps. */
import { type RunRecord, type ConfirmedOrder, grouped, overAt } from './checker.js';
import { PREPAID_APP } from '../node/settings.js';
import { type Callback, isMadeAfter, type Request } from './wire-reading.js';

export function checkBuyers(record: RunRecord): void {
  checkAcknowledgements(record);
  checkPrivacy(record);
  for (const order of record.orders) {
    checkFinalStatus(record, order);
    checkOrdering(record, order);
    checkEnergyRises(record, order);
  }
}

/**
 * I4: an acknowledged request gets a callback or leaves a discrepancy, a refused one gets none, and a message id stands
 * for one content. Each callback has the action that answers its request. I33: its context is that of the dialect of
 * its transaction.
 */
function checkAcknowledgements(record: RunRecord): void {
  const requests = grouped(record.requests, (one) => `${one.from}|${one.action}|${one.messageId}`);
  const callbacks = grouped(record.callbacks, (one) => one.messageId);
  for (const copies of requests.values()) {
    const first = copies[0]!;
    const acked = copies.filter((one) => one.answer?.ack);
    const answers = callbacks.get(first.messageId) ?? [];
    if (new Set(acked.map((one) => one.body)).size > 1)
      record.report('I4', acked.at(-1)!.t, `two contents of ${first.action} ${first.messageId} were acknowledged`);
    // A request that failed in the store may still have been saved.
    const open = copies.some((one) => one.answer === undefined || one.answer.status >= 500);
    if (acked.length === 0) {
      if (!open && answers.length > 0)
        record.report('I4', answers[0]!.t, `${first.action} ${first.messageId} was refused and answered`);
      continue;
    }
    if (answers.some((one) => one.delivery?.ack) || hasCallbackDiscrepancy(record, acked[0]!)) continue;
    record.report(
      'I4',
      acked[0]!.t,
      `${first.action} ${first.messageId} was acknowledged, but its answer never arrived`,
    );
  }
  const asked = new Map(record.requests.map((one) => [one.messageId, one]));
  for (const answer of record.callbacks) {
    const request = asked.get(answer.messageId);
    const expected = request ? answerTo(request.action) : answer.final ? answer.action : 'on_status';
    if (answer.action !== expected)
      record.report('I4', answer.t, `${request?.action ?? 'no request'} was answered with ${answer.action}`);
    if (!answer.isInDialect)
      record.report('I33', answer.t, `${answer.action} is not one of ${answer.dialect.name}`, answer.orderId);
  }
}

/** Returns the action of the callback to a request. The meta API does not use `on_`. */
const answerTo = (action: string): string => action.replace(/^(?!get_)/, 'on_').replace(/^get_/, '');

/** Checks whether a discrepancy reports that the callback to this request could not be delivered. */
function hasCallbackDiscrepancy(record: RunRecord, request: Request): boolean {
  const orders = record.ordersOf.get(request.transactionId) ?? [];
  const about = request.intent.orderId;
  // An unconfirmed draft is deleted after a day, and the transaction may get another one. Its discrepancies remain.
  const stored = new Set([...record.ordersOf.values()].flat());
  return record.discrepancies.some(
    (discrepancy) =>
      discrepancy.kind.startsWith('callback-') &&
      discrepancy.detail.startsWith(`${answerTo(request.action)} `) &&
      (discrepancy.detail.includes(request.messageId) ||
        orders.includes(discrepancy.order) ||
        (discrepancy.order !== '' && !stored.has(discrepancy.order)) ||
        (about !== '' && discrepancy.order === about)),
  );
}

/**
 * I12: each buyer app receives only callbacks about its own transactions and orders. No request under another name, or
 * about another buyer app's order, is acknowledged.
 */
function checkPrivacy(record: RunRecord): void {
  const transactions = grouped(record.requests, (one) => one.transactionId);
  const owners = new Map(record.orders.map((order) => [order.id, order.buyer]));
  for (const one of record.callbacks) {
    const to = new URL(one.url).hostname;
    const own = transactions.get(one.transactionId)?.some((request) => request.from === to);
    if (!own || one.bapId !== to)
      record.report('I12', one.t, `${to} received a callback about the transaction of another buyer app`, one.orderId);
    const owner = owners.get(one.orderId);
    if (owner !== undefined && owner !== to)
      record.report('I12', one.t, `${to} received a callback about the order of another buyer app`, one.orderId);
  }
  for (const request of record.requests) {
    if (!request.answer?.ack) continue;
    const { bapId, intent } = request;
    if (bapId !== request.from) record.report('I12', request.t, `${request.from} was accepted as ${bapId}`);
    const about = intent.orderId;
    const owner = owners.get(about);
    if (owner !== undefined && owner !== request.from)
      record.report('I12', request.t, `${request.action} of another buyer app's order was acknowledged`, about);
  }
}

/**
 * I3: an order has one final status, sent under one message id in the terminal callback of its dialect, and no later
 * callback contradicts it. Liveness: the order ends, and its final status arrives.
 */
function checkFinalStatus(record: RunRecord, order: ConfirmedOrder): void {
  const { finals } = order;
  const last = record.frames.at(-1)?.t ?? 0;
  if (!['completed', 'cancelled', 'failed'].includes(order.state))
    record.report('liveness', last, `the order is still ${order.state}`, order.id);
  if (finals.length === 0) {
    record.report('liveness', last, 'its final status was never sent', order.id);
    return;
  }
  // If the bridge collected the payment, a status with the refund follows.
  const said = finals
    .filter((one) => !isRefundTakenBack(record, one))
    .map((one) => (order.buyer === PREPAID_APP ? billIn(one) : one.body));
  const messages = new Set(finals.map((one) => one.messageId)).size;
  if ((messages > 1 && order.buyer !== PREPAID_APP) || new Set(said).size > 1)
    record.report('I3', finals.at(-1)!.t, 'its final status was sent with two contents', order.id);
  if (!finals.some((one) => one.delivery?.ack && one.delivery.to === order.buyer))
    record.report('liveness', finals.at(-1)!.t, 'its final status never arrived', order.id);
  const end = finals[0]!;
  const action = end.dialect.terminalAction(order);
  if (end.action !== action)
    record.report('I3', end.t, `its end was stated in ${end.action}, not in ${action}`, order.id);
  for (const one of record.callbacks) {
    if (one.orderId !== order.id || one.madeAt <= end.madeAt || one === end || !one.order) continue;
    if (isRefundTakenBack(record, one)) continue;
    // It was sent before the end, and perhaps also made before it.
    if (one.t < end.t && !isMadeAfter(one, end)) continue;
    const same = one.final && one.order.status === end.order?.status && one.order.total === end.order.total;
    if (!same) record.report('I3', one.t, `${one.action} after the end contradicts the final status`, order.id);
  }
}

/** Checks whether a status without price lines states no refund because the payment has been taken back. */
function isRefundTakenBack({ money }: RunRecord, { order, orderId, t }: Callback): boolean {
  const last = money.filter((one) => one.order === orderId && one.t <= t).at(-1);
  const wasPaid = money.some((one) => one.order === orderId && one.paid > 0);
  return order !== undefined && !order.lines && order.refund === 0 && wasPaid && last?.paid === 0;
}

const billIn = ({ order }: Callback): string => JSON.stringify([order?.status, order?.total, order?.lines]);

/**
 * I13: callbacks about an order arrive in the sequence of its events. The answers to `status` and `track` are exempt,
 * because they are rendered when sent.
 */
function checkOrdering(record: RunRecord, order: ConfirmedOrder): void {
  const questions = new Set(
    record.requests.filter((one) => /^(status|track)$/.test(one.action)).map((one) => one.messageId),
  );
  const arrived = new Map<string, Callback>();
  for (const one of record.callbacks) {
    const about = one.orderId === order.id && !questions.has(one.messageId);
    if (about && one.delivery?.ack && !arrived.has(one.messageId)) arrived.set(one.messageId, one);
  }
  const sorted = [...arrived.values()].sort((a, b) => a.delivery!.t - b.delivery!.t);
  for (const [index, one] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && isMadeAfter(before, one))
      record.report('I13', one.delivery!.t, `${one.action} arrived after a newer callback`, order.id);
  }
}

/**
 * I11: the delivered energy never falls. The final status may correct it slightly; a larger correction needs a
 * discrepancy.
 */
function checkEnergyRises(record: RunRecord, order: ConfirmedOrder): void {
  const about = record.callbacks
    .filter((one) => one.orderId === order.id && one.order?.deliveredWh !== undefined)
    .sort((a, b) => a.madeAt - b.madeAt);
  const corrected = record.discrepancies.some(
    (discrepancy) => discrepancy.order === order.id && discrepancy.kind.startsWith('meter-'),
  );
  for (const [index, one] of about.entries()) {
    const earlier = about.slice(0, index).filter((other) => other.madeAt <= one.madeNotBefore);
    const most = Math.max(0, ...earlier.map(({ order: stated }) => stated?.deliveredWh ?? 0));
    const energy = one.order?.deliveredWh ?? 0;
    const slack = one.madeAt >= overAt(order) ? Math.max(100, most / 100) : 0;
    if (energy + slack < most && !(corrected && one.final))
      record.report('I11', one.t, `${most} Wh fell to ${energy} Wh`, order.id);
  }
}
