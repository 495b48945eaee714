import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/loading/load-config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function problems(over: object = {}, env: NodeJS.ProcessEnv = {}): readonly string[] {
  const settings = {
    mode: 'production',
    dataDir: join(folder, 'data'),
    networkFile: 'network.json',
    subscriber: { id: 'bpp.test', uri: 'https://bpp.example/beckn', keyId: 'k1', generate: true },
    registry: { kind: 'file', file: 'registry.json' },
    ...over,
  };
  const loaded = loadConfig(settings, env);
  return 'problems' in loaded ? loaded.problems : [];
}

describe('certificates of others', () => {
  it('production does not start while their verification is turned off', () => {
    expect(problems({}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }).join()).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED/);
    expect(problems({}, { NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
    expect(problems({ mode: 'sandbox' }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([]);
  });
});

describe('secrets of which money and access hang', () => {
  const payments = { url: 'https://pay.example/v1', keyEnv: 'PAY_KEY', webhookSecretEnv: 'PAY_HOOK' };
  const withHook = (PAY_HOOK: string, mode = 'production'): readonly string[] =>
    problems({ mode, payments }, { PAY_KEY: 'k', PAY_HOOK });

  it('production refuses a webhook secret that can be guessed, and does not show it', () => {
    expect(withHook('hook-secret')).toEqual([expect.stringMatching(/^payments\.webhookSecretEnv: .*too weak/)]);
    expect(withHook('hook-secret').join()).not.toContain('hook-secret');
    expect(withHook('hook-secret', 'sandbox')).toEqual([]);
    expect(withHook('Vq7#pL2x!mZ9tR4w')).toEqual([]);
  });

  it('production refuses an operator token that can be guessed, and takes the one that it writes', () => {
    expect(problems()).toEqual([]);
    expect(problems()).toEqual([]);
    writeFileSync(join(folder, 'data', 'operator-token'), 'letmein\n');
    expect(problems()).toEqual([expect.stringMatching(/^dataDir: .*operator-token is too weak/)]);
    expect(problems().join()).not.toContain('letmein');
    expect(problems({ mode: 'sandbox' })).toEqual([]);
  });
});

describe('passwords of chargers', () => {
  const withPassword = (password: string, mode = 'production'): readonly string[] =>
    problems({ mode, ocpp: { chargePoints: { CP1: { passwordEnv: 'CP1_KEY' } } } }, { CP1_KEY: password });

  it.each([
    '1',
    'short',
    '123456789012345',
    'aaaaaaaaaaaaaaaaaaaa',
    '1212121212121212',
    '1234567890123456',
    'my-CP1-password-is-it',
    'passwordpassword',
  ])('production refuses %s, and does not show it', (password) => {
    const [problem, ...others] = withPassword(password);
    expect(problem).toMatch(/^ocpp\.chargePoints\.CP1\.passwordEnv: .*too weak/);
    expect(problem).not.toContain(`"${password}"`);
    expect(others).toEqual([]);
    expect(withPassword(password, 'sandbox')).toEqual([]);
  });

  it.each(['0123456789abcdef0123456789abcdef01234567', 'Vq7#pL2x!mZ9tR4w', 'k3v9-x8w2-q7t5-m1z4'])(
    'production takes %s',
    (password) => {
      expect(withPassword(password)).toEqual([]);
    },
  );
});

describe.each(['beckn', 'ocpp'])('the proxies of listen.%s', (listener) => {
  const withAddresses = (...addresses: string[]): readonly string[] =>
    problems({ listen: { [listener]: { proxy: { addresses } } } });

  it('are addresses and networks', () => {
    expect(withAddresses('10.0.0.7', '10.1.0.0/16', '2001:db8::7', '2001:db8::/32')).toEqual([]);
  });

  it.each(['proxy.internal', '10.0.0.0/33', '10.0.0.*', '10.0.0.7:443', 'fe80::/129', '/8'])(
    'are refused by name if they are neither, such as %s',
    (address) => {
      expect(withAddresses('10.0.0.7', address)).toEqual([
        `listen.${listener}.proxy.addresses: "${address}" is neither an IP address nor a network`,
      ]);
    },
  );
});

describe('the list of private callback targets', () => {
  const withHost = (host: string): readonly string[] =>
    problems({
      mode: 'sandbox',
      callbacks: { allow: [{ host, port: 9000, scheme: 'http', subscriber: 'bap.example' }] },
    });

  it.each(['127.0.0.0/8', '10.0.0.0/24', 'fc00::/7', '10.0.0.1-10.0.0.9', '10.0.0.*'])(
    'a range such as %s is refused with a sentence',
    (host) => {
      expect(withHost(host).join()).toMatch(/callbacks\.allow: .*one host/);
    },
  );

  it.each(['127.1', '0x7f.0.0.1', '[::1]', '0:0:0:0:0:0:0:1', 'bap.example:9000', 'http://bap.example', 'a b'])(
    'a spelling that would match nothing, such as %s, is refused',
    (host) => {
      expect(withHost(host).join()).toMatch(/callbacks\.allow: /);
    },
  );

  it.each(['127.0.0.1', '::1', 'localhost', 'BAP.example', 'bap_app-1'])('%s is taken', (host) => {
    expect(withHost(host)).toEqual([]);
  });
});
