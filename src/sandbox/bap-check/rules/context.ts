/** Defines the rules for the context of requests. */
import { parse, type Duration } from 'tinyduration';
import { quoteValue } from '../../dialects/dialect.js';
import { textOf } from '../../runtime/json.js';
import { requestsIn, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { checkEachRequest, type RuleTemplate } from './rule.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const CLOCK_TOLERANCE_MS = 30_000;
const DAY_MS = 86_400_000;

/** Removes trailing slashes from a URI, because they make no difference once a path is appended. */
export const withoutSlash = (uri: unknown): string => textOf(uri).replace(/\/+$/, '');

/**
 * Converts an ISO 8601 duration to ms, with 30 days to the month and 365 to the year.
 * @returns `undefined` if the text is not a duration or is negative.
 */
function parseDurationMs(text: string): number | undefined {
  let duration: Duration;
  try {
    duration = parse(text);
  } catch {
    return undefined;
  }
  const { years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0, negative } = duration;
  const totalDays = years * 365 + months * 30 + weeks * 7 + days;
  const ms = totalDays * DAY_MS + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000;
  return negative === true ? undefined : ms;
}

/**
 * Checks that a request about an order uses the transaction of that order, and that any other request uses the
 * transaction of an earlier search.
 * @returns The fault, if any.
 */
export function findWrongTransaction(record: RunRecord, request: ReceivedRequest): string | undefined {
  const { transactionId } = request;
  const { names } = record.dialect.envelope;
  const search = record.dialect.actions.search ?? '';
  const orderId = record.dialect.readOrderId(request.message);
  const ordered = [...record.transactions.values()].find((transaction) => transaction.orderId === orderId);
  if (ordered)
    return ordered.transactionId === transactionId
      ? undefined
      : `the ${names.transactionId} is ${transactionId}, but the order was made in ${ordered.transactionId}`;
  const startedWithSearch = requestsIn(record).some(
    (earlier) => earlier.step === 'search' && earlier.transactionId === transactionId && earlier.at <= request.at,
  );
  return startedWithSearch ? undefined : `no ${search} had the ${names.transactionId} ${transactionId}`;
}

export const CONTEXT_RULES: readonly RuleTemplate[] = [
  {
    id: 'context.action',
    title: 'context.action is the last part of the path',
    source: ({ specification }) => `${specification}, paths: action is fixed for each path`,
    advice: 'Set context.action for every request.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ action, context }) =>
        context.action === action ? undefined : `context.action is ${quoteValue(context.action)}`,
      ),
  },
  {
    id: 'context.version',
    title: 'every request has the domain and version of the network',
    source: ({ envelope: { names }, specification }) => `${specification} Context.${names.domain}, Context.version`,
    advice: ({ envelope: { names, domain, version } }) =>
      `Send ${names.domain} ${domain} and version ${version} with every request. Providers choose the dialect by them.`,
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) => {
        const { domain, version, names } = record.dialect.envelope;
        const stated = context[names.domain];
        if (stated !== domain) return `context.${names.domain} is ${quoteValue(stated)}, not ${domain}`;
        return context.version === version
          ? undefined
          : `context.version is ${quoteValue(context.version)}, not ${version}`;
      }),
  },
  {
    id: 'context.ids',
    title: ({ envelope: { names } }) => `${names.transactionId} and ${names.messageId} are UUIDs`,
    source: ({ specification }) => `${specification} Context, format: uuid`,
    advice: 'Create both with a UUID generator. Strict schemas refuse anything else.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ transactionId, messageId }) => {
        const { names } = record.dialect.envelope;
        if (!UUID.test(transactionId)) return `${names.transactionId} ${quoteValue(transactionId)} is not a UUID`;
        return UUID.test(messageId) ? undefined : `${names.messageId} ${quoteValue(messageId)} is not a UUID`;
      }),
  },
  {
    id: 'context.transaction',
    title: ({ envelope: { names } }) => `the ${names.transactionId} stays the same from the search to the rating`,
    source: ({ envelope: { names }, specification }) => `${specification} Context.${names.transactionId}`,
    advice: ({ envelope: { names }, actions }) =>
      `Create a ${names.transactionId} for each ${actions.search} and keep it. Until there is an order id, nothing else connects the requests.`,
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findWrongTransaction(record, request),
        ({ step }) => step !== 'search',
      ),
  },
  {
    id: 'context.message-id',
    title: ({ envelope: { names } }) => `every request has a new ${names.messageId}`,
    source: ({ envelope: { names }, specification }) =>
      `${specification} Context.${names.messageId}: unique for a request and its callback`,
    advice: ({ envelope: { names } }) =>
      `Create a ${names.messageId} for each request. Reuse it only to send exactly the same bytes again.`,
    required: true,
    check(record) {
      const { names } = record.dialect.envelope;
      const firstUses = new Map<string, ReceivedRequest>();
      return checkEachRequest(record, (request) => {
        const firstUse = firstUses.get(request.messageId) ?? request;
        firstUses.set(request.messageId, firstUse);
        return firstUse.step === request.step
          ? undefined
          : `an earlier ${firstUse.action} had the same ${names.messageId}`;
      });
    },
  },
  {
    id: 'context.timestamp',
    title: 'the timestamp has a time zone and is not in the future',
    source: ({ specification }) => `${specification} Context.timestamp, RFC 3339`,
    advice: 'Write the time of sending in the form 2025-03-02T08:11:09.120Z.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context, at }) => {
        const text = textOf(context.timestamp);
        const time = RFC3339.test(text) ? Date.parse(text) : NaN;
        if (Number.isNaN(time)) return `context.timestamp is ${quoteValue(context.timestamp)}`;
        return time > at + CLOCK_TOLERANCE_MS
          ? `context.timestamp is ${Math.round((time - at) / 1_000)} s in the future`
          : undefined;
      }),
  },
  {
    id: 'context.ttl',
    title: 'the ttl is a duration and has not run out on arrival',
    source: ({ specification }) => `${specification} Context.ttl, ISO 8601`,
    advice: 'Write a duration such as PT30S and a current timestamp. The request is valid until timestamp + ttl.',
    required: false,
    check: (record) =>
      checkEachRequest(
        record,
        ({ context, at }) => {
          const ttlMs = parseDurationMs(textOf(context.ttl));
          if (ttlMs === undefined) return `context.ttl is ${quoteValue(context.ttl)}`;
          const lateMs = at - Date.parse(textOf(context.timestamp)) - ttlMs;
          return lateMs > 0 ? `timestamp + ttl had passed ${Math.ceil(lateMs / 1_000)} s before` : undefined;
        },
        ({ context }) => context.ttl !== undefined && context.ttl !== null,
      ),
  },
  {
    id: 'context.bap-uri',
    title: ({ envelope: { names } }) => `${names.bapUri} is the registered address`,
    source: ({ envelope: { names }, specification }) =>
      `${specification} Context.${names.bapUri}; providers compare it with the registry record`,
    advice: ({ envelope: { names } }) =>
      `Send the registered address as ${names.bapUri}. Careful providers call no other address, because any sender could name a third party.`,
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) => {
        const { names } = record.dialect.envelope;
        const stated = context[names.bapUri];
        return withoutSlash(stated) === withoutSlash(record.expected.bapUri)
          ? undefined
          : `context.${names.bapUri} is ${quoteValue(stated)}, not ${record.expected.bapUri}`;
      }),
  },
  {
    id: 'context.bpp',
    title: ({ envelope: { names } }) =>
      `every later request has the ${names.bppId} and ${names.bppUri} of the provider`,
    source: ({ envelope: { names }, specification }) =>
      `${specification} Context.${names.bppId}, Context.${names.bppUri}`,
    advice: ({ actions }) =>
      `Take both from the context of on_${actions.search} and put them into every later request.`,
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ context }) => {
          const { bppId, bppUri } = record.expected;
          const { names } = record.dialect.envelope;
          const [statedId, statedUri] = [context[names.bppId], context[names.bppUri]];
          if (statedId !== bppId) return `context.${names.bppId} is ${quoteValue(statedId)}, not ${bppId}`;
          return withoutSlash(statedUri) === withoutSlash(bppUri)
            ? undefined
            : `context.${names.bppUri} is ${quoteValue(statedUri)}, not ${bppUri}`;
        },
        ({ step }) => step !== 'search',
      ),
  },
];
