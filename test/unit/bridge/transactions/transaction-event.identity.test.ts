/** Which order a 2.x transaction belongs to if a station reuses ids or other drivers join. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

async function event(eventType: TransactionEvent['eventType'], seqNo: number, more: Partial<TransactionEvent> = {}) {
  return harness.sendEvent({
    type: 'transaction-event',
    eventType,
    transactionId: '1',
    triggerReason: 'MeterValuePeriodic',
    offline: false,
    samples: [],
    at: harness.clock.now(),
    raw: '[]',
    seqNo,
    ...more,
  });
}

const reading = (registerWh: number) => ({ samples: [{ at: harness.clock.now(), registerWh }] });

const started = (order: Order, meterStartWh: number): Partial<TransactionEvent> => ({
  triggerReason: 'RemoteStart',
  connectorId: order.connector.connectorId,
  idTag: order.idTag ?? '',
  remoteStartId: remoteStartIdOf(order.idTag ?? ''),
  chargingState: 'Charging',
  meterStartWh,
});

async function charging(): Promise<Order> {
  const order = await harness.confirm({ transaction: 'tx-1' });
  await event('started', 0, started(order, 1000));
  await harness.clock.advance(600_000);
  await event('updated', 1, reading(3000));
  return order;
}

const billsOf = async (...orders: readonly Order[]) =>
  Promise.all(orders.map(async ({ id }) => (await harness.order(id)).bill?.energyWh));

it('a late end of an earlier transaction whose start register is unknown leaves a record', async () => {
  const first = await harness.confirm({ transaction: 'tx-1' });
  const { meterStartWh: _, ...bare } = started(first, 0);
  await event('started', 0, bare);
  await harness.clock.advance(600_000);
  const at = harness.clock.now();
  await harness.disconnect();
  await harness.clock.advance(600_000);
  await harness.connect();
  const free = { connectorId: 1, errorCode: 'NoError', status: 'Available' } as const;
  await harness.sendEvent({ type: 'connector-status-changed', ...free });
  await harness.clock.advance(120_000);
  const second = await harness.confirm({ transaction: 'tx-2', bapId: 'other' });
  await event('started', 0, started(second, 3500));
  await harness.clock.advance(3 * 3_600_000);
  expect((await harness.order(first.id)).state).toBe('completed');
  await event('ended', 2, { at, meterStopWh: 3500, stoppedReason: 'PowerLoss', raw: '["LATE"]' });
  const kinds = (await harness.store.listDiscrepancies({ limit: 20 })).map(({ kind }) => kind);
  expect(kinds).toContain('unmatched-stop');
});

describe('a station that numbers its transactions again after a power cut', () => {
  it.each([
    ['the start', true],
    ['only later events', false],
  ])(
    'begins a new transaction for the next order, told by %s, and the lost end is inferred',
    async (_title, hasStart) => {
      const first = await charging();
      await harness.disconnect();
      await harness.clock.advance(600_000);
      await harness.connect();
      await harness.sendEvent({
        type: 'connector-status-changed',
        connectorId: 1,
        status: 'Available',
        errorCode: 'NoError',
      });
      await harness.clock.advance(120_000);
      const second = await harness.confirm({ transaction: 'tx-2', bapId: 'other' });
      if (hasStart) await event('started', 0, started(second, 3000));
      else await event('updated', 0, { ...started(second, 3000), ...reading(3000) });
      await harness.clock.advance(900_000);
      await event('updated', 1, reading(10_000));
      await event('ended', 2, { meterStopWh: 10_000, stoppedReason: 'Local', ...reading(10_000) });
      await harness.clock.advance(3_600_000);
      expect(await billsOf(first, second)).toEqual([2000, 7000]);
      expect(await harness.discrepancies()).toContain('end-inferred');
    },
  );

  it('begins a new transaction for a card of a stranger, which no buyer pays for', async () => {
    const first = await charging();
    await harness.disconnect();
    await harness.clock.advance(600_000);
    await harness.connect();
    await event('started', 0, {
      triggerReason: 'Authorized',
      connectorId: 1,
      idTag: 'A-CARD',
      chargingState: 'Charging',
      meterStartWh: 3000,
    });
    await harness.clock.advance(600_000);
    await event('updated', 1, reading(20_000));
    await event('ended', 2, { meterStopWh: 33_000, stoppedReason: 'Local' });
    await harness.clock.advance(3_600_000);
    expect(await billsOf(first)).toEqual([2000]);
    expect(await harness.discrepancies()).toEqual(expect.arrayContaining(['unmatched-transaction', 'end-inferred']));
  });

  describe('and says something of the one before after the next has begun', () => {
    const END = { meterStopWh: 3500, stoppedReason: 'PowerLoss' } as const;

    /**
     * @param isTold Whether the end of the first transaction is delivered before the second order.
     * @returns Both orders, that end, and the time of the last reading before it.
     */
    async function twoOrders(isTold: boolean) {
      const first = await charging();
      const readAt = harness.clock.now();
      await harness.clock.advance(60_000);
      const end: Partial<TransactionEvent> = { ...END, at: harness.clock.now(), ...reading(3500) };
      await harness.disconnect();
      await harness.clock.advance(600_000);
      await harness.connect();
      if (isTold) await event('ended', 2, end);
      const status = { type: 'connector-status-changed', connectorId: 1, errorCode: 'NoError' } as const;
      await harness.sendEvent({ ...status, status: 'Available' });
      await harness.clock.advance(120_000);
      const second = await harness.confirm({ transaction: 'tx-2', bapId: 'other' });
      await event('started', 0, started(second, 3500));
      return { first, second, end, readAt };
    }

    async function endSecond() {
      await harness.clock.advance(900_000);
      await event('ended', 1, { meterStopWh: 9500, stoppedReason: 'Local', ...reading(9500) });
    }

    /** The discrepancies, except those of a charger that does not obey a stop. */
    const rows = async () => (await harness.discrepancies()).filter((kind) => kind !== 'stop-not-obeyed');

    it('ends the session of the one before, and not the new one', async () => {
      const { first, second, end, readAt } = await twoOrders(false);
      await event('updated', 1, { at: readAt, samples: [{ at: readAt, registerWh: 3000 }] });
      await event('ended', 2, end);
      expect((await harness.order(second.id)).state).toBe('charging');
      await endSecond();
      expect(await billsOf(first, second)).toEqual([2500, 6000]);
      expect((await harness.order(first.id)).bill?.confidence).toBe('exact');
      expect(await rows()).toEqual([]);
    });

    it('is a repeat if it is the end by which the one before was billed', async () => {
      const { first, second, end } = await twoOrders(true);
      await event('ended', 2, end);
      expect((await harness.order(second.id)).state).toBe('charging');
      await endSecond();
      await event('ended', 2, end);
      expect(await billsOf(first, second)).toEqual([2500, 6000]);
      expect(await rows()).toEqual([]);
    });

    it.each(['the id', 'the tag'])('is a late stop of the one before, found by %s and told once', async (how) => {
      const { first, second, end } = await twoOrders(true);
      const ended = { ...end, meterStopWh: 3400, ...(how === 'the tag' && { idTag: first.idTag ?? '' }) };
      await event('ended', 2, ended);
      await event('ended', 2, ended);
      await endSecond();
      expect(await billsOf(first, second)).toEqual([2500, 6000]);
      expect(await rows()).toEqual(['late-stop']);
      const found = await harness.store.listDiscrepancies({ limit: 10 });
      expect(found).toContainEqual(expect.objectContaining({ kind: 'late-stop', orderId: first.id, amount: -100 }));
    });

    it('is a stop without an order if it precedes the one before', async () => {
      const { first, end } = await twoOrders(true);
      await event('ended', 2, { ...end, at: first.createdAt - 60_000, meterStopWh: 900 });
      expect(await rows()).toEqual(['unmatched-stop']);
    });

    it('belongs to the new one if it carries its tag, or a register above its start', async () => {
      const { second, readAt } = await twoOrders(true);
      // The station's clock was ahead at the start, and has been set back since.
      await event('updated', 1, { at: readAt, samples: [{ at: readAt, registerWh: 5000 }] });
      await event('ended', 2, { at: readAt + 1, meterStopWh: 3500, idTag: second.idTag ?? '', stoppedReason: 'Local' });
      expect((await harness.order(second.id)).state).toBe('completed');
    });
  });

  it('goes on with the same transaction when it only repeats its start', async () => {
    const first = await charging();
    const at = first.createdAt;
    await event('started', 0, { ...started(first, 1000), at });
    await event('updated', 2, reading(4000));
    await event('ended', 3, { meterStopWh: 5000, stoppedReason: 'Local' });
    expect(await billsOf(first)).toEqual([4000]);
    expect((await harness.discrepancies()).filter((kind) => kind !== 'messages-missing')).toEqual([]);
  });
});

