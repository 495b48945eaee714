/** What makes the buyer app act: a person, one POST that makes it begin, or its client interface. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { Json } from '../buyer-app/buyer-options.js';
import { reasonOf } from './provider/callback-sender.js';
import { requestFor } from './client-requests.js';
import type { Action, ProfileName } from './provider/provider-profiles.js';
import type { Expected, Given, Offer } from './provider/run-record.js';

/** `again` after a setback that the provider made on purpose; `if-it-can` where the app need not. */
export type Why = 'again' | 'if-it-can';

export interface Driver {
  /** Whether the app goes on by itself after a setback, given some time. */
  readonly goesOn: boolean;
  /**
   * Wants a request from the app. Returns when there is nothing more to do about it, not when the request came.
   * @param given What the newest transaction was given; absent before the first search.
   * @errors DriverFault
   */
  ask(action: Action, given: Given | undefined, why?: Why): Promise<void>;
}

/** The trigger did not work: a sentence for the person. */
export class DriverFault extends Error {
  override readonly name = 'DriverFault';
}

const IN_WORDS: Readonly<Record<Action, string>> = {
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

export function personDriver(say: (text: string) => void): Driver {
  return {
    goesOn: false,
    ask(action, _given, why) {
      const head = why === 'if-it-can' ? 'If your app can' : 'Now, in your app';
      const tail = why === 'again' ? ' once more; the last time it was refused on purpose' : '';
      say(`${head}: ${IN_WORDS[action]}${tail}.`);
      return Promise.resolve();
    },
  };
}

const PATIENCE_MS = 60_000;

async function post(url: string, body: Json): Promise<void> {
  let status: number;
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    status = response.status;
    await response.arrayBuffer();
  } catch (error) {
    throw new DriverFault(`the trigger ${url} could not be reached: ${reasonOf(error)}`);
  }
  // Other statuses may well tell what happened to the request: a refusal, or no answer in time.
  if (status === 404 || status === 405) throw new DriverFault(`the trigger ${url} answered ${status}`);
}

/** One POST makes the app begin; it goes on by itself, and begins anew when its journey was ended by an error. */
export function triggerDriver(url: string, profile: ProfileName, expected: Expected, registryUrl: string): Driver {
  const { bppId, bppUri } = expected;
  const body = { profile, bpp_id: bppId, bpp_uri: bppUri, registry_url: registryUrl };
  return {
    goesOn: true,
    async ask(action, _given, why) {
      if (action === 'search' || (action === 'select' && why === 'again')) await post(url, body);
    },
  };
}

/** The app has an unsigned interface that takes one whole request each, as protocol-server's client half has. */
export function clientDriver(
  template: string,
  options: { readonly clock: Clock; readonly random: Random; readonly offer: Offer; readonly expected: Expected },
): Driver {
  const { clock, random, offer, expected } = options;
  return {
    goesOn: false,
    async ask(action, given) {
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
      const message = requestFor(action, offer, given, clock.now());
      await post(template.replaceAll('{action}', action), { context, message });
    },
  };
}
