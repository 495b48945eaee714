import { expect, it } from 'vitest';
import { TransactionIndex } from '../../../../src/bridge/transactions/transaction-index.js';
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

function transactions(open: readonly TransactionRecord[] = []): TransactionIndex {
  return new TransactionIndex({
    transaction: () => Promise.resolve(undefined),
    transactionByStartKey: () => Promise.resolve(undefined),
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
