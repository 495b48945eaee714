/** Defines the rules for unusual but allowed provider behaviour that a buyer app must tolerate. */
import { isDeepStrictEqual } from 'node:util';
import type { ProfileName } from '../provider/provider-profiles.js';
import { requestsIn, type CallbackLabel, type ReceivedRequest, type RunRecord } from '../provider/run-record.js';
import {
  callbacksLabelled,
  checkEach,
  checkEachCallback,
  describeAnswer,
  isAcknowledged,
  type RuleTemplate,
} from './rule.js';

interface UnusualCallback {
  readonly label: CallbackLabel;
  readonly title: string;
  readonly profiles: readonly ProfileName[];
  readonly source: string;
  readonly advice: string;
  /** As in `Rule`; `answers.ack` by default. */
  readonly needs?: string;
}

const UNUSUAL_CALLBACKS: readonly UnusualCallback[] = [
  {
    label: 'unsolicited',
    title: 'an unsolicited on_status with a new message id is acknowledged',
    profiles: ['strict', 'protocol-server', 'onix'],
    source: 'Beckn, unsolicited callbacks: a new message id',
    advice: 'Find the order by its id or the transaction id. The message id identifies answers to requests only.',
  },
  {
    label: 'duplicate-status',
    title: 'a repeated on_status is acknowledged',
    profiles: ['strict'],
    source: 'delivery at least once: an ACK can be lost',
    advice: 'Acknowledge it and change nothing.',
  },
  {
    label: 'out-of-order',
    title: 'an on_status that is older than the one before is acknowledged',
    profiles: ['strict'],
    source: 'Beckn defines no order of delivery; the order says when it was updated',
    advice: 'Acknowledge it, and keep the state that was updated later.',
  },
  {
    label: 'raw-bytes',
    title: 'a signed body with unusual spacing and escapes is acknowledged',
    profiles: ['strict'],
    source: 'BECKN-006, Hashing: the digest of the body as sent',
    advice: 'Verify the received bytes. Parsing and serialising the body changes them.',
  },
  {
    label: 'after-end',
    title: 'a repeated end, and old progress after it, are acknowledged',
    profiles: ['strict'],
    source: 'delivery at least once, in no order',
    advice: 'Acknowledge both. The order stays completed, and its bill is shown once.',
    needs: 'accepts.duplicate-status',
  },
  {
    label: 'late',
    title: 'a late callback is acknowledged',
    profiles: ['protocol-server'],
    source: 'Context.ttl: valid until timestamp + ttl',
    advice: 'Wait as long as the ttl of the request says, and treat a later callback as an unsolicited one.',
  },
  {
    label: 'duplicate',
    title: 'a repeated callback is acknowledged',
    profiles: ['protocol-server'],
    source: 'delivery at least once: an ACK can be lost',
    advice: 'Acknowledge it, and do not continue a second time.',
  },
  {
    label: 'error',
    title: 'a callback with error instead of message is acknowledged',
    profiles: ['strict', 'protocol-server'],
    source: 'callbacks carry message or error; BECKN-005; protocol-server writes the code as a number',
    advice: 'Acknowledge it: it is an answer. Read its code as a string or a number, and show its text.',
  },
];

const toleranceRule = ({ label, needs = 'answers.ack', ...rest }: UnusualCallback): RuleTemplate => ({
  id: `accepts.${label}`,
  ...rest,
  required: true,
  needs,
  check: (record) =>
    checkEachCallback(callbacksLabelled(record, label), (callback) =>
      isAcknowledged(callback, record.dialect) ? undefined : `the answer was ${describeAnswer(callback)}`,
    ),
});

/** Checks whether any request came after `at`, epoch ms. */
const hasRequestAfter = (record: RunRecord, at: number): boolean =>
  requestsIn(record).some((request) => request.at > at);

/** Checks whether two requests have the same step and message; their message ids may differ. */
const isSameRequest = (one: ReceivedRequest, other: ReceivedRequest): boolean =>
  one.step === other.step && isDeepStrictEqual(one.message, other.message);

