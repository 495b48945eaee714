/** I3, I4, I12, I13 and liveness: what is promised to buyer apps. */
import { type Case, type Confirmed, grouped, overAt } from './checker.js';
import { at, hundredths, isDict, tags, text } from './json.js';
import type { Callback, Request } from './wire-reading.js';

export function checkBuyers(found: Case): void {
  acknowledgements(found);
  privacy(found);
  for (const order of found.orders) {
    theEnd(found, order);
    inOrder(found, order);
    forward(found, order);
  }
}

/** I4: an ACK is a promise, a NACK is nothing at all; one message id carries one message. */
function acknowledgements(found: Case): void {
  const said = grouped(found.requests, (one) => `${one.from}|${one.action}|${one.messageId}`);
  const callbacks = grouped(found.callbacks, (one) => one.messageId);
  for (const copies of said.values()) {
    const first = copies[0]!;
    const acked = copies.filter((one) => one.answer?.ack);
    const answers = callbacks.get(first.messageId) ?? [];
    if (new Set(acked.map((one) => one.body)).size > 1)
      found.complain('I4', acked.at(-1)!.t, `two contents of ${first.action} ${first.messageId} were acknowledged`);
    const open = copies.some((one) => one.answer === undefined);
    if (acked.length === 0) {
      if (!open && answers.length > 0)
        found.complain('I4', answers[0]!.t, `${first.action} ${first.messageId} was refused and answered all the same`);
      continue;
    }
    if (answers.some((one) => one.delivery?.ack) || excused(found, acked[0]!)) continue;
    found.complain('I4', acked[0]!.t, `${first.action} ${first.messageId} was acknowledged, its answer never arrived`);
  }
  for (const answer of found.callbacks) {
    if (!/^on_/.test(answer.action)) found.complain('I4', answer.t, `a callback ${answer.action}`);
    const unasked = !found.requests.some((one) => one.messageId === answer.messageId);
    if (unasked && answer.action !== 'on_status') found.complain('I4', answer.t, `an unasked ${answer.action}`);
  }
}

/** A discrepancy says that this answer could not be delivered. */
function excused(found: Case, request: Request): boolean {
  const orders = found.ordersOf.get(request.transactionId) ?? [];
  const about = text(at(request.json, 'message', 'order_id')) || text(at(request.json, 'message', 'order', 'id'));
  return found.discrepancies.some(
    (one) =>
      one.kind.startsWith('callback-') &&
      one.detail.startsWith(`on_${request.action} `) &&
      (one.detail.includes(request.messageId) || orders.includes(one.order) || (about !== '' && one.order === about)),
  );
}

/** I12: to each its own, and nothing for who lies. */
function privacy(found: Case): void {
  const transactions = grouped(found.requests, (one) => one.transactionId);
  const owners = new Map(found.orders.map((order) => [order.id, order.buyer]));
  for (const one of found.callbacks) {
    const to = new URL(one.url).hostname;
    const mine = transactions.get(one.transactionId)?.some((request) => request.from === to);
    if (!mine || at(one.json, 'context', 'bap_id') !== to)
      found.complain('I12', one.t, `${to} is notified of a transaction that is not its own`, one.orderId);
    const owner = owners.get(one.orderId);
    if (owner !== undefined && owner !== to)
      found.complain('I12', one.t, `${to} is notified of another's order`, one.orderId);
  }
  for (const request of found.requests) {
    if (!request.answer?.ack) continue;
    const claimed = text(at(request.json, 'context', 'bap_id'));
    if (claimed !== request.from) found.complain('I12', request.t, `${request.from} passed for ${claimed}`);
    const about = text(at(request.json, 'message', 'order_id')) || text(at(request.json, 'message', 'order', 'id'));
    const owner = owners.get(about);
    if (owner !== undefined && owner !== request.from)
      found.complain('I12', request.t, `${request.action} of another's order was acknowledged`, about);
  }
}

/** I3 and liveness: one end, notified in one message, and it arrives. */
function theEnd(found: Case, order: Confirmed): void {
  const { finals } = order;
  const last = found.frames.at(-1)?.t ?? 0;
  if (!['completed', 'cancelled', 'failed'].includes(order.state))
    found.complain('liveness', last, `the order is still ${order.state}`, order.id);
  if (finals.length === 0) {
    found.complain('liveness', last, 'its end was never notified', order.id);
    return;
  }
  if (new Set(finals.map((one) => one.messageId)).size > 1 || new Set(finals.map((one) => one.body)).size > 1)
    found.complain('I3', finals.at(-1)!.t, 'its end was notified in two ways', order.id);
  if (!finals.some((one) => one.delivery?.ack && one.delivery.to === order.buyer))
    found.complain('liveness', finals.at(-1)!.t, 'its end never arrived', order.id);
  const end = finals[0]!;
  for (const one of found.callbacks) {
    if (one.orderId !== order.id || one.madeAt <= end.madeAt || one === end || !isDict(one.order)) continue;
    const same =
      one.final &&
      at(one.order, 'status') === at(end.order, 'status') &&
      at(one.order, 'quote', 'price', 'value') === at(end.order, 'quote', 'price', 'value');
    if (!same) found.complain('I3', one.t, `after the end ${one.action} tells something else`, order.id);
  }
}

/** I13: news of an order arrive in the order in which they happened. Answers to questions are made when they are sent. */
function inOrder(found: Case, order: Confirmed): void {
  const questions = new Set(
    found.requests.filter((one) => /^(status|track)$/.test(one.action)).map((one) => one.messageId),
  );
  const arrived = new Map<string, Callback>();
  for (const one of found.callbacks) {
    const about = one.orderId === order.id && !questions.has(one.messageId);
    if (about && one.delivery?.ack && !arrived.has(one.messageId)) arrived.set(one.messageId, one);
  }
  const sorted = [...arrived.values()].sort((a, b) => a.delivery!.t - b.delivery!.t);
  for (const [index, one] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && before.madeAt > one.madeAt)
      found.complain('I13', one.delivery!.t, `${one.action} arrived after newer news`, order.id);
  }
}

/** I11: what was delivered does not become less; the very end may correct by a little, or has a discrepancy. */
function forward(found: Case, order: Confirmed): void {
  const about = found.callbacks
    .filter((one) => one.orderId === order.id && energyOf(one.order) !== undefined)
    .sort((a, b) => a.madeAt - b.madeAt);
  const corrected = found.discrepancies.some((one) => one.order === order.id && one.kind.startsWith('meter-'));
  let most = 0;
  for (const one of about) {
    const energy = energyOf(one.order) ?? 0;
    const slack = one.madeAt >= overAt(order) ? Math.max(100, most / 100) : 0;
    if (energy + slack < most && !(corrected && one.final))
      found.complain('I11', one.t, `${most} Wh became ${energy} Wh`, order.id);
    most = Math.max(most, energy);
  }
}

/** Wh, as the session's details say it. */
export function energyOf(order: unknown): number | undefined {
  const said = tags(order, 'charging-session-details').get('energy_delivered');
  const kwh = /^\d+(?:\.\d+)?/.exec(said ?? '')?.[0];
  return kwh === undefined ? undefined : Math.round(Number(kwh) * 1000);
}

export { hundredths };
