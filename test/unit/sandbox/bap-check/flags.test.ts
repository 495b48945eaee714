import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readFlags, USAGE } from '../../../../src/sandbox/bap-check/flags.js';
import { DIALECT_NAMES } from '../../../../src/sandbox/dialects/all.js';
import { PROFILES } from '../../../../src/sandbox/bap-check/provider/provider-profiles.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const VALID = ['--url', 'http://localhost:9000/bap', '--public-key', KEY, '--subscriber-id', 'shop.example'];
const { version, bin } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  bin: { [name: string]: string };
};

describe('the command line of bap-check', () => {
  it('has defaults, with longer timeouts for a person than for a trigger', () => {
    expect(readFlags(VALID)).toMatchObject({
      flags: { port: 7600, registryPort: 7601, timeoutMs: 300_000, lingerMs: 30_000 },
    });
    expect(readFlags([...VALID, '--trigger-url', 'http://localhost:9000/go'])).toMatchObject({
      flags: { timeoutMs: 60_000, lingerMs: 3_000, profiles: Object.values(PROFILES) },
    });
  });

  it('accepts the public key as raw bytes and as DER', () => {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(32, 7)]).toString('base64');
    expect(readFlags(VALID.with(3, der))).toMatchObject({ flags: { publicKey: Buffer.alloc(32, 7) } });
  });

  it('prints the usage and the version of the package on request', () => {
    expect(readFlags(['--help'])).toEqual({ output: USAGE });
    expect(readFlags(['-h'])).toEqual({ output: USAGE });
    expect(readFlags([...VALID, '--version'])).toEqual({ output: version });
  });

  it.each([
    [VALID.slice(2), '--url is required'],
    [VALID.slice(0, 4), '--subscriber-id is required'],
    [VALID.with(1, 'ftp://x'), "--url must be an http or https URL, not 'ftp://x'"],
    [VALID.with(3, 'c2hvcnQ='), '--public-key must be an Ed25519 public key in base64'],
    [[...VALID, '--profile', 'lax'], "--profile must be strict, protocol-server, onix or all, not 'lax'"],
    [[...VALID, '--dialect', 'ubc-2.0'], "--dialect 'ubc-2.0' is unknown; did you mean ubc-2.0.0?"],
    [
      [...VALID, '--dialect', 'ev-charging:uei'],
      "--dialect 'ev-charging:uei' is unknown; did you mean ev-charging-uei?",
    ],
    [
      [...VALID, '--dialect', 'nfh.global/testnet-evcharging'],
      "--dialect 'nfh.global/testnet-evcharging' is unknown; did you mean lts-2.0.0?",
    ],
    [[...VALID, '--dialect', 'ocpi'], "--dialect 'ocpi' is unknown; the help lists the dialects"],
    [
      [...VALID, '--dialect', 'ubc-2.0.0', '--profile', 'protocol-server'],
      '--profile protocol-server does not speak ubc-2.0.0',
    ],
    [[...VALID, '--timeout', 'soon'], "--timeout must be a number from 0.1 to 86400, not 'soon'"],
    [[...VALID, '--port', '1.5'], "--port must be a whole number, not '1.5'"],
    [[...VALID, '--prot', '1'], "Unknown option '--prot'"],
    [[...VALID, 'twice'], "Unexpected argument 'twice'"],
  ])('names the problem in one line and points to the help: %#', (args, sentence) => {
    expect(readFlags(args)).toEqual({
      program: 'bap-check',
      problem: sentence,
      hint: "Try 'bap-check --help' for the list of options.",
    });
  });

  it('speaks uei:charging unless a dialect is given, and plays its profiles', () => {
    expect(readFlags(VALID)).toMatchObject({ flags: { dialect: 'uei-charging-1.0.0' } });
    expect(readFlags([...VALID, '--dialect', 'lts-2.0.0'])).toMatchObject({
      flags: { dialect: 'lts-2.0.0', profiles: [PROFILES.strict, PROFILES.onix] },
    });
  });

  it('fits 80 columns in its help, which lists every dialect', () => {
    expect(USAGE.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const name of DIALECT_NAMES) expect(USAGE).toContain(`\n  ${name} `);
  });

  it('understands the examples of its help', () => {
    const commands = (USAGE.split('Examples\n')[1]?.split('\n\n')[0] ?? '').replaceAll('\\\n', ' ').split('\n');
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const [program, ...args] = command.trim().split(/ +/);
      expect(program).toBe('bap-check');
      const typed = args.map((word) => word.replaceAll("'", '').replace(/^MCow.*/, KEY));
      expect(readFlags(typed)).toHaveProperty('flags');
    }
  });

  it('belongs to a program that the package offers', () => {
    const source = bin['bap-check']?.replace('dist/', 'src/').replace('.js', '.ts') ?? '';
    expect(readFileSync(new URL(`../../../../${source}`, import.meta.url), 'utf8')).toMatch(
      /^#!\/usr\/bin\/env node\n/,
    );
  });
});