describe('a transaction that is known', () => {
  it('has the readings that arrive after its end, in whatever sequence', async () => {
    const first = await charging();
    const before = harness.clock.now();
    await harness.clock.advance(600_000);
    await event('ended', 5, { meterStopWh: 5000, stoppedReason: 'Local' });
    for (const seconds of [60, 120])
      await event('updated', 2 + seconds / 60, {
        at: before + seconds * 1000,
        ...reading(4000),
        chargingState: 'Charging',
      });
    expect(await billsOf(first)).toEqual([4000]);
    expect(await harness.discrepancies()).not.toContain('unmatched-transaction');
  });

  it('keeps its first tag, by which its start is known again at another time', async () => {
    const first = await charging();
    await event('updated', 2, { triggerReason: 'Authorized', idTag: 'A-CARD' });
    await harness.clock.advance(1000);
    await event('started', 0, started(first, 1000));
    await event('ended', 3, { meterStopWh: 5000, stoppedReason: 'Local' });
    expect(await billsOf(first)).toEqual([4000]);
    expect(await harness.discrepancies()).toEqual([]);
  });
});

describe('a card of a stranger in a transaction that an order joins', () => {
  it('does not spoil the order, which pays for its own part', async () => {
    await event('started', 0, {
      triggerReason: 'CablePluggedIn',
      connectorId: 1,
      chargingState: 'EVConnected',
      meterStartWh: 1000,
    });
    await event('updated', 1, {
      triggerReason: 'Authorized',
      idTag: 'A-CARD',
      connectorId: 1,
      chargingState: 'EVConnected',
    });
    const order = await harness.confirm({ transaction: 'tx-1' });
    await event('updated', 2, {
      ...started(order, 1000),
      meterStartWh: undefined,
      ...reading(1000),
    } as unknown as Partial<TransactionEvent>);
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
    await harness.clock.advance(600_000);
    await event('ended', 3, { meterStopWh: 4000, stoppedReason: 'Local', ...reading(4000) });
    expect(await billsOf(order)).toEqual([3000]);
  });
});

