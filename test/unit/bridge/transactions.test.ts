import { describe, expect, it } from 'vitest';
import { Transactions, startKeyOf } from '../../../src/bridge/transactions.js';

const empty = {
  transaction: async () => undefined,
  transactionByStartKey: async () => undefined,
  listTransactions: async () => [],
};
const start = { chargePointId: 'cp/1', connectorId: 1, idTag: 'abc', at: 1000, meterStartWh: 5 };

describe('a start that is told again', () => {
  it('has the same key whatever the case of its tag', () => {
    expect(startKeyOf({ ...start, idTag: 'ABC' })).toBe(startKeyOf(start));
  });

  it.each([{ connectorId: 2 }, { idTag: 'abd' }, { at: 1001 }, { meterStartWh: 6 }, { chargePointId: 'cp/2' }])(
    'has another key with %o',
    (other) => expect(startKeyOf({ ...start, ...other })).not.toBe(startKeyOf(start)),
  );

  it('has a key even when its tag is no text that can be encoded', () => {
    expect(startKeyOf({ ...start, idTag: 'a\ud800' })).toContain('A');
  });
});

describe('a stop that came before its start', () => {
  const stop = { idTag: 'TAG', meterStopWh: 100, at: 1, reason: 'Local', receivedAt: 0 };

  it('is handed to the start with its tag, once', () => {
    const transactions = new Transactions(empty);
    transactions.keepEarlyStop('cp', stop);
    expect(transactions.takeEarlyStop('cp', 'other', 50, 1)).toBeUndefined();
    expect(transactions.takeEarlyStop('cp', 'tag', 101, 1)).toBeUndefined();
    expect(transactions.takeEarlyStop('cp', 'tag', 50, 1)).toEqual(stop);
    expect(transactions.takeEarlyStop('cp', 'tag', 50, 1)).toBeUndefined();
  });

  it('is waited for ten minutes', () => {
    const transactions = new Transactions(empty);
    transactions.keepEarlyStop('cp', stop);
    expect(transactions.takeEarlyStop('cp', 'tag', 50, 600_000)).toBeUndefined();
  });
});
