/** The Beckn edges of several networks, composed from real parts and a fake HTTP client. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ueiCharging } from '../../../../src/beckn/dialects/uei-charging/index.js';
import {
  authorizationHeader,
  digest,
  loadSodium,
  parseSignatureHeader,
  readSignature,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import { RenderFault, type CallbackDraft } from '../../../../src/ports/callback-delivery.js';
import type { HttpRequest } from '../../../../src/ports/http.js';
import { requestKey } from '../../../../src/ports/store.js';
import type { RequestRecord } from '../../../../src/ports/stored-records.js';
import type { Adapters } from '../../../../src/app/networks/adapters.js';
import { createInboundNetworks, createNetworksPort } from '../../../../src/app/networks/beckn-inbound.js';
import type { Config, NetworkSettings, Secrets } from '../../../../src/config/config.js';
import { buyerKey } from '../../../../src/domain/model/order.js';
import {
  createBecknNetworks,
  combineNetworks,
  type BecknNetworks,
  type BecknNetworksDeps,
} from '../../../../src/app/networks/beckn-networks.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { aRequest } from '../../../contract/sample.js';
import { requestTable } from '../../../fakes/buyer-requests.js';
import { createEventLog, type EventLog } from '../../../fakes/event-log.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, pair, recordOf } from '../../beckn/peers.js';

beforeAll(loadSodium);

const DEFAULTS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../config/default.json'), 'utf8'),
) as Config;
const seed = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const REQUEST = 'A'.repeat(86) + '==';
const ACK = '{"message":{"ack":{"status":"ACK"}}}';
const BAP = 'app.example.in';

let clock: ManualClock;
let sent: HttpRequest[];
let events: EventLog;
/** Returns the fields of the buyer app's answer to the next callback. */
let ack: (authorization: string) => { readonly [name: string]: string };
let store: ReturnType<typeof createSqliteStore>;
let networks: BecknNetworks;

const subscriber = {
  ...DEFAULTS.subscriber,
  uri: 'https://bpp.one/beckn',
  id: 'bpp.one',
  keyId: 'one',
  keyFile: 'one.key',
};
const second: NetworkSettings = {
  name: 'second',
  basePath: '/second',
  subscriber: { ...subscriber, id: 'bpp.two', uri: 'https://bpp.two/second', keyId: 'two', keyFile: 'two.key' },
  registry: DEFAULTS.registry,
};

/** The dependencies of the current `networks`. */
let deps: BecknNetworksDeps;

function make(config: Partial<Config> = {}, secrets: Partial<Secrets> = {}): BecknNetworks {
  const registry = listRegistry(
    recordOf(1, { url: 'https://app.example.in/beckn', domain: 'uei:charging' }),
    recordOf(3, { subscriberId: 'other.in' }),
  );
  const outside: Adapters = {
    clock,
    random: systemRandom,
    store,
    http: {
      send(request) {
        sent.push(request);
        const headers = ack(request.headers['authorization'] ?? '');
        return Promise.resolve({ status: 200, headers, body: ACK });
      },
    },
    dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
    registry,
    events,
  };
  deps = {
    config: { ...DEFAULTS, subscriber, networks: [second], ...config },
    secrets: {
      signingKey: seed(1),
      keyFiles: new Map([['two.key', seed(2)]]),
      operatorToken: '',
      chargePointPasswords: new Map(),
      ...secrets,
    },
    dialects: [ueiCharging],
    adapters: outside,
    mainUri: () => 'https://really.one/beckn',
  };
  return createBecknNetworks(deps);
}

beforeEach(async () => {
  clock = createManualClock();
  sent = [];
  events = createEventLog();
  ack = () => ({});
  store = createSqliteStore({ path: ':memory:', clock });
  await store.start();
  networks = make();
});

const order = (network = 'main'): CallbackDraft => ({
  network,
  action: 'on_rating',
  dialect: ueiCharging.name,
  bapId: BAP,
  bapUri: 'https://app.example.in/beckn',
  replyContext: { domain: 'uei:charging', version: '1.0.0' },
  becknTransactionId: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10',
  messageId: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01',
  at: clock.now(),
  content: { type: 'rating' },
});
const callback = (network?: string) => {
  const { content: _content, replyContext: _conversation, at: _at, becknTransactionId: _id, ...rest } = order(network);
  return { ...rest, body: '{}' };
};

const inbound = () =>
  createInboundNetworks(networks, { ...deps, buyerRequests: requestTable(() => Promise.resolve({ ack: true })) });

