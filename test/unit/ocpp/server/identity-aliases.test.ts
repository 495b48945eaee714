import { beforeEach, expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import { IdentityAliases } from '../../../../src/ocpp/server/identity-aliases.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const stored = new Map<string, Json>();
const values = {
  putValue: async (name: string, value: Json) => void stored.set(name, value),
  values: async (prefix: string) =>
    [...stored].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value })),
};
beforeEach(() => stored.clear());

it('a spelling stands for its charge point, also after a restart, until another approval', async () => {
  const aliases = new IdentityAliases({ values, clock: createManualClock() });
  await aliases.add('cp|1 ü', 'CP1');
  await aliases.add('x', 'CP1');
  await aliases.add('x', 'CP2');
  stored.set('identity-alias|broken', 7);
  const restarted = new IdentityAliases({ values, clock: createManualClock() });
  expect(restarted.chargePointOf('x')).toBeUndefined();
  await restarted.load();
  for (const each of [aliases, restarted])
    expect(['cp|1 ü', 'x', 'CP1', 'broken'].map((one) => each.chargePointOf(one))).toEqual([
      'CP1',
      'CP2',
      undefined,
      undefined,
    ]);
});

it('a spelling that was removed stands for nothing, also after a restart', async () => {
  const clock = createManualClock();
  const aliases = new IdentityAliases({ values, clock });
  for (const spelling of ['y', 'x']) await aliases.add(spelling, 'CP1');
  const [x, y] = ['x', 'y'].map((id) => ({ id, chargePointId: 'CP1', approvedAt: clock.now() }));
  expect(aliases.list()).toEqual([x, y]);
  expect(await aliases.remove('x')).toEqual(x);
  expect(await aliases.remove('x')).toBeUndefined();
  const restarted = new IdentityAliases({ values, clock });
  await restarted.load();
  for (const each of [aliases, restarted]) {
    expect(each.chargePointOf('x')).toBeUndefined();
    expect(each.list()).toEqual([y]);
  }
});
