/** The discrepancy of a refused transaction is closed if its end shows that no energy flowed, and else says how much. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { ChargerOutcomeOf, TransactionEvent } from '../../../../src/ports/charger-events.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

/** Returns each discrepancy as its kind, what it says of the end, its amount, and the note with which it was closed. */
async function rows() {
  const found = await harness.store.listDiscrepancies({ limit: 9 });
  return found.map(({ kind, detail, amount, closedNote }) => [kind, detail.split(' It was ')[1], amount, closedNote]);
}

const EMPTY = 'The transaction ended without energy.';
/** The register at the end of a late start, and the amount and note of its discrepancy. */
const LATE_ENDS = [
  [1005, undefined, EMPTY],
  [1300, 300, undefined],
] as const;

describe('a refused transaction of 1.6', () => {
  beforeEach(() => harness.connect());

  async function start(idTag: string, meterStartWh: number, connectorId = 1) {
    await harness.clock.advance(1000);
    const at = harness.clock.now();
    const event = { type: 'transaction-started', connectorId, idTag, meterStartWh, at, raw: '{}' } as const;
    return (await harness.sendEvent(event)) as ChargerOutcomeOf<'transaction-started'>;
  }

  async function stop(transactionId: string, meterStopWh?: number, idTag = 'A-CARD') {
    await harness.clock.advance(1000);
    return harness.sendEvent({
      ...{ type: 'transaction-stopped', transactionId, idTag, at: harness.clock.now() },
      ...{ reason: 'DeAuthorized', samples: [], raw: '{}' },
      ...(meterStopWh !== undefined && { meterStopWh }),
    });
  }

  it.each<[string, number | undefined, unknown[]]>([
    ['its register of the start', 1000, [undefined, undefined, EMPTY]],
    ['a register that is only rounded otherwise', 1010, [undefined, undefined, EMPTY]],
    ['more energy', 1011, ['over at 1011 Wh, 11 Wh after its first register.', 11, undefined]],
    ['a register below, perhaps in kWh', 1, ['over at 1 Wh, below its first register, 1000 Wh.', undefined, undefined]],
    ['no register', undefined, [undefined, undefined, undefined]],
  ])('is settled by a stop with %s', async (_title, meterStopWh, row) => {
    const { transactionId, status } = await start('A-CARD', 1000);
    expect(status).toBe('Invalid');
    await stop(transactionId, meterStopWh);
    expect(await rows()).toEqual([['unmatched-transaction', ...row]]);
  });

  it.each<[string, number, unknown[]]>([
    ['at its register', 1000, [undefined, undefined, EMPTY]],
    ['above it', 1400, ['over at 1400 Wh, 400 Wh after its first register.', 400, undefined]],
  ])('is settled by the next start on its connector, %s', async (_title, meterStartWh, row) => {
    await start('A-CARD', 1000);
    await start('B-CARD', 5000, 2);
    expect((await rows()).at(-1)).toEqual(['unmatched-transaction', undefined, undefined, undefined]);
    await start('B-CARD', meterStartWh);
    expect((await rows()).at(-1)).toEqual(['unmatched-transaction', ...row]);
    expect((await rows())[0]).toEqual(['unmatched-transaction', undefined, undefined, undefined]);
  });

  it('is not settled by a next start at zero, where the meter may count from zero in each transaction', async () => {
    await start('A-CARD', 0);
    await start('B-CARD', 0);
    expect((await rows()).at(-1)).toEqual(['unmatched-transaction', undefined, undefined, undefined]);
  });

  it('says what its own stop shows, if that arrives after the next start', async () => {
    const { transactionId } = await start('A-CARD', 1000);
    await start('B-CARD', 1400);
    await stop(transactionId, 1390);
    const row = ['unmatched-transaction', 'over at 1390 Wh, 390 Wh after its first register.', 390, undefined];
    expect((await rows()).at(-1)).toEqual(row);
  });

  it('is settled by the repeated stop if the first could not be saved', async () => {
    const { transactionId } = await start('A-CARD', 1000);
    const { store } = harness;
    const commit = store.commit.bind(store);
    store.commit = (batch) => (batch.transactions ? Promise.reject(new StoreFault('disk full')) : commit(batch));
    await expect(stop(transactionId, 1500)).rejects.toThrow(StoreFault);
    store.commit = commit;
    await stop(transactionId, 1500);
    const row = ['unmatched-transaction', 'over at 1500 Wh, 500 Wh after its first register.', 500, undefined];
    expect(await rows()).toEqual([row]);
  });

  it('stays as a person has closed it', async () => {
    const { transactionId } = await start('A-CARD', 1000);
    const [found] = await harness.store.listDiscrepancies({ limit: 9 });
    await harness.store.closeDiscrepancy(found?.id ?? '', 'a tester', harness.clock.now());
    await stop(transactionId, 1500);
    expect(await rows()).toEqual([['unmatched-transaction', undefined, undefined, 'a tester']]);
  });

  it.each(LATE_ENDS)(
    'that began after its order had ended is settled by the same rule, at %i Wh',
    async (meterStopWh, amount, note) => {
      const { idTag = '' } = await harness.confirm();
      await harness.clock.advance(600_000);
      const { transactionId } = await start(idTag, 1000);
      expect(await rows()).toEqual([['late-start', undefined, undefined, undefined]]);
      await stop(transactionId, meterStopWh, idTag);
      expect((await rows()).map(([kind, , ...row]) => [kind, ...row])).toEqual([['late-start', amount, note]]);
    },
  );

  it.each([
    [1600, undefined, EMPTY],
    [1900, 300, undefined],
  ])(
    'that has the tag of a running session is settled by the same rule, at %i Wh',
    async (meterStopWh, amount, note) => {
      const order = await harness.confirm();
      const own = await harness.startTransaction(order, 1000);
      await harness.clock.advance(600_000);
      await harness.sendSamples(1, [{ registerWh: 1600 }], own);
      const { transactionId } = await start(order.idTag ?? '', 1600);
      await stop(transactionId, meterStopWh, order.idTag);
      expect((await rows()).map(([kind, , ...row]) => [kind, ...row])).toEqual([['duplicate-start', amount, note]]);
    },
  );
});

