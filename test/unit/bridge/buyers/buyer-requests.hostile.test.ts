import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { statedAmount } from '../../../fakes/buyer-requests.js';
import { settle } from '../../../fakes/manual-clock.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(async () => {
  harness.behaviour.diskFull = false;
  await harness.stop();
});

const terminals = (): string[] =>
  harness.callbacks.flatMap(({ action, body }) => {
    const text = JSON.stringify(body);
    return action === 'on_status' && /"status":"(COMPLETE|CANCELLED)"/.test(text) ? [text] : [];
  });

async function available(connectorId: number, status: 'Available' | 'Faulted' | 'Charging' = 'Available') {
  await harness.sendEvent({ type: 'connector-status-changed', connectorId, status, errorCode: 'NoError' });
  await settle(10);
}

describe('a disk that is full for a moment', () => {
  it('loses no order out of sight while a callback is settled', async () => {
    await harness.connect();
    harness.behaviour.delivery = { kind: 'failed', reason: 'network' };
    const order = await harness.confirm();
    const number = await harness.startTransaction(order, 1000);
    harness.behaviour.diskFull = true;
    await harness.clock.advance(3000);
    harness.behaviour.diskFull = false;
    harness.behaviour.delivery = { kind: 'delivered' };
    await harness.clock.advance(5000);
    expect(harness.bridge.openOrders().map(({ id }) => id)).toEqual([order.id]);
    await harness.sendSamples(1, [{ registerWh: 1500 }], number);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId: number,
      meterStopWh: 2000,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    await harness.clock.advance(60_000);
    expect(terminals()).toHaveLength(1);
  });
});

describe('a write whose answer is lost', () => {
  it('is found: a confirm that was saved is carried out', async () => {
    await harness.connect();
    harness.behaviour.answersLost = true;
    await expect(harness.confirm()).rejects.toThrow();
    harness.behaviour.answersLost = false;
    await harness.clock.advance(2000);
    expect(harness.commands.map(({ type }) => type)).toContain('remote-start');
    expect(harness.callbacks.map(({ action }) => action)).toContain('on_confirm');
  });

  it('is found: an end that was saved is told', async () => {
    await harness.connect();
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.clock.advance(600_000);
    const stopped = {
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 2000,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    } as const;
    harness.behaviour.answersLost = true;
    await expect(harness.sendEvent(stopped)).rejects.toThrow();
    harness.behaviour.answersLost = false;
    await harness.sendEvent(stopped);
    await harness.clock.advance(2000);
    expect(terminals()).toHaveLength(1);
    expect(await harness.discrepancies()).toEqual([]);
  });
});

describe('two orders on one connector, the older one owed to a deaf buyer app', () => {
  async function second() {
    await harness.connect();
    harness.behaviour.delivery = { kind: 'failed', reason: 'network' };
    const first = await harness.confirm({ transaction: 'tx-1' });
    const number = await harness.startTransaction(first, 1000);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId: number,
      meterStopWh: 2000,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    await available(1);
    const order = await harness.confirm({ transaction: 'tx-2' });
    return order;
  }

  it('hears of its connector while it waits', async () => {
    const order = await second();
    await available(1, 'Faulted');
    expect((await harness.order(order.id)).state).toBe('failed');
  });

  it('suspects the end of a session whose connector is free', async () => {
    const order = await second();
    await harness.startTransaction(order, 2000);
    await available(1, 'Charging');
    await available(1);
    await harness.clock.advance(61_000);
    expect((await harness.order(order.id)).state).toBe('provisional');
  });
});

describe('energy of somebody else', () => {
  it('is not billed to an order whose end was lost', async () => {
    await harness.connect();
    const first = await harness.confirm({ transaction: 'tx-1' });
    const mine = await harness.startTransaction(first, 1000);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 1500 }], mine);
    await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'SOMEBODY',
      meterStartWh: 1500,
      at: harness.clock.now(),
      raw: '{}',
    });
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 2500 }]);
    expect((await harness.order(first.id)).session?.meter.energyWh).toBe(500);
  });
});

describe('a meter that lies', () => {
  it('does not stop a session by one impossible reading', async () => {
    await harness.connect();
    const order = await harness.confirm({ wh: 50_000 });
    const number = await harness.startTransaction(order, 1000);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 1500, powerW: 30_000 }], number);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 4_294_967_295 }], number);
    await harness.sendSamples(1, [{ registerWh: 2000, powerW: 1e300 }], number);
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('is stopped at its limit whatever power it claims', async () => {
    await harness.connect();
    const order = await harness.confirm({ wh: 1000 });
    const number = await harness.startTransaction(order, 0);
    await harness.clock.advance(600_000);
    await harness.sendSamples(1, [{ registerWh: 1000, powerW: -50_000_000 }], number);
    expect((await harness.order(order.id)).state).toBe('stopping');
  });

  it('is not believed after a restart either', async () => {
    await harness.connect();
    const order = await harness.confirm({ wh: 50_000 });
    const number = await harness.startTransaction(order, 1000);
    await harness.clock.advance(30_000);
    await harness.sendSamples(1, [{ registerWh: 40_000 }], number);
    expect((await harness.order(order.id)).session?.meter.energyWh).toBe(0);
    await harness.clock.advance(40 * 60_000);
    await harness.restart();
    expect((await harness.order(order.id)).session?.meter.energyWh).toBe(0);
  });

  it('ends an hour when the hour is over, not when its clock was set', async () => {
    await harness.connect();
    const order = await harness.confirm({ limit: { kind: 'time', value: 3600 } });
    const number = await harness.startTransaction(order, 1000, 1, Date.UTC(1970, 0, 1));
    await harness.clock.advance(30_000);
    await harness.sendSamples(1, [{ registerWh: 1100 }], number);
    expect((await harness.order(order.id)).state).toBe('charging');
    await harness.clock.advance(3_600_000);
    expect((await harness.order(order.id)).state).toBe('stopping');
  });
});

