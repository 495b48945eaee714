/** What a request states but nobody can read is refused. It is never handled as if it had not been stated. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { BAP, openPipeline, SELF } from '../../../conformance/beckn/open-pipeline.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { numbered, PEER, UBC_ITEMS } from '../samples.js';

const PARTIES = { bap_id: BAP, bap_uri: 'https://bap.example/beckn', bpp_id: SELF.bppId, bpp_uri: SELF.bppUri };
const CONTEXTS = {
  uei: { ...PARTIES, domain: 'uei:charging', version: '1.0.0' },
  ev: { ...PARTIES, domain: 'uei:ev-charging', version: '1.1.0' },
  ubc: { ...PARTIES, domain: 'beckn.one:deg:ev-charging', version: '2.0.0' },
  lts: {
    version: '2.0.0',
    networkId: 'nfh.global/testnet-evcharging',
    bapId: BAP,
    bapUri: PARTIES.bap_uri,
    bppId: SELF.bppId,
    bppUri: SELF.bppUri,
  },
} as const;
type Dialect = keyof typeof CONTEXTS;

let harness: BridgeHarness;
let messages = 0;
beforeEach(async () => {
  harness = await createBridgeHarness(numbered(), undefined, { peer: PEER });
  await harness.connect('CP7');
});
afterEach(() => harness.stop());

/** Sends a request and returns the code of its NACK or error callback; `undefined` if it was accepted. */
async function refusalOf(dialect: Dialect, action: string, message: object): Promise<string | undefined> {
  messages += 1;
  const id = `m${messages}`;
  const ids = dialect === 'lts' ? { transactionId: 't', messageId: id } : { transaction_id: 't', message_id: id };
  const body = JSON.stringify({ context: { ...CONTEXTS[dialect], ...ids, action }, message });
  const before = harness.callbacks.length;
  const pipeline = openPipeline(harness, PEER);
  const answer = await pipeline.process({ action, rawBody: Buffer.from(body), headers: {} });
  await settle(15);
  const said: unknown = answer.status === 200 ? harness.callbacks[before]?.body : JSON.parse(answer.body);
  const error = valueAt(said, 'error') ?? valueAt(said, 'message', 'error');
  const code = valueAt(error, 'code') ?? valueAt(error, 'errorCode');
  return code === undefined ? undefined : String(code);
}

const newestOrder = (): Promise<Order | undefined> => harness.store.orderByTransaction(`main/${BAP}`, 't');
const startsSent = (): number => harness.commands.filter(({ type }) => type === 'remote-start').length;

const TAGS = [
  { descriptor: { code: 'selected-charging-option' }, list: [{ descriptor: { code: 'Units' }, value: '10000' }] },
];
const PAYMENTS = [{ status: 'PAID', params: { amount: '500', currency: 'INR' } }];
const UEI = { items: [{ id: 'cp-7-1' }], tags: TAGS };
const EV = { items: [{ id: 'cp-7-1', quantity: { selected: { measure: { value: '10', unit: 'kWh' } } } }] };
const QUANTITY = { unitCode: 'KWH', unitQuantity: 10 };
const UBC = { 'beckn:orderItems': [{ 'beckn:orderedItem': UBC_ITEMS[0], 'beckn:quantity': QUANTITY }] };
const LTS = { commitments: [{ resources: [{ id: UBC_ITEMS[0], quantity: QUANTITY }] }] };
const UNREADABLE = ['x'.repeat(256), 'x'.repeat(1000), 'cp-7-2\u200b', 'cp-7-2\u0000', 'cp-7-2\n', '\ud800'];

describe('a confirm whose time cannot be read does not start at once', () => {
  const later = '2026-01-15T20:00:00Z';
  const stop = { type: 'start', time: { timestamp: later } };
  it.each([
    ['one fulfillment in place of a list', { stops: [stop] }],
    ['one stop in place of a list', [{ stops: stop }]],
    ['a time that is no object', [{ stops: [{ type: 'start', time: later }] }]],
    ['a number', [{ stops: [{ type: 'start', time: { timestamp: 1_768_507_200 } }] }]],
    ['a stop without a type', [{ stops: [{ time: { timestamp: later } }] }]],
  ])('%s', async (_name, fulfillments) => {
    const order = { ...UEI, fulfillments, payments: PAYMENTS };
    expect(await refusalOf('uei', 'confirm', { order })).toBeDefined();
    expect(startsSent()).toBe(0);
  });
});

describe('an item id that cannot be read is not another item', () => {
  it.each(UNREADABLE)('in uei:charging: %j', async (id) => {
    expect(await refusalOf('uei', 'select', { order: UEI })).toBeUndefined();
    const order = { ...UEI, items: [{ id }], payments: PAYMENTS };
    expect(await refusalOf('uei', 'confirm', { order })).toBe('30004');
    expect(startsSent()).toBe(0);
  });

  it.each(UNREADABLE)('in the other dialects: %j', async (id) => {
    const ev = { ...EV, items: [...EV.items, { id }] };
    const ubc = { 'beckn:orderItems': [...UBC['beckn:orderItems'], { 'beckn:orderedItem': id }] };
    const lts = { commitments: [{ resources: [...LTS.commitments.flatMap((each) => each.resources), { id }] }] };
    expect(await refusalOf('ev', 'select', { order: ev })).toBe('30004');
    expect(await refusalOf('ubc', 'select', { order: ubc })).toBe('30004');
    expect(await refusalOf('lts', 'select', { contract: lts })).toBe('30004');
  });

  it('nor is a provider or an offer any other', async () => {
    const id = UNREADABLE[0];
    for (const [dialect, order] of [
      ['uei', UEI],
      ['ev', EV],
    ] as const)
      expect(await refusalOf(dialect, 'select', { order: { ...order, provider: { id } } })).toBe('30001');
    expect(await refusalOf('uei', 'select', { order: { ...UEI, offers: [{ id }] } })).toBeDefined();
  });
});

