/**
 * Transactions that must not run are refused, stopped, and stopped again while they continue. A later transaction ends
 * an earlier one on its connector; a queued, older start does not.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter((command) => command.type === 'remote-stop').length;

/** Sends an order's start after its time has run out. */
async function lateStart(): Promise<string> {
  await harness.connect();
  const order = await harness.confirm();
  await harness.clock.advance(120_000);
  expect(harness.bridge.openOrders().some(({ id, state }) => id === order.id && state === 'starting')).toBe(false);
  const outcome = await harness.sendEvent({
    type: 'transaction-started',
    connectorId: 1,
    idTag: order.idTag ?? '',
    meterStartWh: 1000,
    at: harness.clock.now(),
    raw: '{}',
  });
  if (outcome?.type !== 'transaction-started') throw new Error('no answer to the start');
  expect(outcome.status).toBe('Expired');
  return outcome.transactionId;
}

describe('a start after its order has failed', () => {
  it('is asked to end three times while it goes on', async () => {
    await lateStart();
    await harness.clock.advance(1000);
    expect(stops()).toBe(1);
    await harness.clock.advance(30_000);
    expect(stops()).toBe(2);
    await harness.clock.advance(300_000);
    expect(stops()).toBe(3);
  });

  it('is left alone once it has ended', async () => {
    const transactionId = await lateStart();
    await harness.clock.advance(1000);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 1000,
      at: harness.clock.now(),
      reason: 'Remote',
      samples: [],
      raw: '{}',
    });
    await harness.clock.advance(300_000);
    expect(stops()).toBe(1);
  });
});

describe('a start that is hours old when it arrives', () => {
  const HOURS = 3 * 3_600_000;
  const MINUTE = 60_000;

  async function disconnectedFor(ms: number, version: '1.6' | '2.0.1'): Promise<void> {
    await harness.disconnect();
    await harness.clock.advance(ms);
    await harness.connect('CP1', { version, boots: false });
  }

  interface Late {
    /** The transaction's id. */
    readonly id: string;
    readonly end: () => Promise<unknown>;
  }

  /** Delivers the late start of a transaction that began while the charger was away. */
  async function lateStartOf(version: '1.6' | '2.0.1', idTag: string): Promise<Late> {
    const at = harness.clock.now() - HOURS;
    const common = { connectorId: 1, idTag, meterStartWh: 1000, at, raw: '{}' } as const;
    if (version === '1.6') {
      const outcome = await harness.sendEvent({ type: 'transaction-started', ...common });
      if (outcome.type !== 'transaction-started') throw new Error('no answer to the start');
      const { transactionId: id } = outcome;
      const end = { meterStopWh: 9000, at: at + HOURS, reason: 'Local', samples: [], raw: '{}' } as const;
      return { id, end: () => harness.sendEvent({ type: 'transaction-stopped', transactionId: id, ...end }) };
    }
    const event = { type: 'transaction-event', transactionId: 'T-1', offline: true, samples: [] } as const;
    const chargingState = 'Charging';
    await harness.sendEvent({
      ...{ ...event, ...common, chargingState },
      ...{ eventType: 'started', triggerReason: 'Authorized', seqNo: 0 },
    });
    const end = { at: at + HOURS, meterStopWh: 9000, raw: '{}', seqNo: 1 } as const;
    const how = { eventType: 'ended', triggerReason: 'StopAuthorized', stoppedReason: 'Local' } as const;
    return { id: 'T-1', end: () => harness.sendEvent({ ...event, ...end, ...how }) };
  }

  async function failedOrder(): Promise<string> {
    const order = await harness.confirm();
    await harness.clock.advance(120_000);
    return order.idTag ?? '';
  }

  describe.each(['1.6', '2.0.1'] as const)('in %s', (version) => {
    beforeEach(() => harness.connect('CP1', { version }));

    it.each(['of a card', 'of an order that has failed'] as const)(
      '%s is asked to end if no end follows from the queue',
      async (whose) => {
        const idTag = whose === 'of a card' ? 'CARD1' : await failedOrder();
        await disconnectedFor(HOURS + MINUTE, version);
        const { id } = await lateStartOf(version, idTag);
        await harness.clock.advance(2 * MINUTE - 1);
        expect(stops()).toBe(0);
        await harness.clock.advance(1);
        expect(harness.commands.at(-1)).toMatchObject({ type: 'remote-stop', transactionId: id });
        await harness.clock.advance(10 * MINUTE);
        expect(stops()).toBe(3);
      },
    );

    it('is left alone if its end follows from the queue', async () => {
      await disconnectedFor(HOURS + MINUTE, version);
      const { end } = await lateStartOf(version, 'CARD1');
      await harness.clock.advance(MINUTE);
      await end();
      await harness.clock.advance(10 * MINUTE);
      expect(stops()).toBe(0);
    });

    it('is not asked any more once the charger has denied it', async () => {
      await disconnectedFor(HOURS + MINUTE, version);
      await lateStartOf(version, 'CARD1');
      harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
      await harness.clock.advance(10 * MINUTE);
      const before = stops();
      await disconnectedFor(HOURS, version);
      await harness.clock.advance(10 * MINUTE);
      expect([before, stops() - before]).toEqual([3, 0]);
    });

    it.each([
      ['is asked after the return of a charger that is away by then', HOURS, 3],
      ['is asked after the return of one that was away for days', 75 * 3_600_000, 3],
    ])('%s', async (_title, awayMs, expected) => {
      await disconnectedFor(HOURS + MINUTE, version);
      await lateStartOf(version, 'CARD1');
      harness.behaviour.answer = () => ({ kind: 'not-sent', reason: 'offline' });
      await disconnectedFor(awayMs, version);
      harness.behaviour.answer = () => ({ kind: 'answered', status: 'Accepted', payload: {} });
      const before = stops();
      await harness.clock.advance(10 * MINUTE);
      expect(stops() - before).toBe(expected);
    });
  });

  it.each(['1.6', '2.0.1'] as const)('is asked after a restart of our process, in %s', async (version) => {
    await harness.connect('CP1', { version });
    await disconnectedFor(HOURS + MINUTE, version);
    await lateStartOf(version, 'CARD1');
    await harness.restart();
    await harness.connect('CP1', { version, boots: false });
    await harness.clock.advance(2 * MINUTE);
    expect(stops()).toBe(1);
  });

  it('is not asked any more if another transaction has its id by then', async () => {
    await harness.connect('CP1', { version: '2.0.1' });
    await disconnectedFor(HOURS + MINUTE, '2.0.1');
    await lateStartOf('2.0.1', 'CARD1');
    const order = await harness.confirm({ item: 'CP1-2', wh: 60_000 });
    await harness.sendEvent({
      ...{ type: 'transaction-event', transactionId: 'T-1', offline: false, samples: [], raw: '{}', seqNo: 0 },
      ...{ eventType: 'started', triggerReason: 'RemoteStart', chargingState: 'Charging', connectorId: 2 },
      ...{ idTag: order.idTag ?? '', meterStartWh: 2000, at: harness.clock.now() },
    });
    expect((await harness.order(order.id)).state).toBe('charging');
    await harness.clock.advance(4 * MINUTE);
    expect(stops()).toBe(0);
  });
});

