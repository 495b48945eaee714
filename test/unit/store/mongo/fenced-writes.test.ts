import { expect, it } from 'vitest';
import { FencedWrites, isOutOfTime } from '../../../../src/store/mongo/fenced-writes.js';
import { Lease, type LeaseDeps } from '../../../../src/store/mongo/lease.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const UNTIL = Date.UTC(2026, 0, 1);

/** Returns a lease that the database has granted until `UNTIL`. */
async function leaseOf(leaseMs: number): Promise<Lease> {
  const deps: LeaseDeps = { clock: createManualClock(), holderName: 'me', waitMs: 0, leaseMs, onLost: () => undefined };
  const lease = new Lease(deps);
  const given = { _id: 'lease', holder: '', name: 'me', epoch: 4, until: new Date(UNTIL) };
  const lean = { lean: () => Promise.resolve(given) };
  const collection = { updateOne: () => Promise.resolve(), findOneAndUpdate: () => lean };
  await lease.acquire({ collections: { lease: collection } } as never);
  return lease;
}

it.each([1_600, 2_000, 3_000, 7_001, 8_000])(
  'a write is over before a lease of %s ms is: it is begun so long before the end as it may take, and longer',
  async (leaseMs) => {
    const lease = await leaseOf(leaseMs);
    const asked: { readonly maxTimeMS: number }[] = [];
    const record = (_first: unknown, ...rest: unknown[]): Promise<object> => {
      asked.push(rest.at(-1) as never);
      return Promise.resolve({ matchedCount: 1, deletedCount: 1 });
    };
    const collection = { bulkWrite: record, updateOne: record, findOneAndUpdate: record, deleteMany: record };
    const writes = new FencedWrites({ source: { collections: {} as never }, lease });
    const target = { collection } as never;
    await writes.put(target, [{ _id: 'a' }]);
    await writes.putWhere(target, { _id: 'a', open: true }, { _id: 'a' });
    await writes.insert(target, { _id: 'a' });
    await writes.insertFree(target, [{ _id: 'a' }]);
    await writes.replace(target, { _id: 'a' }, { _id: 'a' });
    await writes.change(target, { _id: 'a' }, { taken: 1 });
    await writes.unset(target, [{ _id: 'a' }], ['pending']);
    await writes.set(target, [{ filter: { _id: 'a' }, fields: { keys: {} } }]);
    await writes.delete(target, { _id: 'a' });
    expect(asked).toHaveLength(9);
    for (const { maxTimeMS } of asked) {
      expect(Number.isInteger(maxTimeMS)).toBe(true);
      expect(lease.notAfter.getTime() + maxTimeMS).toBeLessThan(UNTIL);
    }
    lease.abandon();
  },
);

it('fields are set and removed only before the deadline', async () => {
  const lease = await leaseOf(8_000);
  const operations: { readonly updateOne: { readonly filter: object; readonly update: object } }[] = [];
  const bulkWrite = (given: typeof operations): Promise<object> => {
    operations.push(...given);
    return Promise.resolve({});
  };
  const target = { collection: { bulkWrite } } as never;
  const writes = new FencedWrites({ source: { collections: {} as never }, lease });
  await writes.unset(target, [{ _id: 'a' }], ['pending']);
  await writes.set(target, [{ filter: { _id: 'b' }, fields: { keys: { kind: '$x' } } }]);
  const $expr = { $lt: ['$$NOW', lease.notAfter] };
  expect(operations.map(({ updateOne }) => updateOne)).toEqual([
    { filter: { _id: 'a', $expr }, update: [{ $unset: ['pending'] }] },
    { filter: { _id: 'b', $expr }, update: [{ $set: { keys: { $literal: { kind: '$x' } } } }] },
  ]);
  lease.abandon();
});

it('a refusal is told from other failed conversions, alone and among several', () => {
  const refusal = { code: 241, message: "Failed to parse number 'the lease is over: x' in $convert" };
  expect(isOutOfTime(Object.assign(new Error(refusal.message), { code: 241 }))).toBe(true);
  const among = { writeErrors: [{ code: 11_000 }, { code: 241, errmsg: refusal.message }] };
  expect(isOutOfTime(Object.assign(new Error('E11000'), { code: 11_000, ...among }))).toBe(true);
  expect(isOutOfTime(Object.assign(new Error('Failed to parse number'), { code: 241 }))).toBe(false);
  expect(isOutOfTime('the lease is over')).toBe(false);
});
