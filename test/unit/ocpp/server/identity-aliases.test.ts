import { expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import { IdentityAliases } from '../../../../src/ocpp/server/identity-aliases.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

it('a spelling stands for its charge point, also after a restart, until another approval', async () => {
  const stored = new Map<string, Json>();
  const values = {
    putValue: async (name: string, value: Json) => void stored.set(name, value),
    values: async (prefix: string) =>
      [...stored].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value })),
  };
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