describe('an order id that cannot be read is not the newest order', () => {
  const REQUESTS: Readonly<Record<Exclude<Dialect, 'uei'>, (id: unknown) => object>> = {
    ev: (id) => ({ order_id: id }),
    ubc: (id) => ({ order: { 'beckn:id': id } }),
    lts: (id) => ({ contract: { id } }),
  };
  const CONFIRMS = {
    ev: { order: { ...EV, payments: PAYMENTS } },
    ubc: { order: UBC },
    lts: { contract: LTS },
  } as const;

  it.each(['ev', 'ubc', 'lts'] as const)('in %s', async (dialect) => {
    expect(await refusalOf(dialect, 'confirm', CONFIRMS[dialect])).toBeUndefined();
    for (const id of UNREADABLE) {
      expect(await refusalOf(dialect, 'cancel', REQUESTS[dialect](id))).toBe('30010');
      expect(await refusalOf(dialect, 'status', REQUESTS[dialect](id))).toBe('30010');
    }
    expect(await newestOrder()).toMatchObject({ state: 'confirmed' });
    // None at all still means the newest one.
    for (const id of [null, '']) expect(await refusalOf(dialect, 'status', REQUESTS[dialect](id))).toBeUndefined();
    expect(await refusalOf(dialect, 'cancel', REQUESTS[dialect](null))).toBeUndefined();
    expect(await newestOrder()).toMatchObject({ state: 'cancelled' });
  });
});

describe('a payment that is not made yet is not left out', () => {
  it('in LTS, although the first settlement has no status', async () => {
    const settlements = [{ id: 's1' }, { id: 's2', status: 'DRAFT' }];
    expect(await refusalOf('lts', 'confirm', { contract: { ...LTS, settlements } })).toBe('40004');
  });

  it('in LTS, if its consideration cannot be told', async () => {
    const consideration = [{ id: 'c1', considerationAttributes: { currency: 'INR', totalAmount: 500 } }];
    const settlements = [{ status: 'COMPLETE', considerationId: UNREADABLE[0] }];
    expect(await refusalOf('lts', 'confirm', { contract: { ...LTS, consideration, settlements } })).toBe('40004');
  });

  it('in UBC, although another spelling of it is null', async () => {
    const order = { ...UBC, 'beckn:payment': null, payment: { paymentStatus: 'PENDING' } };
    expect(await refusalOf('ubc', 'confirm', { order })).toBe('40004');
  });

  it('in uei:charging, however many come before it', async () => {
    const payments = [...Array.from({ length: 20 }, () => ({})), { status: 'NOT-PAID' }];
    expect(await refusalOf('uei', 'confirm', { order: { ...UEI, payments } })).toBe('40004');
    expect(startsSent()).toBe(0);
  });
});

describe('an update that starts charging does not leave out another limit', () => {
  const state = { id: 'cp-7-1', state: { descriptor: { code: 'CHARGING_IN_PROGRESS' } } };
  const ev = (value: string, target = 'order.items,order.fulfillments') => ({
    update_target: target,
    order: {
      items: [{ id: 'cp-7-1', quantity: { selected: { measure: { value, unit: 'kWh' } } } }],
      fulfillments: [state],
    },
  });
  const ubc = (unitQuantity: number) => ({
    order: {
      'beckn:orderItems': [{ 'beckn:orderedItem': UBC_ITEMS[0], 'beckn:quantity': { ...QUANTITY, unitQuantity } }],
      'beckn:fulfillment': { 'beckn:deliveryAttributes': { sessionStatus: 'PENDING' } },
    },
  });
  const lts = (unitQuantity: number) => ({
    contract: {
      commitments: [{ resources: [{ id: UBC_ITEMS[0], quantity: { ...QUANTITY, unitQuantity } }] }],
      performance: [{ performanceAttributes: { sessionStatus: 'PENDING' } }],
    },
  });

  it.each([
    ['ev', { order: { ...EV, payments: PAYMENTS } }, [ev('9'), ev('9,5')], ev('10')],
    ['ubc', { order: UBC }, [ubc(9), ubc(-1)], ubc(10)],
    ['lts', { contract: LTS }, [lts(9), lts(-1)], lts(10)],
  ] as const)('in %s', async (dialect, confirm, others, same) => {
    expect(await refusalOf(dialect, 'confirm', confirm)).toBeUndefined();
    for (const other of others) expect(await refusalOf(dialect, 'update', other)).toMatch(/^(50002|40000)$/);
    expect(startsSent()).toBe(0);
    expect(await refusalOf(dialect, 'update', same)).toBeUndefined();
    expect(startsSent()).toBe(1);
    expect(await refusalOf(dialect, 'update', others[0])).toBe('50002');
  });

  it('unless its target does not name it, as of an order that is sent back whole', async () => {
    expect(await refusalOf('ev', 'confirm', { order: { ...EV, payments: PAYMENTS } })).toBeUndefined();
    expect(await refusalOf('ev', 'update', ev('9', 'order.fulfillments[0].state'))).toBeUndefined();
    expect(startsSent()).toBe(1);
  });
});
