/** Defines the rules for the requests of an order: which are sent, in what sequence, and with what data. */
import { parseHundredths } from '../../buyer-app/catalogue-reading.js';
import { asList, isJson, textOf, valueAt, type Json } from '../../runtime/json.js';
import { readOrderId } from '../provider/provider-messages.js';
import { ACTIONS, type Action } from '../provider/provider-profiles.js';
import { requestsIn, type QuotedTransaction, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { callbacksLabelled, checkEach, checkEachRequest, quoteValue, type Rule } from './rule.js';

/** The actions that every conforming app sends. */
const REQUIRED_ACTIONS: readonly Action[] = ['search', 'select', 'init', 'confirm', 'status'];

/** The action that must have been answered earlier in the same transaction. */
const PRECEDING_ACTION: Readonly<Partial<Record<Action, Action>>> = {
  select: 'search',
  init: 'select',
  confirm: 'init',
};

const ITEM_ACTIONS: readonly Action[] = ['select', 'init', 'confirm'];
const ORDER_ACTIONS: readonly Action[] = ['status', 'update', 'track', 'support', 'cancel', 'rating'];

const orderIn = (message: Json): Json => (isJson(message.order) ? message.order : {});

/** Checks a message for the main fields that core requires. @returns The fault, if any. */
function findMissingField(action: Action, message: Json): string | undefined {
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
      if (!textOf(message.update_target)) return 'message.update_target is not a comma-separated string';
      return isJson(message.order) ? undefined : 'message.order is missing';
    case 'support':
      return isJson(message.support) ? undefined : 'message.support is missing';
    case 'rating':
      return Array.isArray(message.ratings) ? undefined : 'message.ratings is not a list';
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
  support: 'a support object',
  cancel: 'an order_id',
  rating: 'ratings',
};

const requestRule = (action: Action): Rule => ({
  id: `request.${action}`,
  title: `${action} is sent and contains ${CONTENT_OF[action]}`,
  source: `core 1.x, path /${action}`,
  advice: `Send a message with ${CONTENT_OF[action]}, spelled as in core. Lenient schemas ignore fields that they do not know.`,
  required: REQUIRED_ACTIONS.includes(action),
  check: (record) =>
    checkEachRequest(
      record,
      ({ message }) => findMissingField(action, message),
      (request) => request.action === action,
    ),
});

/**
 * Checks the provider and the items of a request before the order exists. Later requests may leave the items out and
 * are checked by order id.
 */
function findUnofferedItem(record: RunRecord, { message }: ReceivedRequest): string | undefined {
  const { providerId, stationId, chargePointId, connectorIds } = record.offer;
  const order = orderIn(message);
  const provider = valueAt(order, 'provider', 'id');
  if (provider !== providerId) return `order.provider.id is ${quoteValue(provider)}, not ${providerId}`;
  const offered = new Set<unknown>([stationId, chargePointId, ...connectorIds]);
  const ids = asList(order.items).map((item) => valueAt(item, 'id'));
  if (ids.includes(undefined)) return 'an item in order.items has no id';
  const unoffered = ids.find((id) => !offered.has(id));
  if (unoffered !== undefined) return `the item ${quoteValue(unoffered)} is not in the catalogue`;
  return ids.some((id) => connectorIds.some((connectorId) => connectorId === id))
    ? undefined
    : 'order.items contains no connector';
}

function findPaymentFault(
  { transactions }: RunRecord,
  { message, transactionId }: ReceivedRequest,
): string | undefined {
  const quote = transactions.get(transactionId);
  const payment = valueAt(orderIn(message), 'payments', 0);
  if (!isJson(payment)) return 'order.payments is missing';
  if (payment.status !== 'PAID') return `payments[0].status is ${quoteValue(payment.status)}, not "PAID"`;
  const amount = valueAt(payment, 'params', 'amount');
  const currency = valueAt(payment, 'params', 'currency');
  if (typeof amount !== 'string') return `payments[0].params.amount is ${quoteValue(amount)}; amounts are strings`;
  if (quote === undefined) return `payments[0].params.amount is "${amount}", but there was no quote`;
  if (parseHundredths(amount) !== parseHundredths(quote.amount))
    return `payments[0].params.amount is "${amount}", but the quote is "${quote.amount}"`;
  return currency === quote.currency
    ? undefined
    : `payments[0].params.currency is ${quoteValue(currency)}, not "${quote.currency}"`;
}

function findPrematureRequest(
  { transactions }: RunRecord,
  { action, transactionId, at }: ReceivedRequest,
): string | undefined {
  const preceding = PRECEDING_ACTION[action];
  if (preceding === undefined) return undefined;
  const answers = transactions.get(transactionId)?.answers ?? [];
  const isAnswered = answers.some((answer) => answer.action === preceding && answer.at <= at);
  return isAnswered ? undefined : `no on_${preceding} had been sent in this transaction`;
}

/** Returns the transactions whose on_confirm had been sent by `at`, epoch ms. */
const confirmedTransactions = (record: RunRecord, at: number): QuotedTransaction[] =>
  [...record.transactions.values()].filter(({ answers }) =>
    answers.some((answer) => answer.action === 'confirm' && answer.at <= at),
  );

export const JOURNEY_RULES: readonly Rule[] = [
  {
    id: 'request.readable',
    title: 'every request is JSON with a context that has a transaction_id and a message_id',
    source: 'core 1.x, Context',
    advice:
      'Send {"context":{…},"message":{…}} in UTF-8. Without transaction_id and message_id a callback cannot be addressed.',
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
    source: 'core 1.x: select needs on_search, init needs on_select, confirm needs on_init',
    advice: 'Continue when the callback has arrived, not when the request has been acknowledged.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findPrematureRequest(record, request),
        ({ action }) => PRECEDING_ACTION[action] !== undefined,
      ),
  },
  {
    id: 'journey.items',
    title: 'provider and items are those of the catalogue',
    source: 'core 1.x, on_search: message.catalog',
    advice:
      'Copy the ids of the provider and the items from on_search unchanged. In uei:charging the items are station, charge point and connector.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findUnofferedItem(record, request),
        ({ action }) => ITEM_ACTIONS.includes(action),
      ),
  },
  {
    id: 'journey.order-id',
    title: 'the order id is the one in on_confirm',
    source: 'core 1.x, on_confirm: message.order.id',
    advice: 'Use message.order.id from on_confirm. It is neither the transaction_id nor an id of your own.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ message, at }) => {
          const orderId = readOrderId(message);
          return confirmedTransactions(record, at).some((transaction) => transaction.orderId === orderId)
            ? undefined
            : `no on_confirm had the order id ${quoteValue(orderId)}`;
        },
        ({ action, message }) => ORDER_ACTIONS.includes(action) && (action === 'status' || readOrderId(message) !== ''),
      ),
  },
  {
    id: 'journey.amount',
    title: 'the payment is the quoted price',
    source: 'core 1.x, on_init: quote.price; confirm: payments[].params',
    advice:
      'Pay quote.price.value of on_init. Send payments[0] with the status "PAID", params.amount as a string, and params.currency.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findPaymentFault(record, request),
        ({ action }) => action === 'confirm',
      ),
  },
  {
    id: 'journey.pays-once',
    title: 'each transaction has one confirm, whatever callback is repeated',
    source: 'core 1.x Context.message_id: receivers drop repeats',
    advice:
      'Remember the callbacks that were handled. Providers deliver at least once, and a second on_init is not a second order.',
    required: true,
    check(record) {
      const confirms = requestsIn(record).filter(({ action }) => action === 'confirm');
      const transactionIds = [...new Set(confirms.map(({ transactionId }) => transactionId))];
      return checkEach(transactionIds, (transactionId) => {
        const ofTransaction = confirms.filter((confirm) => confirm.transactionId === transactionId);
        const messageIds = new Set(ofTransaction.map(({ messageId }) => messageId));
        return messageIds.size > 1 ? `${messageIds.size} confirms came in transaction ${transactionId}` : undefined;
      });
    },
  },
  {
    id: 'journey.final-state',
    title: 'a completed order is neither updated nor cancelled',
    source: 'core 1.x Order.status COMPLETE',
    advice: 'Treat COMPLETE and CANCELLED as final, even when an older message arrives later.',
    required: true,
    check(record) {
      return checkEach(callbacksLabelled(record, 'terminal'), (terminal) => {
        const late = requestsIn(record).find(
          ({ action, message, at }) =>
            (action === 'update' || action === 'cancel') &&
            readOrderId(message) === terminal.orderId &&
            at > terminal.at + terminal.tookMs,
        );
        return late ? `${late.action} came after the end of the order` : undefined;
      });
    },
  },
];
