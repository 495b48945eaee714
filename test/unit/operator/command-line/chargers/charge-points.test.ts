import { expect, it } from 'vitest';
import { CHARGE_POINT_COMMANDS } from '../../../../../src/operator/command-line/chargers/charge-points.js';
import type { Call, Context } from '../../../../../src/operator/command-line/frame/command.js';

/** Sends a command. @returns The query, and how long the bridge may wait, in ms. */
async function command(options: Call['options']): Promise<readonly unknown[]> {
  let sent: readonly unknown[] = [];
  const post = (...[, , query, waitMs]: readonly unknown[]): Promise<object> => {
    sent = [query, waitMs];
    return Promise.resolve({ detail: { state: 'answered' } });
  };
  const context = {
    arguments: { id: 'CP-01', action: 'ClearCache' },
    options,
    bridge: () => ({ post }),
    progress: () => undefined,
  } as unknown as Context;
  await CHARGE_POINT_COMMANDS.find(({ name }) => name === 'charge-points command')?.run(context);
  return sent;
}

it('a command waits for the charge point as long as the bridge does', async () => {
  expect(await command({ within: '30', timeout: '600' })).toEqual([{ withinS: '30', timeoutS: '600' }, 630_000]);
});

it.each(['-1', '601', 'soon', 'Infinity'])('a time that the bridge refuses adds nothing: %s', async (timeout) => {
  expect(await command({ within: '30', timeout })).toEqual([{ withinS: '30', timeoutS: timeout }, 30_000]);
});
