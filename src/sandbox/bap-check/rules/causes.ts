/** Finds the one mistake that would make many rules fail, and says how to correct it. */
import { ackBody, errorText } from '../../buyer-app/envelope.js';
import { DIALECTS, displayName } from '../../dialects/all.js';
import { textOf } from '../../runtime/json.js';
import { CALLBACK_FLAWS } from '../provider/provider-profiles.js';
import { genuineCallbacksIn, requestsIn, type RunRecord, type SentCallback } from '../provider/run-record.js';
import { withoutSlash } from './context.js';
import { callbacksLabelled, describeAnswer, isTaken, readAck, type Rule, type Verdict } from './rule.js';

export interface Cause {
  /** A machine-readable code. */
  readonly id: string;
  /** A sentence without a full stop. */
  readonly text: string;
  /** What to change. */
  readonly cure: string;
  /** Whether every profile would end in the same way, so that the others need not be run. */
  readonly isGeneral: boolean;
  /** Checks whether this cause accounts for the verdict on a rule, which then counts as not tried. */
  explains(rule: Rule, verdict: Verdict): boolean;
}

const everything = (): boolean => true;
const unseen = (_rule: Rule, verdict: Verdict): boolean => verdict === 'not-seen';
const inGroups =
  (...groups: readonly string[]) =>
  ({ id }: Rule): boolean =>
    groups.some((group) => id.startsWith(`${group}.`));

/** Returns the cause that ended the run early; `undefined` if the run was complete. */
export function findCause(record: RunRecord): Cause | undefined {
  const { abort } = record;
  switch (abort?.kind) {
    case undefined:
      return undefined;
    case 'interrupted':
      return {
        id: 'interrupted',
        text: 'The run was interrupted',
        cure: 'Run it again, to the end.',
        isGeneral: true,
        explains: unseen,
      };
    case 'driver':
      return driverCause(abort.reason);
    case 'other-dialect':
      return otherDialectCause(record);
    case 'no-request':
      return noRequestCause(record, abort.reason);
    case 'unacknowledged':
      return unacknowledgedCause(record);
    case 'stopped':
      return stoppedCause(record, abort.reason);
  }
}

/** Returns the cause to report if the app accepted every forged callback; `undefined` if it did not. */
export function findUnverifiedCause(record: RunRecord): Cause | undefined {
  const forged = callbacksLabelled(record, ...CALLBACK_FLAWS);
  if (forged.length < CALLBACK_FLAWS.length || !forged.every((callback) => isTaken(callback, record.dialect)))
    return undefined;
  return {
    id: 'unverified-callbacks',
    text: 'The app accepted every forged callback: it verifies no signature',
    cure: 'Verify the Authorization header of each callback before the body is used: the key is in the registry, under the subscriber id and key id that keyId names. Anyone could report the end of an order otherwise.',
    isGeneral: false,
    explains: inGroups('refuses'),
  };
}

const driverCause = (reason: string): Cause => ({
  id: 'trigger',
  text: capitalised(reason),
  cure: 'Start the app, and give --trigger-url as the app serves it: a POST there must make the app begin.',
  isGeneral: true,
  explains: everything,
});

function otherDialectCause(record: RunRecord): Cause {
  const name = record.otherDialect;
  const spoken = name === undefined ? 'another dialect' : displayName(DIALECTS[name]);
  return {
    id: 'other-dialect',
    text: `The app speaks ${spoken}, and this check speaks ${displayName(record.dialect)}`,
    cure: name === undefined ? 'Choose the dialect with --dialect.' : `Check it with --dialect ${name}.`,
    isGeneral: true,
    explains: everything,
  };
}

function noRequestCause(
  { expected, dialect, unreadable, strayPaths, driverProblem }: RunRecord,
  reason: string,
): Cause {
  const search = dialect.actions.search ?? 'search';
  const [unread] = unreadable;
  const [stray] = strayPaths;
  const base = { isGeneral: true, explains: everything };
  if (unread !== undefined) {
    const text = `No request could be read: ${unread}`;
    const { transactionId, messageId } = dialect.envelope.names;
    const cure = `Send {"context":{…},"message":{…}} as JSON in UTF-8, with ${transactionId} and ${messageId} in the context.`;
    return { ...base, id: 'unreadable-requests', text, cure };
  }
  if (stray !== undefined) {
    const text = `No ${search} came to the bpp_uri; the app sent ${stray}`;
    return {
      ...base,
      id: 'wrong-path',
      text,
      cure: `Send requests to the bpp_uri plus the action: POST ${expected.bppUri}/${search}.`,
    };
  }
  const complaint = driverProblem === undefined ? '' : `; ${driverProblem}`;
  const cure = `Let the app send POST ${expected.bppUri}/${search}. It finds this address in the registry ${expected.registryUrl}, under ${expected.bppId}. Where it runs on another machine or in a container, see --host and --public-url.`;
  return { ...base, id: 'no-request', text: `${capitalised(reason)}${complaint}`, cure };
}

