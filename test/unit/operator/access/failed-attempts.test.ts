import { beforeEach, expect, it } from 'vitest';
import { FailedAttempts } from '../../../../src/operator/access/failed-attempts.js';
import { createManualClock, settle, type ManualClock } from '../../../fakes/manual-clock.js';

let clock: ManualClock;
let attempts: FailedAttempts;
beforeEach(() => {
  clock = createManualClock();
  attempts = new FailedAttempts(clock);
});

/** Returns the delay of the answer to a wrong token, ms. */
async function waitOf(address: string): Promise<number> {
  const since = clock.now();
  let until: number | undefined;
  void attempts.delay(address).then(() => (until = clock.now()));
  await settle();
  while (until === undefined) await clock.advance(250);
  return until - since;
}

it('wrong tokens of one address wait ever longer, up to eight seconds', async () => {
  const waits: number[] = [];
  for (let n = 0; n < 11; n += 1) waits.push(await waitOf('192.0.2.1'));
  expect(waits).toEqual([0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(await waitOf('192.0.2.2')).toBe(0);
});

it('a right one, or a quarter of an hour, is a new beginning', async () => {
  for (let n = 0; n < 5; n += 1) await waitOf('192.0.2.1');
  attempts.forgive('192.0.2.1');
  expect(await waitOf('192.0.2.1')).toBe(0);
  for (let n = 0; n < 5; n += 1) await waitOf('192.0.2.1');
  await clock.advance(15 * 60_000);
  expect(await waitOf('192.0.2.1')).toBe(0);
});

it('addresses of one IPv6 subscriber count as one', async () => {
  for (let n = 0; n < 4; n += 1) await waitOf(`2001:db8::${n}`);
  expect(await waitOf('2001:db8::ffff')).toBe(500);
});

it('no more than four wait at once', async () => {
  for (let n = 0; n < 3; n += 1) await attempts.delay('a');
  const waiting = Array.from({ length: 6 }, () => attempts.delay('a'));
  await clock.advance(10_000);
  expect(await Promise.all(waiting)).toEqual([true, true, true, true, false, false]);
});

it('many addresses are not remembered for ever', async () => {
  for (let n = 0; n < 4; n += 1) await waitOf('192.0.2.1');
  for (let n = 0; n < 2000; n += 1) await attempts.delay(`10.0.${n >> 8}.${n & 255}`);
  expect(await waitOf('192.0.2.1')).toBe(0);
});
