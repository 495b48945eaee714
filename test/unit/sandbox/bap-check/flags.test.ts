import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorizationHeader, loadSodium } from '../../../src/beckn/signing/signature.js';
import { readFlags, USAGE } from '../../../src/sandbox/bap-check/flags.js';
import { ACTIONS, PROFILES } from '../../../src/sandbox/bap-check/provider/provider-profiles.js';
import { buildAnswer, buildSessionOrder } from '../../../src/sandbox/bap-check/provider/provider-messages.js';
import { readRequest } from '../../../src/sandbox/bap-check/provider/read-request.js';
import { ALL_RULES } from '../../../src/sandbox/bap-check/rules/all-rules.js';
import { makeKeys, type SandboxKeys } from '../../../src/sandbox/runtime/keys.js';
import { becknCheck } from '../../../src/schema/validators.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const GOOD = ['--url', 'http://localhost:9000/bap', '--public-key', KEY, '--subscriber-id', 'shop.example'];

describe('the command line of bap-check', () => {
  it('has usual values, and more patience with a person', () => {
    expect(readFlags(GOOD)).toMatchObject({ port: 7600, registryPort: 7601, timeoutMs: 300_000, lingerMs: 30_000 });
    const automatic = readFlags([...GOOD, '--trigger-url', 'http://localhost:9000/go']);
    expect(automatic).toMatchObject({ timeoutMs: 60_000, lingerMs: 3_000, profiles: Object.values(PROFILES) });
  });

  it('takes the key raw and as DER', () => {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(32, 7)]).toString('base64');
    expect(readFlags(GOOD.with(3, der))).toMatchObject({ publicKey: Buffer.alloc(32, 7) });
  });

  it.each([
    [GOOD.slice(2), '--url is missing'],
    [GOOD.slice(0, 4), '--subscriber-id is missing'],
    [GOOD.with(1, 'ftp://x'), '--url ftp://x is no http or https URL'],
    [GOOD.with(3, 'c2hvcnQ='), '--public-key is not the base64 of an Ed25519 public key'],
    [[...GOOD, '--profile', 'lax'], '--profile lax is none of strict, protocol-server, onix and all'],
    [[...GOOD, '--timeout', 'soon'], '--timeout soon is not a number from 0.1 to 86400'],
    [[...GOOD, '--port', '1.5'], '--port 1.5 is not a whole number'],
    [[...GOOD, '--prot', '1'], "Unknown option '--prot'"],
  ])('says what is wrong: %#', (args, sentence) => {
    const said = readFlags(args);
    expect(said).toContain(sentence);
    expect(said).toContain(USAGE);
  });
});

const offer = {
  providerId: 'cpo-1',
  stationId: 'st-1',
  chargePointId: 'cp-1',
  connectorIds: ['cp-1-1', 'cp-1-2'],
} as const;
const given = { transactionId: 't', amount: '123.45', currency: 'INR', orderId: 'ORD-1', answers: [] };
const moment = { status: 'ACTIVE', connector: 'Charging', energyWh: 1_230, elapsedS: 300 } as const;
const context = (action: string) => ({
  domain: 'uei:charging',
  version: '1.0.0',
  action,
  location: { city: { code: 'std:080' }, country: { code: 'IND' } },
  bap_id: 'shop.example',
  bap_uri: 'http://shop.example/bap',
  bpp_id: 'bap-check.example',
  bpp_uri: 'http://bap-check.example/bpp',
  transaction_id: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10',
  message_id: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01',
  timestamp: '2026-03-02T08:11:09.120Z',
  ttl: 'PT10M',
});

describe('what bap-check sends', () => {
  it.each(ACTIONS)('is a lawful on_%s', (action) => {
    const message = buildAnswer(action, {}, offer, given, moment, 1_700_000_000_000);
    const check = becknCheck('uei-charging-1.0.0', `on_${action}`);
    expect(check).toBeTypeOf('function');
    expect(check?.({ context: context(`on_${action}`), message })).toBeUndefined();
  });

  it('is a lawful end', () => {
    const message = buildSessionOrder(
      offer,
      given,
      { ...moment, status: 'COMPLETE', connector: 'Finishing' },
      1_700_000_000_000,
    );
    expect(becknCheck('uei-charging-1.0.0', 'on_status')?.({ context: context('on_status'), message })).toBeUndefined();
  });
});

describe('a signature that does not fit', () => {
  let keys: SandboxKeys;
  beforeAll(async () => {
    await loadSodium();
    keys = await makeKeys('bap');
  });

  const body = { context: { transaction_id: 't', message_id: 'm' }, message: { intent: {} } };
  const misfit = (sent: string, signed: string): string | undefined => {
    const { secretKey, publicKey } = keys;
    const header = { subscriberId: 's', keyId: 'k', secretKey, created: 1, expires: 2 };
    const authorization = authorizationHeader({ ...header, body: Buffer.from(signed) });
    const read = readRequest(
      { method: 'POST', path: '/search', headers: { authorization }, raw: Buffer.from(sent) },
      publicKey,
    );
    if (typeof read === 'string') throw new Error(read);
    return read.signatureMismatch;
  };

  it.each([
    ['the same bytes', JSON.stringify(body), undefined],
    ['the body before it was written', JSON.stringify(body), /without blanks/, JSON.stringify(body, null, 2)],
    [
      "Python's blanks",
      '{"context": {"transaction_id": "t", "message_id": "m"}, "message": {"intent": {}}}',
      /with blanks/,
    ],
    ['the message alone', JSON.stringify(body.message), /the message alone/],
    ['nothing', '', /an empty body/],
    ['something else', 'x', /another key, or another body/],
  ])('is explained: signed was %s', (_what, signed, reason, sent = JSON.stringify(body)) => {
    const said = misfit(sent, signed);
    if (reason === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(reason);
  });
});

describe('the rules', () => {
  it('have names of their own', () => {
    const ids = ALL_RULES.map((rule) => rule.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('come as a program that the package offers', () => {
    const { bin } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      bin: { [name: string]: string };
    };
    const source = bin['bap-check']?.replace('dist/', 'src/').replace('.js', '.ts') ?? '';
    expect(readFileSync(new URL(`../../../${source}`, import.meta.url), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
