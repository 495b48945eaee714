/** Defines the rules for answers to callbacks, genuine and forged. */
import { textOf, valueAt } from '../../runtime/json.js';
import { CALLBACK_FLAWS, type CallbackFlaw } from '../provider/provider-profiles.js';
import { callbacksIn, type CallbackLabel, type RunRecord, type SentCallback } from '../provider/run-record.js';
import {
  callbacksLabelled,
  checkEach,
  describeAnswer,
  is2xx,
  isAcknowledged,
  readAck,
  type Rule,
  type RuleResult,
} from './rule.js';

/** The labels of callbacks with nothing unusual about them. */
const ORDINARY_LABELS: readonly CallbackLabel[] = ['answer', 'progress', 'terminal'];

const ordinaryCallbacks = (record: RunRecord): SentCallback[] => callbacksLabelled(record, ...ORDINARY_LABELS);

/** Checks each callback, and puts its action before the fault. */
const checkEachCallback = (
  callbacks: readonly SentCallback[],
  findFault: (callback: SentCallback) => string | undefined,
): RuleResult =>
  checkEach(callbacks, (callback) => {
    const fault = findFault(callback);
    return fault === undefined ? undefined : `${callback.action}: ${fault}`;
  });

const FLAW_RULES: Readonly<Record<CallbackFlaw, { readonly title: string; readonly advice: string }>> = {
  unsigned: {
    title: 'a callback without an Authorization header is refused',
    advice: 'Answer 401. Anyone could have sent it.',
  },
  tampered: {
    title: 'a callback whose body was changed after signing is refused',
    advice: 'Take the digest of the raw bytes before the body is parsed, and verify the signature over it.',
  },
  'wrong-digest': {
    title: 'a callback whose Digest header matches the signature but not the body is refused',
    advice: 'Ignore the Digest header, and compute the digest from the body.',
  },
  expired: {
    title: 'a callback with an expired signature is refused',
    advice: 'Compare created and expires with the present time. A tolerance of about 30 s for created is enough.',
  },
  'unknown-signer': {
    title: 'a callback from a signer without a registry record is refused',
    advice: 'Look the key up by subscriber id and key id, and refuse the callback when there is none.',
  },
  'foreign-signer': {
    title: 'a callback signed by a provider other than bpp_id is refused',
    advice: 'Compare the first part of keyId with context.bpp_id. One provider must not sign for another.',
  },
};

const flawRule = (flaw: CallbackFlaw): Rule => ({
  id: `refuses.${flaw}`,
  title: FLAW_RULES[flaw].title,
  source: 'BECKN-006, verification; core 1.x Ack.status NACK',
  advice: FLAW_RULES[flaw].advice,
  required: true,
  check: (record) =>
    checkEachCallback(callbacksLabelled(record, flaw), (callback) => {
      // A provider takes any 2xx without a NACK as an acknowledgement.
      const isAccepted = is2xx(callback.status) && readAck(callback.text)?.status !== 'NACK';
      return isAccepted || callback.status === 0 ? `the answer was ${describeAnswer(callback)}` : undefined;
    }),
});

function findRefusalFault(callback: SentCallback): string | undefined {
  const { status, text } = callback;
  const ack = readAck(text);
  if (ack?.status !== 'NACK') return `message.ack.status is not "NACK": ${describeAnswer(callback)}`;
  if (status >= 500) return `the status ${status} asks the provider to send the callback again`;
  const reason = textOf(valueAt(ack.error, 'message'));
  return reason ? undefined : `error.message is missing: ${describeAnswer(callback)}`;
}

export const ANSWER_RULES: readonly Rule[] = [
  {
    id: 'answers.status',
    title: 'genuine callbacks are answered with a 2xx status',
    source: 'core 1.x, responses; maintainers: 200',
    advice:
      'Answer 200 as soon as the callback is stored. Providers repeat a callback after a 5xx and give up after a 4xx.',
    required: true,
    check: (record) =>
      checkEachCallback(ordinaryCallbacks(record), (callback) =>
        is2xx(callback.status) ? undefined : `the answer was ${describeAnswer(callback)}`,
      ),
  },
  {
    id: 'answers.ack',
    title: 'genuine callbacks are answered with an ACK',
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
    source: 'common practice: the answer only acknowledges the callback',
    advice: 'Store the callback, answer, and process it afterwards.',
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
    title: 'refusals contain a NACK and the reason',
    source: 'core 1.x, Response: message.ack.status NACK, error; BECKN-006: 401 for signatures',
    advice:
      'Answer 401 with {"message":{"ack":{"status":"NACK"}},"error":{"code":"401","message":"…"}}, and give the reason. The provider has no other way to learn it.',
    required: true,
    check: (record) =>
      checkEachCallback(
        callbacksLabelled(record, ...CALLBACK_FLAWS).filter(
          ({ status, text }) => status !== 0 && (!is2xx(status) || readAck(text)?.status === 'NACK'),
        ),
        findRefusalFault,
      ),
  },
];
