/** Rules about the answers to callbacks, the good ones and those that must not be believed. */
import { valueAt, textOf } from '../../runtime/json.js';
import { CALLBACK_FLAWS, type CallbackFlaw } from '../provider/provider-profiles.js';
import { callbacksIn, type SentCallback, type CallbackLabel, type RunRecord } from '../provider/run-record.js';
import {
  checkEach,
  is2xx,
  isAcknowledged,
  callbacksLabelled,
  readAck,
  describeAnswer,
  type RuleResult,
  type Rule,
} from './rule.js';

/** Nothing is odd about these. */
const ORDINARY_LABELS: readonly CallbackLabel[] = ['answer', 'progress', 'terminal'];

const checkEachCallback = (
  callbacks: readonly SentCallback[],
  fault: (callback: SentCallback) => string | undefined,
): RuleResult =>
  checkEach(callbacks, (callback) => {
    const blame = fault(callback);
    return blame === undefined ? undefined : `${callback.action}: ${blame}`;
  });

const ordinaryCallbacks = (record: RunRecord): SentCallback[] => callbacksLabelled(record, ...ORDINARY_LABELS);

const FLAW_RULES: Readonly<Record<CallbackFlaw, { readonly what: string; readonly advice: string }>> = {
  unsigned: {
    what: 'a callback without Authorization is refused',
    advice: 'Answer 401: anybody could have sent it.',
  },
  tampered: {
    what: 'a callback whose body was changed after signing is refused',
    advice:
      'Take the digest of the raw bytes that came, before anything parses them, and verify the signature over it.',
  },
  'wrong-digest': {
    what: 'a callback whose Digest header fits the signature, but not the body, is refused',
    advice: 'Pass over the Digest header: compute the digest from the body.',
  },
  expired: {
    what: 'a callback whose signature has expired is refused',
    advice: 'Compare created and expires with the time of day; a tolerance of some 30 s for created is enough.',
  },
  'unknown-signer': {
    what: 'a callback of a signer that is in no registry is refused',
    advice: 'Look the key up by subscriber id and key id; whose key cannot be found is not believed.',
  },
  'foreign-signer': {
    what: 'a callback signed by another provider than bpp_id is refused',
    advice: 'Compare the first part of keyId with context.bpp_id: a registered provider must not speak for another.',
  },
};

const flawRule = (flaw: CallbackFlaw): Rule => ({
  id: `refuses.${flaw}`,
  title: FLAW_RULES[flaw].what,
  source: 'BECKN-006, verification; core 1.x Ack.status NACK',
  advice: FLAW_RULES[flaw].advice,
  required: true,
  check: (record) =>
    checkEachCallback(callbacksLabelled(record, flaw), (callback) => {
      // A 2xx that says no NACK is an acknowledgement to every provider.
      const believed = is2xx(callback.status) && readAck(callback.text)?.status !== 'NACK';
      return believed || callback.status === 0 ? `the answer was ${describeAnswer(callback)}` : undefined;
    }),
});

/** What a refusal should look like. */
function nackProblem(callback: SentCallback): string | undefined {
  const { status, text } = callback;
  const answer = readAck(text);
  if (answer?.status !== 'NACK') return `message.ack.status is not "NACK": ${describeAnswer(callback)}`;
  if (status >= 500) return `the status ${status} asks the provider to send it again`;
  const message = textOf(valueAt(answer.error, 'message'));
  return message ? undefined : `error.message is missing: ${describeAnswer(callback)}`;
}

export const ANSWER_RULES: readonly Rule[] = [
  {
    id: 'answers.status',
    title: 'good callbacks are answered with a 2xx',
    source: 'core 1.x, responses; maintainers: 200',
    advice:
      'Answer 200 as soon as the callback is kept. Providers repeat what was answered with 5xx, and give up on 4xx.',
    required: true,
    check: (record) =>
      checkEachCallback(ordinaryCallbacks(record), (callback) =>
        is2xx(callback.status) ? undefined : `the answer was ${describeAnswer(callback)}`,
      ),
  },
  {
    id: 'answers.ack',
    title: 'good callbacks are answered with an ACK',
    source: 'core 1.x, Response: message.ack.status',
    advice: 'Answer {"message":{"ack":{"status":"ACK"}}}.',
    required: true,
    check: (record) =>
      checkEachCallback(
        ordinaryCallbacks(record).filter(({ status }) => is2xx(status)),
        (callback) => (isAcknowledged(callback) ? undefined : `the answer was ${describeAnswer(callback)}`),
      ),
  },
  {
    id: 'answers.time',
    title: 'every callback is answered within a second',
    source: 'common practice: an answer is an acknowledgement, not the work',
    advice: 'Keep the callback, answer, and do the work after that.',
    required: true,
    check: (record) =>
      checkEachCallback(
        callbacksIn(record).filter(({ status }) => status !== 0),
        ({ tookMs }) => (tookMs > record.answerWithinMs ? `the answer took ${tookMs} ms` : undefined),
      ),
  },
  ...CALLBACK_FLAWS.map(flawRule),
  {
    id: 'refuses.shape',
    title: 'refusals say NACK and why',
    source: 'core 1.x, Response: message.ack.status NACK, error; BECKN-006: 401 for signatures',
    advice:
      'Answer 401 with {"message":{"ack":{"status":"NACK"}},"error":{"code":"401","message":"…"}}, and tell the reason: the other side cannot see yours.',
    required: true,
    check: (record) =>
      checkEachCallback(
        callbacksLabelled(record, ...CALLBACK_FLAWS).filter(
          ({ status, text }) => status !== 0 && (!is2xx(status) || readAck(text)?.status === 'NACK'),
        ),
        nackProblem,
      ),
  },
];
