/** Which order a 1.6 transaction belongs to, when ids, times and tags are lost, repeated or wrong. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { ChargerOutcomeOf } from '../../../../src/ports/charger-events.js';
import type { Network } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

interface Start {
  readonly idTag: string;
  readonly connectorId?: number;
  readonly meterStartWh?: number;
  readonly at?: number | undefined;
}

async function start({ idTag, connectorId = 1, meterStartWh = 1000, ...rest }: Start) {
  const at = 'at' in rest ? rest.at : harness.clock.now();
  const outcome = await harness.sendEvent({
    type: 'transaction-started',
    connectorId,
    idTag,
    meterStartWh,
    ...(at !== undefined && { at }),
    raw: '{}',
  });
  return outcome as ChargerOutcomeOf<'transaction-started'>;
}

async function stop(transactionId: string, meterStopWh: number, idTag?: string) {
  return harness.sendEvent({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh,
    at: harness.clock.now(),
    reason: 'Local',
    samples: [],
    raw: '{}',
    ...(idTag !== undefined && { idTag }),
  });
}

const tagOf = (order: Order): string => order.idTag ?? '';
const remoteStops = () => harness.commands.filter(({ type }) => type === 'remote-stop');

async function charging(item?: string, transaction = 'tx-1') {
  const order = await harness.confirm({ wh: 90_000, transaction, ...(item !== undefined && { item }) });
  const connectorId = order.connector.connectorId;
  const { transactionId } = await start({ idTag: tagOf(order), connectorId });
  await harness.clock.advance(600_000);
  await harness.sendSamples(connectorId, [{ registerWh: 1500 }], transactionId);
  return { order, transactionId };
}

describe('a start that is told again', () => {
  it.each([
    ['with another time', (): number => harness.clock.now() + 7000],
    ['with an earlier time', (): number => harness.clock.now() - 90_000],
    ['without a readable time', (): undefined => undefined],
  ])('%s gets the same transaction id, and its session goes on', async (_title, at) => {
    const { order, transactionId } = await charging();
    const again = await start({ idTag: tagOf(order), at: at() });
    expect(again).toMatchObject({ transactionId, status: 'Accepted' });
    await harness.clock.advance(120_000);
    expect(remoteStops()).toEqual([]);
    await stop(transactionId, 6000, tagOf(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 5000 } });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('by a card of nobody without a readable time opens no second transaction', async () => {
    const first = await start({ idTag: 'A-CARD', at: undefined });
    await harness.clock.advance(1000);
    expect(await start({ idTag: 'A-CARD', at: undefined })).toMatchObject({ transactionId: first.transactionId });
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });
});

describe('a start with the same tag and a register of zero, as of a meter that counts from each start', () => {
  it.each([
    ['a reading showed energy', [{ registerWh: 700 }]],
    ['a reading showed power, although its register was still zero', [{ registerWh: 0, powerW: 7000 }]],
  ])('is another transaction after %s', async (_title, samples) => {
    const order = await harness.confirm({ wh: 90_000 });
    const first = await start({ idTag: tagOf(order), meterStartWh: 0 });
    await harness.clock.advance(600_000);
    await harness.sendSamples(1, samples, first.transactionId);
    const again = await start({ idTag: tagOf(order), meterStartWh: 0 });
    expect(again.transactionId).not.toBe(first.transactionId);
  });

  it('repeats the first one while no energy has flowed', async () => {
    const order = await harness.confirm({ wh: 90_000 });
    const first = await start({ idTag: tagOf(order), meterStartWh: 0 });
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 0, powerW: 0 }], first.transactionId);
    const again = await start({ idTag: tagOf(order), meterStartWh: 0 });
    expect(again).toMatchObject({ transactionId: first.transactionId, status: 'Accepted' });
  });
});

describe('a stop', () => {
  it('with an unknown number and the tag of a session ends that session', async () => {
    const { order } = await charging();
    await stop('987654', 9000, tagOf(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 8000 } });
  });

  it('with the number of one session and the tag of another ends the one of the tag, and a person is told', async () => {
    const one = await charging('CP1-1', 'tx-1');
    const other = await charging('CP1-2', 'tx-2');
    await stop(one.transactionId, 4000, tagOf(other.order));
    expect(await harness.order(one.order.id)).toMatchObject({ state: 'charging' });
    expect(await harness.order(other.order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 3000 } });
    expect(await harness.discrepancies()).toContain('transaction-contradiction');
  });

  it.each([
    ['a register beyond what can have flowed', 900_000],
    ['a register below the last reading', 1200],
  ])('of a stranger without number and tag, with %s, ends no session', async (_title, meterStopWh) => {
    const { order } = await charging();
    await stop('-1', meterStopWh);
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
  });

  it('without number and tag ends no session while a transaction of a stranger is open there too', async () => {
    const { order } = await charging();
    await start({ idTag: 'A-CARD', connectorId: 2, meterStartWh: 1400 });
    await stop('-1', 1600);
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  });

  it('without number and tag is taken for the end of the only session that its register fits', async () => {
    const { order } = await charging();
    await stop('-1', 1700);
    expect(await harness.order(order.id)).toMatchObject({ session: { assumedStop: { energyWh: 700 } } });
  });

  it('lets an order tag expire at once, and calls that of a stranger invalid', async () => {
    const { order, transactionId } = await charging();
    expect(await stop(transactionId, 2000, tagOf(order))).toMatchObject({
      status: 'Accepted',
      expiresAt: harness.clock.now(),
    });
    expect(await stop('55', 2000, 'A-CARD')).toMatchObject({ status: 'Invalid' });
  });
});

describe('a transaction of a stranger', () => {
  it('is refused and stopped, and the order that waits for its own start goes on waiting', async () => {
    const order = await harness.confirm();
    const foreign = await start({ idTag: 'A-CARD' });
    expect(foreign.status).not.toBe('Accepted');
    await harness.clock.advance(2000);
    expect(remoteStops()).toEqual([{ type: 'remote-stop', transactionId: foreign.transactionId }]);
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    await stop(foreign.transactionId, 1000);
    expect(await start({ idTag: tagOf(order) })).toMatchObject({ status: 'Accepted' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  });

  it('is over when the next one begins on the connector', async () => {
    for (let card = 0; card < 20; card += 1) {
      await start({ idTag: `CARD-${card}`, meterStartWh: 1000 + card });
      await harness.clock.advance(600_000);
    }
    expect(await harness.store.listTransactions({ limit: 100, open: true })).toHaveLength(1);
  });
});

describe('an order tag', () => {
  it('has sixteen characters and is answered with the time until which it may start', async () => {
    const order = await harness.confirm();
    expect(tagOf(order)).toMatch(/^[A-Z2-7]{16}$/);
    expect(await harness.sendEvent({ type: 'authorization-requested', idTag: tagOf(order) })).toMatchObject({
      status: 'Accepted',
      expiresAt: order.deadlines?.startBy,
    });
  });

  it.each(['X', 'X1'])('that the charger echoes with %j appended still begins its order', async (suffix) => {
    const order = await harness.confirm();
    const longer = tagOf(order) + suffix;
    expect(await harness.sendEvent({ type: 'authorization-requested', idTag: longer })).toMatchObject({
      status: 'Accepted',
    });
    const { transactionId, status } = await start({ idTag: longer });
    expect(status).toBe('Accepted');
    await harness.clock.advance(600_000);
    await stop(transactionId, 3000, longer);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 2000 } });
  });

  it('is not recognised with more appended, or at another charge point', async () => {
    const order = await harness.confirm();
    expect((await start({ idTag: `${tagOf(order)}XYZ` })).status).not.toBe('Accepted');
    await harness.connect('CP2');
    const elsewhere = await harness.sendEvent({ type: 'authorization-requested', idTag: `${tagOf(order)}X` }, 'CP2');
    expect(elsewhere).not.toMatchObject({ status: 'Accepted' });
  });
});

describe('a start that an operator asked for by hand', () => {
  it('is accepted, and needs nobody to look at it', async () => {
    await harness.bridge.operatorCommands.send({
      chargePointId: 'CP1',
      action: 'RemoteStartTransaction',
      payload: { idTag: 'BY-HAND', connectorId: 1 },
      expiresAfterMs: 10_000,
      timeoutMs: 10_000,
    });
    expect(await start({ idTag: 'BY-HAND' })).toMatchObject({ status: 'Accepted' });
    expect(await harness.discrepancies()).toEqual([]);
    await harness.clock.advance(11 * 60_000);
    expect((await start({ idTag: 'BY-HAND', meterStartWh: 2000 })).status).not.toBe('Accepted');
  });
});

describe('a stop with the tag of an order and an unknown number, before the start', () => {
  it('ends its session once the start arrives', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(60_000);
    const at = harness.clock.now() - 50_000;
    await stop('77', 1100, tagOf(order));
    await start({ idTag: tagOf(order), at });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
  });

  it('of a transaction on another connector leaves the session running', async () => {
    const order = await harness.confirm();
    await stop('77', 4_348_360, tagOf(order));
    await harness.clock.advance(60_000);
    const { transactionId } = await start({ idTag: tagOf(order) });
    expect((await harness.order(order.id)).state).toBe('charging');
    await harness.clock.advance(60_000);
    await stop(transactionId, 1100, tagOf(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
  });
});

it('a session on another connector than the ordered one is held by the rated power of the connector in use', async () => {
  await harness.stop();
  const isSecond = (value: unknown): value is object => JSON.stringify(value).startsWith('{"connectorId":2');
  const slow = JSON.stringify(NETWORK, (_, value: unknown) =>
    isSecond(value) ? { ...value, maxPowerW: 7_400 } : value,
  );
  harness = await createBridgeHarness(JSON.parse(slow) as Network);
  await harness.connect();
  const order = await harness.confirm({ item: 'CP1-2', wh: 2_000 });
  await start({ idTag: tagOf(order), connectorId: 1 });
  expect(await harness.order(order.id)).toMatchObject({
    connector: { connectorId: 1 },
    session: { ratedPowerW: 60_000 },
  });
  await harness.clock.advance(119_000);
  expect(remoteStops()).toHaveLength(1);
});
