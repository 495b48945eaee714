import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { ApiTokens, hasScope } from '../../../../src/operator/access/api-tokens.js';
import { SCOPES } from '../../../../src/operator/http/tokens.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const clock = createManualClock();
let stored: Map<string, Json>;
let isFull: boolean;

beforeEach(() => {
  stored = new Map();
  isFull = false;
});

/** Opens the tokens in a new process with the same stored values. */
async function open(firstToken = 'first'): Promise<ApiTokens> {
  const tokens = new ApiTokens({
    values: {
      putValue: async (name, value) => {
        if (isFull) throw new StoreFault('full');
        stored.set(name, JSON.parse(JSON.stringify(value)) as Json);
      },
      values: async (prefix) =>
        [...stored].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value })),
    },
    clock,
    random: systemRandom,
    firstToken,
  });
  await tokens.load();
  return tokens;
}

async function secretOf(tokens: ApiTokens, name: string): Promise<string> {
  const created = await tokens.create(name, ['read'], 'operator');
  if ('refused' in created) throw new Error(created.refused);
  return created.secret;
}

describe('an API token', () => {
  it('is known after a restart by its secret alone, which is not stored', async () => {
    const secret = await secretOf(await open(), 'Finance');
    expect(JSON.stringify([...stored])).not.toContain(secret);
    const tokens = await open();
    expect(tokens.find(secret)).toMatchObject({ name: 'Finance', scopes: ['read'] });
    for (const wrong of ['', secret.slice(1), `${secret}x`, secret.toLowerCase(), 'Finance'])
      expect(tokens.find(wrong)).toBeUndefined();
  });

  it('stays revoked after a restart, and its name stays taken', async () => {
    const tokens = await open();
    const secret = await secretOf(tokens, 'Finance');
    await tokens.revoke('Finance', 'operator');
    expect(tokens.find(secret)).toBeUndefined();
    const later = await open();
    expect(later.find(secret)).toBeUndefined();
    expect(await later.create('Finance', ['read'], 'operator')).toEqual({ refused: 'name-taken' });
  });

  it('is neither made nor revoked while the store fails', async () => {
    const tokens = await open();
    const secret = await secretOf(tokens, 'Finance');
    isFull = true;
    await expect(tokens.create('Other', ['read'], 'operator')).rejects.toThrow(StoreFault);
    await expect(tokens.revoke('Finance', 'operator')).rejects.toThrow(StoreFault);
    expect(tokens.list().map(({ name }) => name)).toEqual(['Finance', 'operator']);
    expect(tokens.find(secret)).toBeDefined();
  });

  it('is made once if two ask for its name at the same time, and its name is free again if the store fails', async () => {
    const tokens = await open();
    isFull = true;
    await expect(tokens.create('Finance', ['read'], 'operator')).rejects.toThrow(StoreFault);
    isFull = false;
    const both = await Promise.all(['A', 'B'].map((by) => tokens.create('Finance', ['read'], by)));
    expect(both).toMatchObject([{ token: { createdBy: 'A' } }, { refused: 'name-taken' }]);
  });

  it('in the file is another one after the file was replaced', async () => {
    expect((await open('second')).find('first')).toBeUndefined();
    expect((await open('second')).find('second')).toMatchObject({ name: 'operator', scopes: ['admin'] });
  });

  it('has the scopes that it names, and an admin has all', () => {
    for (const scope of SCOPES) {
      expect(SCOPES.filter((one) => hasScope({ scopes: ['admin'] }, one))).toEqual(SCOPES);
      if (scope !== 'admin') expect(SCOPES.filter((one) => hasScope({ scopes: [scope] }, one))).toEqual([scope]);
    }
  });
});
