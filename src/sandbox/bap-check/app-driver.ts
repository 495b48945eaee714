/** Makes the buyer app act: by instructions to a person, by one POST that starts it, or through its client API. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { Json } from '../runtime/json.js';
import { buildRequest } from './client-requests.js';
import { describeError } from './provider/callback-sender.js';
import type { Action, ProfileName } from './provider/provider-profiles.js';
import type { Expected, Offer, QuotedTransaction } from './provider/run-record.js';

/** `again` after a failure that the provider caused on purpose; `optional` for a request that the app need not support. */
type PromptReason = 'again' | 'optional';

export interface AppDriver {
  /** Whether the app continues on its own after a failure, given some time. */
  readonly continuesByItself: boolean;
  /**
   * Asks the app for a request. The request itself may arrive later.
   * @param transaction The latest transaction; `undefined` before the first search.
   * @errors Rejects with a DriverError.
   */
  prompt(action: Action, transaction: QuotedTransaction | undefined, reason?: PromptReason): Promise<void>;
}

/** Thrown if the trigger URL does not work. The message has no full stop. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
}

const INSTRUCTIONS: Readonly<Record<Action, string>> = {
  search: 'search for chargers, anywhere',
  select: 'choose the first connector and an amount of ₹100',
  init: 'enter billing details',
  confirm: 'pay the quoted price and confirm the order',
  status: 'ask for the status of the order',
  update: 'change the limit of the running order',
  track: 'track the order',
  support: 'ask for support with the order',
  cancel: 'stop charging',
  rating: 'rate the order',
};

/** @param print Shows a line to the person who operates the app. */
export function manualDriver(print: (text: string) => void): AppDriver {
  return {
    continuesByItself: false,
    prompt(action, _transaction, reason) {
      const instruction = INSTRUCTIONS[action];
      if (reason === 'optional') print(`If your app can: ${instruction}.`);
      else if (reason === 'again') print(`Now, in your app: ${instruction} again. The last request failed on purpose.`);
      else print(`Now, in your app: ${instruction}.`);
      return Promise.resolve();
    },
  };
}

const TRIGGER_TIMEOUT_MS = 60_000;

async function post(url: string, body: Json): Promise<void> {
  let status: number;
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(TRIGGER_TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    status = response.status;
    await response.arrayBuffer();
  } catch (error) {
    throw new DriverError(`the trigger ${url} could not be reached: ${describeError(error)}`);
  }
  // Other error statuses may concern the request itself, such as a refusal or a missing callback.
  if (status === 404 || status === 405) throw new DriverError(`the trigger ${url} answered ${status}`);
}

/**
 * Creates a driver that starts the app with one POST, after which the app goes through the order on its own. If a
 * select fails and the app does not continue, it is started again.
 */
export function triggerDriver(url: string, profile: ProfileName, expected: Expected, registryUrl: string): AppDriver {
  const { bppId, bppUri } = expected;
  const body = { profile, bpp_id: bppId, bpp_uri: bppUri, registry_url: registryUrl };
  return {
    continuesByItself: true,
    async prompt(action, _transaction, reason) {
      if (action === 'search' || (action === 'select' && reason === 'again')) await post(url, body);
    },
  };
}

export interface ClientDriverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly offer: Offer;
  readonly expected: Expected;
}

/**
 * Creates a driver that posts each request to the app's unsigned client API, such as that of protocol-server.
 * @param urlTemplate Contains `{action}`.
 */
export function clientDriver(urlTemplate: string, options: ClientDriverOptions): AppDriver {
  const { clock, random, offer, expected } = options;
  return {
    continuesByItself: false,
    async prompt(action, transaction) {
      const isSearch = action === 'search';
      const context = {
        domain: expected.domain,
        version: expected.version,
        location: { city: { code: 'std:080' }, country: { code: 'IND' } },
        action,
        bap_id: expected.subscriberId,
        bap_uri: expected.bapUri,
        ...(isSearch ? {} : { bpp_id: expected.bppId, bpp_uri: expected.bppUri }),
        transaction_id: (isSearch ? undefined : transaction?.transactionId) ?? random.uuid(),
        message_id: random.uuid(),
        timestamp: new Date(clock.now()).toISOString(),
        ttl: 'PT30S',
      };
      const message = buildRequest(action, offer, transaction, clock.now());
      await post(urlTemplate.replaceAll('{action}', action), { context, message });
    },
  };
}
