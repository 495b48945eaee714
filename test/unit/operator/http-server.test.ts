import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CommandResult, ChargerCommand } from '../../../src/ports/charger-commands.js';
import type { BootPolicy, Quarantine } from '../../../src/ports/charger-access.js';
import type { NetworkView } from '../../../src/ports/networks.js';
import { StoreFault } from '../../../src/ports/store.js';
import { type RequestRecord } from '../../../src/ports/stored-records.js';
import { loadConfig } from '../../../src/config/loading/load-config.js';
import type { Config } from '../../../src/config/config.js';
import type { OrderCommandHandler } from '../../../src/bridge/orders/order-command-handler.js';
import { OperatorCommands } from '../../../src/bridge/charger-commands/operator-commands.js';
import { createMetrics } from '../../../src/observe/metrics.js';
import { AccessControl } from '../../../src/ocpp/server/access-control.js';
import { RejectedConnections } from '../../../src/ocpp/server/rejected-connections.js';
import { IdentityAliases } from '../../../src/ocpp/server/identity-aliases.js';
import { Passwords } from '../../../src/ocpp/auth/passwords.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { ApiTokens } from '../../../src/operator/access/api-tokens.js';
import { isFromBridge } from '../../../src/operator/answer-header.js';
import { createOperatorServer, type OperatorServer } from '../../../src/operator/http-server.js';
import { ENDPOINTS } from '../../../src/operator/endpoints.js';
import type { ReadinessProblem } from '../../../src/operator/http/operator-view.js';
import { createSqliteStore, type AbandonableStore } from '../../../src/store/sqlite/sqlite-store.js';
import { OutOfSale } from '../../../src/bridge/charge-points/out-of-sale.js';
import { Catalogue } from '../../../src/domain/locations/catalogue.js';
import { withPostings } from '../../../src/domain/billing/ledger.js';
import { PAYMENT_TERMS } from '../../../src/domain/model/payment.js';
import type { Order } from '../../../src/domain/model/order.js';
import { NETWORK } from '../../fakes/bridge-harness.js';
import { createEventLog, type EventLog } from '../../fakes/event-log.js';
import { createOpenApiAnswers } from '../../fakes/openapi-answers.js';
import { createUpdates, DOCUMENT } from '../../fakes/network-updates.js';
import { TrialOperations, TrialRegistry } from '../../../src/app/networks/trials.js';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { LiveCatalogue } from '../../../src/bridge/network/live-catalogue.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';
import { until } from '../../fakes/until.js';
import { chargingOrder, completedOrder } from '../beckn/samples.js';

const TOKEN = 'A'.repeat(40);
const PEOPLE = ['Asha Rao', '+91 98123 45678', 'asha@example.org', 'Ravi Kumar'];

let folder: string;
let store: AbandonableStore;
let clock: ManualClock;
let events: EventLog;
let server: OperatorServer;
let base: string;
let live: Order[];
let owed: RequestRecord[];
let rejectedConnections: RejectedConnections;
let approved: Map<string, number>;
let spellings: IdentityAliases;
let disconnected: string[];
let passwords: Passwords;
let answers: CommandResult[];
let state: { draining: boolean; mute?: string; problems: readonly ReadinessProblem[] };
let asked: ChargerCommand[];
/** Ids of charge points that are known and not connected. */
let away: readonly string[];
let allowed: Set<string>;
let bootAnswers: Map<string, BootPolicy>;
let quarantined: Map<string, Quarantine>;
const openApi = createOpenApiAnswers();
const catalogue = new Catalogue(NETWORK);

const NETWORK_VIEW: NetworkView = {
  name: 'main',
  subscriberId: 'bpp.test',
  uri: 'https://bpp.test/beckn',
  basePath: '/beckn',
  domains: ['ev-charging:uei'],
  keys: [{ keyId: 'k1', publicKey: 'AAAA', validFrom: 5, isSigning: true }],
  registry: { kind: 'succinct', cachedKeys: 3, lastResponseAt: 7 },
};

const VIOLATION = {
  version: '1.6',
  action: 'StatusNotification',
  path: 'errorCode',
  keyword: 'enum',
  count: 3,
  lastAt: 7,
  example: '"Error"',
  lenient: true,
};