describe('a transaction of a stranger', () => {
  it('does not take the connector from an order that waits for its start', async () => {
    const order = await harness.confirm({ transaction: 'tx-1' });
    await event('started', 0, {
      transactionId: 'x',
      triggerReason: 'Authorized',
      connectorId: 1,
      idTag: 'A-CARD',
      chargingState: 'EVConnected',
    });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    await harness.clock.advance(2000);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: 'x' });
  });
});

describe('a reused id', () => {
  const card = (more: Partial<TransactionEvent> = {}): Partial<TransactionEvent> => ({
    ...{
      triggerReason: 'Authorized',
      connectorId: 2,
      idTag: 'A-CARD',
      chargingState: 'Charging',
      meterStartWh: 900_000,
    },
    ...more,
  });
  const ended = (meterStopWh: number): Partial<TransactionEvent> => ({ meterStopWh, ...reading(meterStopWh) });

  it('belongs to the next order also if the clock of the station is not set any more', async () => {
    await event('started', 0, card());
    await event('ended', 1, ended(900_100));
    await harness.connect();
    const order = await harness.confirm({ transaction: 'tx-1' });
    const unset = { at: 3_600_000, ...{ samples: [{ at: 3_600_000, registerWh: 1000 }] } };
    await event('started', 0, { ...started(order, 1000), ...unset });
    await harness.clock.advance(600_000);
    await event('ended', 1, { ...ended(4000), at: 4_200_000 });
    expect(await billsOf(order)).toEqual([3000]);
  });

  it('is not the one that ended, although its start was lost', async () => {
    const order = await charging();
    await event('ended', 2, ended(4000));
    await harness.clock.advance(60_000);
    await event('ended', 7, ended(905_000));
    expect(await billsOf(order)).toEqual([3000]);
    expect(await harness.discrepancies()).not.toContain('late-stop');
    expect(await harness.discrepancies()).toContain('unmatched-transaction');
  });

  it('is not the one that the station denies after a boot', async () => {
    const order = await harness.confirm({ transaction: 'tx-1' });
    await event('started', 0, started(order, 1000));
    harness.behaviour.answer = () => ({
      ...{ kind: 'answered', status: 'Accepted', payload: {} },
      ...{ ongoing: false, messagesInQueue: false },
    });
    await harness.clock.advance(1000);
    await harness.connect();
    await harness.clock.advance(600_000);
    await event('updated', 1, { ...reading(9000), chargingState: 'Charging' });
    await harness.clock.advance(3 * 3_600_000);
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 0, confidence: 'estimated' } });
    expect(await harness.discrepancies()).toEqual(expect.arrayContaining(['end-inferred', 'unmatched-transaction']));
  });

  it('makes a discrepancy of its own when two orders are late', async () => {
    const late = async (transaction: string, meterStartWh: number): Promise<void> => {
      const order = await harness.confirm({ transaction });
      await harness.clock.advance(300_000);
      await event('started', 0, started(order, meterStartWh));
      await event('ended', 1, ended(meterStartWh + 500));
      await harness.clock.advance(10_000);
    };
    await late('tx-1', 1000);
    await late('tx-2', 1500);
    expect(await harness.discrepancies()).toEqual(['late-start', 'late-start']);
  });
});
