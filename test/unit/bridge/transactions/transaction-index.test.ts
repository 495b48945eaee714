import { expect, it } from 'vitest';
import {
  TransactionIndex,
  unknownStopId,
  unknownStopKey,
} from '../../../../src/bridge/transactions/transaction-index.js';
import type { TransactionRecord } from '../../../../src/ports/stored-records.js';

const record = (transactionId: string, more: Partial<TransactionRecord> = {}): TransactionRecord => ({
  chargePointId: 'CP',
  transactionId,
  startKey: transactionId,
  connectorId: 1,
  idTag: 'T',
  meterStartWh: 0,
  startedAt: 0,
  receivedAt: 0,
  raw: [],
  ...more,
});

const stop = { at: 1, receivedAt: 1, reason: 'Local' };

function transactions(open: readonly TransactionRecord[] = [], stored?: TransactionRecord): TransactionIndex {
  return new TransactionIndex({
    transaction: () => Promise.resolve(undefined),
    transactionByStartKey: () => Promise.resolve(stored),
    listTransactions: () => Promise.resolve([...open]),
  });
}

it('takes the newest transaction of a connector for the one that runs, whoever bought it', () => {
  const known = transactions();
  known.put(record('1', { orderId: 'bought' }));
  expect(known.newestOpenOn('CP', 1)?.orderId).toBe('bought');
  known.put(record('2'));
  expect(known.newestOpenOn('CP', 1)).toMatchObject({ transactionId: '2' });
  expect(known.newestOpenOn('CP', 1)?.orderId).toBeUndefined();
  expect(known.newestOpenOn('CP', 2)).toBeUndefined();
});

it('adds an open transaction that only the store has, because its write was reported as failed', async () => {
  const known = transactions([], record('1'));
  await known.loadByStartKey('1');
  expect(known.findOpen('CP', '1')).toEqual(record('1'));
  const ended = transactions([], record('1', { stop }));
  await ended.loadByStartKey('1');
  expect(ended.findOpen('CP', '1')).toBeUndefined();
});

it('takes none for running after the newest has ended, though an older one lost its end', () => {
  const known = transactions();
  known.put(record('1', { orderId: 'lost' }));
  known.put(record('2'));
  known.put(record('2', { stop }));
  expect(known.newestOpenOn('CP', 1)).toBeUndefined();
});

it('finds it again after a restart, in whatever order the store tells', async () => {
  const known = transactions([record('12'), record('3')]);
  await known.load();
  expect(known.newestOpenOn('CP', 1)?.transactionId).toBe('12');
});

it('never takes a transaction that another one followed for the one that runs, whether it was loaded or not', async () => {
  const known = transactions([record('2', { followed: true }), record('1')]);
  await known.load();
  expect(known.newestOpenOn('CP', 1)?.transactionId).toBe('1');
  known.put(record('1', { followed: true }));
  expect(known.newestOpenOn('CP', 1)).toBeUndefined();
  expect(known.findOpen('CP', '1')).toBeDefined();
});

it('does not claim to have seen every event because another field of the record has changed', async () => {
  const eventRecord = { seqNo: 4, missingSeqNos: [], lastEventAt: 0 } as unknown as NonNullable<
    TransactionRecord['eventRecord']
  >;
  const known = transactions([record('1', { eventRecord })]);
  await known.load();
  const loaded = known.findOpen('CP', '1')!;
  const followed = { ...loaded, followed: true } as const;
  known.put(followed);
  expect(known.sawEveryEvent(followed)).toBe(false);
  const withEvent = { ...followed, eventRecord: { ...eventRecord } };
  known.put(withEvent);
  expect(known.sawEveryEvent(withEvent)).toBe(true);
});

it('finds the stop that arrived before a start among those since its order was made', async () => {
  const ended = record('7', { stop: { ...stop, meterStopWh: 50 } });
  const early = record('stop--1-1-50-T', { stop: { ...stop, meterStopWh: 50 } });
  const asked: unknown[] = [];
  const known = new TransactionIndex({
    transaction: () => Promise.resolve(undefined),
    transactionByStartKey: () => Promise.resolve(undefined),
    listTransactions: (page) => Promise.resolve(asked.push(page) ? [ended, record('8'), early] : []),
  });
  const start = { idTag: 'T', meterStartWh: 0, at: 0, requestedAt: 0 };
  expect(await known.findEarlyStop('CP', start, 40)).toEqual(early);
  expect(await known.findEarlyStop('CP', { ...start, idTag: 'OTHER' }, 40)).toBeUndefined();
  expect(asked).toContainEqual({ limit: 1000, chargePointId: 'CP', unmatched: true, open: false, from: 40 });
});

it.each([{ transactionId: '0' }, { idTag: 'OTHER' }, { meterStopWh: 60 }, { at: 2 }])(
  'tells a stop without a start from one with %j',
  (difference) => {
    const one = { transactionId: '-1', idTag: 'T', meterStopWh: 50, at: 1 };
    const other = { ...one, ...difference };
    expect(unknownStopId(other)).not.toBe(unknownStopId(one));
    expect(unknownStopKey('CP', other)).not.toBe(unknownStopKey('CP', one));
    expect(unknownStopKey('CP', { ...one, idTag: 't' })).toBe(unknownStopKey('CP', one));
  },
);
