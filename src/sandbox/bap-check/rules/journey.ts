/** Defines the rules for the requests of an order: which are sent, in what sequence, and with what data. */
import { quoteValue, STEPS, type Dialect, type Step } from '../../dialects/dialect.js';
import { requestsIn, type QuotedTransaction, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { findWrongTransaction } from './context.js';
import { callbacksLabelled, checkEach, checkEachRequest, type RuleTemplate } from './rule.js';

/** The steps that every conforming app takes, where the dialect has them. */
const REQUIRED_STEPS: readonly Step[] = ['search', 'select', 'init', 'confirm', 'start', 'status'];

/** For each step, the one that must have been answered earlier in the same transaction. */
const PRECEDING_STEP: Readonly<Partial<Record<Step, Step>>> = {
  select: 'search',
  init: 'select',
  confirm: 'init',
  start: 'confirm',
};

const ITEM_STEPS: readonly Step[] = ['select', 'init', 'confirm'];
const CHANGING_STEPS: readonly Step[] = ['start', 'update', 'stop', 'cancel'];
const ORDER_STEPS: readonly Step[] = ['start', 'status', 'update', 'track', 'support', 'stop', 'cancel', 'rating'];
/** The steps whose requests may omit the order id, because the transaction identifies the order. */
const STEPS_WITHOUT_ID: readonly Step[] = ['start', 'stop'];

const PURPOSES: Readonly<Partial<Record<Step, string>>> = { start: ' to start charging', stop: ' to stop charging' };

/**
 * Defines the rule for a step. It is named after the action, or after the purpose if the step starts or stops charging.
 */
const requestRule = (step: Step): RuleTemplate => ({
  id: ({ actions }) => `request.${PURPOSES[step] === undefined ? actions[step] : step}`,
  exists: ({ contents }) => contents[step] !== undefined,
  title: ({ actions, contents }) => `${actions[step]} is sent${PURPOSES[step] ?? ''} and contains ${contents[step]}`,
  source: ({ specification, actions }) => `${specification}, path /${actions[step]}`,
  advice: ({ contents }) =>
    `Send a message with ${contents[step]}, spelled as in the specification. Lenient schemas ignore fields that they do not know.`,
  required: REQUIRED_STEPS.includes(step),
  check: (record) =>
    checkEachRequest(
      record,
      ({ message }) => record.dialect.findMissingField(step, message),
      (request) => request.step === step,
    ),
});

/** Names the callback that each request of an order needs: `init needs on_select, …`. */
const describePrecedence = ({ actions, contents }: Dialect): string =>
  STEPS.flatMap((step) => {
    const preceding = PRECEDING_STEP[step];
    if (preceding === undefined || contents[step] === undefined) return [];
    return `${actions[step]}${PURPOSES[step] ?? ''} needs on_${actions[preceding]}`;
  }).join(', ');

/** Checks whether a request has the main fields of its step. Without them, other rules have nothing to judge. */
const isComplete = ({ dialect }: RunRecord, { step, message }: ReceivedRequest): boolean =>
  dialect.findMissingField(step, message) === undefined;

function findPrematureRequest(
  { transactions, dialect }: RunRecord,
  { step, transactionId, at }: ReceivedRequest,
): string | undefined {
  const preceding = PRECEDING_STEP[step];
  if (preceding === undefined) return undefined;
  const answers = transactions.get(transactionId)?.answers ?? [];
  const isAnswered = answers.some((answer) => answer.step === preceding && answer.at <= at);
  return isAnswered ? undefined : `no on_${dialect.actions[preceding]} had been sent in this transaction`;
}

/** Returns the transactions whose on_confirm had been sent by `at`, epoch ms. */
const confirmedTransactions = (record: RunRecord, at: number): QuotedTransaction[] =>
  [...record.transactions.values()].filter(({ answers }) =>
    answers.some((answer) => answer.step === 'confirm' && answer.at <= at),
  );

export const JOURNEY_RULES: readonly RuleTemplate[] = [
  {
    id: 'request.readable',
    title: ({ envelope: { names } }) =>
      `every request is JSON with a context that has a ${names.transactionId} and a ${names.messageId}`,
    source: ({ specification }) => `${specification}, Context`,
    advice: ({ envelope: { names } }) =>
      `Send {"context":{…},"message":{…}} in UTF-8. Without ${names.transactionId} and ${names.messageId} a callback cannot be addressed.`,
    required: true,
    check: (record) => ({
      checked: requestsIn(record).length + record.unreadable.length,
      faults: record.unreadable.map((text) => ({ subject: '', text })),
    }),
  },
  ...STEPS.map(requestRule),
  {
    id: 'journey.order',
    title: 'each request of an order waits for the callback before it',
    source: (dialect) => `${dialect.specification}: ${describePrecedence(dialect)}`,
    advice: 'Continue when the callback has arrived, not when the request has been acknowledged.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findPrematureRequest(record, request),
        (request) => PRECEDING_STEP[request.step] !== undefined && findWrongTransaction(record, request) === undefined,
      ),
  },
  {
    id: 'journey.items',
    title: 'provider and items are those of the catalogue',
    source: ({ specification, actions }) => `${specification}, on_${actions.search}`,
    advice: ({ actions }) => `Copy the ids from on_${actions.search} unchanged into select, init and confirm.`,
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ message }) => record.dialect.findUnofferedItem(message, record.offer),
        (request) => ITEM_STEPS.includes(request.step) && isComplete(record, request),
      ),
  },
  {
    id: 'journey.order-id',
    title: 'the order id is the one in on_confirm',
    source: ({ specification }) => `${specification}, on_confirm`,
    advice: ({ envelope: { names } }) =>
      `Use the order id of on_confirm. It is neither the ${names.transactionId} nor an id of your own.`,
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ message, at }) => {
          const orderId = record.dialect.readOrderId(message);
          return confirmedTransactions(record, at).some((transaction) => transaction.orderId === orderId)
            ? undefined
            : `no on_confirm had the order id ${quoteValue(orderId)}`;
        },
        (request) =>
          ORDER_STEPS.includes(request.step) &&
          isComplete(record, request) &&
          !(STEPS_WITHOUT_ID.includes(request.step) && record.dialect.readOrderId(request.message) === ''),
      ),
  },
  {
    id: 'journey.amount',
    title: 'the payment is the quoted price',
    source: ({ specification }) => `${specification}, on_init: the price; confirm: the payment`,
    advice: 'Pay the price of on_init, and state amount, currency and a paid status in the confirm.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ message, transactionId }) =>
          record.dialect.findPaymentFault(message, record.transactions.get(transactionId)),
        (request) => request.step === 'confirm' && isComplete(record, request),
      ),
  },
  {
    id: 'journey.pays-once',
    title: 'each transaction has one confirm, whatever callback is repeated',
    source: ({ envelope: { names }, specification }) =>
      `${specification} Context.${names.messageId}: receivers drop repeats`,
    advice:
      'Remember the callbacks that were handled. Providers deliver at least once, and a second on_init is not a second order.',
    required: true,
    check(record) {
      const confirms = requestsIn(record).filter(({ step }) => step === 'confirm');
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
    title: 'a completed order is neither started, updated, stopped nor cancelled',
    source: ({ specification }) => `${specification}, states of an order`,
    advice: 'Treat a completed or cancelled order as final, even when an older message arrives later.',
    required: true,
    check(record) {
      return checkEach(callbacksLabelled(record, 'terminal'), (terminal) => {
        const late = requestsIn(record).find(
          ({ step, transactionId, at }) =>
            CHANGING_STEPS.includes(step) &&
            transactionId === terminal.transactionId &&
            at > terminal.at + terminal.tookMs,
        );
        return late ? `${late.action} came after the end of the order` : undefined;
      });
    },
  },
];
