/** Rules about the context of requests. */
import { parse, type Duration } from 'tinyduration';
import { textOf } from '../../runtime/json.js';
import { readOrderId } from '../provider/provider-messages.js';
import { requestsIn, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { checkEachRequest, type Rule } from './rule.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const SKEW_MS = 30_000;
const MONTH_MS = 30 * 86_400_000;

const contextText = (value: unknown): string => JSON.stringify(value) ?? 'absent';

/** Uris are joined with one slash; the one at the end says nothing. */
const withoutSlash = (uri: unknown): string => textOf(uri).replace(/\/+$/, '');

/** Calendar units are taken as 30 and 365 days. @returns ms; undefined for anything that is no duration. */
function parseDurationMs(text: string): number | undefined {
  let duration: Duration;
  try {
    duration = parse(text);
  } catch {
    return undefined;
  }
  const { years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0, negative } = duration;
  const ms =
    years * 365 * 86_400_000 +
    months * MONTH_MS +
    (weeks * 7 + days) * 86_400_000 +
    hours * 3_600_000 +
    minutes * 60_000 +
    seconds * 1_000;
  return negative === true ? undefined : ms;
}

/** The transaction in which the order, or else the connector's quote, was given. */
function wrongTransaction(record: RunRecord, request: ReceivedRequest): string | undefined {
  if (request.action === 'search') return undefined;
  const orderId = readOrderId(request.message);
  const order = [...record.transactions.values()].find((given) => given.orderId === orderId);
  if (order) {
    return order.transactionId === request.transactionId
      ? undefined
      : `the transaction_id is ${request.transactionId}, but the order was made in ${order.transactionId}`;
  }
  const began = requestsIn(record).some(
    (one) => one.action === 'search' && one.transactionId === request.transactionId && one.at <= request.at,
  );
  return began ? undefined : `the transaction_id ${request.transactionId} is that of no search`;
}

export const CONTEXT_RULES: readonly Rule[] = [
  {
    id: 'context.action',
    title: 'context.action is the last part of the path',
    source: 'core 1.x, paths: action is fixed for each path',
    advice: 'Set context.action anew for every request.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ action, context }) =>
        context.action === action ? undefined : `context.action is ${contextText(context.action)}`,
      ),
  },
  {
    id: 'context.version',
    title: 'domain and version are those of the network, in every request',
    source: 'core 1.x Context.domain, Context.version',
    advice: 'Keep both from the search to the rating: providers choose the dialect by them.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) => {
        const { domain, version } = record.expected;
        if (context.domain !== domain) return `context.domain is ${contextText(context.domain)}, not ${domain}`;
        return context.version === version
          ? undefined
          : `context.version is ${contextText(context.version)}, not ${version}`;
      }),
  },
  {
    id: 'context.ids',
    title: 'transaction_id and message_id are UUIDs',
    source: 'core 1.x Context, format: uuid',
    advice: 'Make both with a UUID generator; closed schemas refuse anything else.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ transactionId, messageId }) => {
        if (!UUID.test(transactionId)) return `transaction_id ${contextText(transactionId)} is no UUID`;
        return UUID.test(messageId) ? undefined : `message_id ${contextText(messageId)} is no UUID`;
      }),
  },
  {
    id: 'context.transaction',
    title: 'one transaction_id from the search to the rating',
    source: 'core 1.x Context.transaction_id',
    advice:
      'Make a transaction_id for each search and keep it: before there is an order id, nothing else connects the requests.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        (request) => wrongTransaction(record, request),
        ({ action }) => action !== 'search',
      ),
  },
  {
    id: 'context.message-id',
    title: 'a new message_id for every request',
    source: 'core 1.x Context.message_id: unique for a request and its callback',
    advice: 'Make a new message_id for each request. Keep it only when the very same bytes are sent again.',
    required: true,
    check(record) {
      const users = new Map<string, ReceivedRequest>();
      return checkEachRequest(record, (request) => {
        const user = users.get(request.messageId) ?? request;
        users.set(request.messageId, user);
        return user.action === request.action ? undefined : `its message_id was that of an earlier ${user.action}`;
      });
    },
  },
  {
    id: 'context.timestamp',
    title: 'the timestamp is a time with a zone',
    source: 'core 1.x Context.timestamp, RFC 3339',
    advice: 'Write the time of sending as 2025-03-02T08:11:09.120Z.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context, at }) => {
        const text = textOf(context.timestamp);
        const time = RFC3339.test(text) ? Date.parse(text) : NaN;
        if (Number.isNaN(time)) return `context.timestamp is ${contextText(context.timestamp)}`;
        return time > at + SKEW_MS
          ? `context.timestamp lies ${Math.round((time - at) / 1_000)} s in the future`
          : undefined;
      }),
  },
  {
    id: 'context.ttl',
    title: 'the ttl is a duration that has not passed',
    source: 'core 1.x Context.ttl, ISO 8601',
    advice:
      'Write a duration such as PT30S, and a fresh timestamp: timestamp + ttl is the last moment at which the request counts.',
    required: false,
    check: (record) =>
      checkEachRequest(
        record,
        ({ context, at }) => {
          const ms = parseDurationMs(textOf(context.ttl));
          if (ms === undefined) return `context.ttl is ${contextText(context.ttl)}`;
          const late = at - Date.parse(textOf(context.timestamp)) - ms;
          return late > 0 ? `timestamp + ttl had passed ${Math.ceil(late / 1_000)} s before` : undefined;
        },
        ({ context }) => context.ttl !== undefined && context.ttl !== null,
      ),
  },
  {
    id: 'context.bap-uri',
    title: 'bap_uri is the address that is registered',
    source: 'core 1.x Context.bap_uri; providers compare it with the registry record',
    advice:
      'Send the registered address as bap_uri. Careful providers call nothing else: any sender could have them call anybody.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ context }) =>
        withoutSlash(context.bap_uri) === withoutSlash(record.expected.bapUri)
          ? undefined
          : `context.bap_uri is ${contextText(context.bap_uri)}, not ${record.expected.bapUri}`,
      ),
  },
  {
    id: 'context.bpp',
    title: 'bpp_id and bpp_uri are those of the provider, in all but the search',
    source: 'core 1.x Context.bpp_id, Context.bpp_uri',
    advice: 'Take both from the context of on_search, and put them into every request after it.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ context }) => {
          const { bppId, bppUri } = record.expected;
          if (context.bpp_id !== bppId) return `context.bpp_id is ${contextText(context.bpp_id)}, not ${bppId}`;
          return withoutSlash(context.bpp_uri) === withoutSlash(bppUri)
            ? undefined
            : `context.bpp_uri is ${contextText(context.bpp_uri)}, not ${bppUri}`;
        },
        ({ action }) => action !== 'search',
      ),
  },
];
