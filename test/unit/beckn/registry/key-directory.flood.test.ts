import { beforeAll, beforeEach, expect, it } from 'vitest';
import { KeyDirectory, type KeyDirectoryDeps } from '../../../../src/beckn/registry/key-directory.js';
import { RegistryFault, type RegistryRecord } from '../../../../src/beckn/registry/registry.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { createManualClock, settle, type ManualClock } from '../../../fakes/manual-clock.js';
import { eventList, listRegistry, memoryValues, recordOf, type ListRegistry } from '../peers.js';

beforeAll(loadSodium);

const MIN = 60_000;
const known = { subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' } as const;

let clock: ManualClock;
let registry: ListRegistry;
let open: () => void;

beforeEach(() => {
  clock = createManualClock();
  registry = listRegistry(recordOf(1));
});

/** Delays the registry's answers until `open` is called. */
function holdAnswers(): void {
  registry.gate = new Promise((resolve) => (open = resolve));
}

function directory(change: Partial<KeyDirectoryDeps> = {}): KeyDirectory {
  return new KeyDirectory({
    network: 'main',
    source: registry,
    values: memoryValues(),
    clock,
    events: eventList(),
    ...change,
  });
}

async function problem(lookup: ReturnType<KeyDirectory['findKey']>): Promise<string | undefined> {
  const result = await lookup;
  return 'problem' in result ? result.problem : undefined;
}

function ask(keys: KeyDirectory, subscriberId: string, source: string, keyId = 'k1'): Promise<string | undefined> {
  return problem(keys.findKey({ subscriberId, keyId, role: 'BAP', source }));
}

it('a revoked key is refused although strangers keep every look-up busy', async () => {
  const keys = directory({ maxLookups: 4 });
  await keys.findKey(known);
  await clock.advance(11 * MIN);
  registry.records = [];
  holdAnswers();
  const strangers = Array.from({ length: 300 }, (_, at) => ask(keys, `s${at}.example`, `192.0.2.${at % 250}`));
  const revoked = problem(keys.findKey(known));
  await settle();
  open();
  expect(await revoked).toBe('unknown');
  await Promise.all(strangers);
});

it('an expired key that has to wait too long is unavailable, not accepted', async () => {
  const keys = directory({ maxLookups: 1 });
  await keys.findKey(known);
  await clock.advance(11 * MIN);
  holdAnswers();
  const first = problem(keys.findKey(known));
  const second = ask(keys, 's.example', '192.0.2.1');
  await clock.advance(MIN);
  expect(await second).toBe('unavailable');
  open();
  expect(await first).toBeUndefined();
});

it('a newcomer from another address is looked up before the rest of a flood', async () => {
  const keys = directory({ maxLookups: 4 });
  holdAnswers();
  const flood = Array.from({ length: 60 }, (_, at) => ask(keys, `s${at}.example`, '192.0.2.1'));
  const newcomer = ask(keys, known.subscriberId, '198.51.100.1');
  await settle();
  const before = registry.lookups.length;
  open();
  expect(await newcomer).toBeUndefined();
  const at = registry.lookups.findIndex(({ subscriberId }) => subscriberId === known.subscriberId);
  expect(at).toBeLessThanOrEqual(before + 1);
  await Promise.all(flood);
});

it('one address cannot fill the queue of look-ups', async () => {
  const keys = directory({ maxLookups: 4 });
  holdAnswers();
  const flood = Array.from({ length: 2000 }, (_, at) => ask(keys, `s${at}.example`, '192.0.2.1'));
  const newcomer = ask(keys, known.subscriberId, '198.51.100.1');
  await settle();
  open();
  expect(await newcomer).toBeUndefined();
  const problems = await Promise.all(flood);
  expect(problems.filter((one) => one === 'unavailable').length).toBeGreaterThan(1800);
  expect(registry.lookups.length).toBeLessThan(200);
});

it('strangers never hold the places of known peers', async () => {
  const keys = directory({ maxLookups: 4 });
  await keys.findKey(known);
  await clock.advance(11 * MIN);
  holdAnswers();
  const strangers = Array.from({ length: 40 }, (_, at) => ask(keys, `s${at}.example`, `192.0.2.${at}`));
  await settle();
  const before = registry.lookups.length;
  const again = problem(keys.findKey(known));
  await settle();
  expect(registry.lookups.length).toBe(before + 1);
  open();
  expect(await again).toBeUndefined();
  await Promise.all(strangers);
});

it('many key ids of one unknown subscriber cost two look-ups', async () => {
  const keys = directory();
  const all = await Promise.all(
    Array.from({ length: 500 }, (_, at) => ask(keys, 'nobody.example', '192.0.2.1', `k${at}`)),
  );
  expect(new Set(all)).toEqual(new Set(['unknown']));
  expect(registry.lookups.length).toBeLessThanOrEqual(2);
  await clock.advance(30_000);
  registry.records.push(recordOf(2, { subscriberId: 'nobody.example' }));
  expect(await ask(keys, 'nobody.example', '192.0.2.1', 'k1')).toBeUndefined();
});

it('a new key of a known subscriber is found although strangers invent key ids in its name', async () => {
  const keys = directory();
  await keys.findKey(known);
  for (let at = 0; at < 50; at += 1) await ask(keys, known.subscriberId, '192.0.2.1', `invented${at}`);
  expect(registry.lookups.length).toBeLessThan(10);
  const newKey: RegistryRecord = recordOf(2, { keyId: 'k2' });
  registry.records.push(newKey);
  await clock.advance(30_000);
  expect(await ask(keys, known.subscriberId, '192.0.2.1', 'invented')).toBe('unknown');
  expect(await ask(keys, known.subscriberId, '198.51.100.1', 'k2')).toBeUndefined();
});

it('a key in the list of its subscriber’s keys is found at once, however many key ids strangers invent', async () => {
  const keys = directory();
  registry.records.push(recordOf(2, { keyId: 'k2' }));
  for (let at = 0; at < 50; at += 1)
    expect(await ask(keys, known.subscriberId, '192.0.2.1', `invented${at}`)).toBe('unknown');
  const asked = registry.lookups.length;
  for (const keyId of ['k1', 'k2']) expect(await ask(keys, known.subscriberId, '192.0.2.1', keyId)).toBeUndefined();
  expect(registry.lookups).toHaveLength(asked);
});

it.each([false, true])(
  'a new peer is found at once, however many key ids strangers invent in its name (no list: %s)',
  async (requiresKeyId) => {
    const keys = directory({ source: { requiresKeyId, lookup: (query) => registry.lookup(query) } });
    await ask(keys, known.subscriberId, '192.0.2.1', 'invented');
    // Registered after the keys were listed.
    registry.records.push(recordOf(2, { keyId: 'k2' }));
    for (let at = 0; at < 50; at += 1) await ask(keys, known.subscriberId, '192.0.2.1', `invented${at}`);
    expect(registry.lookups.length).toBeLessThan(10);
    expect(await ask(keys, known.subscriberId, '198.51.100.1', 'k2')).toBeUndefined();
  },
);

it('strangers at one address, or in one IPv6 network, have few lookups of one subscriber’s keys', async () => {
  const keys = directory({ source: { requiresKeyId: true, lookup: (query) => registry.lookup(query) } });
  for (let at = 0; at < 50; at += 1) await ask(keys, known.subscriberId, `2001:db8::${at}`, `invented${at}`);
  expect(registry.lookups).toHaveLength(4);
});

it('a revoked key does not come back from an older list, also after a restart', async () => {
  const values = memoryValues();
  const keys = directory({ values });
  expect(await ask(keys, known.subscriberId, '192.0.2.1', 'k1')).toBeUndefined();
  await clock.advance(9 * MIN);
  for (const keyId of ['invented1', 'invented2']) await ask(keys, known.subscriberId, '192.0.2.1', keyId);
  expect(registry.lookups).toContainEqual({ subscriberId: known.subscriberId });
  registry.records = [];
  await clock.advance(MIN);
  expect(await ask(keys, known.subscriberId, '192.0.2.1', 'k1')).toBe('unknown');
  await clock.advance(31_000);
  const restarted = directory({ values });
  await restarted.start();
  for (const each of [keys, restarted]) expect(await ask(each, known.subscriberId, '192.0.2.1', 'k1')).toBe('unknown');
});

it('a registry that does not answer is asked once for all key ids of a subscriber', async () => {
  const keys = directory();
  registry.down = true;
  for (let at = 0; at < 50; at += 1)
    expect(await ask(keys, 'nobody.example', '192.0.2.1', `k${at}`)).toBe('unavailable');
  expect(registry.lookups).toHaveLength(1);
});

it('a key is not used past its time because the registry refuses that we ask so often', async () => {
  const keys = directory({ maxLookups: 4 });
  await keys.findKey(known);
  await clock.advance(11 * MIN);
  const { lookup } = registry;
  // The registry refuses only this look-up. As it is available, stale keys are not used.
  registry.lookup = (query) =>
    query.subscriberId === known.subscriberId
      ? Promise.reject(new RegistryFault('the registry responded 429', { kind: 'busy' }))
      : lookup.call(registry, query);
  await ask(keys, 'nobody.example', '192.0.2.1');
  expect(await problem(keys.findKey(known))).toBe('unavailable');
});