const repeatsOf = (record: RunRecord, request: ReceivedRequest): ReceivedRequest[] =>
  requestsIn(record).filter((other) => other !== request && other.at >= request.at && isSameRequest(other, request));

const nackedRequests = (record: RunRecord): ReceivedRequest[] =>
  requestsIn(record).filter(({ reply }) => reply === 'nack');

function findRepeatAfterNack(record: RunRecord, request: ReceivedRequest): string | undefined {
  const repeats = repeatsOf(record, request).filter(
    ({ messageId, at }) => messageId === request.messageId || at <= request.at + record.repeatWindowMs,
  );
  // After a 401 one repeat with a fresh signature is allowed.
  const allowed = request.replyStatus === 401 ? 1 : 0;
  return repeats.length > allowed ? `${request.action} came ${repeats.length} more times after its NACK` : undefined;
}

/** Pairs each repeated request with the first one that had the same action and message_id. */
function repeatedMessages(record: RunRecord): (readonly [first: ReceivedRequest, repeat: ReceivedRequest])[] {
  const requests = requestsIn(record);
  return requests.flatMap((repeat, index) => {
    const first = requests
      .slice(0, index)
      .find(({ action, messageId }) => action === repeat.action && messageId === repeat.messageId);
    return first ? [[first, repeat] as const] : [];
  });
}

export const TOLERANCE_RULES: readonly RuleTemplate[] = [
  ...UNUSUAL_CALLBACKS.map(toleranceRule),
  {
    id: 'continues.error',
    title: 'the app continues after an error callback',
    source: 'callbacks carry message or error',
    advice: 'Stop waiting for the callback when an error arrives, tell the person, and offer another choice.',
    required: true,
    profiles: ['strict', 'protocol-server'],
    check: (record) =>
      checkEach(callbacksLabelled(record, 'error'), ({ action, at }) =>
        hasRequestAfter(record, at) ? undefined : `no request came after the error in ${action}`,
      ),
  },
  {
    id: 'continues.accepted',
    title: 'a 202 with a context next to the ACK counts as an ACK',
    source: 'protocol-server answers so',
    advice: 'Treat every 2xx with message.ack.status "ACK" as an acknowledgement, and ignore other fields.',
    required: true,
    profiles: ['protocol-server'],
    check: (record) =>
      checkEach(
        requestsIn(record).filter(({ reply }) => reply === 'ack'),
        (request) =>
          repeatsOf(record, request).some(({ messageId }) => messageId === request.messageId)
            ? `${request.action} was acknowledged and came again`
            : undefined,
      ),
  },
  {
    id: 'continues.refused',
    title: 'the app understands a NACK of any form, and continues after it',
    source:
      'the specification: error next to message; onix: error inside message, and 401; protocol-server: numeric codes',
    advice:
      'Read the status of the acknowledgement, and error next to or inside message, with its code as a string or a number. Show the error and continue.',
    required: true,
    needs: 'request.status',
    check: (record) =>
      checkEach(nackedRequests(record), ({ action, at }) =>
        hasRequestAfter(record, at) ? undefined : `no request came after the NACK of ${action}`,
      ),
  },
  {
    id: 'repeats.refused',
    title: 'a refused request is not repeated unchanged',
    source: 'NACK is an answer; 401: a fresh signature may be tried once',
    advice:
      'Repeat only after network errors, 429 and 5xx, with growing pauses. After a NACK change the request, or let a person decide.',
    required: true,
    needs: 'request.status',
    check: (record) => checkEach(nackedRequests(record), (request) => findRepeatAfterNack(record, request)),
  },
  {
    id: 'repeats.identical',
    title: 'a repeat under the same message id has the same bytes',
    source: 'Context, message id: receivers recognise repeats by it',
    advice:
      'Keep the sent body and repeat it unchanged under a fresh signature. A changed body needs a new message id.',
    required: false,
    check: (record) =>
      checkEach(repeatedMessages(record), ([first, repeat]) =>
        first.raw.equals(repeat.raw)
          ? undefined
          : `${repeat.action} came again with other bytes under the same message id`,
      ),
  },
];
