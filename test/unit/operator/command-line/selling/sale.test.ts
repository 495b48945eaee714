import { expect, it } from 'vitest';
import type { Context } from '../../../../../src/operator/command-line/frame/command.js';
import { CommandFailure } from '../../../../../src/operator/command-line/frame/failure.js';
import { styleFor } from '../../../../../src/operator/command-line/frame/style.js';
import { SALE_COMMANDS } from '../../../../../src/operator/command-line/selling/sale.js';

const STOP = { id: 's1', kind: 'station', stationId: 'mango' };

async function endStop(get: () => Promise<object>) {
  const bridge = { post: () => Promise.resolve(STOP), get };
  const context = { arguments: { id: 's1' }, options: {}, bridge: () => bridge } as unknown as Context;
  const command = SALE_COMMANDS.find(({ name }) => name === 'sale end');
  const { json, text } = (await command?.run(context)) ?? {};
  return { json, lines: text?.(styleFor({ isTTY: false }, {})).split('\n') };
}

const ENDED = 'This sale stop has ended: station mango.';

it('the end of a sale stop names how many others are in force', async () => {
  expect(await endStop(() => Promise.resolve({ saleStops: [] }))).toEqual({ json: STOP, lines: [ENDED] });
  expect((await endStop(() => Promise.resolve({ saleStops: [STOP] }))).lines).toEqual([
    ENDED,
    'Others are in force (1). See: sale list --state in-force',
  ]);
});

it('a sale stop has ended although the token may not read the others', async () => {
  const refused = new CommandFailure('denied', { error: 'forbidden', message: 'needs scope read' });
  expect(await endStop(() => Promise.reject(refused))).toEqual({ json: STOP, lines: [ENDED] });
});
