/** Rules about what is lawful and seldom: each is the habit of a provider, and none may stop a buyer app. */
import { isDeepStrictEqual } from 'node:util';
import type { ProfileName } from '../provider/provider-profiles.js';
import { requestsIn, type CallbackLabel, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import { checkEach, isAcknowledged, callbacksLabelled, describeAnswer, type Rule } from './rule.js';

interface UnusualCallback {
  readonly name: string;
  readonly title: string;
  readonly labels: readonly CallbackLabel[];
  readonly profiles: readonly ProfileName[];
  readonly source: string;
  readonly advice: string;
}

const UNUSUAL_CALLBACKS: readonly UnusualCallback[] = [
  {
    name: 'unsolicited',
    title: 'an on_status that nobody asked for, with a new message_id, is taken',
    labels: ['unsolicited'],
    profiles: ['strict', 'protocol-server', 'onix'],
    source: 'core 1.x, unsolicited callbacks: a new message_id',
    advice: 'Find the order by message.order.id, or by transaction_id; message_id finds answers only.',
  },
  {
    name: 'duplicate-status',
    title: 'the same on_status again is taken',
    labels: ['duplicate-status'],
    profiles: ['strict'],
    source: 'delivery at least once: an ACK can be lost',
    advice: 'Acknowledge it, and change nothing.',
  },
  {
    name: 'out-of-order',
    title: 'a progress older than the one before is taken',
    labels: ['out-of-order'],
    profiles: ['strict'],
    source: 'core 1.x gives no order of delivery; Order.updated_at',
    advice: 'Acknowledge it, and keep what has the later updated_at.',
  },
  {
    name: 'raw-bytes',
    title: 'a signed body with unusual blanks and escapes is taken',
    labels: ['raw-bytes'],
    profiles: ['strict'],
    source: 'BECKN-006, Hashing: the digest of the body as sent',
    advice: 'Verify over the bytes that came. Parsed and written anew they are others.',
  },
  {
    name: 'after-end',
    title: 'the end told twice, and an old progress after it, are taken',
    labels: ['after-end'],
    profiles: ['strict'],
    source: 'delivery at least once, in no order; Order.status COMPLETE',
    advice: 'Acknowledge both. The end stays the end, and its bill is shown once.',
  },
  {
    name: 'late',
    title: 'a callback that comes late is taken',
    labels: ['late'],
    profiles: ['protocol-server'],
    source: 'core 1.x Context.ttl: it counts until timestamp + ttl',
    advice: 'Wait as long as the ttl of the request says, and take what comes later as news.',
  },
  {
    name: 'duplicate',
    title: 'the same callback again is taken',
    labels: ['duplicate'],
    profiles: ['protocol-server'],
    source: 'delivery at least once: an ACK can be lost',
    advice: 'Acknowledge it, and do not go on a second time.',
  },
  {
    name: 'error',
    title: 'a callback with error in place of message is taken',
    labels: ['error'],
    profiles: ['strict', 'protocol-server'],
    source: 'core 1.x, callbacks carry message or error; BECKN-005; protocol-server writes the code as a number',
    advice: 'Acknowledge it: it is an answer. Read error.code as a string or a number, and show error.message.',
  },
];

const toleranceRule = ({ name, labels, ...rest }: UnusualCallback): Rule => ({
  id: `takes.${name}`,
  ...rest,
  required: true,
  check: (record) =>
    checkEach(callbacksLabelled(record, ...labels), (callback) =>
      isAcknowledged(callback) ? undefined : `${callback.action}: the answer was ${describeAnswer(callback)}`,
    ),
});

const continuesAfter = (record: RunRecord, after: number): boolean => requestsIn(record).some((one) => one.at > after);

/** The same bytes, or the same wish under another message_id. */
const isSameRequest = (one: ReceivedRequest, other: ReceivedRequest): boolean =>
  one.action === other.action && isDeepStrictEqual(one.message, other.message);

const nackedRequests = (record: RunRecord): ReceivedRequest[] =>
  requestsIn(record).filter((one) => one.reply === 'nack');

function repeatAfterNack(record: RunRecord, request: ReceivedRequest): string | undefined {
  const again = requestsIn(record).filter(
    (one) =>
      one !== request &&
      one.at >= request.at &&
      isSameRequest(one, request) &&
      (one.messageId === request.messageId || one.at <= request.at + record.repeatWindowMs),
  );
  // After a 401 a fresh signature may help: once.
  const allowed = request.replyStatus === 401 ? 1 : 0;
  return again.length > allowed ? `${request.action} came ${again.length} more times after its NACK` : undefined;
}

function repeatedMessages(record: RunRecord): [ReceivedRequest, ReceivedRequest][] {
  const requests = requestsIn(record);
  return requests.flatMap((request, index) => {
    const first = requests
      .slice(0, index)
      .find((one) => one.action === request.action && one.messageId === request.messageId);
    return first ? [[first, request] as [ReceivedRequest, ReceivedRequest]] : [];
  });
}

export const TOLERANCE_RULES: readonly Rule[] = [
  ...UNUSUAL_CALLBACKS.map(toleranceRule),
  {
    id: 'continues.error',
    title: 'an error callback is not the end of the app',
    source: 'core 1.x, callbacks carry message or error',
    advice: 'End the wait for the callback when error comes, tell the person, and let them choose again.',
    required: true,
    profiles: ['strict', 'protocol-server'],
    check: (record) =>
      checkEach(callbacksLabelled(record, 'error'), (callback) =>
        continuesAfter(record, callback.at) ? undefined : `nothing came after the error in ${callback.action}`,
      ),
  },
  {
    id: 'continues.accepted',
    title: 'a 202 with a context beside the ACK is an ACK',
    source: 'protocol-server answers so',
    advice: 'Take every 2xx with message.ack.status "ACK" as acknowledged, and pass over what else is there.',
    required: true,
    profiles: ['protocol-server'],
    check(record) {
      const requests = requestsIn(record);
      const accepted = requests.filter((one) => one.reply === 'ack');
      return checkEach(accepted, (request) => {
        const again = requests.some(
          (one) =>
            one !== request &&
            one.at >= request.at &&
            one.messageId === request.messageId &&
            isSameRequest(one, request),
        );
        return again ? `${request.action} was acknowledged, and came again` : undefined;
      });
    },
  },
  {
    id: 'continues.refused',
    title: 'a NACK is understood wherever its error stands, and is not the end of the app',
    source:
      'core 1.x: error beside message; onix before version 2: error inside message, and 401; protocol-server: numeric codes',
    advice:
      'Read message.ack.status, and error beside or inside message; code as a string or a number. Show it, and go on.',
    required: true,
    check: (record) =>
      checkEach(nackedRequests(record), (request) =>
        continuesAfter(record, request.at) ? undefined : `nothing came after the NACK of ${request.action}`,
      ),
  },
  {
    id: 'repeats.refused',
    title: 'a refused request is not sent again as it was',
    source: 'core 1.x Ack.status: NACK is an answer; 401: a fresh signature may be tried once',
    advice:
      'Repeat after network errors, 429 and 5xx only, with growing pauses. A NACK needs another request, or a person.',
    required: true,
    check: (record) => checkEach(nackedRequests(record), (request) => repeatAfterNack(record, request)),
  },
  {
    id: 'repeats.identical',
    title: 'what is sent again under the same message_id is the same, byte by byte',
    source: 'core 1.x Context.message_id: repeats are found by it',
    advice:
      'Keep the body as it was sent and repeat that, under a fresh signature; another body needs another message_id.',
    required: false,
    check: (record) =>
      checkEach(repeatedMessages(record), ([first, again]) =>
        first.raw.equals(again.raw) ? undefined : `${again.action} came again with other bytes and the same message_id`,
      ),
  },
];