describe('what a buyer app asks in vain', () => {
  it('learns that the limit of a stopping session stays', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
    await harness.sendRequest(
      { type: 'update', orderId: order.id, limit: { limit: { kind: 'energy', value: 5000 } } },
      'update',
    );
    await settle(10);
    expect(JSON.stringify(harness.callbacks.at(-1))).toContain('50002');
  });

  it('learns that a connector which is not sold any more keeps its limit', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.restart({ name: 'n', providers: [] });
    await harness.sendRequest(
      { type: 'update', orderId: order.id, limit: { limit: { kind: 'energy', value: 5000 } } },
      'update',
    );
    await settle(10);
    expect(JSON.stringify(harness.callbacks.at(-1))).toContain('50002');
  });

  it('learns nothing of another app from support', async () => {
    const [provider] = NETWORK.providers;
    if (!provider) throw new Error('no provider');
    const other = { ...provider, id: 'p0', support: { phone: '+910' }, stations: [] };
    await harness.restart({ name: 'n', providers: [other, { ...provider, support: { phone: '+911' } }] });
    await harness.connect();
    const order = await harness.confirm();
    await harness.sendRequest({ type: 'support', refId: order.id }, 'support', { bapId: 'stranger' });
    await settle(10);
    expect(JSON.stringify(harness.callbacks.at(-1))).toContain('+910');
    await harness.sendRequest({ type: 'support', refId: order.id }, 'support');
    await settle(10);
    expect(JSON.stringify(harness.callbacks.at(-1))).toContain('+911');
  });
});

describe('what is said of people', () => {
  it('reaches the buyer app again and no event, no row', async () => {
    await harness.connect();
    const order = await harness.confirm();
    const words = ['Asha Rao', '+919812345678', 'asha@rider.example', 'UPI-REF-77', 'KA-01-AB-1234'];
    const billing = { name: 'Asha Rao', phone: '+919812345678', email: 'asha@rider.example' };
    const groups = [{ code: 'user-info', entries: [{ code: 'plate', value: 'KA-01-AB-1234' }] }];
    await harness.sendRequest({ type: 'update', orderId: order.id, billing, passthrough: { groups } }, 'update');
    await harness.sendRequest(
      {
        type: 'confirm',
        items: { itemIds: [{ id: 'CP1-2', path: 'message.order.items[0].id' }] },
        limit: { limit: { kind: 'energy', value: 1000 } },
        billing,
        payment: { paid: statedAmount(1), reference: 'UPI-REF-77' },
      },
      'confirm',
      { transaction: 'tx-9' },
    );
    const number = await harness.startTransaction(order, 0);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId: number,
      meterStopWh: 99_999,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    await harness.clock.advance(60_000);
    expect(JSON.stringify(harness.callbacks)).toContain('asha@rider.example');
    const kept = JSON.stringify([harness.events.all, await harness.store.listDiscrepancies({ limit: 100 })]);
    expect(words.filter((word) => kept.includes(word))).toEqual([]);
    expect(kept).not.toContain(order.idTag);
  });
});

describe('chargers that trouble', () => {
  it('keep no room for connectors that are not sold', async () => {
    await harness.connect();
    for (let connectorId = 100; connectorId < 120; connectorId += 1) await available(connectorId);
    await available(0);
    await available(2);
    expect(Object.keys(harness.bridge.chargePoints.record('CP1').connectors)).toEqual(['0', '2']);
  });

  it('do not take a waiting order away with a transaction of yesterday', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'SOMEBODY',
      meterStartWh: 10,
      at: harness.clock.now() - 86_400_000,
      raw: '{}',
    });
    expect((await harness.order(order.id)).state).toBe('starting');
  });

  it('tell of an end too late and without a number, and a person learns of it once', async () => {
    await harness.connect();
    const order = await harness.confirm();
    const number = await harness.startTransaction(order, 1000);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 1500 }], number);
    await available(1, 'Charging');
    await available(1);
    await harness.clock.advance(16 * 60_000);
    expect((await harness.order(order.id)).state).toBe('completed');
    const stopped = {
      type: 'transaction-stopped',
      transactionId: '-1',
      idTag: order.idTag ?? '',
      meterStopWh: 1800,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    } as const;
    await harness.sendEvent(stopped);
    await harness.sendEvent(stopped);
    expect((await harness.discrepancies()).sort()).toEqual(['end-inferred', 'late-stop']);
  });

  it('cannot keep an order waiting for ever by coming and going', async () => {
    await harness.connect();
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    const order = await harness.confirm();
    for (let turn = 0; turn < 20; turn += 1) {
      await harness.disconnect();
      await harness.clock.advance(30_000);
      await harness.connect();
    }
    expect((await harness.order(order.id)).state).toBe('failed');
  });

  it('are told to stop a session that was given up and goes on beyond its limit', async () => {
    await harness.connect();
    const order = await harness.confirm({ wh: 1000 });
    const number = await harness.startTransaction(order, 0);
    await harness.disconnect();
    await harness.clock.advance(86_400_001);
    expect((await harness.order(order.id)).state).toBe('provisional');
    await harness.connect();
    harness.commands.length = 0;
    await harness.sendSamples(1, [{ registerWh: 5000 }], number);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: number });
  });

  it('end an order with a time that no calendar has', async () => {
    await harness.connect();
    const order = await harness.confirm();
    const number = await harness.startTransaction(order, 0);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId: number,
      meterStopWh: 1,
      at: Date.UTC(9999, 11, 31) + 3 * 86_400_000,
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    await settle(10);
    expect(terminals()).toHaveLength(1);
  });
});
