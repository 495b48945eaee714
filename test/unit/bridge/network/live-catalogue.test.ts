import { afterEach, describe, expect, it } from 'vitest';
import type { ChargePoint, Network, Station } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { atOnce } from '../../../../src/domain/model/object.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { runs } from '../../../property/runs.js';

const [PROVIDER] = NETWORK.providers;
const [STATION] = PROVIDER?.stations ?? [];
const [POINT] = STATION?.chargePoints ?? [];
const [CONNECTOR] = POINT?.connectors ?? [];
if (!PROVIDER || !STATION || !POINT || !CONNECTOR) throw new Error('the harness has a network');

const SESSIONS = runs(200);
const idOf = (index: number): string => `Z${index}`;

function point(index: number, pricePerKwh = 1000): ChargePoint {
  const id = idOf(index);
  const tariff = { ...CONNECTOR!.tariff, id: `t${pricePerKwh}`, pricePerKwh };
  return { ...POINT!, id, itemId: id, code: id, connectors: [{ ...CONNECTOR!, itemId: `${id}-1`, tariff }] };
}

const stationOf = (id: string, chargePoints: readonly ChargePoint[]): Station => ({ ...STATION, id, chargePoints });
const networkOf = (...stations: Station[]): Network => ({ name: 'n', providers: [{ ...PROVIDER, stations }] });
const indexes = Array.from({ length: SESSIONS + 4 }, (_, index) => index);
const BEFORE = networkOf(
  stationOf(
    's1',
    indexes.map((index) => point(index)),
  ),
);

/**
 * The network after the change: of the charge points, one quarter gets a new price, one moves to another station at
 * that price, one is withdrawn, and one disappears.
 */
const AFTER = networkOf(
  stationOf('s1', [
    ...indexes.filter((index) => index % 4 === 0).map((index) => point(index, 2500)),
    ...indexes.filter((index) => index % 4 === 2).map((index) => ({ ...point(index), status: 'withdrawn' as const })),
  ]),
  stationOf(
    's2',
    indexes.filter((index) => index % 4 === 1).map((index) => point(index, 2500)),
  ),
);

let harness: BridgeHarness | undefined;
afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

async function begin(at: BridgeHarness): Promise<Order[]> {
  const orders: Order[] = [];
  for (const index of indexes.slice(0, SESSIONS)) {
    await at.connect(idOf(index));
    const order = await at.confirm({ item: `${idOf(index)}-1`, transaction: `tx-${index}` });
    await at.startTransaction(order, 1000);
    orders.push(await at.order(order.id));
  }
  return orders;
}

/** Ends each session at a different register, the last of 200 beyond the limit of 10 kWh. Returns the bills. */
async function end(at: BridgeHarness, orders: readonly Order[]): Promise<unknown[]> {
  await at.clock.advance(15 * 60_000);
  const bills: unknown[] = [];
  for (const [index, { id, connector, session }] of orders.entries()) {
    const meterStopWh = 1000 + index * 60;
    const event = { type: 'transaction-stopped', meterStopWh, at: at.clock.now(), reason: 'Local', raw: '{}' } as const;
    await at.sendEvent({ ...event, transactionId: session?.transactionId ?? '', samples: [] }, connector.chargePointId);
    await settle(4);
    const { state, bill, tariff, quote } = await at.order(id);
    bills.push({ state, lines: bill?.lines, total: bill?.total, wh: bill?.deliveredWh, tariff, quoted: quote.total });
  }
  return bills;
}

