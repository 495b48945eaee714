import { expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/sandbox/dialects/all.js';
import { manualDriver } from '../../../../src/sandbox/bap-check/app-driver.js';

it('a person is told what to do in the app, what to repeat, and what may be left out', async () => {
  const lines: string[] = [];
  const driver = manualDriver(DIALECTS['uei-charging-1.0.0'], (text) => lines.push(text));
  await driver.prompt('confirm', undefined);
  await driver.prompt('select', undefined, 'again');
  await driver.prompt('rating', undefined, 'optional');
  expect(lines).toEqual([
    'Now, in your app: pay the quoted price and confirm the order.',
    'Now, in your app: choose the first connector and an amount of ₹100 again. The last request failed on purpose.',
    'If your app can: rate the order.',
  ]);
});
