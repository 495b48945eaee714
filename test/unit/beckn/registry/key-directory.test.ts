import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyDirectory, type KeyDirectoryDeps } from '../../../../src/beckn/registry/key-directory.js';
import type { RegistryRecord } from '../../../../src/beckn/registry/registry.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { createManualClock, settle, type ManualClock } from '../../../fakes/manual-clock.js';
import { eventList, listRegistry, memoryValues, recordOf, type ListRegistry } from '../peers.js';

beforeAll(loadSodium);

const MIN = 60_000;
const HOUR = 60 * MIN;
const query = { subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' } as const;

let clock: ManualClock;
let registry: ListRegistry;
let values: ReturnType<typeof memoryValues>;
let events: ReturnType<typeof eventList>;

beforeEach(() => {
  clock = createManualClock();
  registry = listRegistry(recordOf(1));
  values = memoryValues();
  events = eventList();
});

function directory(change: Partial<KeyDirectoryDeps> = {}): KeyDirectory {
  return new KeyDirectory({ network: 'main', source: registry, values, clock, events, ...change });
}

async function problem(lookup: ReturnType<KeyDirectory['findKey']>): Promise<string | undefined> {
  const result = await lookup;
  return 'problem' in result ? result.problem : undefined;
}

describe('the cache', () => {
  it('asks once for all who wait, then answers without a promise', async () => {
    const keys = directory();
    await Promise.all([keys.findKey(query), keys.findKey(query), keys.findKey(query)]);
    expect(registry.lookups).toHaveLength(1);
    expect(keys.findKey(query)).toEqual({ record: recordOf(1) });
    expect(registry.lookups).toHaveLength(1);
  });

  it('asks again after ten minutes', async () => {
    const keys = directory();
    await keys.findKey(query);
    await clock.advance(10 * MIN - 1);
    expect(keys.findKey(query)).not.toBeInstanceOf(Promise);
    await clock.advance(1);
    await keys.findKey(query);
    expect(registry.lookups).toHaveLength(2);
  });

  it('asks again at the end of validity, and says expired when that is all the registry has', async () => {
    registry.records = [recordOf(1, { validUntil: clock.now() + MIN })];
    const keys = directory();
    expect(await problem(keys.findKey(query))).toBeUndefined();
    await clock.advance(MIN);
    expect(await problem(keys.findKey(query))).toBe('expired');
    expect(await problem(keys.findKey(query))).toBe('expired');
    expect(registry.lookups).toHaveLength(2);
    registry.records = [recordOf(1, { validUntil: clock.now() + HOUR })];
    await clock.advance(10 * MIN);
    expect(await problem(keys.findKey(query))).toBeUndefined();
  });

  it('remembers for 30 s that a key is unknown', async () => {
    const keys = directory();
    const other = { ...query, keyId: 'k2' };
    expect(await keys.findKey(other)).toEqual({
      problem: 'unknown',
      detail: 'the registry has no record of app.example.in with the key id k2',
    });
    expect(await problem(keys.findKey(other))).toBe('unknown');
    expect(registry.lookups).toHaveLength(1);
    registry.records.push(recordOf(2, { keyId: 'k2' }));
    await clock.advance(30_000);
    expect(await problem(keys.findKey(other))).toBeUndefined();
  });

  it('takes a new key id at once, and drops a revoked one within the ten minutes', async () => {
    const keys = directory();
    await keys.findKey(query);
    registry.records = [recordOf(2, { keyId: 'k2' })];
    expect(await problem(keys.findKey({ ...query, keyId: 'k2' }))).toBeUndefined();
    await clock.advance(10 * MIN);
    expect(await problem(keys.findKey(query))).toBe('unknown');
    const reborn = directory();
    await reborn.start();
    registry.down = true;
    expect(await problem(reborn.findKey(query))).toBe('unavailable');
  });

  it('lets a source ask for a shorter life', async () => {
    const keys = directory({ source: { maxAgeMs: 1000, lookup: (asked) => registry.lookup(asked) } });
    await keys.findKey(query);
    await clock.advance(1000);
    await keys.findKey(query);
    expect(registry.lookups).toHaveLength(2);
  });

  it('keeps no more than so many lookups under way', async () => {
    let open = (): void => undefined;
    registry.gate = new Promise((resolve) => (open = resolve));
    const keys = directory({ maxLookups: 2 });
    const first = [keys.findKey({ ...query, keyId: 'a' }), keys.findKey({ ...query, keyId: 'b' })];
    const third = keys.findKey({ ...query, subscriberId: 'other.example.in' });
    await settle();
    expect(registry.lookups).toHaveLength(1);
    open();
    expect(await Promise.all([...first, third].map(problem))).toEqual(['unknown', 'unknown', 'unknown']);
  });
});

describe('a record that cannot be used', () => {
  const problem = 'the record of app.example.in, key k1: valid_until "revoked" is not a time';

  it('is named, and ends the use of the record before, also after a restart', async () => {
    const keys = directory();
    await keys.findKey(query);
    registry.records = [{ subscriberId: 'app.example.in', keyId: 'k1', problem }];
    await clock.advance(10 * MIN);
    const refused = { problem: 'unusable', detail: `the registry's record cannot be used: ${problem}` };
    expect(await keys.findKey(query)).toEqual(refused);
    expect(await keys.findKey(query)).toEqual(refused);
    const after = directory();
    await after.start();
    registry.down = true;
    expect(await after.findKey(query)).toMatchObject({ problem: 'unavailable' });
  });

  it('does not hide a good record of the same key, nor speak for another key', async () => {
    registry.records = [{ subscriberId: 'app.example.in', keyId: 'k2', problem }, recordOf(1)];
    const keys = directory();
    expect(await keys.findKey(query)).toEqual({ record: recordOf(1) });
    expect(await keys.findKey({ ...query, keyId: 'k3' })).toMatchObject({ problem: 'unknown' });
    registry.records.push({ subscriberId: 'app.example.in', problem });
    expect(await keys.findKey({ ...query, keyId: 'k4' })).toMatchObject({ problem: 'unusable' });
    expect(await keys.findRecord('app.example.in')).toEqual({ record: recordOf(1) });
  });
});

describe('a registry that is away', () => {
  it('leaves known peers verifiable for 24 h, with an event, and not longer', async () => {
    const keys = directory();
    await keys.findKey(query);
    registry.down = true;
    await clock.advance(11 * MIN);
    expect(await problem(keys.findKey(query))).toBeUndefined();
    expect(events.names).toEqual(['registry.failed', 'registry.stale']);
    expect(keys.findKey(query)).not.toBeInstanceOf(Promise);
    await clock.advance(24 * HOUR - 11 * MIN);
    expect(await problem(keys.findKey(query))).toBe('unavailable');
  });

  it('never serves a key past its validity', async () => {
    registry.records = [recordOf(1, { validUntil: clock.now() + HOUR })];
    const keys = directory();
    await keys.findKey(query);
    registry.down = true;
    await clock.advance(HOUR);
    expect(await problem(keys.findKey(query))).toBe('expired');
  });

  it('tells an unknown signer to come again, and asks for it at most every five seconds', async () => {
    registry.down = true;
    const keys = directory();
    expect(await problem(keys.findKey(query))).toBe('unavailable');
    expect(await problem(keys.findKey(query))).toBe('unavailable');
    expect(registry.lookups).toHaveLength(1);
    registry.down = false;
    await clock.advance(5000);
    expect(await problem(keys.findKey(query))).toBeUndefined();
    expect(keys.status()).toMatchObject({ cachedKeys: 1, lastResponseAt: clock.now() });
  });

  it("is over as soon when the host's clock was set back meanwhile", async () => {
    registry.down = true;
    const keys = directory();
    expect(await problem(keys.findKey(query))).toBe('unavailable');
    registry.down = false;
    clock.step(-24 * HOUR);
    await clock.advance(5000);
    expect(await problem(keys.findKey(query))).toBeUndefined();
  });

  it('is survived over a restart', async () => {
    const before = directory();
    await before.findKey(query);
    registry.down = true;
    const after = directory();
    await after.start();
    expect(after.findKey(query)).toEqual({ record: recordOf(1) });
    expect(await after.findRecord('app.example.in')).toEqual({ record: recordOf(1) });
    await clock.advance(11 * MIN);
    expect(await problem(after.findKey(query))).toBeUndefined();
  });

  it('does not make a stored value of another making harmful', async () => {
    values.kept.set('registry/x', 'rubbish');
    values.kept.set('registry/y', {
      subscriberId: 'app.example.in',
      keyId: 'k1',
      fetchedAt: clock.now(),
      records: [{ a: 1 }],
    });
    const keys = directory();
    await keys.start();
    expect(keys.status().cachedKeys).toBe(0);
  });

  it('does not let a store that fails stop anybody', async () => {
    const keys = directory({ values: { ...values, putValue: () => Promise.reject(new Error('disk full')) } });
    expect(await problem(keys.findKey(query))).toBeUndefined();
    await settle();
    expect(events.names).toEqual(['store.failed']);
  });
});

describe('a forced refresh', () => {
  it('brings a replaced key, at most every 30 s for one key', async () => {
    const keys = directory();
    await keys.findKey(query);
    registry.records = [recordOf(2)];
    expect(await keys.refresh('app.example.in', 'k1')).toBe(false);
    await clock.advance(30_000);
    expect(await keys.refresh('app.example.in', 'k1')).toBe(true);
    expect(keys.findKey(query)).toEqual({ record: recordOf(2) });
    expect(await keys.refresh('app.example.in', 'k1')).toBe(false);
    expect(registry.lookups).toHaveLength(2);
  });

  it("comes 30 s after the last one when the host's clock was set back meanwhile", async () => {
    const keys = directory();
    await keys.findKey(query);
    registry.records = [recordOf(2)];
    clock.step(-24 * HOUR);
    await clock.advance(30_000);
    expect(await keys.refresh('app.example.in', 'k1')).toBe(true);
  });

  it('drops a key that the registry has taken back', async () => {
    const keys = directory();
    await keys.findKey(query);
    await clock.advance(30_000);
    registry.records = [];
    expect(await keys.refresh('app.example.in', 'k1')).toBe(false);
    expect(keys.findKey(query)).toMatchObject({ problem: 'unknown' });
    expect(registry.lookups).toHaveLength(2);
  });

  it('keeps what is known when the registry is away', async () => {
    const keys = directory();
    await keys.findKey(query);
    await clock.advance(30_000);
    registry.down = true;
    expect(await keys.refresh('app.example.in', 'k1')).toBe(false);
    expect(await problem(keys.findKey(query))).toBeUndefined();
  });
});

describe('several records', () => {
  it.each<[string, Partial<RegistryRecord>, string, string]>([
    ['another state', { status: 'UNSUBSCRIBED' }, 'not-subscribed', 'is UNSUBSCRIBED in the registry'],
    ['no state', { status: '' }, 'not-subscribed', 'without a status'],
    ['another role', { type: 'BPP' }, 'wrong-type', 'registered as BPP, but BAP is needed'],
    ['not yet valid', { validFrom: Date.UTC(2030, 0, 1) }, 'expired', 'not valid before 2030-01-01T00:00:00.000Z'],
    ['no longer valid', { validUntil: Date.UTC(2020, 0, 1) }, 'expired', 'valid until 2020-01-01T00:00:00.000Z'],
    ['another domain', { domain: 'retail' }, 'wrong-domain', 'registered for retail, not for uei:charging'],
  ])('refuses %s with its reason', async (_name, change, word, sentence) => {
    registry.records = [recordOf(1, change)];
    const result = await directory({ domains: ['uei:charging'] }).findKey(query);
    expect(result).toMatchObject({ problem: word, detail: expect.stringContaining(sentence) as string });
  });

  it('takes the sound one among bad ones, and one of the domain before one for any', async () => {
    registry.records = [
      recordOf(1, { status: 'EXPIRED' }),
      recordOf(2, { domain: 'retail' }),
      recordOf(3),
      recordOf(4, { domain: 'uei:charging' }),
    ];
    const keys = directory({ domains: ['uei:charging'] });
    expect(await keys.findKey(query)).toMatchObject({ record: { domain: 'uei:charging' } });
  });

  it('takes a record without a type for any role', async () => {
    const { type: _none, ...any } = recordOf(1);
    registry.records = [any];
    expect(await problem(directory().findKey({ ...query, role: 'BG' }))).toBeUndefined();
  });

  it('never confuses participants whose names hold separators', async () => {
    registry.records = [
      recordOf(1, { subscriberId: 'a', keyId: 'b|c' }),
      recordOf(2, { subscriberId: 'a|b', keyId: 'c' }),
    ];
    const keys = directory();
    expect(await keys.findKey({ subscriberId: 'a', keyId: 'b|c', role: 'BAP' })).toEqual({
      record: registry.records[0],
    });
    expect(await keys.findKey({ subscriberId: 'a|b', keyId: 'c', role: 'BAP' })).toEqual({
      record: registry.records[1],
    });
  });
});

describe('a callback target', () => {
  it('costs no second lookup after a verified message', async () => {
    const keys = directory();
    await keys.findKey(query);
    expect(keys.findRecord('app.example.in')).toEqual({ record: recordOf(1) });
    expect(registry.lookups).toHaveLength(1);
  });

  it('is looked up without a key when nothing is known, or only an outdated key', async () => {
    const keys = directory();
    expect(await problem(keys.findRecord('app.example.in'))).toBeUndefined();
    expect(registry.lookups).toEqual([{ subscriberId: 'app.example.in' }]);
    expect(await problem(keys.findRecord('nobody.example.in'))).toBe('unknown');
  });
});
