/** Defines the rules for answers to callbacks, genuine and forged. */
import { ackBody, errorText } from '../../buyer-app/envelope.js';
import type { Dialect } from '../../dialects/dialect.js';
import { CALLBACK_FLAWS, type CallbackFlaw } from '../provider/provider-profiles.js';
import { callbacksIn, type CallbackLabel, type RunRecord, type SentCallback } from '../provider/run-record.js';
import {
  callbacksLabelled,
  checkEachCallback,
  describeAnswer,
  is2xx,
  isAcknowledged,
  isTaken,
  readAck,
  type RuleTemplate,
} from './rule.js';

/** The labels of the unsolicited callbacks with nothing unusual about them. */
const UNSOLICITED_LABELS: readonly CallbackLabel[] = ['progress', 'terminal'];

/**
 * Returns the callbacks with nothing unusual about them. Omits unsolicited ones if the app refuses all of them, because
 * another rule reports that.
 */
function ordinaryCallbacks(record: RunRecord): SentCallback[] {
  const unsolicited = callbacksLabelled(record, ...UNSOLICITED_LABELS);
  const takesUnsolicited = unsolicited.some((callback) => isTaken(callback, record.dialect));
  return callbacksLabelled(record, 'answer', ...(takesUnsolicited ? UNSOLICITED_LABELS : []));
}

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
    title: 'a callback signed by a provider other than the one in its context is refused',
    advice: 'Compare the first part of keyId with the provider in the context. One provider must not sign for another.',
  },
};

const flawRule = (flaw: CallbackFlaw): RuleTemplate => ({
  id: `refuses.${flaw}`,
  title: FLAW_RULES[flaw].title,
  source: ({ specification }) => `BECKN-006, verification; ${specification}, NACK`,
  advice: FLAW_RULES[flaw].advice,
  required: true,
  check: (record) =>
    checkEachCallback(callbacksLabelled(record, flaw), (callback) =>
      isTaken(callback, record.dialect) || callback.status === 0
        ? `the answer was ${describeAnswer(callback)}`
        : undefined,
    ),
});

function findRefusalFault(callback: SentCallback, dialect: Dialect): string | undefined {
  const { status, text } = callback;
  const ack = readAck(text, dialect);
  if (ack?.status !== 'NACK') return `there is no NACK: ${describeAnswer(callback)}`;
  if (status >= 500) return `the status ${status} asks the provider to send the callback again`;
  return errorText(ack.error) ? undefined : `the error has no text: ${describeAnswer(callback)}`;
}

export const ANSWER_RULES: readonly RuleTemplate[] = [
  {
    id: 'answers.status',
    title: 'genuine callbacks are answered with a 2xx status',
    source: ({ specification }) => `${specification}, responses; maintainers: 200`,
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
    source: ({ specification }) => `${specification}, acknowledgement`,
    advice: ({ envelope }) => `Answer ${ackBody(envelope.ackForm, 'ACK')}.`,
    required: true,
    check: (record) =>
      checkEachCallback(
        ordinaryCallbacks(record).filter(({ status }) => is2xx(status)),
        (callback) =>
          isAcknowledged(callback, record.dialect) ? undefined : `the answer was ${describeAnswer(callback)}`,
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
        ({ tookMs }) =>
          tookMs > record.answerWithinMs ? `the answer took ${(tookMs / 1_000).toFixed(1)} s` : undefined,
      ),
  },
  ...CALLBACK_FLAWS.map(flawRule),
  {
    id: 'refuses.shape',
    title: 'refusals contain a NACK and the reason',
    source: ({ specification }) => `${specification}, NACK with error; BECKN-006: 401 for signatures`,
    advice: ({ envelope, errorNames: { code, message } }) =>
      `Answer 401 with ${ackBody(envelope.ackForm, 'NACK', { [code]: '401', [message]: '…' })}, and give the reason. The provider has no other way to learn it.`,
    required: true,
    check: (record) =>
      checkEachCallback(
        callbacksLabelled(record, ...CALLBACK_FLAWS).filter(
          ({ status, text }) => status !== 0 && (!is2xx(status) || readAck(text, record.dialect)?.status === 'NACK'),
        ),
        (callback) => findRefusalFault(callback, record.dialect),
      ),
  },
];
