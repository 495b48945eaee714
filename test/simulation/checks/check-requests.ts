/** Checks I21 to I23: what is sold can charge, numbers are read as they are written, and answers say what is true. */
import { grouped, isTagOf, type RunRecord } from './checker.js';
import { at, list, text } from '../runtime/json.js';
import { PHONES, providerOf, ALL_CONNECTORS } from '../node/network.js';
import type { Callback, Request } from './wire-reading.js';

/** A status that the bridge has received for this long is known to it, ms. */
const KNOWN_MS = 10_000;
/** How long an order may be awaited before a cancel is answered, ms; then it may still be running. */
const ANSWER_MS = 25_000;

export function checkRequests(record: RunRecord): void {
  checkNamedOrders(record);
  for (const request of record.requests) {
    const uri = text(at(request.json, 'context', 'bap_uri'));
    if (request.answer?.ack && new URL(uri).hostname !== request.from)
      record.report('I31', request.t, `${request.action} was acknowledged, and its answer would go to ${uri}`);
  }
  const requests = new Map(record.requests.map((one) => [one.messageId, one]));
  for (const callback of record.callbacks) {
    const request = requests.get(callback.messageId);
    if (!request) continue;
    checkSale(record, callback, request);
    checkNumbers(record, callback, request);
    checkSupport(record, callback, request);
  }
  for (const answers of grouped(record.callbacks, (one) => one.messageId).values()) {
    const request = requests.get(answers[0]!.messageId);
    if (request) checkStopAnswer(record, answers[0]!, request);
  }
}

/** I30: an order whose id was told may be asked for by it, also before it is confirmed. */
function checkNamedOrders(record: RunRecord): void {
  const known = new Map<string, number>();
  for (const one of record.callbacks) {
    const id = text(at(one.json, 'message', 'order', 'beckn:id'));
    if (id !== '' && !known.has(id)) known.set(id, one.t);
  }
  for (const request of record.requests) {
    const id = text(at(request.json, 'message', 'order', 'beckn:id'));
    const isAbout = /^(status|cancel)$/.test(request.action) && (known.get(id) ?? Infinity) < request.t;
    if (isAbout && request.answer?.status === 400)
      record.report('I30', request.t, `${request.action} of an order that was told as ${id} was refused`);
  }
}

function itemOf(json: unknown): (typeof ALL_CONNECTORS)[number] | undefined {
  const ids = list(at(json, 'message', 'order', 'items')).map((item) => text(at(item, 'id')));
  return ALL_CONNECTORS.find(({ itemId }) => ids.includes(itemId));
}

/** I21: no quote for a connector that is known to be out of order, nor at a charge point that was never accepted. */
function checkSale(record: RunRecord, callback: Callback, request: Request): void {
  if (!/^(select|init)$/.test(request.action) || at(callback.order, 'quote') === undefined) return;
  const connector = itemOf(request.json);
  if (!connector || JSON.stringify(request.json).includes('"stops"')) return;
  const { chargePointId, connectorId } = connector;
  const sent = record.fromChargers.filter((call) => call.charger === chargePointId && call.t < request.t);
  const boots = sent.filter((call) => call.action === 'BootNotification');
  if (boots.length > 0 && boots.every((call) => at(call.answer?.payload, 'status') !== 'Accepted'))
    record.report(
      'I21',
      callback.t,
      `${callback.action} of ${chargePointId}, which was never accepted`,
      callback.orderId,
    );
  const statuses = record.fromChargers.filter(
    (call) =>
      call.charger === chargePointId &&
      call.action === 'StatusNotification' &&
      at(call.payload, 'connectorId') === connectorId &&
      call.t <= callback.t,
  );
  const last = statuses.filter((call) => call.answer?.ok === true && call.answer.t < request.t - KNOWN_MS).at(-1);
  const status = text(at(last?.payload, 'status'));
  // Only a connected charger's last word counts, none that changed while the request was under way, and none after
  // which the store failed to take another: that one may have been saved all the same.
  const isSteady = last !== undefined && statuses.at(-1) === last;
  const isQuiet =
    last !== undefined && !record.deaths.some((death) => death > last.t) && !wentAway(record, chargePointId, last.t);
  if (isSteady && isQuiet && /^(Faulted|Unavailable)$/.test(status))
    record.report('I21', callback.t, `${callback.action} sells a connector that is ${status}`, callback.orderId);
}

function wentAway(record: RunRecord, charger: string, since: number): boolean {
  return record.sockets.some((one) => one.charger === charger && one.event !== 'open' && one.t > since);
}

/** I22: a number that is not written as the protocol writes it is never guessed. */
function checkNumbers(record: RunRecord, callback: Callback, request: Request): void {
  const amount = at(request.json, 'message', 'order', 'payments', 0, 'params', 'amount');
  if (typeof amount !== 'string' || /^\d+(\.\d+)?$/.test(amount)) return;
  if (callback.action === 'on_confirm' && callback.orderId !== '' && at(callback.json, 'error') === undefined)
    record.report('I22', callback.t, `a payment of "${amount}" was confirmed`, callback.orderId);
}

/** I23: support names the provider of the transaction's order. */
function checkSupport(record: RunRecord, callback: Callback, request: Request): void {
  if (callback.action !== 'on_support') return;
  const order = record.requests.find((one) => one.transactionId === request.transactionId && itemOf(one.json));
  const connector = order && itemOf(order.json);
  const phone = text(at(callback.json, 'message', 'support', 'phone'));
  if (connector && phone !== PHONES[providerOf(connector)])
    record.report('I23', callback.t, `support of ${providerOf(connector)} is reached at ${phone}`);
}

/** I23: a request to stop is answered when it is over, or after a bound. */
function checkStopAnswer(record: RunRecord, callback: Callback, request: Request): void {
  const asked =
    request.action === 'cancel' && text(at(request.json, 'message', 'descriptor', 'code')) === 'stop-charging';
  if (!asked || callback.action !== 'on_cancel' || record.skewed) return;
  const isRunning = text(at(callback.order, 'status')) === 'ACTIVE';
  const firstAsked = record.requests.find((one) => one.messageId === request.messageId)?.t ?? request.t;
  const others = record.requests.some(
    (one) =>
      one.messageId !== request.messageId && one.action === 'cancel' && one.transactionId === request.transactionId,
  );
  const answeredEarly = record.fromChargers.some(
    (call) =>
      call.action === 'StopTransaction' &&
      call.answer?.ok === true &&
      call.t > callback.t &&
      call.t < firstAsked + ANSWER_MS - 5000 &&
      record.orders.some((one) => one.id === callback.orderId && isTagOf(one, text(at(call.payload, 'idTag')))),
  );
  if (isRunning && !others && answeredEarly && callback.madeAt < firstAsked + ANSWER_MS - 5000)
    record.report('I23', callback.t, 'a request to stop was answered while the session was running', callback.orderId);
}
