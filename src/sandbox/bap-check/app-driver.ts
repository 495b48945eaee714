/** Prompts the buyer app, by instructions to a person, by one POST that starts it, or through its client API. */
import type { Clock, Random } from '../../ports/runtime.js';
import { errorText } from '../buyer-app/envelope.js';
import type { DialectName } from '../dialects/all.js';
import type { Dialect, Offer, Step } from '../dialects/dialect.js';
import { parseJson, valueAt, type Json } from '../runtime/json.js';
import { describeError } from './provider/callback-sender.js';
import type { ProfileName } from './provider/provider-profiles.js';
import type { Expected, QuotedTransaction } from './provider/run-record.js';

/** `again` after a failure that the provider caused on purpose; `optional` if the app need not support the request. */
type PromptReason = 'again' | 'optional';

export interface AppDriver {
  /** Whether the app continues on its own after a failure, given some time. */
  readonly continuesByItself: boolean;
  /** The error in the latest answer of the trigger URL or client API, as a clause; `undefined` if it had none. */
  readonly problem?: string | undefined;
  /**
   * Asks the app for a request. The request itself may arrive later.
   * @param transaction The latest transaction; `undefined` before the first search.
   * @errors Rejects with a DriverError.
   */
  prompt(step: Step, transaction: QuotedTransaction | undefined, reason?: PromptReason): Promise<void>;
}

/** Thrown if the trigger URL does not work. The message has no full stop. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
}

const INSTRUCTIONS: Readonly<Record<Step, (dialect: Dialect) => string>> = {
  search: () => 'search for chargers, anywhere',
  select: ({ choice }) => `choose ${choice}`,
  init: () => 'enter billing details',
  confirm: () => 'pay the quoted price and confirm the order',
  start: () => 'start charging',
  status: () => 'ask for the status of the order',
  update: ({ contents }) =>
    contents.stop === undefined ? 'change the limit of the running order' : 'change the billing details of the order',
  track: () => 'track the order',
  support: () => 'ask for support with the order',
  stop: () => 'stop charging',
  cancel: () => 'stop charging',
  rating: () => 'rate the order',
};

/** @param print Shows a line to the person who operates the app. */
export function manualDriver(dialect: Dialect, print: (text: string) => void): AppDriver {
  return {
    continuesByItself: false,
    prompt(step, _transaction, reason) {
      const instruction = INSTRUCTIONS[step](dialect);
      if (reason === 'optional') print(`If your app can: ${instruction}.`);
      else if (reason === 'again') print(`Now, in your app: ${instruction} again. The last request failed on purpose.`);
      else print(`Now, in your app: ${instruction}.`);
      return Promise.resolve();
    },
  };
}

const TRIGGER_TIMEOUT_MS = 60_000;

/**
 * Posts a request to the app's trigger URL or client API.
 * @returns The error in the app's answer, as a clause; `undefined` if there was none.
 * @errors Rejects with a DriverError if the URL cannot be reached, or answers 404 or 405.
 */
async function post(url: string, body: Json): Promise<string | undefined> {
  let status: number;
  let text: string;
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(TRIGGER_TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new DriverError(`the trigger ${url} could not be reached: ${describeError(error)}`);
  }
  // Other error statuses may concern the request itself, such as a refusal or a missing callback.
  if (status === 404 || status === 405) throw new DriverError(`the trigger ${url} answered ${status}`);
  if (status < 400) return undefined;
  const reason = errorText(valueAt(parseJson(text), 'error'));
  return `the trigger answered ${status}${reason === '' ? '' : `: ${reason}`}`;
}

/** The data for the body of the trigger's POST. */
export interface TriggerBody {
  readonly dialectName: DialectName;
  readonly dialect: Dialect;
  readonly profile: ProfileName;
  readonly expected: Expected;
}

/**
 * Creates a driver that starts the app with one POST, after which the app goes through the order on its own. If a
 * select fails and the app does not continue, the driver starts it again.
 */
export function triggerDriver(url: string, start: TriggerBody): AppDriver {
  const { dialectName, dialect, profile, expected } = start;
  const { domain, version } = dialect.envelope;
  const { bppId, bppUri, registryUrl } = expected;
  const named = { dialect: dialectName, domain, version, profile };
  const body = { ...named, bpp_id: bppId, bpp_uri: bppUri, registry_url: registryUrl };
  let problem: string | undefined;
  return {
    continuesByItself: true,
    get problem() {
      return problem;
    },
    async prompt(step, _transaction, reason) {
      if (step === 'search' || (step === 'select' && reason === 'again')) problem = await post(url, body);
    },
  };
}

export interface ClientDriverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialect: Dialect;
  readonly offer: Offer;
  readonly expected: Expected;
}

/**
 * Creates a driver that posts each request to the app's unsigned client API, such as that of protocol-server.
 * @param urlTemplate Contains `{action}`.
 */
export function clientDriver(urlTemplate: string, options: ClientDriverOptions): AppDriver {
  const { clock, random, dialect, offer, expected } = options;
  const { domain, version, names } = dialect.envelope;
  const location = { city: { code: 'std:080' }, country: { code: 'IND' } };
  let problem: string | undefined;
  return {
    continuesByItself: false,
    get problem() {
      return problem;
    },
    async prompt(step, transaction) {
      const isSearch = step === 'search';
      const action = dialect.actions[step] ?? step;
      const context = {
        [names.domain]: domain,
        version,
        ...(version.startsWith('1.') && { location }),
        action,
        [names.bapId]: expected.subscriberId,
        [names.bapUri]: expected.bapUri,
        ...(isSearch ? {} : { [names.bppId]: expected.bppId, [names.bppUri]: expected.bppUri }),
        [names.transactionId]: (isSearch ? undefined : transaction?.transactionId) ?? random.uuid(),
        [names.messageId]: random.uuid(),
        timestamp: new Date(clock.now()).toISOString(),
        ttl: 'PT30S',
      };
      const message = dialect.buildRequest(step, { offer, order: transaction, now: clock.now() });
      problem = await post(urlTemplate.replaceAll('{action}', action), { context, message });
    },
  };
}
