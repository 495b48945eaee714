/** Transactions of 2.x stations, reported once, twice, late, out of order or with gaps, all lead to the same orders. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { ChargerOutcome, TransactionEvent } from '../../../../src/ports/charger-events.js';
import type { MeterSample } from '../../../../src/domain/model/command.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const MINUTE = 60_000;
const TX = 'tx-A';
let seqNo = 0;
beforeEach(() => (seqNo = -1));

type Outcome = Extract<ChargerOutcome, { type: 'transaction-event' }>;

async function tell(
  phase: TransactionEvent['eventType'],
  more: Partial<TransactionEvent> & { registerWh?: number } = {},
): Promise<Outcome> {
  const { registerWh, ...fields } = more;
  const at = 'at' in fields ? fields.at : harness.clock.now();
  const samples: MeterSample[] = registerWh === undefined ? [] : [{ at: at ?? 0, registerWh }];
  seqNo = fields.seqNo ?? seqNo + 1;
  const outcome = await harness.sendEvent({
    type: 'transaction-event',
    eventType: phase,
    transactionId: TX,
    triggerReason: 'MeterValuePeriodic',
    offline: false,
    samples,
    ...(at !== undefined && { at }),
    raw: JSON.stringify(samples),
    ...fields,
    seqNo,
  });
  await settle(10);
  if (outcome.type !== 'transaction-event') throw new Error(`answered as ${outcome.type}`);
  return outcome;
}

const begin = (order: Order, more: Partial<TransactionEvent> = {}): Promise<Outcome> =>
  tell('started', {
    triggerReason: 'RemoteStart',
    connectorId: 1,
    idTag: order.idTag ?? '',
    remoteStartId: remoteStartIdOf(order.idTag ?? ''),
    chargingState: 'Charging',
    meterStartWh: 1000,
    ...more,
  });

const end = (endWh: number, more: Partial<TransactionEvent> = {}): Promise<Outcome> =>
  tell('ended', { triggerReason: 'EVDeparted', stoppedReason: 'EVDisconnected', meterStopWh: endWh, ...more });

const terminals = (): string[] =>
  harness.callbacks.flatMap(({ body }) => {
    const status: unknown = (body as { message?: { order?: { status?: string } } }).message?.order?.status;
    return typeof status === 'string' && ['COMPLETE', 'CANCELLED', 'FAILED'].includes(status) ? [status] : [];
  });

describe('an order and its transaction', () => {
  it('begin, run and end by the registers, with the running and the final cost', async () => {
    const order = await harness.confirm();
    expect(await begin(order)).toEqual({ type: 'transaction-event', status: 'Accepted' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { transactionId: TX } });
    await harness.clock.advance(MINUTE);
    expect(await tell('updated', { registerWh: 1600 })).toEqual({
      type: 'transaction-event',
      cost: { amountMinor: 600, currency: 'INR' },
    });
    await harness.clock.advance(MINUTE);
    expect(await end(1900)).toMatchObject({ cost: { amountMinor: 900, currency: 'INR' } });
    const ended = await harness.order(order.id);
    expect(ended).toMatchObject({ state: 'completed', bill: { energyWh: 900, confidence: 'exact' } });
    expect(await harness.discrepancies()).toEqual([]);
    expect(terminals()).toHaveLength(1);
  });

  it.each<[string, (order: Order) => Partial<TransactionEvent>]>([
    ['its remote start id alone', (order) => ({ remoteStartId: remoteStartIdOf(order.idTag ?? '') })],
    ['the transaction that the answer named', () => ({ triggerReason: 'CablePluggedIn' })],
    ['its tag alone', (order) => ({ idTag: order.idTag ?? '' })],
    ['the trigger alone, when one order waits there', () => ({ triggerReason: 'RemoteStart' })],
    [
      'energy that names nobody, after an accepted start',
      () => ({ chargingState: 'Charging', triggerReason: 'ChargingStateChanged' }),
    ],
  ])('meet by %s', async (name, says) => {
    const transactionId = name.includes('answer named') ? { transactionId: TX } : {};
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Accepted', payload: {}, ...transactionId });
    const order = await harness.confirm();
    await tell('started', { connectorId: 1, meterStartWh: 1000, ...says(order) });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { meterStartWh: 1000 } });
  });

  it('F02 meet after the cable: what flowed before it was bought is not billed', async () => {
    await tell('started', {
      triggerReason: 'CablePluggedIn',
      connectorId: 1,
      chargingState: 'EVConnected',
      meterStartWh: 900,
    });
    await tell('updated', { registerWh: 1000 });
    const order = await harness.confirm();
    expect((await harness.order(order.id)).state).toBe('starting');
    await tell('updated', {
      triggerReason: 'RemoteStart',
      remoteStartId: remoteStartIdOf(order.idTag ?? ''),
      meterStartWh: 900,
    });
    await harness.clock.advance(MINUTE);
    await end(1500);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('F02 meet after the cable: the time before is neither counted nor priced', async () => {
    await tell('started', {
      triggerReason: 'CablePluggedIn',
      connectorId: 1,
      registerWh: 1000,
      chargingState: 'EVConnected',
    });
    await harness.clock.advance(30 * MINUTE);
    const order = await harness.confirm({ limit: { kind: 'time', value: 1200 } });
    await tell('updated', { triggerReason: 'RemoteStart', idTag: order.idTag ?? '', registerWh: 1000 });
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1100 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { meter: { energyWh: 100 } } });
    expect(harness.commands.map(({ type }) => type)).not.toContain('remote-stop');
  });

  it('do not meet by the connector alone when somebody else shows a card', async () => {
    const order = await harness.confirm();
    expect(
      await tell('started', { connectorId: 1, idTag: 'LOCAL-CARD', chargingState: 'Charging', meterStartWh: 5 }),
    ).toEqual({
      type: 'transaction-event',
      status: 'Invalid',
    });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('do not meet by a reading that names nobody before the start is accepted', async () => {
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    const order = await harness.confirm();
    await tell('updated', { connectorId: 1, registerWh: 1000 });
    expect((await harness.order(order.id)).state).toBe('starting');
    await tell('updated', { triggerReason: 'RemoteStart', remoteStartId: remoteStartIdOf(order.idTag ?? '') });
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('meet although energy flows before the start is answered', async () => {
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    const order = await harness.confirm();
    await tell('started', { connectorId: 1, chargingState: 'Charging', meterStartWh: 1000 });
    expect(await harness.discrepancies()).toEqual([]);
    await tell('updated', { triggerReason: 'RemoteStart', remoteStartId: remoteStartIdOf(order.idTag ?? '') });
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('near its limit it is asked for a TransactionEvent, which is where its readings come', async () => {
    const order = await harness.confirm({ wh: 1000 });
    await begin(order);
    await harness.clock.advance(MINUTE);
    for (const registerWh of [1900, 1908]) {
      await tell('updated', { samples: [{ at: harness.clock.now(), registerWh, powerW: 6000 }] });
      await harness.clock.advance(5000);
    }
    await harness.clock.advance(10_000);
    expect(harness.commands).toContainEqual({
      type: 'trigger-message',
      requestedMessage: 'TransactionEvent',
      connectorId: 1,
    });
  });

  it('a cable plugged in while the order waits takes nothing from it', async () => {
    const order = await harness.confirm();
    await tell('started', { triggerReason: 'CablePluggedIn', connectorId: 1, chargingState: 'EVConnected' });
    expect((await harness.order(order.id)).state).toBe('starting');
    expect(await harness.discrepancies()).toEqual([]);
  });
});

describe('the station tells it twice, late, out of order', () => {
  it('E15 every event twice is one session and one bill', async () => {
    const order = await harness.confirm();
    const twice = async (what: () => Promise<Outcome>): Promise<void> => {
      const first = await what();
      seqNo -= 1;
      expect(await what()).toEqual(first);
    };
    await twice(() => begin(order));
    await harness.clock.advance(MINUTE);
    await twice(() => tell('updated', { registerWh: 1400 }));
    await twice(() => end(1500));
    expect(await harness.order(order.id)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 500, confidence: 'exact' },
    });
    expect(await harness.discrepancies()).toEqual([]);
    expect(terminals()).toHaveLength(1);
  });

  it('a station that numbers the events of all its transactions in one sequence loses nothing', async () => {
    const order = await harness.confirm();
    await begin(order, { seqNo: 40 });
    await harness.clock.advance(MINUTE);
    await end(1500, { seqNo: 41 });
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 500, confidence: 'exact' } });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('a station that always says seqNo 0 loses nothing', async () => {
    const order = await harness.confirm();
    await begin(order, { seqNo: 0 });
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1400, seqNo: 0 });
    await end(1500, { seqNo: 0 });
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 500, confidence: 'exact' } });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('the beginning comes after the first reading: billed from the beginning', async () => {
    const order = await harness.confirm();
    const at = harness.clock.now();
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1400, connectorId: 1, seqNo: 1 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { baseline: 'sampled' } });
    await begin(order, { at, seqNo: 0 });
    expect((await harness.order(order.id)).session).toMatchObject({ meterStartWh: 1000, meter: { energyWh: 400 } });
    await end(1500, { seqNo: 2 });
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 500, confidence: 'exact' } });
    expect(await harness.store.listDiscrepancies({ limit: 9, open: true })).toEqual([]);
  });

  it('a start after its order has failed stays a discrepancy if it has delivered energy', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(10 * MINUTE);
    await begin(order);
    await end(1100);
    const open = await harness.store.listDiscrepancies({ limit: 9, open: true });
    expect(open.map(({ kind }) => kind)).toEqual(['late-start']);
  });

  it('the beginning never comes: billed from the first reading, and it says so', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1400, connectorId: 1, seqNo: 1 });
    await harness.clock.advance(MINUTE);
    await end(1500, { seqNo: 2 });
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 100, confidence: 'sampled' } });
    expect(await harness.discrepancies()).toEqual(['messages-missing', 'start-assumed']);
  });

  it('the end comes first: it waits for its beginning, and then both count', async () => {
    const order = await harness.confirm();
    const at = harness.clock.now();
    await harness.clock.advance(MINUTE);
    await end(1500, { connectorId: 1, idTag: order.idTag ?? '', seqNo: 1 });
    expect((await harness.order(order.id)).state).toBe('starting');
    await begin(order, { at, seqNo: 0 });
    expect(await harness.order(order.id)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 500, confidence: 'exact' },
    });
    expect(terminals()).toHaveLength(1);
  });

  it('an end that carries both registers needs no beginning', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(MINUTE);
    await end(1500, { connectorId: 1, idTag: order.idTag ?? '', meterStartWh: 1000, seqNo: 5 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
    expect(await harness.discrepancies()).toEqual(['messages-missing']);
  });

  it('numbers that never came leave a discrepancy with the bill, those that came late leave none', async () => {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1500, seqNo: 4 });
    await tell('updated', { registerWh: 1300, seqNo: 2, at: harness.clock.now() - 10_000 });
    await end(1600, { seqNo: 5 });
    const [discrepancy] = await harness.store.listDiscrepancies({ limit: 9 });
    expect(discrepancy).toMatchObject({ kind: 'messages-missing', amount: 2, orderId: order.id, transactionId: TX });
    expect((await harness.order(order.id)).bill?.energyWh).toBe(600);
  });

  it('an older charging state does not overtake a newer one', async () => {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await tell('updated', { triggerReason: 'ChargingStateChanged', chargingState: 'SuspendedEV' });
    await tell('updated', { chargingState: 'Charging', at: harness.clock.now() - 30_000 });
    expect((await harness.order(order.id)).state).toBe('suspended');
  });

  it('a restart of ours in the middle loses no reading and sees no gap', async () => {
    const order = await harness.confirm();
    await begin(order);
    for (const registerWh of [1200, 1400]) {
      await harness.clock.advance(MINUTE);
      await tell('updated', { registerWh });
    }
    await harness.restart();
    expect((await harness.order(order.id)).session?.meter.energyWh).toBe(400);
    await harness.connect();
    await tell('updated', { registerWh: 1500 });
    await end(1600);
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 600, confidence: 'exact' } });
    expect(await harness.discrepancies()).toEqual([]);
  });
});

describe('what a transaction says of its register', () => {
  it('none at the start: the first reading is the base', async () => {
    const order = await harness.confirm();
    await begin(order, { meterStartWh: undefined } as never);
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 7_000_000 });
    await harness.clock.advance(MINUTE);
    await end(7_000_300);
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 300, confidence: 'sampled' } });
  });

  it('none ever but at the end: nothing is billed, and a person is told', async () => {
    const order = await harness.confirm();
    await begin(order, { meterStartWh: undefined } as never);
    await harness.clock.advance(MINUTE);
    await end(7_000_300);
    expect(await harness.order(order.id)).toMatchObject({ bill: { total: 0, confidence: 'disputed' } });
    expect(await harness.discrepancies()).toEqual(['meter-missing']);
  });

  it('none at the end: the last reading, flagged', async () => {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await tell('ended', { registerWh: 1250, stoppedReason: 'Local' });
    expect(await harness.order(order.id)).toMatchObject({ bill: { energyWh: 250, confidence: 'sampled' } });
  });
});

describe('a stop', () => {
  async function stopping(): Promise<Order> {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1500 });
    await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
    await settle(10);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: TX });
    return order;
  }

  it('F03 the bill ends with the reading of the remote stop, though the cable stays in', async () => {
    const order = await stopping();
    await tell('updated', { triggerReason: 'RemoteStop', chargingState: 'EVConnected', registerWh: 1510 });
    expect(await harness.order(order.id)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 510, confidence: 'exact' },
    });
    await harness.clock.advance(60 * MINUTE);
    await end(1530);
    expect((await harness.order(order.id)).bill?.energyWh).toBe(510);
    expect(await harness.discrepancies()).toEqual([]);
    expect(terminals()).toHaveLength(1);
    expect((await harness.store.transaction('CP1', TX))?.stop).toMatchObject({ meterStopWh: 1530 });
  });

  it('F03 a station that goes on after it said RemoteStop is shown to a person', async () => {
    const order = await stopping();
    await tell('updated', { triggerReason: 'RemoteStop', registerWh: 1510 });
    await harness.clock.advance(60 * MINUTE);
    await end(5000);
    expect((await harness.order(order.id)).bill?.energyWh).toBe(510);
    expect(await harness.discrepancies()).toEqual(['late-stop']);
  });

  it('F03 without a reading one is asked for, and ends the bill', async () => {
    const order = await stopping();
    await tell('updated', { triggerReason: 'RemoteStop', chargingState: 'EVConnected' });
    expect((await harness.order(order.id)).state).not.toBe('completed');
    expect(harness.commands).toContainEqual({
      type: 'trigger-message',
      requestedMessage: 'TransactionEvent',
      connectorId: 1,
    });
    await tell('updated', { triggerReason: 'Trigger', registerWh: 1512 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 512 } });
  });

  it('TC_F_04 the cable never came: start-timeout, no bill, whatever began with the authorisation', async () => {
    const order = await harness.confirm();
    await begin(order, { chargingState: 'Idle' });
    await harness.clock.advance(MINUTE);
    await end(1000, { triggerReason: 'EVConnectTimeout', stoppedReason: 'Timeout' });
    expect(await harness.order(order.id)).toMatchObject({
      state: 'failed',
      outcome: { code: 'start-timeout' },
      bill: { total: 0 },
    });
    expect(terminals()).toHaveLength(1);
  });

  it('TC_F_04 the same, when the transaction stays open', async () => {
    const order = await harness.confirm();
    await begin(order, { chargingState: 'Idle' });
    await harness.clock.advance(MINUTE);
    await tell('updated', { triggerReason: 'EVConnectTimeout' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'failed', outcome: { code: 'start-timeout' } });
    await end(1000, { stoppedReason: 'Timeout' });
    expect(await harness.discrepancies()).toEqual([]);
    expect(terminals()).toHaveLength(1);
  });

  it('an impossible end is held back once, however often it is told', async () => {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await end(9_000_000, { seqNo: 1 });
    await end(9_000_000, { seqNo: 1 });
    expect((await harness.order(order.id)).bill).toMatchObject({ energyWh: 0, confidence: 'disputed' });
    expect(await harness.discrepancies()).toEqual(['meter-implausible']);
  });

  it('TC_F_04 the same, when the end is the first that is heard', async () => {
    const order = await harness.confirm();
    await end(1000, { triggerReason: 'EVConnectTimeout', stoppedReason: 'Timeout', connectorId: 1 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'failed', outcome: { code: 'start-timeout' } });
  });

  it('a passer-by with a card does not end a paid session', async () => {
    const order = await harness.confirm();
    await begin(order);
    expect(await tell('updated', { triggerReason: 'Authorized', idTag: 'SOMEBODY' })).toMatchObject({
      status: 'Accepted',
    });
    expect((await harness.order(order.id)).state).toBe('charging');
  });
});

describe('transactions that no order has', () => {
  it('a start after its order has failed is refused, and asked to end while it goes on', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(2 * MINUTE);
    expect(await begin(order)).toEqual({ type: 'transaction-event', status: 'Expired' });
    expect(await begin(order, { seqNo: 0 })).toEqual({ type: 'transaction-event', status: 'Expired' });
    await harness.clock.advance(1000);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: TX });
    expect(await harness.discrepancies()).toEqual(['late-start']);
  });

  it('a start after its order has failed is no matter once it has ended without energy', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(10 * MINUTE);
    await begin(order);
    await end(1000);
    expect(await harness.store.listDiscrepancies({ limit: 9, open: true })).toEqual([]);
  });

  it('history commands nothing', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(10 * MINUTE);
    const before = harness.commands.length;
    const at = harness.clock.now() - 8 * MINUTE;
    expect(await begin(order, { at, offline: true })).toMatchObject({ status: 'Expired' });
    await tell('updated', { registerWh: 2000, at: at + MINUTE, offline: true });
    await end(2500, { at: at + 2 * MINUTE, offline: true });
    await harness.clock.advance(2 * MINUTE - 1);
    expect(harness.commands.slice(before)).toEqual([]);
  });

  it('history commands nothing for two minutes, in which its end may follow', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(10 * MINUTE);
    const before = harness.commands.length;
    expect(await begin(order, { at: harness.clock.now() - 8 * MINUTE, offline: true })).toMatchObject({
      status: 'Expired',
    });
    await harness.clock.advance(2 * MINUTE - 1);
    expect(harness.commands.slice(before)).toEqual([]);
  });

  it('one that began for a remote start of an order that is no more is asked to end', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(10 * MINUTE);
    await tell('started', { connectorId: 1, remoteStartId: remoteStartIdOf(order.idTag ?? '') });
    await harness.clock.advance(1000);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: TX });
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('a second transaction on the EVSE is the end of the first', async () => {
    const order = await harness.confirm();
    await begin(order);
    await harness.clock.advance(MINUTE);
    await tell('updated', { registerWh: 1500 });
    await harness.clock.advance(MINUTE);
    await tell('started', { transactionId: 'tx-B', connectorId: 1, triggerReason: 'CablePluggedIn', seqNo: 0 });
    expect((await harness.order(order.id)).state).toBe('provisional');
    await end(1600, { seqNo: 2 });
    expect(await harness.order(order.id)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 600, confidence: 'exact' },
    });
  });

  it('a second transaction with the tag of a running order is refused', async () => {
    const order = await harness.confirm();
    await begin(order);
    expect(await begin(order, { transactionId: 'tx-B', connectorId: 2, seqNo: 0 })).toMatchObject({
      status: 'ConcurrentTx',
    });
    expect(await harness.discrepancies()).toEqual(['duplicate-start']);
  });

  it('plugging in and out without charging is nobody’s business', async () => {
    await tell('started', {
      triggerReason: 'CablePluggedIn',
      connectorId: 1,
      chargingState: 'EVConnected',
      meterStartWh: 10,
    });
    await end(10);
    expect(await harness.discrepancies()).toEqual([]);
    expect((await harness.store.transaction('CP1', TX))?.stop).toBeDefined();
  });

  it('energy that nobody bought is a discrepancy, once', async () => {
    await tell('started', { connectorId: 1, chargingState: 'Charging', meterStartWh: 10 });
    await tell('updated', { chargingState: 'Charging', registerWh: 20 });
    await end(30);
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });
});

describe('a suspected end', () => {
  const isEndSuspected = async (id: string): Promise<boolean> =>
    (await harness.order(id)).session?.endSuspectedSince !== undefined;

  it.each([
    ['goes on', { ongoing: true, messagesInQueue: false }, 'charging', false],
    ['is over, its end is on the way', { ongoing: false, messagesInQueue: true }, 'charging', true],
    ['is not known any more', { ongoing: false, messagesInQueue: false }, 'provisional', true],
  ] as const)('E14 after a reboot the station is asked: it %s', async (_name, answer, state, suspected) => {
    const order = await harness.confirm();
    await begin(order);
    harness.behaviour.answer = () => ({ kind: 'answered', payload: {}, ...answer });
    await harness.connect();
    expect(harness.commands).toContainEqual({ type: 'get-transaction-status', transactionId: TX });
    expect((await harness.order(order.id)).state).toBe(state);
    expect(await isEndSuspected(order.id)).toBe(suspected);
  });

  it('E14 an answer without the indicator says nothing of the transaction', async () => {
    const order = await harness.confirm();
    await begin(order);
    harness.behaviour.answer = () => ({ kind: 'answered', payload: {}, messagesInQueue: false });
    await harness.connect();
    expect((await harness.order(order.id)).state).toBe('charging');
    expect(await isEndSuspected(order.id)).toBe(true);
  });

  it('a session of 1.6 is not asked after: it has no words for it', async () => {
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await harness.connect();
    expect(await isEndSuspected(order.id)).toBe(true);
    expect(harness.commands.map(({ type }) => type)).not.toContain('get-transaction-status');
  });

  it('Occupied suspects no end of a running session, and clears the suspicion of an Available', async () => {
    const order = await harness.confirm();
    await begin(order);
    const says = (status: 'Occupied' | 'Available') =>
      harness.sendEvent({ type: 'connector-status-changed', connectorId: 1, status, errorCode: 'NoError' });
    await says('Occupied');
    expect(await isEndSuspected(order.id)).toBe(false);
    await says('Available');
    expect(await isEndSuspected(order.id)).toBe(true);
    await says('Occupied');
    expect(await isEndSuspected(order.id)).toBe(false);
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('Occupied without a session is Preparing, and after one it stays Finishing', async () => {
    const says = () =>
      harness.sendEvent({
        type: 'connector-statuses-reported',
        connectors: [{ connectorId: 1, status: 'Occupied', errorCode: 'NoError' }],
      });
    await says();
    expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Preparing');
    const order = await harness.confirm();
    await begin(order);
    expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Charging');
    await end(1000);
    await says();
    expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Finishing');
  });
});
