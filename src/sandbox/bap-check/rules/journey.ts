/** Rules about what is asked for, in which order, and with whose data. */
import { parseHundredths } from '../../buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, isJson, type Json } from '../../runtime/json.js';
import { ACTIONS, type Action } from '../provider/provider-profiles.js';
import { readOrderId } from '../provider/provider-messages.js';
import { requestsIn, type QuotedTransaction, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { checkEach, checkEachRequest, callbacksLabelled, type Rule } from './rule.js';

/** Without these the rest cannot be tried. */
const REQUIRED_ACTIONS: readonly Action[] = ['search', 'select', 'init', 'confirm', 'status'];

/** What must have been answered in the same transaction before. */
const PRECEDING_ACTION: Readonly<Partial<Record<Action, Action>>> = {
  select: 'search',
  init: 'select',
  confirm: 'init',
};

const orderIn = (message: Json): Json => (isJson(message.order) ? message.order : {});

/** What core demands of a message. */
function missingField(action: Action, message: Json): string | undefined {
  switch (action) {
    case 'search':
      return isJson(message.intent) ? undefined : 'message.intent is missing';
    case 'select':
    case 'init':
    case 'confirm':
      return isJson(message.order) ? undefined : 'message.order is missing';
    case 'status':
    case 'track':
    case 'cancel':
      return textOf(message.order_id) ? undefined : 'message.order_id is missing';
    case 'update':
      if (!textOf(message.update_target)) return 'message.update_target is no comma-separated string';
      return isJson(message.order) ? undefined : 'message.order is missing';
    case 'support':
      return isJson(message.support) ? undefined : 'message.support is missing';
    case 'rating':
      return Array.isArray(message.ratings) ? undefined : 'message.ratings is no list';
  }
}

const CONTENT_OF: Readonly<Record<Action, string>> = {
  search: 'an intent',
  select: 'an order',
  init: 'an order',
  confirm: 'an order',
  status: 'an order_id',
  update: 'an update_target and an order',
  track: 'an order_id',
  support: 'support',
  cancel: 'an order_id',
  rating: 'ratings',
};

const requestRule = (action: Action): Rule => ({
  id: `request.${action}`,
  title: `${action} is sent, and carries ${CONTENT_OF[action]}`,
  source: `core 1.x, path /${action}`,
  advice: `Send message with ${CONTENT_OF[action]}, spelled as core spells it: open schemas pass over what they do not know.`,
  required: REQUIRED_ACTIONS.includes(action),
  check: (record) =>
    checkEachRequest(
      record,
      ({ message }) => missingField(action, message),
      (request) => request.action === action,
    ),
});

const ITEM_ACTIONS: readonly Action[] = ['select', 'init', 'confirm'];

/** Only the order id is checked in what comes after: some send no items there. */
function unofferedItems(record: RunRecord, { message }: ReceivedRequest): string | undefined {
  const { providerId, stationId, chargePointId, connectorIds } = record.offer;
  const order = orderIn(message);
  const provider = valueAt(order, 'provider', 'id');
  if (provider !== providerId) return `order.provider.id is ${JSON.stringify(provider) ?? 'absent'}, not ${providerId}`;
  const known = new Set<unknown>([stationId, chargePointId, ...connectorIds]);
  const ids = asList(order.items).map((item) => valueAt(item, 'id'));
  const strange = ids.find((id) => !known.has(id));
  if (strange !== undefined || ids.includes(undefined)) {
    return `the item ${JSON.stringify(strange) ?? 'without id'} is not in the catalogue`;
  }
  return ids.some((id) => connectorIds.some((known) => known === id)) ? undefined : 'no connector is among order.items';
}

const ORDER_ACTIONS: readonly Action[] = ['status', 'update', 'track', 'support', 'cancel', 'rating'];

function paymentProblem(
  { transactions: given }: RunRecord,
  { message, transactionId }: ReceivedRequest,
): string | undefined {
  const quote = given.get(transactionId);
  const payment = valueAt(orderIn(message), 'payments', 0);
  if (!isJson(payment)) return 'order.payments is missing';
  if (payment.status !== 'PAID')
    return `payments[0].status is ${JSON.stringify(payment.status) ?? 'absent'}, not "PAID"`;
  const amount = valueAt(payment, 'params', 'amount');
  const currency = valueAt(payment, 'params', 'currency');
  const wrote = JSON.stringify(amount) ?? 'absent';
  if (typeof amount !== 'string') return `payments[0].params.amount is ${wrote}; amounts are strings`;
  if (parseHundredths(amount) !== parseHundredths(quote?.amount ?? '')) {
    return `payments[0].params.amount is ${wrote}, and the quote ${quote?.amount ?? 'never given'}`;
  }
  return currency === quote?.currency
    ? undefined
    : `payments[0].params.currency is ${JSON.stringify(currency) ?? 'absent'}`;
}

function prematureRequest(
  { transactions: given }: RunRecord,
  { action, transactionId, at: when }: ReceivedRequest,
): string | undefined {
  const before = PRECEDING_ACTION[action];
  if (before === undefined) return undefined;
  const there = (given.get(transactionId)?.answers ?? []).some((one) => one.action === before && one.at <= when);
  return there ? undefined : `no on_${before} had been sent in this transaction`;
}

/** The order ids that had been told by then. */
const confirmedTransactions = (record: RunRecord, when: number): QuotedTransaction[] =>
  [...record.transactions.values()].filter((one) =>
    one.answers.some((answer) => answer.action === 'confirm' && answer.at <= when),
  );

export const JOURNEY_RULES: readonly Rule[] = [
  {
    id: 'request.readable',
    title: 'every request is JSON with a context that names transaction and message',
    source: 'core 1.x, Context',
    advice:
      'Send {"context":{…},"message":{…}} as UTF-8, with transaction_id and message_id: without them nobody can answer.',
    required: true,
    check: (record) => ({
      checked: requestsIn(record).length + record.unreadable.length,
      faults: record.unreadable,
    }),
  },
  ...ACTIONS.map(requestRule),
  {
    id: 'journey.order',
    title: 'select, init and confirm each wait for the callback before them',
    source: 'core 1.x: on_search gives what select needs, on_select what init needs, on_init what confirm needs',
    advice: 'Go on when the callback has come, not when the request was acknowledged.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => prematureRequest(record, request),
        ({ action }) => PRECEDING_ACTION[action] !== undefined,
      ),
  },
  {
    id: 'journey.items',
    title: 'provider and items are those of the catalogue',
    source: 'core 1.x, on_search: message.catalog',
    advice:
      'Copy provider and item ids out of on_search, letter by letter; station, charge point and connector in uei:charging.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => unofferedItems(record, request),
        ({ action }) => ITEM_ACTIONS.includes(action),
      ),
  },
  {
    id: 'journey.order-id',
    title: 'the order id is the one that on_confirm gave',
    source: 'core 1.x, on_confirm: message.order.id',
    advice: 'Take message.order.id out of on_confirm; it is neither the transaction_id nor one of your own.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ message, at: when }) => {
          const id = readOrderId(message);
          return confirmedTransactions(record, when).some((one) => one.orderId === id)
            ? undefined
            : `the order id ${JSON.stringify(id)} was never given`;
        },
        ({ action, message }) => ORDER_ACTIONS.includes(action) && (action === 'status' || readOrderId(message) !== ''),
      ),
  },
  {
    id: 'journey.amount',
    title: 'what is paid is what was quoted',
    source: 'core 1.x, on_init: quote.price; confirm: payments[].params',
    advice:
      'Pay quote.price.value of on_init: payments[0] with status "PAID", params.amount as a string, and params.currency.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => paymentProblem(record, request),
        ({ action }) => action === 'confirm',
      ),
  },
  {
    id: 'journey.pays-once',
    title: 'one confirm for each transaction, whatever comes twice',
    source: 'core 1.x Context.message_id: repeats are dropped',
    advice:
      'Remember which callbacks were handled: providers deliver at least once, and a second on_init is no second order.',
    required: true,
    check(record) {
      const confirms = requestsIn(record).filter((one) => one.action === 'confirm');
      const transactions = [...new Set(confirms.map((one) => one.transactionId))];
      return checkEach(transactions, (id) => {
        const ids = new Set(confirms.filter((one) => one.transactionId === id).map((one) => one.messageId));
        return ids.size > 1 ? `${ids.size} confirms came in the transaction ${id}` : undefined;
      });
    },
  },
  {
    id: 'journey.left-alone',
    title: 'an order that has ended is neither changed nor stopped',
    source: 'core 1.x Order.status COMPLETE',
    advice: 'Take COMPLETE and CANCELLED as final, whatever older message comes after.',
    required: true,
    check(record) {
      const ends = callbacksLabelled(record, 'terminal');
      return checkEach(ends, (end) => {
        const after = requestsIn(record).find(
          (one) =>
            (one.action === 'update' || one.action === 'cancel') &&
            readOrderId(one.message) === end.orderId &&
            one.at > end.at + end.tookMs,
        );
        return after ? `${after.action} came after the order had ended` : undefined;
      });
    },
  },
];
