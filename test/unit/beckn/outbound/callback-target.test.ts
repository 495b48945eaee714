import { beforeAll, describe, expect, it } from 'vitest';
import {
  createCallbackTargetChecker,
  isWithinRegisteredUrl,
  type AllowedTarget,
  type CallbackTarget,
} from '../../../../src/beckn/outbound/callback-target.js';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import { isPublicAddress } from '../../../../src/beckn/outbound/public-address.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, memoryValues, recordOf } from '../peers.js';

beforeAll(loadSodium);

interface Case {
  bapUri: string;
  url?: string;
  addresses?: string[];
  allow?: AllowedTarget[];
}

async function check({ bapUri, url = bapUri, addresses = ['8.8.8.8'], allow = [] }: Case): Promise<CallbackTarget> {
  const source = listRegistry(recordOf(1, { url }));
  const clock = createManualClock();
  const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
  const dns = {
    resolve: () => (addresses.length > 0 ? Promise.resolve(addresses) : Promise.reject(new Error('ENOTFOUND'))),
  };
  const targets = createCallbackTargetChecker({ directory, clock, dns, allow });
  return targets.check({ bapId: 'app.example.in', bapUri, action: 'on_status' });
}

describe('the address', () => {
  it.each([
    ['https://app.example.in/beckn', 'https://app.example.in/beckn/on_status'],
    ['https://app.example.in/beckn/', 'https://app.example.in/beckn/on_status'],
    ['https://app.example.in', 'https://app.example.in/on_status'],
    ['https://app.example.in:8443/b', 'https://app.example.in:8443/b/on_status'],
  ])('%s is joined with exactly one slash and pinned', async (bapUri, url) => {
    expect(await check({ bapUri })).toEqual({ ok: true, url, pinnedAddress: '8.8.8.8' });
  });

  it.each([
    ['https://app.example.in/beckn', 'https://app.example.in/beckn/', true],
    ['https://app.example.in/beckn/v1', 'https://app.example.in/beckn', true],
    ['https://app.example.in:443/beckn', 'https://app.example.in/beckn', true],
    ['https://APP.example.in/beckn', 'https://app.example.in/beckn', true],
    ['https://app.example.in/becknology', 'https://app.example.in/beckn', false],
    ['https://app.example.in/beckn/../admin', 'https://app.example.in/beckn', false],
    ['https://app.example.in/beckn/%2e%2e/admin', 'https://app.example.in/beckn', false],
    ['https://app.example.in/beckn/..%2fadmin', 'https://app.example.in/beckn', false],
    ['https://app.example.in', 'https://app.example.in/beckn', false],
    ['https://app.example.in.evil.io/beckn', 'https://app.example.in/beckn', false],
    ['https://app.example.in:8443/beckn', 'https://app.example.in/beckn', false],
    ['http://app.example.in/beckn', 'https://app.example.in/beckn', false],
  ])('%s below %s: %s', (bapUri, url, expected) => {
    expect(isWithinRegisteredUrl(bapUri, url)).toBe(expected);
  });

  it('must be the registered one', async () => {
    const result = await check({ bapUri: 'https://evil.io/', url: 'https://app.example.in/beckn' });
    expect(result).toMatchObject({
      ok: false,
      retryable: false,
      reason: expect.stringContaining('not at or below') as string,
    });
  });

  it.each([
    ['not a url', 'not an absolute URL'],
    ['ftp://app.example.in/', 'the scheme ftp:'],
    ['file:///etc/passwd', 'the scheme file:'],
    ['https://user:pass@app.example.in/', 'user name or password'],
    ['https://app.example.in@evil.io/', 'user name or password'],
    ['https://app.example.in/?x=1', 'query or a fragment'],
    ['https://app.example.in/#x', 'query or a fragment'],
    ['http://app.example.in/', 'is not https'],
  ])('%s is refused', async (bapUri, sentence) => {
    expect(await check({ bapUri })).toMatchObject({
      ok: false,
      retryable: false,
      reason: expect.stringContaining(sentence) as string,
    });
  });

  it('follows a registered URL that has moved, at most every 30 s', async () => {
    const clock = createManualClock();
    const source = listRegistry(recordOf(1, { url: 'https://old.example.in/' }));
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const targets = createCallbackTargetChecker({
      directory,
      clock,
      dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
    });
    const send = (): Promise<CallbackTarget> =>
      targets.check({ bapId: 'app.example.in', bapUri: 'https://new.example.in/', action: 'on_status' });
    await directory.findKey({ subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' });
    expect(await send()).toMatchObject({ ok: false });
    source.records = [recordOf(1, { url: 'https://new.example.in/' })];
    expect(await send()).toMatchObject({ ok: false });
    await clock.advance(30_000);
    expect(await send()).toMatchObject({ ok: true, url: 'https://new.example.in/on_status' });
  });

  it.each([
    ['https://newer.example.in/', false, 'below the registered URL https://newer.example.in/ of'],
    [undefined, true, 'the registry has no URL'],
  ])('is refused for the record that the registry has now: %s', async (url, retryable, reason) => {
    const clock = createManualClock();
    const source = listRegistry(recordOf(1, { url: 'https://old.example.in/' }));
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const targets = createCallbackTargetChecker({
      directory,
      clock,
      dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
    });
    await directory.findKey({ subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' });
    const { url: _old, ...withoutUrl } = recordOf(1);
    source.records = [{ ...withoutUrl, ...(url !== undefined && { url }) }];
    await clock.advance(30_000);
    expect(
      await targets.check({ bapId: 'app.example.in', bapUri: 'https://new.example.in/', action: 'on_status' }),
    ).toMatchObject({ ok: false, retryable, reason: expect.stringContaining(reason) as string });
  });

  it('waits for a registry or a resolver that is away', async () => {
    expect(await check({ bapUri: 'https://app.example.in/', addresses: [] })).toEqual({
      ok: false,
      retryable: true,
      reason: 'app.example.in has no address',
    });
    const source = listRegistry();
    source.down = true;
    const clock = createManualClock();
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const targets = createCallbackTargetChecker({ directory, clock, dns: { resolve: () => Promise.resolve([]) } });
    expect(await targets.check({ bapId: 'a', bapUri: 'https://a/', action: 'on_status' })).toMatchObject({
      ok: false,
      retryable: true,
    });
  });
});

describe('where the name leads', () => {
  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '0.0.0.0',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '168.63.129.16',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::7f00:1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fe80::1',
    'fec0::1',
    'fd00:ec2::254',
    'ff02::1',
    '100::1',
    'localhost',
    '',
    '1.2.3.4.5',
  ])('%j is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '100.63.255.255', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('refuses a name with one private answer among public ones', async () => {
    const result = await check({ bapUri: 'https://app.example.in/', addresses: ['8.8.8.8', '127.0.0.1'] });
    expect(result).toEqual({
      ok: false,
      retryable: false,
      reason: 'app.example.in resolves to 127.0.0.1, which is not a public address',
    });
  });

  it('is asked again for a callback, however recent the ACK is', async () => {
    const clock = createManualClock();
    const source = listRegistry(recordOf(1, { url: 'https://app.example.in/' }));
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const answers = [['8.8.8.8'], ['10.0.0.1']];
    const dns = { resolve: () => Promise.resolve(answers.shift() ?? []) };
    const targets = createCallbackTargetChecker({ directory, clock, dns });
    const recipient = { bapId: 'app.example.in', bapUri: 'https://app.example.in/' };
    expect(await targets.problemBeforeAck(recipient)).toBeUndefined();
    expect(await targets.check({ ...recipient, action: 'on_status' })).toMatchObject({ ok: false, retryable: false });
    expect(await targets.problemBeforeAck(recipient)).toMatchObject({
      reason: 'app.example.in resolves to 10.0.0.1, which is not a public address',
    });
  });

  it('pins an IPv6 address where there is no other', async () => {
    const result = await check({ bapUri: 'https://app.example.in/', addresses: ['2606:4700::1111'] });
    expect(result).toMatchObject({ ok: true, pinnedAddress: '2606:4700::1111' });
  });

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://①②⑦.0.0.1/',
  ])('refuses %s even if it is registered', async (bapUri) => {
    expect(await check({ bapUri })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not a public address') as string,
    });
  });
});

describe('the allow-list', () => {
  const tuple: AllowedTarget = { host: '127.0.0.1', port: 9000, scheme: 'http', subscriber: 'app.example.in' };
  const bapUri = 'http://127.0.0.1:9000/';

  it('opens exactly one tuple', async () => {
    expect(await check({ bapUri, allow: [tuple] })).toEqual({ ok: true, url: 'http://127.0.0.1:9000/on_status' });
    for (const change of [
      { host: '127.0.0.2' },
      { port: 9001 },
      { scheme: 'https' as const },
      { subscriber: 'other.example.in' },
      { subscriber: '*' },
      { host: '*' },
    ]) {
      expect(await check({ bapUri, allow: [{ ...tuple, ...change }] })).toMatchObject({ ok: false });
    }
  });

  it('does not replace the registry', async () => {
    expect(await check({ bapUri, url: 'https://app.example.in/', allow: [tuple] })).toMatchObject({ ok: false });
  });

  it('reads the scheme’s own port and bracketed hosts', async () => {
    const allow = [{ ...tuple, host: '::1', port: 80 }];
    expect(await check({ bapUri: 'http://[::1]/', allow })).toEqual({ ok: true, url: 'http://[::1]/on_status' });
  });
});
