/** Defines the rules for the context of requests. */
import { parse, type Duration } from 'tinyduration';
import { textOf } from '../../runtime/json.js';
import { readOrderId } from '../provider/provider-messages.js';
import { requestsIn, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { checkEachRequest, quoteValue, type Rule } from './rule.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const CLOCK_TOLERANCE_MS = 30_000;
const DAY_MS = 86_400_000;

/** Removes trailing slashes from a URI, because they make no difference once a path is appended. */
const withoutSlash = (uri: unknown): string => textOf(uri).replace(/\/+$/, '');

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
 * Checks that a request about an order uses the transaction of that order, and any other the transaction of an earlier
 * search.
 * @returns The fault, if any.
 */
function findWrongTransaction(record: RunRecord, request: ReceivedRequest): string | undefined {
  const { transactionId } = request;
  const orderId = readOrderId(request.message);
  const ordered = [...record.transactions.values()].find((transaction) => transaction.orderId === orderId);
  if (ordered)
    return ordered.transactionId === transactionId
      ? undefined
      : `the transaction_id is ${transactionId}, but the order was made in ${ordered.transactionId}`;
  const startedWithSearch = requestsIn(record).some(
    (earlier) => earlier.action === 'search' && earlier.transactionId === transactionId && earlier.at <= request.at,
  );
  return startedWithSearch ? undefined : `no search had the transaction_id ${transactionId}`;
}

export const CONTEXT_RULES: readonly Rule[] = [
  {
    id: 'context.action',
    title: 'context.action is the last part of the path',
    source: 'core 1.x, paths: action is fixed for each path',
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
    source: 'core 1.x Context.domain, Context.version',
    advice: 'Keep both from the search to the rating. Providers choose the dialect by them.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) => {
        const { domain, version } = record.expected;
        if (context.domain !== domain) return `context.domain is ${quoteValue(context.domain)}, not ${domain}`;
        return context.version === version
          ? undefined
          : `context.version is ${quoteValue(context.version)}, not ${version}`;
      }),
  },
  {
    id: 'context.ids',
    title: 'transaction_id and message_id are UUIDs',
    source: 'core 1.x Context, format: uuid',
    advice: 'Create both with a UUID generator. Strict schemas refuse anything else.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ transactionId, messageId }) => {
        if (!UUID.test(transactionId)) return `transaction_id ${quoteValue(transactionId)} is not a UUID`;
        return UUID.test(messageId) ? undefined : `message_id ${quoteValue(messageId)} is not a UUID`;
      }),
  },
  {
    id: 'context.transaction',
    title: 'the transaction_id stays the same from the search to the rating',
    source: 'core 1.x Context.transaction_id',
    advice:
      'Create a transaction_id for each search and keep it. Until there is an order id, nothing else connects the requests.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => findWrongTransaction(record, request),
        ({ action }) => action !== 'search',
      ),
  },
  {
    id: 'context.message-id',
    title: 'every request has a new message_id',
    source: 'core 1.x Context.message_id: unique for a request and its callback',
    advice: 'Create a message_id for each request. Reuse it only to send exactly the same bytes again.',
    required: true,
    check(record) {
      const firstUses = new Map<string, ReceivedRequest>();
      return checkEachRequest(record, (request) => {
        const firstUse = firstUses.get(request.messageId) ?? request;
        firstUses.set(request.messageId, firstUse);
        return firstUse.action === request.action ? undefined : `an earlier ${firstUse.action} had the same message_id`;
      });
    },
  },
  {
    id: 'context.timestamp',
    title: 'the timestamp has a time zone and is not in the future',
    source: 'core 1.x Context.timestamp, RFC 3339',
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
    source: 'core 1.x Context.ttl, ISO 8601',
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
    title: 'bap_uri is the registered address',
    source: 'core 1.x Context.bap_uri; providers compare it with the registry record',
    advice:
      'Send the registered address as bap_uri. Careful providers call no other address, because any sender could name a third party.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) =>
        withoutSlash(context.bap_uri) === withoutSlash(record.expected.bapUri)
          ? undefined
          : `context.bap_uri is ${quoteValue(context.bap_uri)}, not ${record.expected.bapUri}`,
      ),
  },
  {
    id: 'context.bpp',
    title: 'every request after the search has the bpp_id and bpp_uri of the provider',
    source: 'core 1.x Context.bpp_id, Context.bpp_uri',
    advice: 'Take both from the context of on_search and put them into every later request.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ context }) => {
          const { bppId, bppUri } = record.expected;
          if (context.bpp_id !== bppId) return `context.bpp_id is ${quoteValue(context.bpp_id)}, not ${bppId}`;
          return withoutSlash(context.bpp_uri) === withoutSlash(bppUri)
            ? undefined
            : `context.bpp_uri is ${quoteValue(context.bpp_uri)}, not ${bppUri}`;
        },
        ({ action }) => action !== 'search',
      ),
  },
];
