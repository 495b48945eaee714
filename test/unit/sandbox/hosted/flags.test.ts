import { expect, it } from 'vitest';
import { readSandboxFlags } from '../../../../src/sandbox/hosted/flags.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const NEEDED = ['--bap-url', 'http://localhost:9000/bap/', '--subscriber-id', 'shop.example', '--public-key', KEY];

it('the needed options are enough; the registry takes the next port', () => {
  expect(readSandboxFlags([...NEEDED, '--fault', 'meter-reset, never-starts'])).toMatchObject({
    flags: {
      bapUrl: 'http://localhost:9000/bap',
      subscriberId: 'shop.example',
      keyId: 'k1',
      faults: ['meter-reset', 'never-starts'],
      port: 7600,
      registryPort: 7601,
      ocpp: '1.6',
    },
  });
});

it.each([
  [['--subscriber-id', 'a', '--public-key', KEY], '--bap-url is required'],
  [[...NEEDED.slice(0, 1), 'localhost', ...NEEDED.slice(2)], "--bap-url must be an http or https URL, not 'localhost'"],
  [[...NEEDED, '--public-url', 'x'], "--public-url must be an http or https URL, not 'x'"],
  [[...NEEDED, '--fault', 'explodes'], "goes-silent, loses-session, not 'explodes'"],
  [[...NEEDED, '--ocpp', '1.5'], "--ocpp must be 1.6, 2.0.1, 2.1, not '1.5'"],
  [[...NEEDED.slice(0, 5), 'abc'], '--public-key must be an Ed25519 public key in base64'],
])('a wrong option is named with its rule: %j', (args, problem) => {
  expect(readSandboxFlags(args)).toMatchObject({ problem: expect.stringContaining(problem) as string });
});

it('the help names each fault with what it does', () => {
  expect(readSandboxFlags(['--help'])).toMatchObject({
    output: expect.stringContaining('meter-reset       sets its energy register to zero') as string,
  });
});