describe('a refused transaction of 2.0.1', () => {
  beforeEach(() => harness.connect('CP1', { version: '2.0.1' }));

  async function event(
    eventType: TransactionEvent['eventType'],
    transactionId: string,
    more: Partial<TransactionEvent> = {},
  ) {
    await harness.clock.advance(1000);
    const seqNo = { started: 0, updated: 1, ended: 2 }[eventType];
    const outcome = await harness.sendEvent({
      ...{ type: 'transaction-event', eventType, transactionId, triggerReason: 'MeterValuePeriodic', seqNo },
      ...{ offline: false, samples: [], at: harness.clock.now(), raw: '[]', connectorId: 1 },
      ...more,
    });
    await settle(20);
    return outcome;
  }

  const reading = (registerWh: number) => ({ samples: [{ at: harness.clock.now(), registerWh }] });

  it.each<[string, number | undefined, unknown[]]>([
    ['its register of the start', 1000, [undefined, undefined, EMPTY]],
    ['a register that is only rounded otherwise', 1010, [undefined, undefined, EMPTY]],
    ['more energy', 1011, ['over at 1011 Wh, 11 Wh after its first register.', 11, undefined]],
    ['no register', undefined, [undefined, undefined, undefined]],
  ])('is settled by an end with %s', async (_title, meterStopWh, row) => {
    expect(await event('started', 'A', { idTag: 'A-CARD', meterStartWh: 1000 })).toMatchObject({ status: 'Invalid' });
    await event('ended', 'A', meterStopWh === undefined ? {} : { meterStopWh });
    expect(await rows()).toEqual([['unmatched-transaction', ...row]]);
  });

  it('is not closed by an end below its readings', async () => {
    await event('started', 'A', { idTag: 'A-CARD', meterStartWh: 1000 });
    await event('updated', 'A', reading(1500));
    await event('ended', 'A', { meterStopWh: 1000 });
    const row = ['unmatched-transaction', 'over at 1500 Wh, 500 Wh after its first register.', 500, undefined];
    expect(await rows()).toEqual([row]);
  });

  it('is not closed if its start was lost', async () => {
    await event('updated', 'A', { idTag: 'A-CARD', ...reading(1000), meterStartWh: 1000 });
    await event('ended', 'A', { meterStopWh: 1000 });
    expect((await rows()).map(([, , , note]) => note)).toEqual([undefined]);
  });

  it.each<[string, number | undefined, unknown[]]>([
    ['at its register', 1000, [undefined, undefined, EMPTY]],
    ['above it', 1400, ['over at 1400 Wh, 400 Wh after its first register.', 400, undefined]],
    ['without a register', undefined, [undefined, undefined, undefined]],
  ])('is settled by the next transaction on its connector, %s', async (_title, meterStartWh, row) => {
    await event('started', 'A', { idTag: 'A-CARD', meterStartWh: 1000 });
    await event('started', 'B', { triggerReason: 'CablePluggedIn', ...(meterStartWh && { meterStartWh }) });
    expect(await rows()).toEqual([['unmatched-transaction', ...row]]);
  });

  it.each(LATE_ENDS)(
    'that began after its order had ended is settled by the same rule, at %i Wh',
    async (meterStopWh, amount, note) => {
      const { idTag = '' } = await harness.confirm();
      await harness.clock.advance(600_000);
      const named = { idTag, remoteStartId: remoteStartIdOf(idTag) };
      await event('started', 'A', { ...named, triggerReason: 'RemoteStart', meterStartWh: 1000 });
      await event('ended', 'A', { meterStopWh });
      expect((await rows()).map(([kind, , ...row]) => [kind, ...row])).toEqual([['late-start', amount, note]]);
    },
  );
});