describe('joined networks', () => {
  it('write and sign each callback as the subscriber of its own network', async () => {
    const { renderer: writer, sender } = combineNetworks(networks);
    const context = (network?: string): unknown =>
      (JSON.parse(writer.render(order(network))) as { context: unknown }).context;
    expect(context()).toMatchObject({ bpp_id: 'bpp.one', bpp_uri: 'https://really.one/beckn' });
    expect(context('second')).toMatchObject({ bpp_id: 'bpp.two', bpp_uri: 'https://bpp.two/second' });
    expect(await sender.send(callback())).toEqual({ kind: 'delivered' });
    expect(await sender.send(callback('second'))).toEqual({ kind: 'delivered' });
    expect(sent.map(({ headers }) => /keyId="([^"]+)"/.exec(headers['authorization'] ?? '')?.[1])).toEqual([
      'bpp.one|one|ed25519',
      'bpp.two|two|ed25519',
    ]);
  });

  it('sign a callback for as long as it is valid by its own ttl', async () => {
    const { renderer, sender } = combineNetworks(networks);
    const body = renderer.render(order());
    const { context } = JSON.parse(body) as { context: { timestamp: string; ttl: string } };
    expect(context.ttl).toBe('PT10M');
    await sender.send({ ...callback(), body });
    const parsed = parseSignatureHeader(sent[0]?.headers['authorization'] ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.expires * 1000).toBeGreaterThanOrEqual(Date.parse(context.timestamp) + 600_000);
  });

  it('keep what is owed in a network that has left the settings, and say so', async () => {
    const { renderer: writer, sender } = combineNetworks(networks);
    expect(() => writer.render(order('gone'))).toThrow(RenderFault);
    expect(await sender.send(callback('gone'))).toEqual({
      kind: 'failed',
      reason: 'the network gone is no longer configured',
    });
    expect(sent).toHaveLength(0);
  });

  it('know the subscribers of their own domains alone', async () => {
    const own = { ...second, subscriber: { ...second.subscriber, domains: ['ev:other'] } };
    networks = make({ networks: [own] });
    const { sender } = combineNetworks(networks);
    expect(await sender.send(callback())).toEqual({ kind: 'delivered' });
    expect(await sender.send(callback('second'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('registered for uei:charging, not for ev:other') as string,
    });
  });

  it('show an operator each network, and subscribe to none that is not there', async () => {
    const port = createNetworksPort(networks, inbound());
    expect(port.list()).toMatchObject([
      { name: 'main', subscriberId: 'bpp.one', keys: [{ keyId: 'one', isSigning: true }] },
      { name: 'second', subscriberId: 'bpp.two', basePath: '/second', keys: [{ keyId: 'two', isSigning: true }] },
    ]);
    expect(await port.subscribe('third', {})).toEqual({
      refused: 'unknown-network',
      message: 'There is no network third; the networks are main, second.',
    });
    expect(port.list()[1]).not.toHaveProperty('pendingUntil');
    await port.subscribe('second', { send: false });
    expect(port.list()[1]).toHaveProperty('pendingUntil');
    expect(port.list()[0]).not.toHaveProperty('pendingUntil');
  });

  it('end the start with the name of a key that cannot be used', () => {
    expect(() => make({}, { keyFiles: new Map([['two.key', 'x y z']]) })).toThrow(
      'the signing key two of bpp.two: the private key decodes to',
    );
    networks = make({ registry: { ...DEFAULTS.registry, encryptionKeys: ['nonsense'] } });
    expect(inbound).toThrow('registry.signingKeys and encryptionKeys of bpp.one: the public encryption key');
  });
});

describe('a callback to a peer of Beckn 2.0', () => {
  const peers = { default: DEFAULTS.peers.default, [BAP]: { requestSignature: true } };

  async function authorization(network: string | undefined, messageId?: string) {
    networks = make({ peers });
    const one = { ...callback(network), ...(messageId !== undefined && { messageId }) };
    await combineNetworks(networks).sender.send(one);
    const parsed = parseSignatureHeader(sent.at(-1)?.headers['authorization'] ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed;
  }

  it('is signed with the signature of the request that it answers, of its own network', async () => {
    const { messageId } = callback();
    const request: RequestRecord = { ...aRequest('x'), signature: REQUEST };
    const buyer = buyerKey({ network: 'second', bapId: BAP });
    await store.commit({ requests: [{ ...request, key: requestKey(buyer, 'rating', messageId) }] });
    const answer = await authorization('second');
    expect(answer.signedParts).toContain('request-signature');
    const key = pair(2).publicKey;
    expect(verifySignature(answer, digest(Buffer.from('{}')), key, REQUEST)).toBe(true);
    expect((await authorization(undefined)).signedParts).not.toContain('request-signature');
  });

  it('is signed as ever when nobody has asked for it, or the peer does not want it', async () => {
    expect((await authorization('second', 'unsolicited')).signedParts).not.toContain('request-signature');
    const key = requestKey(buyerKey({ network: 'second', bapId: BAP }), 'rating', callback().messageId);
    await store.commit({ requests: [{ ...aRequest(key), signature: REQUEST }] });
    networks = make();
    await combineNetworks(networks).sender.send(callback('second'));
    expect(sent.at(-1)?.headers['authorization']).not.toContain('request-signature');
  });

  it.each<[string, string, number, boolean, string?]>([
    ['fits', BAP, 1, true],
    ['is over another message', BAP, 1, false, "the ACK's signature: the signature does not match"],
    ['is of another key', BAP, 3, true, "the ACK's signature: the signature does not match"],
    ['is of somebody else', 'other.in', 3, true, 'the ACK is signed by other.in'],
  ])('has its ACK’s signature checked: it %s', async (_name, subscriberId, fill, ours, problem) => {
    ack = (authorization) => {
      const created = Math.floor(clock.now() / 1000);
      const requestSignature = ours ? readSignature(authorization) : REQUEST;
      const who = { subscriberId, keyId: 'k1', secretKey: pair(fill).secretKey };
      const times = { created, expires: created + 60 };
      return { signature: authorizationHeader({ ...who, body: Buffer.from(ACK), ...times, requestSignature }) };
    };
    await authorization('second');
    const reasons = events.of('callback.unclear').map(({ reason }) => String(reason));
    expect(reasons).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
  });
});
