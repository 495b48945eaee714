import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AppDriver } from '../../../../src/sandbox/bap-check/app-driver.js';
import { openHarness, type Harness } from '../../../../src/sandbox/bap-check/harness.js';
import { PROFILES } from '../../../../src/sandbox/bap-check/provider/provider-profiles.js';
import { DIALECTS } from '../../../../src/sandbox/dialects/all.js';
import { makeKeys } from '../../../../src/sandbox/runtime/keys.js';
import { createSeededRandom } from '../../../../src/sandbox/runtime/seeded-random.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

let harness: Harness;

beforeEach(async () => {
  harness = await openHarness({
    clock: createManualClock(),
    random: createSeededRandom(1),
    dialect: DIALECTS['uei-charging-1.0.0'],
    host: '127.0.0.1',
    port: 0,
    registryPort: 0,
    subscriberId: 'shop.test',
    publicKey: (await makeKeys()).publicKey,
    bapUri: 'http://127.0.0.1:9/bap',
    timing: {
      timeoutMs: 1_000,
      optionalTimeoutMs: 1_000,
      repeatWindowMs: 1,
      processingMs: 1,
      lateByMs: 1,
      answerWithinMs: 1_000,
      answerTimeoutMs: 1_000,
    },
  });
});
afterEach(() => harness.close());

const statusOfRequest = async (): Promise<number> =>
  (await fetch(`${harness.expected.bppUri}/search`, { method: 'POST', body: '{}' })).status;

it('requests between runs are refused, also after a run that failed', async () => {
  expect(await statusOfRequest()).toBe(503);
  let during = 0;
  const driver: AppDriver = {
    continuesByItself: false,
    async prompt() {
      during = await statusOfRequest();
      throw new TypeError('the driver is broken');
    },
  };
  await expect(harness.run({ profile: PROFILES.strict, driver })).rejects.toThrow('the driver is broken');
  expect(during).not.toBe(503);
  expect(await statusOfRequest()).toBe(503);
});
