import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { peerSettings, type Config, type Secrets } from '../../../../src/config/config.js';
import { loadConfig } from '../../../../src/config/loading/load-config.js';
import { bootPolicyOf } from '../../../../src/app/charge-point-settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Json = { [key: string]: unknown };

function settings(over: Json = {}): Json {
  return {
    mode: 'sandbox',
    dataDir: join(folder, 'data'),
    networkFile: 'network.json',
    subscriber: { id: 'bpp.test', uri: 'http://127.0.0.1:8080/beckn', keyId: 'k1', generate: true },
    registry: { kind: 'file', file: 'registry.json' },
    ...over,
  };
}

function load(over: Json = {}, env: NodeJS.ProcessEnv = {}): { config: Config; secrets: Secrets } {
  const loaded = loadConfig(settings(over), env);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded;
}

function problems(over: Json = {}, env: NodeJS.ProcessEnv = {}): readonly string[] {
  const loaded = loadConfig(settings(over), env);
  return 'problems' in loaded ? loaded.problems : [];
}

describe('loadConfig', () => {
  it('fills everything that the file leaves out with the defaults', () => {
    const { config } = load();
    expect(config.session.pendingS).toBe(120);
    expect(config.listen.ocpp).toEqual({ host: '0.0.0.0', port: 9000, basePath: '/ocpp' });
    expect(config.store.path).toBe(join(folder, 'data', 'bridge.sqlite'));
    expect(config.subscriber.keyFile).toBe(join(folder, 'data', 'signing.key'));
  });

  it('is frozen all the way down', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.listen.beckn)).toBe(true);
    expect(Object.isFrozen(config.callbacks.retry)).toBe(true);
  });

  it('names key, value and rule, one line each, and finds them all at once', () => {
    const found = problems({ listen: { beckn: { port: 'eighty' } }, log: { level: 'loud' }, drainMs: -1 });
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(/^listen\.beckn\.port: "eighty" must be integer \(TCP port/m);
    expect(found.join('\n')).toMatch(/^log\.level: "loud" must be one of \["fatal",/m);
    expect(found.join('\n')).toMatch(/^drainMs: -1 must be >= 0/m);
    for (const line of found) expect(line).not.toContain('\n');
  });

  it('shows every value but what may hold a password', () => {
    const found = problems({ subscriber: { uri: 'ftp://us.example' }, store: { kind: 'mongo', uri: 7 } });
    expect(found.join('\n')).toMatch(/^subscriber\.uri: "ftp:\/\/us\.example" must match pattern/m);
    expect(found.join('\n')).toMatch(/^store\.uri: \(not shown\) must be string/m);
  });

  it('names a key that does not exist and the one that was meant', () => {
    expect(problems({ listen: { becn: { port: 1 } } })).toEqual(['listen.becn: no such setting; did you mean beckn?']);
  });

  it('names what is missing', () => {
    const loaded = loadConfig(undefined, {});
    expect('problems' in loaded && loaded.problems).toEqual(
      expect.arrayContaining(['subscriber.id: is missing, and has no default']),
    );
  });

  it('says which file could not be read, and why', () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{ "mode": ');
    const loaded = loadConfig(file, {});
    expect('problems' in loaded && loaded.problems[0]).toMatch(/broken\.json: .*JSON/);
    writeFileSync(file, '\uFEFF{"mode": "sandbox",\n"mode": "sandbox"}');
    const twice = loadConfig(file, {});
    expect('problems' in twice && twice.problems).toEqual([
      `${file}: "mode" occurs twice in an object, the second time at line 2, column 1`,
    ]);
    const absent = loadConfig(join(folder, 'absent.json'), {});
    expect('problems' in absent && absent.problems[0]).toMatch(/absent\.json: ENOENT/);
  });

  it('counts relative paths from the file', () => {
    const file = join(folder, 'bridge.json');
    writeFileSync(file, JSON.stringify(settings({ dataDir: 'kept' })));
    const loaded = loadConfig(file, {});
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    expect(loaded.config.dataDir).toBe(join(folder, 'kept'));
    expect(loaded.config.networkFile).toBe(join(folder, 'network.json'));
    expect(loaded.config.registry.file).toBe(join(folder, 'registry.json'));
  });

  it('leaves nothing on disk when the settings are bad', () => {
    expect(problems({ drainMs: -1 })).toHaveLength(1);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('keeps a key named __proto__ from changing anything', () => {
    const over: Json = JSON.parse('{"peers": {"__proto__": {"units": "kWh"}}}');
    load(over);
    expect(Reflect.get({}, 'units')).toBeUndefined();
  });
});

describe('environment', () => {
  it('overrides the file, without case and underscores, typed by the schema', () => {
    const { config } = load(
      { listen: { beckn: { port: 1111 } } },
      {
        BRIDGE__LISTEN__BECKN__PORT: '0',
        BRIDGE__SIGNATURE__LEGACY_PROXY_HEADER: 'true',
        BRIDGE__SUBSCRIBER__KEYID: '42',
        BRIDGE__CALLBACKS__RETRY: '[100, 200]',
        BRIDGE__BECKN__ACKSTATUS: '202',
        'BRIDGE__PEERS__bap.test__units': 'kWh',
      },
    );
    expect(config.listen.beckn.port).toBe(0);
    expect(config.signature.legacyProxyHeader).toBe(true);
    expect(config.subscriber.keyId).toBe('42');
    expect(config.callbacks.retry).toEqual([100, 200]);
    expect(config.beckn.ackStatus).toBe(202);
    expect(peerSettings(config.peers, 'bap.test').units).toBe('kWh');
    expect(peerSettings(config.peers, 'bap.test').optionCase).toBe('capital');
    expect(peerSettings(config.peers, 'toString').units).toBe('Wh');
  });

  it('names a variable that is no setting, and a value that breaks its rule', () => {
    expect(problems({}, { BRIDGE__LISTEN__BECKN__PROT: '1' })).toEqual([
      expect.stringMatching(/^BRIDGE__LISTEN__BECKN__PROT: no setting/),
    ]);
    expect(problems({}, { BRIDGE__DRAINMS: 'long' })).toEqual([
      expect.stringMatching(/^drainMs: "long" must be integer/),
    ]);
  });

  it('leaves other variables alone', () => {
    expect(problems({}, { BRIDGE: 'x', PATH: '/bin', BRIDGE_HOME: '/' })).toEqual([]);
  });
});

describe('contradictions', () => {
  const cases: readonly (readonly [string, Json, RegExp])[] = [
    [
      'a wildcard target',
      { callbacks: { allow: [{ host: '*', port: 1, scheme: 'http', subscriber: 'a' }] } },
      /^callbacks\.allow: .*wildcard/,
    ],
    ['no registry url', { registry: { kind: 'http' } }, /^registry\.url: is missing/],
    ['no registry file', { registry: { kind: 'file' } }, /^registry\.file: is missing/],
    ['mongo without uri', { store: { kind: 'mongo' } }, /^store\.uri: is missing/],
    ['sqlite with uri', { store: { uri: 'mongodb://h/d' } }, /^store\.uri: is set/],
    [
      'profile 2 without TLS',
      { ocpp: { chargePoints: { 'CP/1': { profile: 2 } } } },
      /^ocpp\.chargePoints\.CP\/1\.profile: profile 2 needs listen\.ocpp\.tls/,
    ],
    [
      'profile 3 without client certificates',
      { listen: { ocpp: { proxy: { addresses: ['10.0.0.0/8'] } } }, ocpp: { defaultProfile: 3 } },
      /^ocpp\.defaultProfile: profile 3 needs .*clientCaFile/,
    ],
    ['TLS without a pair', { listen: { ocpp: { tls: {} } } }, /^listen\.ocpp\.tls\.certificates: is missing/],
    [
      'a proxy that is no address',
      { listen: { ocpp: { proxy: { addresses: ['lb.example'] } } } },
      /^listen\.ocpp\.proxy\.addresses: "lb\.example" is neither an IP address/,
    ],
    ['half an authority', { ocpp: { ca: { days: 3 } } }, /^ocpp\.ca: needs certificateFile and keyFile/],
    [
      'two listeners on one port',
      { listen: { ocpp: { port: 8080 } } },
      /^listen\.ocpp\.port: listen\.beckn already uses 8080/,
    ],
    ['a correction before the end', { session: { finalS: 100 } }, /^session\.finalS: 100 is shorter/],
    ['stale before old', { registry: { kind: 'file', file: 'r', staleS: 1 } }, /^registry\.staleS: 1 is shorter/],
    ['horizons upside down', { callbacks: { stateHorizonH: 200 } }, /^callbacks\.terminalHorizonH: /],
  ];
  it.each(cases)('refuses %s', (_name, over, expected) => {
    expect(problems(over)).toEqual([expect.stringMatching(expected)]);
  });

  it('refuses in production what is only safe on a desk', () => {
    const found = problems({
      mode: 'production',
      registry: { kind: 'http', url: 'http://registry.test' },
      callbacks: { allow: [{ host: '127.0.0.1', port: 1, scheme: 'http', subscriber: 'a' }] },
      ocpp: { defaultProfile: 0, chargePoints: { A: { profile: 0 }, B: { profile: 1, password: 'in-the-file' } } },
    });
    expect(found.map((line) => line.split(':')[0])).toEqual([
      'subscriber.uri',
      'registry.url',
      'callbacks.allow',
      'ocpp.defaultProfile',
      'ocpp.chargePoints.A.profile',
      'ocpp.chargePoints.B.password',
    ]);
    expect(found.join()).not.toContain('in-the-file');
  });
});

describe('how boots are answered', () => {
  it('is a word for each charge point', () => {
    const { config } = load({ ocpp: { chargePoints: { A: { boot: 'pending' } } } });
    expect(config.ocpp.chargePoints['A']?.boot).toBe('pending');
    expect([bootPolicyOf(config, 'A'), bootPolicyOf(config, 'B')]).toEqual(['pending', 'accept']);
    expect(problems({ ocpp: { chargePoints: { A: { boot: 'maybe' } } } }).join()).toMatch(
      /boot: "maybe" must be one of/,
    );
  });
});

describe('payments', () => {
  const peers = { 'bap.one': { payments: ['bpp-hold'] } };
  const payments = { url: 'https://pay.example/v1', keyEnv: 'PAY_KEY', webhookSecretEnv: 'PAY_HOOK' };

  it('that we collect need a provider, and its secrets', () => {
    expect(problems({ peers })).toEqual([
      'peers.bap.one.payments: "bpp-hold" needs payments.url; without a payment provider nobody can collect the money',
    ]);
    expect(problems({ peers, payments }, { PAY_KEY: 'k' })).toEqual([
      'payments.webhookSecretEnv: the environment has no variable PAY_HOOK',
    ]);
    const { config, secrets } = load({ peers, payments }, { PAY_KEY: 'pay-k3y', PAY_HOOK: 'h00k' });
    expect(secrets.payments).toEqual({ key: 'pay-k3y', webhookSecret: 'h00k' });
    expect(JSON.stringify(config)).not.toMatch(/pay-k3y|h00k/);
    expect(load().secrets.payments).toBeUndefined();
  });

  it('go to a provider over https in production', () => {
    const over = { mode: 'production', payments: { ...payments, url: 'http://pay.example' } };
    const found = problems(over, { PAY_KEY: 'k', PAY_HOOK: 'h' });
    expect(found.filter((line) => line.startsWith('payments.url'))).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('are made once, for their owner alone', () => {
    const first = load().secrets;
    const again = load().secrets;
    expect(again.operatorToken).toBe(first.operatorToken);
    expect(again.signingKey).toBe(first.signingKey);
    expect(first.operatorToken).toMatch(/^[A-Z2-7]{40}$/);
    expect(first.signingKey).toContain('PRIVATE KEY');
    for (const name of ['operator-token', 'signing.key']) {
      expect(statSync(join(folder, 'data', name)).mode & 0o777).toBe(0o600);
    }
  });

  it('are those of the process that is first, where two start at once', () => {
    load();
    rmSync(join(folder, 'data', 'operator-token'));
    const random = {
      base32: () => {
        writeFileSync(join(folder, 'data', 'operator-token'), 'THEIRS');
        return 'OURS';
      },
    };
    const loaded = loadConfig(settings(), {}, random);
    expect('secrets' in loaded && loaded.secrets.operatorToken).toBe('THEIRS');
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['operator-token', 'signing.key']);
  });

  it('are not in the config', () => {
    const uri = 'mongodb://user:pa55word@127.0.0.1:27017/db';
    const over = {
      store: { kind: 'mongo', uri },
      ocpp: { chargePoints: { A: { password: 'hunter2hunter2' }, B: { passwordEnv: 'B_PW' } } },
    };
    const { config, secrets } = load(over, { B_PW: 'correct-horse' });
    const shown = JSON.stringify(config);
    for (const secret of ['pa55word', 'hunter2', 'correct-horse', secrets.operatorToken, 'PRIVATE']) {
      expect(shown).not.toContain(secret);
    }
    expect(config.store.uri).toBe('mongodb://127.0.0.1:27017/db');
    expect(secrets.storeUri).toBe(uri);
    expect([...secrets.chargePointPasswords]).toEqual([
      ['A', 'hunter2hunter2'],
      ['B', 'correct-horse'],
    ]);
    expect(config.ocpp.chargePoints['A']).toEqual({ profile: 1 });
  });

  it('are not in a problem either', () => {
    const found = problems({
      store: { kind: 'mongo', uri: 'postgres://user:pa55word@h' },
      ocpp: { chargePoints: { A: { password: 12345678 } } },
    });
    expect(found).toHaveLength(2);
    expect(found.join('\n')).not.toMatch(/pa55word|12345678/);
  });

  it('says when the key or a password is not there', () => {
    const over = {
      subscriber: { id: 'a', uri: 'http://h', keyId: 'k' },
      ocpp: { chargePoints: { A: { passwordEnv: 'NOT_SET' } } },
    };
    expect(problems(over)).toEqual([
      expect.stringMatching(/^ocpp\.chargePoints\.A\.passwordEnv: .*NOT_SET/),
      expect.stringMatching(/^subscriber\.keyFile: .*does not exist/),
    ]);
  });

  it('refuses in production a key that others can read, and takes binary keys as base64', () => {
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, Buffer.alloc(32, 0xfe));
    chmodSync(keyFile, 0o644);
    const over = {
      mode: 'production',
      subscriber: { id: 'a', uri: 'https://h.test', keyId: 'k', keyFile },
      registry: { kind: 'http', url: 'https://r.test' },
    };
    expect(problems(over)).toEqual([expect.stringMatching(/^subscriber\.keyFile: .*0644/)]);
    chmodSync(keyFile, 0o600);
    expect(load(over).secrets.signingKey).toBe(Buffer.alloc(32, 0xfe).toString('base64'));
  });
});

describe('the shipped files', () => {
  const read = (name: string): Json =>
    JSON.parse(readFileSync(new URL(`../../../../config/${name}`, import.meta.url), 'utf8'));

  it('tell the same defaults in schema and default.json', () => {
    const defaults = (schema: Json): unknown => {
      if ('default' in schema) return schema['default'];
      const below = Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(
        ([key, value]) => [key, defaults(value)] as const,
      );
      const known = below.filter(([, value]) => value !== undefined);
      return known.length > 0 ? Object.fromEntries(known) : undefined;
    };
    expect(read('default.json')).toEqual(defaults(read('config.schema.json')));
  });

  it('explain every key', () => {
    const bare = (schema: Json, path: string): string[] =>
      Object.entries((schema['properties'] ?? {}) as Record<string, Json>).flatMap(([key, value]) => [
        ...(typeof value['description'] === 'string' ? [] : [`${path}${key}`]),
        ...bare(value, `${path}${key}.`),
      ]);
    expect(bare(read('config.schema.json'), '')).toEqual([]);
  });

  it.each(['example.sqlite.json', 'example.mongo.json', 'example.networks.json'])('%s can be run', (name) => {
    const file = new URL(`../../../../config/${name}`, import.meta.url).pathname;
    const loaded = loadConfig(file, { BRIDGE__DATADIR: join(folder, 'data') });
    expect('problems' in loaded ? loaded.problems : []).toEqual([]);
  });
});