function stoppedCause({ driverProblem, entries }: RunRecord, reason: string): Cause {
  const isPlanted = entries.some((entry) =>
    entry.kind === 'request' ? entry.reply !== 'ack' : entry.label === 'error' || entry.label === 'late',
  );
  const complaint = driverProblem === undefined ? '' : `; ${driverProblem}`;
  return {
    id: 'stopped',
    text: `${capitalised(reason)}${complaint}`,
    cure: "Look into the app's log for what it did with the last callback. Raise --timeout if it needs longer.",
    // An app that stopped without any planted failure would stop there in the other profiles, too.
    isGeneral: !isPlanted,
    explains: unseen,
  };
}

/** What connection errors mean. If `what` is `undefined`, the error itself is quoted. */
const HINTS: readonly (readonly [pattern: RegExp, what: string | undefined, cure: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there', 'Start the app, or correct --url.'],
  [/ENOTFOUND|EAI_AGAIN/, 'its host name is unknown', 'Correct --url.'],
  [
    /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ConnectTimeout|connect timeout/i,
    'it cannot be reached',
    'Correct --url, or open the firewall.',
  ],
  [/none came within/, undefined, 'Acknowledge each callback first, and process it afterwards.'],
  [
    /certificate|self.signed|CERT|TLS|SSL|EPROTO|wrong version number/i,
    'TLS failed',
    'Check whether --url must begin with http or https, and the certificate.',
  ],
  [
    /other side closed|ECONNRESET|socket hang up|terminated/i,
    'the connection was closed',
    "Look for an exception in the app's log. Every callback needs an answer with a status and a body.",
  ],
];

/** Explains why no callback was acknowledged, based on the first one. */
function unacknowledgedCause(record: RunRecord): Cause {
  const { dialect, expected } = record;
  const [first, ...more] = genuineCallbacksIn(record.entries);
  const url = `${withoutSlash(expected.bapUri)}/on_${dialect.actions.search}`;
  const which = more.length === 0 ? 'the first callback' : `all ${more.length + 1} callbacks`;
  const { text, cure } = first
    ? explainAnswer(first, { record, which, url })
    : { text: 'No callback was sent', cure: '' };
  const { names } = dialect.envelope;
  const stated = textOf(requestsIn(record)[0]?.context[names.bapUri]);
  // If --url and the app disagree, that is one mistake, whichever of the two is wrong.
  const isElsewhere = stated !== '' && withoutSlash(stated) !== withoutSlash(expected.bapUri);
  const hint = isElsewhere ? ` The app itself names ${stated} as its ${names.bapUri}.` : '';
  return {
    id: first?.status === 0 ? 'unreachable' : 'callbacks-refused',
    text,
    cure: `${cure}${hint}`,
    isGeneral: true,
    explains: (rule, verdict) =>
      verdict === 'not-seen' ||
      (isElsewhere && rule.id === 'context.bap-uri') ||
      inGroups('answers', 'refuses', 'accepts', 'continues', 'repeats')(rule),
  };
}

interface Answered {
  readonly record: RunRecord;
  /** The callbacks that got this answer, in words. */
  readonly which: string;
  /** Where the first callback goes. */
  readonly url: string;
}

type Explanation = Pick<Cause, 'text' | 'cure'>;

function explainAnswer(callback: SentCallback, answered: Answered): Explanation {
  const { status, text } = callback;
  const { record, which, url } = answered;
  if (status === 0) {
    const [, what = text, cure = 'Correct --url.'] = HINTS.find(([pattern]) => pattern.test(text)) ?? [];
    return { text: `POST ${url} got no answer: ${what}`, cure };
  }
  const ack = readAck(text, record.dialect);
  if (isTaken(callback, record.dialect)) {
    const cure = `Answer ${ackBody(record.dialect.envelope.ackForm, 'ACK')}, and continue with what ${url} receives. Correct --url if another program answers there.`;
    return {
      text: `The app answered ${which} without an ACK, and did not continue: ${describeAnswer(callback)}`,
      cure,
    };
  }
  const reason = errorText(ack?.error);
  if (reason === '') return explainStatus(callback, answered);
  return { text: `The app refused ${which} with a NACK (${status}): ${reason}`, cure: refusalCure(status, record) };
}

function explainStatus(callback: SentCallback, { record, which, url }: Answered): Explanation {
  const { status } = callback;
  const text = `The app answered ${which} with ${status}`;
  if (status === 404 || status === 405)
    return {
      text: `${text}: it does not serve POST ${url}`,
      cure: `Correct --url, to which each callback adds its action; or serve ${url} and the other callbacks.`,
    };
  if (status >= 300 && status < 400)
    return { text: `${text}, a redirect`, cure: 'Give the final address as --url. Providers follow no redirect.' };
  if (status >= 500)
    return {
      text: `The app failed at ${which}: ${describeAnswer(callback)}`,
      cure: "Look for the error in the app's log.",
    };
  return { text: `The app refused ${which}: ${describeAnswer(callback)}`, cure: refusalCure(status, record) };
}

function refusalCure(status: number, { expected }: RunRecord): string {
  const { bppId, bppKeyId, registryUrl } = expected;
  return status === 401 || status === 403
    ? `The callbacks are signed with the key ${bppKeyId} of ${bppId}. Let the app look it up in the registry ${registryUrl}, and take the digest of the bytes as received.`
    : 'Let the app say in error.message what it refuses, and acknowledge every callback that is correctly signed.';
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
