/**
 * Beckn 2.0.0 LTS at the edge of a network: requests are accepted only if it is switched on, callbacks of its orders
 * are rendered in any case, and its buyer apps' receipts are checked.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lts } from '../../../../src/beckn/dialects/lts/index.js';
import { ueiCharging } from '../../../../src/beckn/dialects/uei-charging/index.js';
import { authorizationHeader, digest, loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { CallbackDraft } from '../../../../src/ports/callback-delivery.js';
import type { Config } from '../../../../src/config/config.js';
import { createInboundNetworks } from '../../../../src/app/networks/beckn-inbound.js';
import {
  type BecknNetworks,
  type BecknNetworksDeps,
  createBecknNetworks,
  combineNetworks,
} from '../../../../src/app/networks/beckn-networks.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { requestTable } from '../../../fakes/buyer-requests.js';
import { createEventLog, type EventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, pair, recordOf } from '../../beckn/peers.js';

const DEFAULTS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../config/default.json'), 'utf8'),
) as Config;
const REQUEST = 'A'.repeat(86) + '==';
const BAP = 'app.example.in';
const MESSAGE = '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c02';
const clock = createManualClock();

let events: EventLog;
let networks: BecknNetworks;
/** Returns the buyer app's answer to a callback. */
let receipt: (sent: string) => string;

/** The dependencies of the current `networks`. */
let deps: BecknNetworksDeps;

function make(switched: boolean): BecknNetworks {
  const { beckn, subscriber } = DEFAULTS;
  deps = {
    config: {
      ...DEFAULTS,
      beckn: switched ? { ...beckn, lts: true } : beckn,
      subscriber: { ...subscriber, id: 'bpp.one', uri: 'https://bpp.one/beckn', keyId: 'one', keyFile: 'one.key' },
    },
    secrets: {
      signingKey: Buffer.alloc(32, 1).toString('base64'),
      operatorToken: '',
      chargePointPasswords: new Map(),
    },
    dialects: [ueiCharging, lts],
    adapters: {
      clock,
      random: systemRandom,
      store: createSqliteStore({ path: ':memory:', clock }),
      http: {
        send: ({ body }) => Promise.resolve({ status: 200, headers: {}, body: receipt(body ?? '') }),
      },
      dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
      registry: listRegistry(recordOf(1, { url: 'https://app.example.in/beckn' })),
      events,
    },
    mainUri: () => 'https://bpp.one/beckn',
  };
  return createBecknNetworks(deps);
}

beforeAll(loadSodium);
beforeEach(() => {
  events = createEventLog();
  networks = make(false);
});

const router = () =>
  createInboundNetworks(networks, { ...deps, buyerRequests: requestTable(() => Promise.resolve({ ack: true })) })
    .router;

describe('Beckn 2.0.0 LTS', () => {
  /** Signs a status request of 2.0.0. */
  async function asked() {
    const context = {
      version: '2.0.0',
      action: 'status',
      networkId: 'nfh.global/testnet-evcharging',
      bapId: BAP,
      bapUri: 'https://app.example.in/beckn',
      bppId: 'bpp.one',
      transactionId: MESSAGE,
      messageId: MESSAGE,
    };
    const rawBody = Buffer.from(JSON.stringify({ context, message: { contract: { id: MESSAGE } } }));
    const created = Math.floor(clock.now() / 1000);
    const who = { subscriberId: BAP, keyId: 'k1', secretKey: pair(1).secretKey };
    const authorization = authorizationHeader({ ...who, body: rawBody, created, expires: created + 60 });
    const request = { action: 'status', rawBody, headers: { authorization } };
    return router().route(request).process(request);
  }

  it('is refused unless it is switched on', async () => {
    expect(DEFAULTS.beckn.lts).toBe(false);
    const refused = await asked();
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([
      400,
      { error: { code: '40001', paths: 'context.networkId' } },
    ]);
    // The dialect is not listed as supported, and none of its actions as served.
    expect(refused.body).not.toContain('supported: uei:charging 1.0.0, nfh');
    expect(router().description).toMatchObject({ speaks: ['uei:charging 1.0.0'] });
    expect(router().description['actions']).not.toContain('rate');
    networks = make(true);
    const taken = await asked();
    expect([taken.status, JSON.parse(taken.body)]).toMatchObject([200, { status: 'ACK' }]);
    expect(router().description['actions']).toContain('rate');
  });

  it('is written to its orders although it is switched off: they end as they were begun', () => {
    const callback: CallbackDraft = {
      network: 'main',
      action: 'on_rate',
      dialect: lts.name,
      bapId: BAP,
      bapUri: 'https://app.example.in/beckn',
      replyContext: { version: '2.0.0' },
      becknTransactionId: MESSAGE,
      messageId: MESSAGE,
      at: clock.now(),
      content: { type: 'rating' },
    };
    expect(JSON.parse(networks[0].renderer.render(callback))).toMatchObject({
      context: { bppId: 'bpp.one', bapId: BAP },
      message: { ratings: [] },
    });
  });

  it.each<[string, object, string?]>([
    ['fits', {}],
    ['is of another message', { messageId: 'm-2' }, "the ACK's signature: the signature does not match"],
    ['is for another body', { sent: '{"x":1}' }, "the ACK's signature: the signature does not match"],
    ['names the signature instead', { way: 'header' }, 'must list (request-digest) (message-id)'],
    ['is not there', { way: 'none' }],
    ['is in no JSON', { way: 'text' }],
  ])('has the receipt in its ACK checked: it %s', async (_name, wrong, problem) => {
    const { messageId, sent: other, way } = wrong as { messageId?: string; sent?: string; way?: string };
    const to = { network: 'main', bapId: BAP, bapUri: 'https://app.example.in/beckn', dialect: lts.name };
    const callback = { ...to, action: 'on_rate', messageId: MESSAGE, body: '{}' } as const;
    receipt = (sentBody) => {
      if (way === 'text') return 'ACK';
      const created = Math.floor(clock.now() / 1000);
      const who = { subscriberId: BAP, keyId: 'k1', secretKey: pair(1).secretKey, created, expires: created + 60 };
      const receiptFor = { digest: digest(Buffer.from(other ?? sentBody)), messageId: messageId ?? MESSAGE };
      const body = Buffer.from('{"status":"ACK"}');
      const signature = authorizationHeader({
        ...who,
        body,
        ...(way === 'header' ? { requestSignature: REQUEST } : { receiptFor }),
      });
      return JSON.stringify({ status: 'ACK', ...(way !== 'none' && { signature }) });
    };
    expect(await combineNetworks(networks).sender.send(callback)).toEqual({ kind: 'delivered' });
    const reasons = events.of('callback.unclear').map(({ reason }) => String(reason));
    const expected = way === 'text' ? ['neither ACK nor NACK'] : problem === undefined ? [] : [problem];
    expect(reasons).toEqual(expected.map((one) => expect.stringContaining(one) as string));
  });
});
