/**
 * Checks I21 to I23, I30 and I31: what is sold can charge, numbers are never guessed, answers are true and come in
 * time, an order is known once it is stated, and answers go to the sender's own address.
 */
import { grouped, isTagOf, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import { PHONES, providerOf, ALL_CONNECTORS } from '../node/network.js';
import type { Callback, Request } from './wire-reading.js';

/** After this time the bridge must act on a status that it has received, ms. */
const KNOWN_MS = 10_000;
/**
 * How long the bridge may wait for the end of an order before it answers a request to stop, ms. The order may then
 * still be running.
 */
const ANSWER_MS = 25_000;

export function checkRequests(record: RunRecord): void {
  checkNamedOrders(record);
  for (const request of record.requests) {
    const { bapUri } = request;
    if (request.answer?.ack && new URL(bapUri).hostname !== request.from)
      record.report('I31', request.t, `${request.action} was acknowledged, and its answer would go to ${bapUri}`);
  }
  const requests = answeredRequests(record);
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

/**
 * Returns, by message id, the first request that was acknowledged, because what the bridge knew then decided its
 * answer; if none was, the last one.
 */
function answeredRequests({ requests }: RunRecord): ReadonlyMap<string, Request> {
  const byId = new Map<string, Request>();
  for (const one of requests) if (!byId.get(one.messageId)?.answer?.ack) byId.set(one.messageId, one);
  return byId;
}

/**
 * I30: once a callback has stated an order's id, its buyer app may use it in `status` and `cancel`, even before the
 * order is confirmed.
 */
function checkNamedOrders(record: RunRecord): void {
  const known = new Map<string, Callback>();
  // A repeated message id with other content is refused, also while the first request is being saved.
  const acked = new Set(record.requests.filter(({ answer }) => answer?.ack).map(({ messageId }) => messageId));
  for (const one of record.callbacks) if (one.orderId !== '' && !known.has(one.orderId)) known.set(one.orderId, one);
  for (const request of record.requests) {
    const { step, orderId } = request.intent;
    const first = known.get(orderId);
    const isReused = record.requests.some((one) => one.messageId === request.messageId && one.body !== request.body);
    const isKnown = acked.has(request.messageId) || isReused;
    const isOwn = first?.bapId === request.from && request.bapId === request.from && !isKnown;
    if (isOwn && first.t < request.t && /^(?:status|cancel)$/.test(step) && request.answer?.status === 400)
      record.report('I30', request.t, `${step} of an order that was stated as ${orderId} was refused`);
  }
}

const connectorOf = ({ intent }: Request): (typeof ALL_CONNECTORS)[number] | undefined =>
  ALL_CONNECTORS.find(({ itemId }) => itemId === intent.itemId);

/**
 * I21: there is no quote, except for a booked time, for a connector known to be out of order or at a charge point that
 * was never accepted.
 */
function checkSale(record: RunRecord, callback: Callback, request: Request): void {
  if (!/^(select|init)$/.test(request.action) || callback.isError || !callback.order) return;
  const connector = connectorOf(request);
  if (!connector || request.intent.isBooked) return;
  const { chargePointId, connectorId } = connector;
  const sent = record.fromChargers.filter((call) => call.charger === chargePointId && call.t < request.t);
  const boots = sent.filter((call) => call.action === 'BootNotification');
  // One whose boots only failed may come any moment.
  if (boots.length > 0 && boots.every((call) => /^(Pending|Rejected)$/.test(text(at(call.answer?.payload, 'status')))))
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
  // Only the last status of a connected charger counts. It does not count if it changed during the request, or if the
  // store failed to save a later one, which may still have been saved.
  const isSteady = last !== undefined && statuses.at(-1) === last;
  const isQuiet =
    last !== undefined && !record.deaths.some((death) => death > last.t) && !wentAway(record, chargePointId, last.t);
  if (isSteady && isQuiet && /^(Faulted|Unavailable)$/.test(status))
    record.report('I21', callback.t, `${callback.action} sells a connector that is ${status}`, callback.orderId);
}

function wentAway(record: RunRecord, charger: string, since: number): boolean {
  return record.sockets.some((one) => one.charger === charger && one.event !== 'open' && one.t > since);
}

/** I22: a number in a form that the protocol does not define is never guessed. */
function checkNumbers(record: RunRecord, callback: Callback, request: Request): void {
  const { amount } = request.intent;
  if (amount === undefined || /^\d+(\.\d+)?$/.test(amount)) return;
  if (callback.action === 'on_confirm' && callback.orderId !== '' && !callback.isError)
    record.report('I22', callback.t, `a payment of "${amount}" was confirmed`, callback.orderId);
}

/** I23: support names the provider of the transaction's order. */
function checkSupport(record: RunRecord, callback: Callback, request: Request): void {
  if (callback.action !== 'on_support') return;
  const connector = connectorOf(request);
  const { phone } = callback;
  if (connector && phone !== PHONES[providerOf(connector)])
    record.report('I23', callback.t, `support of ${providerOf(connector)} is reached at ${phone}`);
}

/** I23: a request to stop is answered when the session has ended, or after a limited time. */
function checkStopAnswer(record: RunRecord, callback: Callback, request: Request): void {
  if (request.intent.step !== 'stop' || record.skewed) return;
  const isRunning = callback.order?.status === 'active';
  const firstAsked = record.requests.find((one) => one.messageId === request.messageId)?.t ?? request.t;
  const others = record.requests.some(
    (one) =>
      one.messageId !== request.messageId &&
      /^(?:stop|cancel)$/.test(one.intent.step) &&
      one.transactionId === request.transactionId,
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