describe('a session whose stop was lost, after a stranger has charged on its connector', () => {
  /** Starts and stops a transaction with an operator's card after the session. */
  async function strangerCharges(): Promise<void> {
    const at = harness.clock.now();
    const started = await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD1',
      meterStartWh: 2000,
      at,
      raw: '{}',
    });
    if (started?.type !== 'transaction-started') throw new Error('no answer to the start');
    const { transactionId } = started;
    const end = { meterStopWh: 2500, at, reason: 'Local', samples: [], raw: '{}' };
    await harness.sendEvent({ type: 'transaction-stopped', transactionId, ...end });
  }

  it.each([
    ['before', false],
    ['after', true],
  ])('does not get a reading without a transaction id %s a restart', async (_when, restarts) => {
    await harness.connect();
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ at: harness.clock.now(), registerWh: 1500 }], transactionId);
    await harness.clock.advance(60_000);
    await strangerCharges();
    expect((await harness.order(order.id)).state).toBe('provisional');
    if (restarts) {
      await harness.restart();
      await harness.connect();
    }
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ at: harness.clock.now(), registerWh: 2600 }]);
    const { session, state } = await harness.order(order.id);
    expect(state).toBe('provisional');
    expect(session?.meter.energyWh).toBe(500);
  });
});

describe('a queued start from before the transaction on its connector', () => {
  const queuedStart = async (): Promise<void> => {
    const at = harness.clock.now() - 600_000;
    const start = { type: 'transaction-started', connectorId: 1, idTag: 'CARD1', meterStartWh: 500 } as const;
    await harness.sendEvent({ ...start, at, raw: '{}' });
  };

  it('does not end a session', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await queuedStart();
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('does not close a transaction without an order', async () => {
    await harness.connect();
    const start = { type: 'transaction-started', connectorId: 1, idTag: 'CARD2', meterStartWh: 1000 } as const;
    await harness.sendEvent({ ...start, at: harness.clock.now(), raw: '{}' });
    await queuedStart();
    expect((await harness.store.transaction('CP1', '1'))?.stop).toBeUndefined();
  });
});
