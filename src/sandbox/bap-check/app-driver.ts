/** What makes the buyer app act: a person, one POST that makes it begin, or its client interface. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { Json } from '../runtime/json.js';
import { describeError } from './provider/callback-sender.js';
import { buildRequest } from './client-requests.js';
import type { Action, ProfileName } from './provider/provider-profiles.js';
import type { Expected, QuotedTransaction, Offer } from './provider/run-record.js';

/** `again` after a setback that the provider made on purpose; `if-it-can` where the app need not. */
export type PromptReason = 'again' | 'optional';

export interface AppDriver {
  /** Whether the app goes on by itself after a setback, given some time. */
  readonly continuesByItself: boolean;
  /**
   * Wants a request from the app. Returns when there is nothing more to do about it, not when the request came.
   * @param given What the newest transaction was given; absent before the first search.
   * @errors DriverFault
   */
  prompt(action: Action, given: QuotedTransaction | undefined, why?: PromptReason): Promise<void>;
}

/** The trigger did not work: a sentence for the person. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
}

const PROMPTS: Readonly<Record<Action, string>> = {
  search: 'search for chargers, anywhere',
  select: 'choose the first connector, and an amount of 100',
  init: 'enter billing details',
  confirm: 'pay the quote, and confirm',
  status: 'ask for the status of the order',
  update: 'change the limit of the running order',
  track: 'follow the order (track)',
  support: 'ask for support about the order',
  cancel: 'stop charging',
  rating: 'rate the order',
};

export function manualDriver(say: (text: string) => void): AppDriver {
  return {
    continuesByItself: false,
    prompt(action, _given, why) {
      const head = why === 'optional' ? 'If your app can' : 'Now, in your app';
      const tail = why === 'again' ? ' once more; the last time it was refused on purpose' : '';
      say(`${head}: ${PROMPTS[action]}${tail}.`);
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
  // Other statuses may well tell what happened to the request: a refusal, or no answer in time.
  if (status === 404 || status === 405) throw new DriverError(`the trigger ${url} answered ${status}`);
}

/** One POST makes the app begin; it goes on by itself, and begins anew when its journey was ended by an error. */
export function triggerDriver(url: string, profile: ProfileName, expected: Expected, registryUrl: string): AppDriver {
  const { bppId, bppUri } = expected;
  const body = { profile, bpp_id: bppId, bpp_uri: bppUri, registry_url: registryUrl };
  return {
    continuesByItself: true,
    async prompt(action, _given, why) {
      if (action === 'search' || (action === 'select' && why === 'again')) await post(url, body);
    },
  };
}

/** The app has an unsigned interface that takes one whole request each, as protocol-server's client half has. */
export function clientDriver(
  template: string,
  options: { readonly clock: Clock; readonly random: Random; readonly offer: Offer; readonly expected: Expected },
): AppDriver {
  const { clock, random, offer, expected } = options;
  return {
    continuesByItself: false,
    async prompt(action, given) {
      const context = {
        domain: expected.domain,
        version: expected.version,
        location: { city: { code: 'std:080' }, country: { code: 'IND' } },
        action,
        bap_id: expected.subscriberId,
        bap_uri: expected.bapUri,
        ...(action === 'search' ? {} : { bpp_id: expected.bppId, bpp_uri: expected.bppUri }),
        transaction_id: (action === 'search' ? undefined : given?.transactionId) ?? random.uuid(),
        message_id: random.uuid(),
        timestamp: new Date(clock.now()).toISOString(),
        ttl: 'PT30S',
      };
      const message = buildRequest(action, offer, given, clock.now());
      await post(template.replaceAll('{action}', action), { context, message });
    },
  };
}