describe(`the network is exchanged under ${SESSIONS} running sessions`, () => {
  it('changes no bill', { timeout: 60_000 }, async () => {
    harness = await createBridgeHarness(BEFORE);
    const expected = await end(harness, await begin(harness));
    await harness.stop();

    harness = await createBridgeHarness(BEFORE);
    const orders = await begin(harness);
    atOnce(harness.bridge.replaceNetwork(AFTER));
    expect(await end(harness, orders)).toEqual(expected);
    expect(expected).toHaveLength(SESSIONS);
    expect(new Set(expected.map((bill) => JSON.stringify(bill))).size).toBeGreaterThan(SESSIONS / 2);
  });

  it('sells at the new price while the sockets stay open, and nothing that is out of sale', async () => {
    const closed: string[] = [];
    harness = await createBridgeHarness(BEFORE, undefined, { disconnect: (id) => closed.push(id) });
    for (const index of [0, 1, 2, 3]) await harness.connect(idOf(index));
    const before = await harness.confirm({ item: 'Z0-1' });
    await harness.sendRequest({ type: 'cancel' }, 'cancel');
    atOnce(harness.bridge.replaceNetwork(AFTER));
    const changed = await harness.confirm({ item: 'Z0-1', transaction: 'tx-2' });
    const moved = await harness.confirm({ item: 'Z1-1', transaction: 'tx-3' });
    expect([before.quote.total, changed.quote.total]).toEqual([10_000, 25_000]);
    expect([moved.connector.stationId, moved.quote.total]).toEqual(['s2', 25_000]);
    for (const item of ['Z2-1', 'Z3-1'])
      await expect(harness.confirm({ item, transaction: item })).rejects.toThrow('the confirm made no order');
    expect(closed).toEqual(['Z3']);
    expect(harness.bridge.chargerEvents.isKnown('Z2')).toBe(true);
    expect(harness.bridge.chargerEvents.isKnown('Z3')).toBe(false);
  });

  it('keeps the price of a quote that a buyer has in hand, but sells nothing that was withdrawn since', async () => {
    harness = await createBridgeHarness(BEFORE);
    const select = (item: string) =>
      ({
        type: 'select',
        items: { itemIds: [{ id: item, path: 'p' }] },
        limit: { limit: { kind: 'energy', value: 10_000 } },
      }) as const;
    for (const index of [0, 2]) {
      await harness.connect(idOf(index));
      await harness.sendRequest(select(`${idOf(index)}-1`), 'select', { transaction: `tx-${index}` });
    }
    atOnce(harness.bridge.replaceNetwork(AFTER));
    const confirm = { type: 'confirm', payment: 'unstated' } as const;
    expect(await harness.sendRequest(confirm, 'confirm', { transaction: 'tx-0' })).toMatchObject({ ack: true });
    expect(await harness.sendRequest(confirm, 'confirm', { transaction: 'tx-2' })).toMatchObject({ ack: true });
    await settle(20);
    const bodies = harness.callbacks
      .filter(({ action }) => action === 'on_confirm')
      .map(({ body }) => JSON.stringify(body));
    expect(bodies.filter((body) => body.includes('"error":{"code"'))).toHaveLength(1);
    expect(harness.bridge.openOrders().map(({ quote }) => quote.total)).toEqual([10_000]);
  });

  it('keeps a removed charge point until its session has ended, then closes its socket', async () => {
    const closed: string[] = [];
    harness = await createBridgeHarness(BEFORE, undefined, { disconnect: (id) => closed.push(id) });
    await harness.connect('Z3');
    const order = await harness.confirm({ item: 'Z3-1' });
    const transactionId = await harness.startTransaction(order, 1000);
    atOnce(harness.bridge.replaceNetwork(AFTER));
    await harness.clock.advance(120_000);
    expect(closed).toEqual([]);
    expect(harness.bridge.catalogue.maxPowerW('Z3')).toBe(60_000);
    expect(harness.bridge.chargerEvents.isKnown('Z3')).toBe(true);
    // A second exchange does not lose it either.
    atOnce(harness.bridge.replaceNetwork(AFTER));
    const event = { type: 'transaction-stopped', meterStopWh: 2000, at: harness.clock.now(), reason: 'Local' } as const;
    await harness.sendEvent({ ...event, transactionId, samples: [], raw: '{}' }, 'Z3');
    await settle(20);
    await harness.clock.advance(60_000);
    await settle(20);
    expect((await harness.order(order.id)).bill).toMatchObject({ deliveredWh: 1000, total: 1000 });
    expect(closed).toEqual(['Z3']);
    expect(harness.bridge.chargerEvents.isKnown('Z3')).toBe(false);
  });

  it('finds only what is for sale', async () => {
    harness = await createBridgeHarness(BEFORE);
    await harness.sendRequest({ type: 'search', intent: {} }, 'search');
    await settle(20);
    atOnce(harness.bridge.replaceNetwork(AFTER));
    await harness.sendRequest({ type: 'search', intent: {} }, 'search');
    await settle(20);
    const found = harness.callbacks.map(({ body }) => new Set(JSON.stringify(body).match(/"Z\d+-1"/g)).size);
    expect(found).toEqual([SESSIONS + 4, (SESSIONS + 4) / 2]);
  });
});