beforeEach(async () => {
  away = [];
  folder = mkdtempSync(join(tmpdir(), 'bridge-operator-'));
  clock = createManualClock();
  events = createEventLog();
  store = createSqliteStore({ path: ':memory:', clock });
  await store.start();
  live = [];
  owed = [];
  state = { draining: false, problems: [] };
  asked = [];
  allowed = new Set();
  bootAnswers = new Map();
  quarantined = new Map();
  const operatorCommands = new OperatorCommands({
    store,
    clock,
    events,
    random: systemRandom,
    bootPolicies: {
      set: async (id, answer) => void bootAnswers.set(id, answer),
      policyOf: (id) => bootAnswers.get(id) ?? 'accept',
    },
    chargePoints: { quarantineOf: (id) => quarantined.get(id) },
    quarantines: { clear: async (id) => quarantined.delete(id) },
    vouchedTags: { vouch: () => undefined },
    transactionStart: { stopClosed: () => undefined },
    chargerEvents: { isKnown: (id) => id === 'CP/1', bootStatus: () => 'Pending' },
    forbiddenActions: [],
    orderCache: { get: async (id: string) => live.find((order) => order.id === id), openOrdersAt: () => [] },
    orders: {
      handle: async (order: Order, { type }: { readonly type: string }) =>
        allowed.has(type) ? { order } : { order, refusal: { code: 'cancellation-not-possible' } },
    } as unknown as OrderCommandHandler,
    commandSender: {
      isOnline: () => true,
      sendCommand: async (_id, command) => {
        asked.push(command);
        return { kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } };
      },
    },
  });
  rejectedConnections = new RejectedConnections();
  approved = new Map();
  spellings = new IdentityAliases({ values: store, clock });
  disconnected = [];
  answers = [];
  passwords = new Passwords({
    values: store,
    random: systemRandom,
    events,
    configured: new Map([['CP/1', 'old-password-1']]),
  });
  await passwords.load();
  const trials = new TrialOperations({
    registry: new TrialRegistry(),
    signer: { currentKey: () => ({ keyId: 'k', secretKey: new Uint8Array(64) }) } as never,
    subscriberId: 'bpp.example',
    bridge: {
      catalogue: new LiveCatalogue(NETWORK),
      chargePoints: { connectionOf: () => undefined },
      openOrders: () => [],
    } as never,
    clock,
    random: systemRandom,
    peers: () => ({ default: { units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' } }),
  });
  trials.listening({ becknUri: 'http://127.0.0.1/beckn-trial', ocppUrl: 'ws://127.0.0.1/ocpp' });
  server = createOperatorServer({
    store,
    clock,
    events,
    commands: operatorCommands,
    config: config(),
    trials,
    metrics: createMetrics(),
    mute: () => state.mute,
    access: new AccessControl({
      rejectedConnections,
      identityAliases: spellings,
      disconnect: (chargePointId) => void disconnected.push(chargePointId),
      passwords,
      random: systemRandom,
      events,
      commandSender: {
        isOnline: () => answers.length > 0,
        sendCommand: async () => answers.shift() ?? { kind: 'not-sent', reason: 'offline' },
      },
      knownChargePoints: {
        has: (id) => id === 'CP/1' || approved.has(id),
        approve: async (id, profile) => void approved.set(id, profile),
      },
      defaultProfile: 1,
      canServeProfile: (profile) => profile === 1 || profile === 2,
    }),
    networkUpdates: (await createUpdates(undefined)).updates,
    http: { send: () => Promise.reject(new Error('not asked here')) },
    reload: () => Promise.resolve({ applied: [], needsRestart: [], withoutEffect: [], network: [] }),
    networks: {
      list: () => [NETWORK_VIEW],
      subscribe: async (name) =>
        name === 'main'
          ? { calls: [{ path: '/subscribe', status: 200 }], records: [{ key_id: 'k' }], pendingUntil: clock.now() }
          : { refused: 'unknown-network', message: 'There is no such network.' },
    },
    saleStops: new OutOfSale({ store, catalogue, clock, random: systemRandom }),
    random: systemRandom,
    tokens: new ApiTokens({ values: store, clock, random: systemRandom, firstToken: TOKEN }),
    view: {
      get draining() {
        return state.draining;
      },
      readinessProblems: () => state.problems,
      openOrders: () => live,
      owedRequests: () => owed,
      sites: catalogue.sites,
      sitesOfItem: (itemId) => catalogue.sitesOfItem(itemId),
      chargePoints: () => [
        { id: 'CP/1', online: true, version: '1.6', connectedAt: 5, protocolViolations: 3 },
        ...away.map((id) => ({ id, online: false, protocolViolations: 0 })),
      ],
      protocolViolations: () => ({ total: 3, rules: [VIOLATION], quirks: ['null-members'] }),
    },
  });
  const { host, port } = await server.listen('127.0.0.1', 0);
  base = `http://${host}:${port}`;
});

afterEach(async () => {
  await server.close();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

afterAll(() => {
  expect(openApi.unseen()).toEqual([]);
});

function config(): Config {
  const loaded = loadConfig(
    {
      mode: 'sandbox',
      dataDir: folder,
      networkFile: 'n.json',
      subscriber: { id: 'bpp.test', uri: 'http://h/beckn', keyId: 'k', generate: true },
      registry: { kind: 'file', file: 'r.json' },
      ocpp: { chargePoints: { A: { password: 'hunter2hunter2' } } },
    },
    {},
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}

/** The result of JSON.parse, which is `any`. The expectations of each test check its shape. */
type Parsed = ReturnType<typeof JSON.parse>;

interface Answer {
  readonly status: number;
  readonly body: Parsed;
  readonly headers: Headers;
}

async function call(path: string, init: RequestInit = {}, token = TOKEN): Promise<Answer> {
  const res = await fetch(base + path, { ...init, headers: { authorization: `Bearer ${token}`, connection: 'close' } });
  const text = await res.text();
  const body = text.startsWith('{') ? JSON.parse(text) : { text };
  openApi.check(init.method ?? 'GET', path, { status: res.status, body });
  return { status: res.status, headers: res.headers, body };
}

const post = (path: string, body: unknown = {}, token = TOKEN): Promise<Answer> =>
  call(path, { method: 'POST', body: JSON.stringify(body) }, token);

async function keep(...orders: Order[]): Promise<void> {
  for (const order of orders) await store.commit({ orders: [{ order: { ...order, version: 1 }, expectedVersion: 0 }] });
}

function withPeople(order: Order): Order {
  return {
    ...order,
    billing: { name: 'Asha Rao', phone: '+91 98123 45678', email: 'asha@example.org', address: { door: 'Ravi Kumar' } },
    passthrough: {
      tags: [
        { descriptor: { code: 'user-name' }, value: 'Ravi Kumar' },
        { descriptor: { code: 'x' }, value: '+91 98123 45678' },
      ],
    },
    effects: [
      {
        kind: 'callback',
        seq: 1,
        createdAt: clock.now() - 30_000,
        attempts: 2,
        dueAt: clock.now(),
        action: 'on_status',
        class: 'terminal',
        messageId: 'm-1',
        giveUpAt: clock.now() + 1000,
        lastError: 'HTTP 502',
        body: JSON.stringify({
          context: { bap_id: 'bap.test' },
          message: {
            order: {
              billing: { name: 'Asha Rao' },
              fulfillments: [{ customer: { person: { name: 'Ravi Kumar' }, contact: { phone: '+91 98123 45678' } } }],
            },
          },
        }),
      },
    ],
  };
}

describe('health', () => {
  it('is alive without a token, and tells why it is not ready', async () => {
    expect(await call('/health/live')).toMatchObject({ status: 200, body: { status: 'alive' } });
    expect(await call('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready', reasons: [] } });
    state = { draining: true, problems: [{ code: 'frames-kept', message: '2 messages of chargers wait.' }] };
    const { status, body } = await call('/health/ready');
    expect([status, body.status]).toEqual([503, 'not-ready']);
    expect(body.reasons).toEqual(['The process is shutting down.', '2 messages of chargers wait.']);
    expect(body.findings).toMatchObject([
      { code: 'shutting-down', severity: 'error' },
      { code: 'frames-kept', severity: 'error', remedy: expect.stringMatching(/^Bring the store back/) as string },
    ]);
  });

  it('is not ready while mute, and then takes no command', async () => {
    state = { draining: false, mute: 'it is a copy', problems: [] };
    expect(await call('/health/ready')).toMatchObject({
      status: 503,
      body: { reasons: ['The bridge is mute: it is a copy.'] },
    });
    const { status, body } = await call('/api/orders/o-1/stop', { method: 'POST' });
    expect({ status, body }).toMatchObject({ status: 503, body: { error: 'mute' } });
  });

  it('is not ready when the store does not take writes', async () => {
    store.isHealthy = () => false;
    expect(await call('/health/ready')).toMatchObject({
      status: 503,
      body: { reasons: ['The store does not accept writes.'] },
    });
  });
});

it.each(['/', '/health/live', '/health/ready', '/metrics', '/api', '/api/orders', '/nowhere'])(
  'names the program in its answer to %s, with a token and without',
  async (path) => {
    for (const headers of [{}, { authorization: `Bearer ${TOKEN}` }]) {
      const response = await fetch(base + path, { headers: { ...headers, connection: 'close' } });
      expect(isFromBridge(Object.fromEntries(response.headers))).toBe(true);
      await response.body?.cancel();
    }
  },
);

describe('the token', () => {
  it('is wanted by every endpoint of the API, with a hint where it is', async () => {
    for (const { method, path } of ENDPOINTS) {
      const res = await fetch(base + path.replace(':id', 'x'), { method, headers: { connection: 'close' } });
      expect([path, res.status]).toEqual([path, 401]);
      const body = await res.json();
      expect(body).toMatchObject({ error: 'unauthorized', hint: expect.not.stringContaining('/data') as string });
      expect(JSON.stringify(body)).not.toContain(TOKEN);
    }
  });

  it.each([`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, 'Bearer ', `Basic ${TOKEN}`, TOKEN])(
    'is not %s',
    async (authorization) => {
      const res = await fetch(`${base}/api/orders`, { headers: { authorization, connection: 'close' } });
      expect(res.status).toBe(401);
      await res.arrayBuffer();
    },
  );
});

describe('orders', () => {
  it('are listed newest first, filtered and paged', async () => {
    await keep(
      ...['a', 'b', 'c'].map((id, n) => ({
        ...completedOrder(),
        id,
        becknTransactionId: id,
        idTag: `TAG${id}`,
        createdAt: 1000 + n,
      })),
    );
    const first = await call('/api/orders?limit=2&state=completed');
    expect(first.body['orders'].map((order: Order) => order.id)).toEqual(['c', 'b']);
    const second = await call(`/api/orders?limit=2&cursor=${first.body['next']}`);
    expect(second.body['orders'].map((order: Order) => order.id)).toEqual(['a']);
    expect(second.body['next']).toBeUndefined();
    expect((await call('/api/orders?state=charging')).body['orders']).toEqual([]);
    expect((await call('/api/orders?limit=0')).body).toMatchObject({
      error: 'bad-parameter',
      message: expect.stringContaining('limit'),
    });
    expect((await call('/api/orders?cursor=nowhere')).status).toBe(400);
  });

  it('are shown whole, but for the people in them', async () => {
    await keep(withPeople({ ...completedOrder(), id: 'o/1' }));
    const { status, body } = await call(`/api/orders/${encodeURIComponent('o/1')}`);
    expect(status).toBe(200);
    for (const person of PEOPLE) expect(JSON.stringify(body)).not.toContain(person);
    expect(body['billing']).toMatchObject({ name: 'A***', address: { door: 'R***' } });
    expect(body['effects'][0]).toMatchObject({ attempts: 2, body: { context: { bap_id: 'bap.test' } } });
    expect(body['quote']).toMatchObject(completedOrder().quote);
    expect(body).toMatchObject({ authorisedMoney: { amount: body['authorised'], currency: 'INR' } });
  });

  it('imports a statement: what does not fit is a discrepancy, once, and stays closed', async () => {
    const base = completedOrder();
    const { currency } = base.tariff;
    const terms = { ...PAYMENT_TERMS['bpp-prepaid'], paid: 12_420, refunded: base.bill?.refund ?? 0 };
    const orders = ['a', 'b'].map((name) =>
      withPostings(
        { ...base, id: `o-${name}`, idTag: `TAG${name}`, payment: { ...terms, providerReference: `pay-${name}` } },
        clock.now(),
      ),
    );
    await keep(...orders);
    const at = new Date(clock.now()).toISOString();
    const day = at.slice(0, 10);
    const right = [`pay-a,payment,12420,${currency},${at}`, `pay-a,refund,${terms.refunded},${currency},${at}`];
    const wrong = [`pay-b,payment,12000,${currency},${at}`, `pay-z,refund,5,${currency},${at}`];
    const text = ['id,kind,amount,currency,at', ...right, ...wrong].join('\n');
    const send = (body: string) => call(`/api/payments/statement?day=${day}`, { method: 'POST', body });
    const first = await send(text);
    expect(first.body).toMatchObject({ lines: 4, matched: [{ id: 'pay-a' }, { id: 'pay-a', kind: 'refund' }] });
    const mismatches = (body: Parsed): unknown[] =>
      body['mismatched'].map((one: Parsed) => [one['problem'], one['id'], one['orderId'], one['opened']]);
    expect(mismatches(first.body)).toEqual([
      ['statement-amount-differs', 'pay-b', 'o-b', true],
      ['statement-payment-unknown', 'pay-z', undefined, true],
      ['statement-refund-missing', 'pay-b', 'o-b', true],
    ]);
    const kept = (await call('/api/discrepancies')).body['discrepancies'];
    expect(kept).toHaveLength(3);
    expect(events.of('discrepancy.opened')).toHaveLength(3);
    const closed = `/api/discrepancies/${encodeURIComponent(first.body['mismatched'][0].discrepancyId)}/close`;
    expect((await call(closed, { method: 'POST', body: '{"note":"asked"}' })).status).toBe(200);
    await clock.advance(1000);
    expect(mismatches((await send(text)).body).map((one) => (one as unknown[])[3])).toEqual([false, false, false]);
    expect((await call('/api/discrepancies?open=true')).body['discrepancies']).toEqual(
      kept.filter((one: Parsed) => one['id'] !== first.body['mismatched'][0].discrepancyId),
    );
    expect(events.of('discrepancy.opened')).toHaveLength(3);
  });

  it('takes nothing of a statement with a bad line', async () => {
    const lines = [
      { id: 'pay-z', kind: 'payment', amount: 5, currency: 'INR', at: '2026-01-15T10:00:00Z' },
      { id: 'pay-y', kind: 'payment', amount: 5.5, currency: 'INR', at: '2026-01-15T10:00:00Z' },
    ];
    const send = (body: string, query = '') => call(`/api/payments/statement${query}`, { method: 'POST', body });
    expect(await send(JSON.stringify({ lines }))).toMatchObject({
      status: 400,
      body: { error: 'bad-parameter', message: expect.stringMatching(/^line 2: amount must be a whole number/) },
    });
    expect((await send(JSON.stringify({ lines: [lines[0]] }), '?day=2026-02-30')).status).toBe(400);
    expect((await send('x'.repeat(3_000_000))).status).toBe(413);
    expect((await call('/api/discrepancies')).body['discrepancies']).toEqual([]);
    expect((await send(JSON.stringify({ lines: [lines[0]] }))).body['mismatched']).toHaveLength(1);
  });

  it('lists ratings, all or those of an order, page by page', async () => {
    const rating = (id: string, orderId?: string) => ({
      ...{
        id,
        at: Number(id),
        network: 'main',
        bapId: 'bap',
        becknTransactionId: 't',
        ratedId: 'x',
        category: 'Order',
        value: 4.5,
      },
      ...(orderId !== undefined && { orderId }),
    });
    const kept = [rating('1', 'o/1'), rating('2'), rating('3', 'o/1')];
    await store.commit({ ratings: kept });
    expect((await call('/api/ratings?orderId=o%2F1')).body['ratings']).toMatchObject([kept[2], kept[0]]);
    const first = (await call('/api/ratings?limit=2')).body;
    expect(first['ratings']).toMatchObject([kept[2], kept[1]]);
    expect((await call(`/api/ratings?limit=2&cursor=${first['next']}`)).body['ratings']).toMatchObject([kept[0]]);
    expect((await call('/api/ratings?limit=0')).status).toBe(400);
  });

  it('show the live meter of an open one', async () => {
    const order = chargingOrder();
    await keep(order);
    const session = order.session!;
    live = [{ ...order, session: { ...session, meter: { ...session.meter, energyWh: 4321 } } }];
    expect((await call(`/api/orders/${order.id}`)).body['session'].meter.energyWh).toBe(4321);
    const { sessions } = (await call('/api/sessions')).body;
    expect(sessions).toEqual([expect.objectContaining({ orderId: order.id, energyWh: 4321, state: 'charging' })]);
    expect(sessions[0].energyCost).toBe(Math.round((4321 * order.tariff.pricePerKwh) / 1000));
  });

  it('have their signed values apart, byte for byte, from the readings and from the stop (1.6 and 2.x)', async () => {
    const order = completedOrder();
    await keep(order);
    const at = '2026-01-15T10:00:00Z';
    const ocmf = 'OCMF|{"FV":"1.0","RD":[{"RV":1.5e3}]}|{"SD":"3045 \u20ac"}';
    const old = {
      timestamp: at,
      sampledValue: [{ value: '1500' }, { value: ocmf, format: 'SignedData', context: 'Transaction.End' }],
    };
    const signedMeterValue = { signedMeterData: 'AAH/', signingMethod: '', encodingMethod: 'OCMF', publicKey: 'cGs=' };
    const recent = {
      timestamp: at,
      sampledValue: [{ value: 1500, measurand: 'Energy.Active.Import.Register', signedMeterValue }],
    };
    const { chargePointId, connectorId } = order.connector;
    const transactionId = order.session!.transactionId;
    await store.commit({
      meterEntries: [
        {
          seq: store.nextJournalSeq(),
          chargePointId,
          connectorId,
          orderId: order.id,
          receivedAt: 1,
          raw: JSON.stringify({ meterValue: [recent] }),
        },
      ],
      transactions: [
        {
          chargePointId,
          transactionId,
          startKey: 'k',
          connectorId,
          idTag: 'T',
          meterStartWh: 0,
          startedAt: 1,
          receivedAt: 1,
          raw: ['{}', JSON.stringify({ transactionData: [old] })],
        },
      ],
    });
    const { signed } = (await call(`/api/orders/${order.id}/meter`)).body;
    expect(signed).toEqual([
      {
        timestamp: at,
        measurand: 'Energy.Active.Import.Register',
        data: 'AAH/',
        method: '',
        encoding: 'OCMF',
        publicKey: 'cGs=',
      },
      { timestamp: at, context: 'Transaction.End', data: ocmf },
    ]);
  });

  it('have their meter as the charger sent it', async () => {
    await keep({ ...chargingOrder(), id: 'o1' });
    const entry = { chargePointId: 'CP1', connectorId: 1, orderId: 'o1', receivedAt: 7 };
    for (const value of [1, 2])
      await store.appendMeterEntry({ ...entry, seq: store.nextJournalSeq(), raw: `{"value":${value}}` });
    const all = (await call('/api/orders/o1/meter')).body['entries'];
    expect(all.map((item: { payload: unknown }) => item.payload)).toEqual([{ value: 1 }, { value: 2 }]);
    expect((await call(`/api/orders/o1/meter?after=${all[0].seq}`)).body['entries']).toHaveLength(1);
    expect((await call('/api/orders/nobody/meter')).status).toBe(404);
  });

  it('that are not there are named', async () => {
    expect(await call('/api/orders/nobody')).toMatchObject({
      status: 404,
      body: {
        error: 'not-found',
        message: 'There is no order with the id "nobody".',
        hint: 'GET /api/orders lists them.',
      },
    });
  });
});

describe('the ledger', () => {
  it('lists what is owed, oldest first, from orders and requests', async () => {
    live = [withPeople({ ...chargingOrder(), id: 'o1' })];
    const request = {
      key: 'k',
      digest: 'd',
      network: 'main',
      bapId: 'b',
      bapUri: 'u',
      dialect: 'x',
      action: 'search',
      messageId: 'm',
      becknTransactionId: 't',
    };
    owed = [
      {
        ...request,
        receivedAt: clock.now() - 60_000,
        owed: { action: 'on_search', attempts: 1, dueAt: 1, giveUpAt: 2, responsePlan: {} },
      },
    ];
    const { body } = await call('/api/outbox');
    expect(body).toMatchObject({ count: 2, oldestS: 60 });
    expect(body['callbacks']).toMatchObject([
      { source: 'request', action: 'on_search' },
      { source: 'order', id: 'o1', action: 'on_status', attempts: 2, lastError: 'HTTP 502' },
    ]);
    for (const person of PEOPLE) expect(JSON.stringify(body)).not.toContain(person);
  });

  it('lists discrepancies and closes them with a note', async () => {
    await store.commit({ discrepancies: [{ id: 'r1', kind: 'unmatched-transaction', at: 1, detail: 'd' }] });
    const close = (body: string) => call('/api/discrepancies/r1/close', { method: 'POST', body });
    expect((await close('{"note":"  "}')).body).toMatchObject({
      error: 'bad-parameter',
      message: expect.stringContaining('note'),
    });
    expect((await close('{"note":')).body).toMatchObject({ error: 'bad-request' });
    expect((await close(JSON.stringify({ note: 'x'.repeat(20_000) }))).status).toBe(413);
    expect((await call('/api/discrepancies?open=true')).body['discrepancies']).toHaveLength(1);
    expect((await close('{"note":"refunded by hand"}')).body).toMatchObject({
      id: 'r1',
      closedNote: 'refunded by hand',
      closedAt: clock.now(),
    });
    expect((await call('/api/discrepancies?open=true')).body['discrepancies']).toEqual([]);
    expect((await call('/api/discrepancies/none/close', { method: 'POST', body: '{"note":"x"}' })).status).toBe(404);
    expect(events.of('discrepancy.closed')).toEqual([{ discrepancyId: 'r1', kind: 'unmatched-transaction' }]);
  });

  it('lists transactions with filters and pages', async () => {
    const record = { chargePointId: 'CP/1', connectorId: 1, idTag: 'T', meterStartWh: 0, startedAt: 1, raw: ['{}'] };
    await store.commit({
      transactions: [1, 2].map((n) => ({ ...record, transactionId: `${n}`, startKey: `s${n}`, receivedAt: n })),
    });
    const first = await call('/api/transactions?limit=1&unmatched=true&chargePointId=CP/1');
    expect(first.body['transactions']).toMatchObject([{ transactionId: '2' }]);
    await keep({ ...chargingOrder(), id: 'o9', becknTransactionId: 'txn-9' });
    const bought = {
      ...record,
      transactionId: '3',
      startKey: 's3',
      receivedAt: 3,
      orderId: 'o9',
      followed: true,
    } as const;
    await store.commit({ transactions: [bought] });
    const { transactions } = (await call('/api/transactions?becknTransactionId=txn-9')).body;
    expect(transactions).toMatchObject([{ transactionId: '3', followed: true }]);
    expect((await call('/api/transactions?becknTransactionId=txn-9&orderId=other')).body.transactions).toEqual([]);
    const second = await call(`/api/transactions?limit=1&cursor=${encodeURIComponent(first.body['next'])}`);
    expect(second.body['transactions']).toMatchObject([{ transactionId: '1' }]);
  });
});

describe('charge points', () => {
  it('are those that are known, with what is stored of them', async () => {
    away = ['CP2'];
    await store.commit({
      chargePoints: [
        {
          id: 'CP2',
          accepted: true,
          connectors: { 1: { status: 'Available', errorCode: 'NoError', at: 3 } },
          boot: { chargePointVendor: 'V' },
        },
        { id: 'REMOVED', accepted: true, connectors: {} },
      ],
    });
    expect((await call('/api/charge-points/REMOVED')).body).toMatchObject({ id: 'REMOVED', online: false });
    expect((await call('/api/charge-points')).body).toMatchObject({
      online: 1,
      chargePoints: [
        { id: 'CP/1', online: true, version: '1.6' },
        { id: 'CP2', online: false, accepted: true },
      ],
    });
    expect((await call('/api/charge-points/CP2')).body).toMatchObject({ boot: { chargePointVendor: 'V' } });
    expect((await call('/api/charge-points/CP%2F1')).body).toMatchObject({ online: true });
    expect((await call('/api/charge-points/none')).status).toBe(404);
    expect((await call('/api/charge-points/CP%2F1')).body).toMatchObject({ protocolViolations: 3 });
    expect((await call('/api/charge-points/CP%2F1/protocol-violations')).body).toMatchObject({
      id: 'CP/1',
      total: 3,
      rules: [VIOLATION],
      quirks: ['null-members'],
    });
    expect((await call('/api/charge-points/none/protocol-violations')).status).toBe(404);
  });
});

describe('the rest', () => {
  it('shows the settings without secrets', async () => {
    const { body } = await call('/api/config');
    expect(body['session'].pendingS).toBe(120);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('has an index of every endpoint, a page without script, and metrics', async () => {
    expect((await call('/api')).body['endpoints']).toHaveLength(ENDPOINTS.length);
    const page = await call('/');
    expect(page.body['text']).toContain('/api/outbox');
    expect(page.body['text']).not.toMatch(/<script|style=|onclick/i);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect((await call('/metrics')).headers.get('content-type')).toContain('text/plain');
  });

  it('answers what is not there, and what cannot be read, with what to do', async () => {
    expect(await call('/nowhere')).toMatchObject({ status: 404, body: { hint: 'GET /api lists the endpoints.' } });
    expect((await call('/api/nowhere')).status).toBe(404);
    expect((await raw('/api/orders/%zz')).status).toBe(400);
  });

  it('keeps our faults to itself and says so in the log', async () => {
    store.order = () => Promise.reject(new StoreFault('mongodb://u:p@h is away'));
    expect(await call('/api/orders/x')).toMatchObject({ status: 503, body: { error: 'store-unavailable' } });
    store.order = () => Promise.reject(new TypeError('secret detail at line 3'));
    const { status, body } = await call('/api/orders/x');
    expect([status, body['error']]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('secret detail');
    expect(events.of('bug')).toEqual([expect.objectContaining({ where: 'operator' })]);
  });
});

/** Sends a request with an unmodified path. */
function raw(path: string): Promise<{ status: number }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const req = request(
      { hostname, port, path, agent: false, headers: { authorization: `Bearer ${TOKEN}` } },
      (res) => {
        res.resume().on('end', () => resolve({ status: res.statusCode ?? 0 }));
      },
    );
    req.on('error', reject).end();
  });
}

describe('commands to chargers', () => {
  it('says how the boots of a charge point are answered, and lets one in that waits', async () => {
    const boot = (body: unknown, id = 'CP%2F1') => post(`/api/charge-points/${id}/boot`, body);
    expect(await boot({ answer: 'pending' })).toMatchObject({ status: 200, body: { id: 'CP/1', answer: 'pending' } });
    expect(asked).toEqual([]);
    expect(await boot({ answer: 'accept' })).toMatchObject({ status: 200 });
    expect([...bootAnswers]).toEqual([['CP/1', 'accept']]);
    expect(asked).toEqual([{ type: 'trigger-message', requestedMessage: 'BootNotification' }]);
    for (const body of [{}, { answer: 'maybe' }, { answer: 1 }, [1]])
      expect(await boot(body)).toMatchObject({ status: 400, body: { message: expect.stringContaining('answer') } });
    expect(await boot({ answer: 'accept' }, 'none')).toMatchObject({ status: 404 });
  });

  it('let a charge point out of its quarantine, with a note; until then nothing is started there', async () => {
    const clear = (body: unknown, id = 'CP%2F1') => post(`/api/charge-points/${id}/quarantine/clear`, body);
    const start = () => post('/api/charge-points/CP%2F1/commands/RemoteStartTransaction', { idTag: 'T' });
    quarantined.set('CP/1', { since: 7, reason: 'takeovers', detail: '4 takeovers.', address: '203.0.113.9' });
    expect(await start()).toMatchObject({
      status: 403,
      body: { error: 'quarantined', message: expect.stringContaining('4 takeovers') },
    });
    expect(asked).toEqual([]);
    for (const body of [{}, { note: ' ' }, { note: 1 }]) expect(await clear(body)).toMatchObject({ status: 400 });
    expect(await clear({ note: 'key changed' })).toMatchObject({ status: 200, body: { id: 'CP/1', cleared: true } });
    expect(await clear({ note: 'key changed' })).toMatchObject({ status: 409, body: { error: 'not-quarantined' } });
    expect(await clear({ note: 'key changed' }, 'none')).toMatchObject({ status: 404 });
    expect(await start()).toMatchObject({ status: 200 });
    expect(asked).toMatchObject([{ action: 'RemoteStartTransaction' }]);
  });

  it('are sent with the body as payload, kept, and listed', async () => {
    const sent = await post('/api/charge-points/CP%2F1/commands/Reset?withinS=5', { type: 'Soft' });
    expect(sent).toMatchObject({
      status: 200,
      body: { action: 'Reset', detail: { state: 'answered', status: 'Accepted' } },
    });
    expect(asked).toEqual([{ type: 'action', action: 'Reset', payload: { type: 'Soft' } }]);
    const listed = await call('/api/charge-points/CP%2F1/commands');
    expect(listed.body.commands).toEqual([sent.body]);
    expect((await call('/api/charge-points/CP%2F1/notifications')).body).toEqual({ notifications: [] });
  });

  it.each([
    ['/api/charge-points/CP%2F1/commands/Reset?timeoutS=0', {}, 400, 'timeoutS'],
    ['/api/charge-points/CP%2F1/commands/Reset?withinS=x', {}, 400, 'withinS'],
    ['/api/charge-points/CP%2F1/commands/Reset', [1], 400, 'payload'],
    ['/api/charge-points/none/commands/Reset', {}, 404, 'none'],
    [
      '/api/charge-points/CP%2F1/commands/ChangeConfiguration',
      { key: 'AuthorizationKey', value: 'x' },
      403,
      'password',
    ],
    ['/api/orders/none/stop', {}, 404, 'none'],
    ['/api/orders/none/close', { by: 'A. Person', reason: 'gone' }, 404, 'none'],
    ['/api/orders/none/close', { reason: 'gone' }, 400, 'by'],
    ['/api/orders/none/close', { by: 'A. Person', reason: ' ' }, 400, 'reason'],
  ])('%s %j is refused with %d', async (path, body, status, word) => {
    const refused = await post(path, body);
    expect(refused.status).toBe(status);
    expect(JSON.stringify(refused.body)).toContain(word);
    expect(asked).toEqual([]);
  });

  it('to an order that cannot be ended say why', async () => {
    live = [chargingOrder()];
    const refused = await post(`/api/orders/${live[0]?.id}/cancel`, {});
    expect(refused).toMatchObject({ status: 409, body: { error: 'cancellation-not-possible' } });
    allowed = new Set(['stop', 'cancel', 'close']);
    const [{ id } = { id: '' }] = live;
    for (const [act, body] of [
      ['cancel', {}],
      ['stop', { reason: 'fire' }],
      ['close', { by: 'A. Person', reason: 'gone' }],
    ] as const)
      expect(await post(`/api/orders/${id}/${act}`, body)).toMatchObject({ body: { orderId: id, accepted: true } });
  });
});

describe('who may connect', () => {
  const reject = (id: string) =>
    rejectedConnections.add({
      id,
      identityFrom: 'path',
      path: `/ocpp/${id}`,
      network: '10.0.0',
      at: clock.now(),
      tls: false,
      subprotocols: ['ocpp1.6'],
      code: 'unknown-identity',
    });

  it('lists whose connection was rejected, newest first, and counts', async () => {
    for (const id of ['A', 'B', 'A']) reject(id);
    const { body } = await call('/api/rejected-connections');
    expect(body.rejectedConnections).toMatchObject([
      { id: 'A', count: 2, network: '10.0.0', reason: 'unknown identity', subprotocols: ['ocpp1.6'] },
      { id: 'B', count: 1 },
    ]);
  });

  it('a list that strangers fill keeps the newest two hundred', async () => {
    for (let n = 0; n < 1000; n += 1) reject(`S${n}`);
    const { body } = await call('/api/rejected-connections');
    expect(body.rejectedConnections).toHaveLength(200);
    expect(body.rejectedConnections[0].id).toBe('S999');
  });

  it('approves one, with a password that is shown once and works at once', async () => {
    reject('NEW 1');
    const { status, body } = await post('/api/rejected-connections/NEW%201/approve');
    expect(status).toBe(200);
    expect(body).toEqual({ id: 'NEW 1', profile: 1, password: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(approved.get('NEW 1')).toBe(1);
    expect(passwords.verify('NEW 1', Buffer.from(body.password))).toBe(true);
    expect((await call('/api/rejected-connections')).body.rejectedConnections).toEqual([]);
    expect(JSON.stringify(events.all) + JSON.stringify(await store.values(''))).not.toContain(body.password);
  });

  it('approves one as another spelling of a known charge point, without a password', async () => {
    reject('cp 1');
    expect(await post('/api/rejected-connections/cp%201/approve', { as: 'NOBODY' })).toMatchObject({
      status: 404,
      body: { error: 'unknown-charge-point' },
    });
    expect(await post('/api/rejected-connections/cp%201/approve', { as: 'CP/1', profile: 2 })).toMatchObject({
      status: 400,
      body: { field: 'profile', rule: 'must not be given beside as' },
    });
    const { status, body } = await post('/api/rejected-connections/cp%201/approve', { as: 'CP/1' });
    expect([status, body]).toEqual([200, { id: 'cp 1', as: 'CP/1' }]);
    expect(spellings.chargePointOf('cp 1')).toBe('CP/1');
    expect(approved.size).toBe(0);
    expect((await call('/api/rejected-connections')).body.rejectedConnections).toEqual([]);
  });

  it('lists the other spellings, and takes one back: its charge point must connect again', async () => {
    for (const [spelling, chargePointId] of [
      ['cp 1', 'CP/1'],
      ['x', 'CP2'],
    ] as const)
      await spellings.add(spelling, chargePointId);
    const { body: all } = await call('/api/spellings');
    expect(all.spellings).toMatchObject([
      { id: 'cp 1', chargePointId: 'CP/1', approvedAtIso: new Date(clock.now()).toISOString() },
      { id: 'x', chargePointId: 'CP2' },
    ]);
    for (const query of ['chargePointId=CP2', 'id=x', `id=x&from=${clock.now()}`])
      expect((await call(`/api/spellings?${query}`)).body.spellings).toMatchObject([{ id: 'x' }]);
    expect((await call(`/api/spellings?to=${clock.now()}`)).body.spellings).toEqual([]);
    const removed = await call('/api/spellings/cp%201', { method: 'DELETE' });
    expect(removed).toMatchObject({ status: 200, body: { id: 'cp 1', chargePointId: 'CP/1' } });
    expect(spellings.chargePointOf('cp 1')).toBeUndefined();
    expect(disconnected).toEqual(['CP/1']);
    await clock.advance(1);
    expect(await call('/api/spellings/cp%201', { method: 'DELETE' })).toMatchObject({ status: 404 });
    expect((await call('/api/audit?act=spelling.remove')).body.entries).toMatchObject([
      { outcome: 'refused', targetId: 'cp 1' },
      { outcome: 'done', targetId: 'cp 1', before: { chargePointId: 'CP/1' }, after: { chargePointId: null } },
    ]);
  });

  it('lists rejected connections by identity, network, cause, TLS and time', async () => {
    reject('A');
    rejectedConnections.add({
      ...{ id: 'B', identityFrom: 'path', network: '10.0.1', at: clock.now() + 5, tls: true, subprotocols: [] },
      code: 'no-password',
    });
    const listed = async (query: string): Promise<string[]> =>
      (await call(`/api/rejected-connections?${query}`)).body.rejectedConnections.map(({ id }: { id: string }) => id);
    for (const query of [
      'chargePointId=B',
      'network=10.0.1',
      'code=no-password',
      'tls=true',
      `from=${clock.now() + 1}`,
    ])
      expect([query, await listed(query)]).toEqual([query, ['B']]);
    expect(await listed('network=10.0.1&code=unknown-identity')).toEqual([]);
  });

  it('does not approve an identity that was never rejected, one that is known, nor a profile that is not served', async () => {
    reject('CP/1');
    reject('NEW');
    expect(await post('/api/rejected-connections/NOBODY/approve')).toMatchObject({
      status: 404,
      body: { error: 'not-in-list' },
    });
    expect(await post('/api/rejected-connections/CP%2F1/approve')).toMatchObject({
      status: 409,
      body: { error: 'already-known' },
    });
    expect(await post('/api/rejected-connections/NEW/approve', { profile: 0 })).toMatchObject({ status: 409 });
    expect(await post('/api/rejected-connections/NEW/approve', { profile: 'x' })).toMatchObject({ status: 400 });
    expect(approved.size).toBe(0);
  });

  it('changes a password and tells what the charger made of it', async () => {
    answers = [{ kind: 'answered', status: 'Accepted', payload: {} }];
    const { status, body } = await post('/api/charge-points/CP%2F1/password');
    expect(status).toBe(200);
    expect(body).toEqual({ result: 'in-force', chargerStatus: 'Accepted', password: expect.any(String) });
    expect(passwords.verify('CP/1', Buffer.from(body.password))).toBe(true);
    expect(passwords.verify('CP/1', Buffer.from('old-password-1'))).toBe(false);
  });

  it('does not show a password that was given, nor one that is dead', async () => {
    answers = [{ kind: 'answered', status: 'Accepted', payload: {} }];
    const given = await post('/api/charge-points/CP%2F1/password', { password: 'given by an operator' });
    expect(given.body).toEqual({ result: 'in-force', chargerStatus: 'Accepted' });
    answers = [{ kind: 'answered', status: 'NotSupported', payload: {} }];
    expect((await post('/api/charge-points/CP%2F1/password')).body).toEqual({
      result: 'unchanged',
      chargerStatus: 'NotSupported',
    });
    expect(passwords.verify('CP/1', Buffer.from('given by an operator'))).toBe(true);
  });

  it('says what to do when it cannot', async () => {
    expect(await post('/api/charge-points/CP%2F1/password')).toMatchObject({
      status: 409,
      body: { error: 'not-connected' },
    });
    expect(await post('/api/charge-points/NOBODY/password')).toMatchObject({ status: 404 });
    expect(await post('/api/charge-points/CP%2F1/password', { password: 'short' })).toMatchObject({
      status: 400,
      body: { error: 'password-invalid' },
    });
    expect(await post('/api/charge-points/CP%2F1/password', { byHand: 'yes' })).toMatchObject({ status: 400 });
  });

  it('by hand: the old password holds until the new one is used', async () => {
    const { body } = await post('/api/charge-points/CP%2F1/password', { byHand: true });
    expect(body).toEqual({ result: 'both-until-new-used', password: expect.any(String) });
    expect(passwords.verify('CP/1', Buffer.from('old-password-1'))).toBe(true);
    expect(passwords.verify('CP/1', Buffer.from('old-password-1'))).toBe(true);
    expect(passwords.verify('CP/1', Buffer.from(body.password))).toBe(true);
    expect(passwords.verify('CP/1', Buffer.from('old-password-1'))).toBe(false);
  });
});

describe('the ledger', () => {
  it('is listed and settled by the day, and a wrong day is told', async () => {
    const at = Date.UTC(2026, 0, 15, 23);
    const order = withPostings(completedOrder({ version: 1 }), at);
    await keep(order);
    const { body } = await call('/api/ledger?day=2026-01-15&limit=2');
    expect(body['entries']).toHaveLength(2);
    const rest = await call(`/api/ledger?day=2026-01-15&cursor=${encodeURIComponent(String(body['next']))}`);
    const kinds = [body, rest.body].flatMap((page) => (page['entries'] as { kind: string }[]).map(({ kind }) => kind));
    expect(kinds.sort()).toEqual(['bill', 'payment', 'refund']);
    expect((await call('/api/ledger?day=2026-01-16')).body['entries']).toEqual([]);
    expect((await call('/api/ledger?bapId=nobody')).body['entries']).toEqual([]);

    const headers = { authorization: `Bearer ${TOKEN}` };
    const csv = await fetch(`${base}/api/settlements/2026-01-15.csv`, { headers });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const text = await csv.text();
    expect(text).toContain(`,${((order.bill?.total ?? 0) / 100).toFixed(2)},`);
    expect(text.split('\r\n')).toHaveLength(4);
    for (const person of PEOPLE) expect(text).not.toContain(person);
    expect((await fetch(`${base}/api/settlements/2026-01-15.csv`)).status).toBe(401);
    expect((await call('/api/settlements/2026-02-30.csv')).status).toBe(400);
    expect((await call('/api/ledger?day=tomorrow')).status).toBe(400);
  });
});

describe('the calendar of a charge point', () => {
  it('has its booked slots and who charges there, in their order, and nobody else’s', async () => {
    const connector = { ...chargingOrder().connector, chargePointId: 'CP/1' };
    const booked = { from: 9_000_000_000_000, until: 9_000_003_600_000 };
    const slot = { ...booked, status: 'accepted' } as const;
    const { session: _none, ...unbegun } = chargingOrder({ id: 'later', connector, state: 'confirmed', slot });
    live = [
      unbegun,
      chargingOrder({ id: 'now', connector: { ...connector, connectorId: 2 } }),
      chargingOrder({ id: 'elsewhere' }),
      completedOrder({ id: 'over', connector }),
    ];
    const { body } = await call('/api/charge-points/CP%2F1/calendar');
    expect(body['entries']).toMatchObject([
      expect.objectContaining({ orderId: 'now', connectorId: 2, kind: 'charging' }),
      { connectorId: 1, orderId: 'later', bapId: 'bap.example', kind: 'booked', ...booked, reservation: 'accepted' },
    ]);
    expect((await call('/api/charge-points/nobody/calendar')).status).toBe(404);
  });
});

describe('the answers to parameters that are wrong', () => {
  it.each([
    ['/api/orders?stationid=s1', { code: 'unknown-parameter', parameter: 'stationid', didYouMean: 'stationId' }],
    ['/api/orders?charge_point_id=x', { parameter: 'charge_point_id', didYouMean: 'chargePointId' }],
    ['/api/orders/x?limit=3', { code: 'unknown-parameter', hint: 'There are none here.' }],
    ['/api/orders?state=chargin', { code: 'bad-parameter', value: 'chargin', didYouMean: 'charging' }],
    ['/api/orders?state=draft&state=failed', { parameter: 'state', rule: 'must be given once' }],
    ['/api/orders?state=', { parameter: 'state', rule: 'must not be empty' }],
    ['/api/orders?limit=501', { parameter: 'limit', value: '501', rule: 'must be a whole number from 1 to 500' }],
    ['/api/orders?from=yesterday', { parameter: 'from', rule: expect.stringContaining('2026-11-25T10:00') }],
    ['/api/orders?from=2026-11-25T10:00:00', { parameter: 'from' }],
    ['/api/orders?from=2026-02-30T10:00:00Z', { parameter: 'from' }],
    ['/api/orders?from=20&to=20', { parameter: 'to', rule: 'must be later than from' }],
    ['/api/discrepancies?open=yes', { parameter: 'open', rule: 'must be true or false' }],
    ['/api/ledger?day=2026-02-30', { parameter: 'day', rule: 'must be a day such as 2026-11-25' }],
    ['/api/orders?__proto__=1', { code: 'unknown-parameter', parameter: '__proto__' }],
  ])('%s', async (path, problem) => {
    const { status, body } = await call(path);
    expect([status, body]).toMatchObject([400, problem]);
    expect(body['error']).toBe(body['code']);
  });

  it('come from every endpoint', async () => {
    for (const { method, path } of ENDPOINTS) {
      const answer = await call(`${path.replaceAll(/:\w+/g, 'x')}?nonsense=1`, { method });
      expect([path, answer.status, answer.body['code']]).toEqual([path, 400, 'unknown-parameter']);
    }
  });

  it('name the wrong member of a body', async () => {
    expect(await post('/api/charge-points/CP%2F1/password', { byhand: true })).toMatchObject({
      status: 400,
      body: { code: 'unknown-parameter', field: 'byhand', didYouMean: 'byHand' },
    });
    expect(await post('/api/charge-points/CP%2F1/password', { password: 5 })).toMatchObject({
      status: 400,
      body: { field: 'password', rule: 'must be text' },
    });
    const place = { chargePointId: 'CP/1', connectorId: 2 ** 53 };
    expect(await post('/api/sale-stops', { ...place, reason: 'r', by: 'asha' })).toMatchObject({
      status: 400,
      body: { field: 'connectorId', rule: 'must be a whole number' },
    });
    expect((await call('/api/charge-point')).body).toMatchObject({ didYouMean: '/api/charge-points' });
  });

  it('have the same shape when the request is not even HTTP', async () => {
    const { hostname, port } = new URL(base);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write('nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (piece) => (text += String(piece))).on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'bad-request' });
  });
});

describe('filters', () => {
  it('keep what meets each of them, in lists from the store and from memory', async () => {
    const placed = (id: string, stationId: string, createdAt: number): Order => {
      const order = chargingOrder({ id, becknTransactionId: `t-${id}`, idTag: `TAG${id}`, createdAt });
      return { ...order, connector: { ...order.connector, stationId, chargePointId: `cp-${id}` } };
    };
    const orders = [placed('a', 's1', 1000), placed('b', 's1', 2000), placed('c', 's2', 3000)];
    await keep(...orders);
    live = orders;
    const list = async (query: string): Promise<string[]> =>
      (await call(`/api/orders?${query}`)).body['orders'].map(({ id }: Order) => id);
    const sessions = async (query: string): Promise<string[]> =>
      (await call(`/api/sessions?${query}`)).body['sessions'].map((one: Parsed) => one['orderId']).reverse();
    for (const [query, ids] of [
      ['stationId=s1', ['b', 'a']],
      ['chargePointId=cp-c', ['c']],
      ['becknTransactionId=t-a', ['a']],
      ['orderId=b', ['b']],
      ['from=1970-01-01T00:00:02Z', ['c', 'b']],
      ['from=1970-01-01T05:30:02+05:30&to=2001', ['b']],
      ['stationId=s1&to=2000', ['a']],
      ['state=charging&open=true&network=main', ['c', 'b', 'a']],
      ['state=completed', []],
      ['itemId=none', []],
    ] as const) {
      expect([query, await list(query)]).toEqual([query, ids]);
      expect([query, await sessions(query)]).toEqual([query, ids]);
    }
  });

  it('are the same on every list of what belongs to orders', () => {
    const place = ['providerId', 'stationId', 'chargePointId', 'connectorId'];
    const ids = ['orderId', 'becknTransactionId', 'bapId', 'network', ...place];
    const [items, times] = [
      [...ids, 'itemId'],
      ['from', 'to'],
    ];
    for (const [path, wanted] of [
      ['orders', [...items, 'transactionId', 'state', 'open', ...times]],
      ['sessions', [...items, 'transactionId', 'state', 'open', ...times]],
      ['transactions', [...items, 'transactionId', 'open', 'unmatched', ...times]],
      ['discrepancies', [...items, 'transactionId', 'kind', 'open', ...times]],
      ['ledger', [...items, 'kind', 'day', ...times]],
      ['ratings', [...items, 'ratedId', 'category', ...times]],
      ['outbox', [...items, 'transactionId', 'action', ...times]],
      ['settlements', [...ids, 'day', 'firstDay', 'lastDay']],
      ['settlements.csv', [...ids, 'day', 'firstDay', 'lastDay']],
      ['sale-stops', [...place, 'state', ...times]],
      ['charge-points', [...place, 'itemId', 'online', 'connectorStatus', ...times]],
    ] as const) {
      const endpoint = ENDPOINTS.find((one) => one.method === 'GET' && one.path === `/api/${path}`);
      expect([path, Object.keys(endpoint?.query ?? {})]).toEqual([path, expect.arrayContaining([...wanted])]);
    }
  });

  it('reach the order to which a posting, a transaction, a discrepancy or a rating belongs', async () => {
    const placed = (id: string, bapId: string, network: string, connectorId: number): Order => {
      const plain = completedOrder({ version: 1, id, becknTransactionId: `t-${id}`, idTag: `TAG${id}` });
      const order = withPostings(plain, clock.now());
      const connector = { ...order.connector, stationId: `s-${id}`, chargePointId: `cp-${id}`, connectorId };
      return { ...order, customer: { ...order.customer, bapId, network }, connector };
    };
    await keep(placed('a', 'bap.a', 'main', 1), placed('b', 'bap.b', 'second', 2));
    const ref = (id: string) => ({ orderId: id, chargePointId: `cp-${id}`, transactionId: `x-${id}` });
    const rating = { network: 'n', becknTransactionId: 't', ratedId: 'r', category: 'Order', value: 5 };
    await store.commit({
      discrepancies: ['a', 'b'].map((id) => ({ id, kind: 'overshoot' as const, at: 5, detail: 'd', ...ref(id) })),
      ratings: ['a', 'b'].map((id) => ({ ...rating, id, at: 5, bapId: 'x', orderId: id })),
      transactions: ['a', 'b'].map((id, n) => ({
        ...{ ...ref(id), startKey: `k${id}`, connectorId: n + 1, idTag: 'T', meterStartWh: 0, startedAt: 1 },
        ...{ receivedAt: 5, raw: [] },
      })),
    });
    const names = {
      ledger: 'entries',
      transactions: 'transactions',
      discrepancies: 'discrepancies',
      ratings: 'ratings',
    };
    const ofB = ['stationId=s-b', 'chargePointId=cp-b', 'connectorId=2', 'bapId=bap.b', 'network=second'];
    for (const [path, name] of Object.entries(names)) {
      // A rating has its own buyer app and network. Transactions and discrepancies are filtered by the current
      // stations.
      const own = path === 'ratings' ? /bapId|network/ : path === 'ledger' ? /none/ : /stationId/;
      for (const query of ofB.filter((one) => !own.test(one))) {
        const rows: Parsed[] = (await call(`/api/${path}?${query}`)).body[name];
        expect([path, query, [...new Set(rows.map(({ orderId }) => orderId as string))]]).toEqual([path, query, ['b']]);
      }
    }
    const { body } = await call('/api/discrepancies?bapId=bap.b');
    expect(body.discrepancies).toMatchObject([
      { bapId: 'bap.b', network: 'second', stationId: 's-b', connectorId: 2, chargePointId: 'cp-b' },
    ]);
    const day = new Date((await call('/api/ledger?orderId=b')).body.entries[0].at).toISOString().slice(0, 10);
    for (const query of ['network=second', 'orderId=b', 'becknTransactionId=t-b', 'connectorId=2', 'stationId=s-b']) {
      const { orders } = (await call(`/api/settlements?day=${day}&${query}`)).body;
      expect([query, orders.map((one: Parsed) => one.orderId as string)]).toEqual([query, ['b']]);
    }
  });

  it('keep charge points by their connection, version, password, quarantine and last frame', async () => {
    const record = { accepted: true, connectors: {} };
    away = ['A', 'B'];
    await store.commit({
      chargePoints: [
        { ...record, id: 'A', version: '2.0.1', lastSeenAt: 1000 },
        { ...record, id: 'B', accepted: false, version: '1.6' },
      ],
    });
    const listed = async (query: string): Promise<string[]> =>
      (await call(`/api/charge-points?${query}`)).body.chargePoints.map(({ id }: { id: string }) => id);
    for (const [query, ids] of [
      ['online=true', ['CP/1']],
      ['online=false', ['A', 'B']],
      ['accepted=true', ['A']],
      ['accepted=false', ['B', 'CP/1']],
      ['version=2.0.1', ['A']],
      ['version=1.6', ['B', 'CP/1']],
      ['hasPassword=true', ['CP/1']],
      ['quarantined=true', []],
      ['quarantined=false', ['A', 'B', 'CP/1']],
      ['from=1970-01-01T00:00:01Z', ['A']],
      ['to=1001', ['A', 'B', 'CP/1']],
      ['to=1000', ['B', 'CP/1']],
      ['online=false&accepted=true', ['A']],
    ] as const)
      expect([query, await listed(query)]).toEqual([query, ids]);
  });

  it('show an order as its session now stands', async () => {
    const order = chargingOrder();
    await keep(order);
    const session = order.session!;
    const stop = { reason: 'operator', at: 5, attempts: 1, retryAt: 9 } as const;
    live = [
      { ...order, session: { ...session, stop, meter: { ...session.meter, energyWh: 4321, powerW: 7200, soc: 55 } } },
    ];
    const [shown] = (await call('/api/orders')).body['orders'];
    const cost = Math.round((4321 * order.tariff.pricePerKwh) / 1000);
    expect(shown).toMatchObject({ energyWh: 4321, powerW: 7200, soc: 55, cost, stop: { reason: 'operator', at: 5 } });
    expect(shown.costMoney).toEqual({ amount: cost, currency: 'INR', text: (cost / 100).toFixed(2) });
    expect(shown.createdAtIso).toBe(new Date(shown.createdAt).toISOString());
  });
});

describe('tokens', () => {
  const create = async (name: string, ...scopes: string[]): Promise<string> =>
    (await post('/api/tokens', { name, scopes })).body['secret'];

  it('are created, listed without their secret, and revoked', async () => {
    const secret = await create('Finance', 'read', 'money', 'read');
    const { body } = await call('/api/tokens');
    expect(body['tokens']).toMatchObject([
      { name: 'Finance', scopes: ['read', 'money'], createdBy: 'operator', createdAt: clock.now() },
      { name: 'operator', scopes: ['admin'] },
    ]);
    const stored = JSON.stringify(await store.values(''));
    for (const hidden of [secret, TOKEN]) {
      expect(JSON.stringify(body)).not.toContain(hidden);
      expect(stored).not.toContain(hidden);
    }
    expect((await call('/api/orders', {}, secret)).status).toBe(200);
    expect((await post('/api/tokens', { name: 'Finance', scopes: ['read'] })).body['code']).toBe('name-taken');
    expect((await call('/api/tokens/Finance', { method: 'DELETE' })).body).toMatchObject({ revokedBy: 'operator' });
    expect((await call('/api/orders', {}, secret)).status).toBe(401);
    expect((await call('/api/tokens/Finance', { method: 'DELETE' })).body['code']).toBe('already-ended');
    expect((await call('/api/tokens/operator', { method: 'DELETE' })).body['code']).toBe('forbidden');
    expect((await call('/api/tokens/nobody', { method: 'DELETE' })).status).toBe(404);
    expect((await post('/api/tokens', { name: 'Finance', scopes: ['read'] })).body['code']).toBe('name-taken');
  });

  it.each([
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['everything'] }, 'scopes'],
    [{ name: 'x', scopes: 'read' }, 'scopes'],
    [{ name: '', scopes: ['read'] }, 'name'],
    [{ name: 'a/b', scopes: ['read'] }, 'name'],
    [{ scopes: ['read'] }, 'name'],
  ])('are not created from %j', async (body, field) => {
    expect(await post('/api/tokens', body)).toMatchObject({ status: 400, body: { field } });
  });

  it('may use what their scopes allow, and are told the scope that is missing', async () => {
    const secrets = new Map<string, string>();
    for (const scope of ['read', 'operate', 'money', 'admin']) secrets.set(scope, await create(scope, scope));
    for (const endpoint of ENDPOINTS) {
      for (const [scope, secret] of secrets) {
        const path = endpoint.path
          .replaceAll(/:\w+/g, 'none')
          .replace('settlements/none.csv', 'settlements/2026-01-15.csv');
        const { status, body } = await call(
          path,
          { method: endpoint.method, body: endpoint.method === 'POST' ? '{}' : null },
          secret,
        );
        const isAllowed = scope === endpoint.scope || scope === 'admin';
        expect([endpoint.path, scope, status === 403]).toEqual([endpoint.path, scope, !isAllowed]);
        if (!isAllowed) expect(body).toMatchObject({ code: 'scope-missing', scope: endpoint.scope });
      }
    }
  });

  it('that are wrong are answered ever later, but a right one from the same address at once', async () => {
    for (let n = 0; n < 3; n += 1) expect((await call('/api/orders', {}, 'wrong')).status).toBe(401);
    let answered = 0;
    const late = Array.from({ length: 6 }, async () => {
      const { status } = await call('/api/orders', {}, 'wrong');
      answered += 1;
      return status;
    });
    await until(clock, () => answered === 2);
    expect((await call('/api/orders')).status).toBe(200);
    expect(answered).toBe(2);
    await clock.advance(10_000);
    expect((await Promise.all(late)).sort()).toEqual([401, 401, 401, 401, 429, 429]);
    const refused = events.of('operator.token-refused');
    expect(refused[0]).toEqual({ address: '127.0.0.1', reason: 'wrong' });
    expect(JSON.stringify(refused)).not.toContain('Bearer');
  });
});

describe('what is sold', () => {
  it('is imported, listed, exported, changed and undone', async () => {
    const files = [{ name: 'n.json', base64: Buffer.from(JSON.stringify(DOCUMENT)).toString('base64') }];
    expect((await post('/api/network/import', { files })).body).toMatchObject({ changed: true });
    expect((await call('/api/network')).body).toMatchObject({ version: { number: 1 } });
    for (const [query, count] of [
      ['by=operator', 1],
      ['by=nobody', 0],
      ['from=1970-01-01T00:00:00Z', 1],
      ['to=1', 0],
    ] as const)
      expect([query, (await call(`/api/network/versions?${query}`)).body.items.length]).toEqual([query, count]);
    for (const path of ['versions', 'versions/1', 'export/wide.csv', 'template/stations.csv'])
      expect((await call(`/api/network/${path}`)).status).toBe(200);
    for (const act of ['withdraw', 'restore', 'move', 'remove'])
      expect((await post(`/api/charge-points/CP1/${act}`, act === 'move' ? { stationId: 's1' } : {})).status).toBe(200);
    expect((await post('/api/network/undo', {})).body).toMatchObject({ version: { restores: 3 } });
    expect((await post('/api/reload', {})).body).toMatchObject({ applied: [], needsRestart: [] });
  });
});

describe('the audit record', () => {
  const entries = async (query = ''): Promise<Parsed> => (await call(`/api/audit${query}`)).body['entries'];

  it('says who did what to what, from where and when, with before and after', async () => {
    await store.commit({ discrepancies: [{ id: 'r1', kind: 'unmatched-transaction', at: 1, detail: 'd' }] });
    const secret = (await post('/api/tokens', { name: 'A. Person', scopes: ['operate'] })).body['secret'];
    await clock.advance(1);
    await post('/api/discrepancies/r1/close', { note: 'looked' }, secret);
    await clock.advance(1);
    await post('/api/orders/none/stop', { by: 'B. Person', reason: 'fire' }, secret);
    const [stop, close, token] = await entries();
    expect(close).toMatchObject({
      who: 'A. Person',
      address: '127.0.0.1',
      act: 'discrepancy.close',
      targetKind: 'discrepancy',
      targetId: 'r1',
      at: clock.now() - 1,
      outcome: 'done',
      request: { note: 'looked' },
      before: { closedAt: null },
      after: { closedAt: clock.now() - 1, closedNote: 'looked' },
    });
    expect(stop).toMatchObject({ act: 'order.stop', targetId: 'none', outcome: 'refused', code: 'not-found' });
    expect(stop.request).toEqual({ by: 'B. Person', reason: 'fire' });
    expect(token).toMatchObject({ who: 'operator', act: 'token.create', before: null });
    expect(JSON.stringify(await entries())).not.toContain(secret);
    expect(await entries('?who=A.%20Person&outcome=done')).toHaveLength(1);
    expect(await entries('?act=order.stop&targetId=none')).toHaveLength(1);
    const first = await call('/api/audit?limit=2');
    expect((await call(`/api/audit?limit=2&cursor=${first.body['next']}`)).body['entries']).toHaveLength(1);
  });

  it('has every act, and no password', async () => {
    await post('/api/charge-points/CP%2F1/password', { password: 'new-password-of-cp1', byHand: true });
    const made = await post('/api/charge-points/CP%2F1/password', { byHand: true });
    await post('/api/charge-points/CP%2F1/commands/Reset', { type: 'Soft' });
    await post('/api/networks/main/subscribe', {});
    const text = JSON.stringify(await entries());
    expect(text).not.toContain('new-password-of-cp1');
    expect(text).not.toContain(made.body['password']);
    const acts = (await entries()).map((one: Parsed) => `${one['act']} ${one['outcome']}`).sort();
    expect(acts).toEqual([
      'charge-point.command done',
      'charge-point.password done',
      'charge-point.password done',
      'network.subscribe done',
    ]);
  });

  it('says how boots were answered before a change, and after it', async () => {
    await post('/api/charge-points/CP%2F1/boot', { answer: 'reject' });
    await clock.advance(1);
    await post('/api/charge-points/CP%2F1/boot', { answer: 'pending' });
    expect(await entries('?act=charge-point.boot')).toMatchObject([
      { before: { answer: 'reject' }, after: { answer: 'pending' } },
      { before: { answer: 'accept' }, after: { answer: 'reject' } },
    ]);
  });

  it('is written before the act begins: without it nothing is done', async () => {
    const { commit } = store;
    store.commit = () => Promise.reject(new StoreFault('full'));
    expect((await post('/api/charge-points/CP%2F1/boot', { answer: 'pending' })).status).toBe(503);
    expect(bootAnswers.size).toBe(0);
    store.commit = commit;
    store.closeDiscrepancy = () => Promise.reject(new StoreFault('full'));
    expect((await post('/api/discrepancies/r1/close', { note: 'x' })).status).toBe(503);
    expect(await entries()).toMatchObject([{ act: 'discrepancy.close', outcome: 'failed' }]);
  });
});

describe('trials', () => {
  const application = {
    connector: 'CP1/1',
    subscriberId: 'trial.example',
    keyId: 'k',
    // The generator of Ed25519.
    publicKey: Buffer.alloc(32, 0x66).fill(0x58, 0, 1).toString('base64'),
    bapUri: 'http://127.0.0.1:9/bap',
  };

  beforeAll(() => loadSodium());

  it('are opened with what their buyer app and charge point need, and closed', async () => {
    const { status, body } = await post('/api/trials', application);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      provider: { subscriberId: 'bpp.example', uri: 'http://127.0.0.1/beckn-trial' },
      order: { standard: 'CCS2', connectorId: 1 },
      simulated: { url: 'ws://127.0.0.1/ocpp' },
    });
    const path = `/api/trials/${String(body['id'])}`;
    expect(await call(path, { method: 'DELETE' })).toMatchObject({ status: 200, body: { closed: true } });
    expect((await call(path, { method: 'DELETE' })).status).toBe(404);
  });

  it('are refused with the field that is wrong', async () => {
    expect((await post('/api/trials', { ...application, connector: 'CP9/1' })).status).toBe(404);
    expect((await post('/api/trials', { ...application, publicKey: 'AAAA' })).body).toMatchObject({
      field: 'publicKey',
    });
    const weak = Buffer.alloc(32).toString('base64');
    expect((await post('/api/trials', { ...application, publicKey: weak })).body).toMatchObject({ field: 'publicKey' });
    expect((await post('/api/trials', { ...application, bapUri: 'x' })).body).toMatchObject({ field: 'bapUri' });
  });
});

describe('out of sale', () => {
  const stops = async (query = ''): Promise<Parsed> => (await call(`/api/sale-stops${query}`)).body['saleStops'];

  it('are connectors, charge points, stations, providers or everything, with who, when and why', async () => {
    const reason = 'Road works.';
    const now = clock.now();
    const until = new Date(now + 3_600_000).toISOString();
    const set = await post('/api/sale-stops', { chargePointId: 'CP1', connectorId: 2, reason, until });
    expect(set.body).toMatchObject({
      kind: 'connector',
      state: 'in-force',
      from: now,
      untilIso: until,
      setBy: 'operator',
    });
    await clock.advance(1);
    await post('/api/sale-stops', { stationId: 's1', reason, from: now + 5000, until: now + 6000 });
    await clock.advance(1);
    await post('/api/sale-stops', { everything: true, reason });
    expect((await stops()).map((one: Parsed) => [one.kind, one.state])).toEqual([
      ['everything', 'in-force'],
      ['station', 'planned'],
      ['connector', 'in-force'],
    ]);
    expect(await stops('?state=planned')).toHaveLength(1);
    expect(await stops('?chargePointId=CP2')).toHaveLength(2);
    expect(await stops('?chargePointId=CP1&connectorId=2&providerId=p1')).toHaveLength(3);
    expect(await stops(`?to=${now + 1}`)).toHaveLength(1);
    const { id } = set.body;
    expect((await post(`/api/sale-stops/${id}/end`)).body).toMatchObject({ state: 'ended', endedBy: 'operator' });
    expect((await post(`/api/sale-stops/${id}/end`)).body['code']).toBe('already-ended');
    expect((await post('/api/sale-stops/none/end')).status).toBe(404);
    const audit = (await call('/api/audit?targetKind=sale-stop&outcome=done')).body['entries'];
    expect(audit.map((one: Parsed) => one.act).sort()).toEqual([...Array(3).fill('sale-stop.add'), 'sale-stop.end']);
  });

  it.each([
    [{ reason: 'x' }, 'the place', undefined],
    [{ reason: 'x', everything: true, stationId: 's1' }, 'the place', undefined],
    [{ reason: 'x', connectorId: 1 }, 'the place', undefined],
    [{ reason: 'x', chargePointId: 'CP11' }, 'chargePointId', 'CP1'],
    [{ reason: 'x', stationId: 'S1' }, 'stationId', 's1'],
    [{ reason: 'x', providerId: 'zzzzzz' }, 'providerId', undefined],
    [{ reason: 'x', chargePointId: 'CP1', connectorId: 3 }, 'connectorId', undefined],
    [{ reason: 'x', everything: true, from: 'soon' }, 'from', undefined],
    [{ reason: 'x', everything: true, until: 5 }, 'until', undefined],
    [{ everything: true }, 'reason', undefined],
    [{ everything: true, reason: ' ' }, 'reason', undefined],
    [{ everything: true, reason: 'closed\u001b[31m' }, 'reason', undefined],
    [{ everything: true, reason: 'closed\nopen' }, 'reason', undefined],
  ])('are not set from %j', async (body, field, didYouMean) => {
    expect(await post('/api/sale-stops', body)).toMatchObject({
      status: 400,
      body: { field, ...(didYouMean !== undefined && { didYouMean }) },
    });
    expect(await stops()).toEqual([]);
  });
});

describe('the settlement of a day or a range', () => {
  const DAY = '2026-01-15';

  async function keepSettled(): Promise<Order[]> {
    const base = completedOrder();
    const orders = [
      { id: 'o1', stationId: 's1', at: Date.parse(`${DAY}T00:00:00Z`) },
      { id: 'o2', stationId: 's2', at: Date.parse('2026-01-16T23:59:59Z') },
      { id: 'o3', stationId: 's1', at: Date.parse('2026-01-17T00:00:00Z') },
    ].map(({ id, stationId, at }) =>
      withPostings(
        {
          ...base,
          id,
          idTag: `TAG${id}`,
          payment: { paid: 12_420 },
          connector: { ...base.connector, stationId, chargePointId: `cp-${id}` },
        },
        at,
      ),
    );
    await keep(...orders);
    await store.commit({
      discrepancies: [{ id: 'd', kind: 'meter-gap', at: 1, detail: 'd', orderId: 'o1' }],
    });
    return orders;
  }

  it('has of each order its place, begin, end, meter, energy, price lines and what is open', async () => {
    const [order] = await keepSettled();
    const { session, bill } = order!;
    const { body } = await call(`/api/settlements?day=${DAY}`);
    expect(body).toMatchObject({ firstDay: DAY, lastDay: DAY, fromIso: `${DAY}T00:00:00.000Z` });
    expect(body.orders).toHaveLength(1);
    expect(body.orders[0]).toMatchObject({
      orderId: 'o1',
      stationId: 's1',
      chargePointId: 'cp-o1',
      connectorId: 1,
      state: 'completed',
      begunAt: session!.startedAt,
      endedAt: session!.end!.at,
      meterBeginWh: session!.meterStartWh,
      meterEndWh: session!.end!.meterStopWh,
      deliveredWh: bill!.deliveredWh,
      billed: bill!.total,
      billedMoney: { amount: bill!.total, currency: 'INR' },
      open: ['meter-gap'],
    });
    const lines: number[] = body.orders[0].priceLines.map((line: Parsed) => line.amount);
    expect(lines.reduce((sum, amount) => sum + amount, 0)).toBe(bill!.total);
    expect(body.totals).toMatchObject([{ bapId: 'bap.example', billed: bill!.total }]);
  });

  it('covers a range with both of its days, and one place', async () => {
    const [order] = await keepSettled();
    const of = async (query: string): Promise<string[]> =>
      (await call(`/api/settlements?${query}`)).body.orders.map((one: Parsed) => one.orderId);
    expect(await of(`firstDay=${DAY}&lastDay=2026-01-16`)).toEqual(['o1', 'o2']);
    expect(await of(`firstDay=${DAY}&lastDay=2026-01-17&stationId=s1`)).toEqual(['o1', 'o3']);
    expect(await of(`firstDay=${DAY}&lastDay=2026-01-17&chargePointId=cp-o2&connectorId=1`)).toEqual(['o2']);
    const { body } = await call(`/api/settlements?firstDay=${DAY}&lastDay=2026-01-16`);
    expect(body.totals).toMatchObject([{ billed: 2 * order!.bill!.total, energyWh: 2 * order!.bill!.energyWh }]);
    for (const query of [
      '',
      'lastDay=2026-01-16',
      `day=${DAY}&firstDay=${DAY}`,
      `day=${DAY}&lastDay=2026-01-16`,
      'firstDay=2026-01-16&lastDay=2026-01-15',
      'firstDay=2026-01-01&lastDay=2026-06-01',
    ])
      expect([query, (await call(`/api/settlements?${query}`)).status]).toEqual([query, 400]);
  });

  it('has the orders that are not billed yet', async () => {
    const order = chargingOrder({ id: 'now' });
    const session = { ...order.session!, startReceivedAt: Date.parse(`${DAY}T10:00:00Z`) };
    await keep({ ...order, session });
    live = [{ ...order, session }];
    const { orders } = (await call(`/api/settlements?day=${DAY}`)).body;
    expect(orders).toMatchObject([{ orderId: 'now', state: 'charging', billed: 0, open: ['not-billed'] }]);
    expect((await call('/api/settlements?day=2026-01-16')).body.orders).toEqual([]);
  });

  it('is the same as CSV, with a total', async () => {
    const [order] = await keepSettled();
    const text: string = (await call(`/api/settlements.csv?firstDay=${DAY}&lastDay=2026-01-16`)).body.text;
    const [head = [], ...rows] = text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const row = (n: number) => Object.fromEntries(head.map((name, column) => [name, rows[n]?.[column]]));
    expect(rows).toHaveLength(3);
    expect(row(0)).toMatchObject({
      period: `${DAY}/2026-01-16`,
      order_id: 'o1',
      station_id: 's1',
      begin: `${new Date(order!.session!.startedAt).toISOString().slice(0, 19)}+00:00`,
      meter_begin_kwh: (order!.session!.meterStartWh / 1000).toFixed(3),
      billed: (order!.bill!.total / 100).toFixed(2),
      open: 'meter-gap',
    });
    expect(row(0)['price_lines']).toContain(`${order!.bill!.lines[0]!.title} `);
    expect(row(2)).toMatchObject({ order_id: 'TOTAL', billed: ((2 * order!.bill!.total) / 100).toFixed(2) });
  });
});
