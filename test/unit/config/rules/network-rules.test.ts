/** Several networks in one settings file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networksOf, type Config, type Secrets } from '../../../../src/config/config.js';
import { loadConfig } from '../../../../src/config/loading/load-config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-networks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Json = { [key: string]: unknown };

const subscriber = { id: 'bpp.test', uri: 'http://127.0.0.1:8080/beckn', keyId: 'k1', generate: true };
const second = {
  name: 'second',
  basePath: '/second',
  subscriber: { ...subscriber, id: 'bpp.second', uri: 'http://127.0.0.1:8080/second' },
  registry: { kind: 'dedi', url: 'https://dedi.test/dedi' },
};

function settings(over: Json = {}): Json {
  return {
    mode: 'sandbox',
    dataDir: join(folder, 'data'),
    networkFile: 'network.json',
    subscriber,
    registry: { kind: 'file', file: 'registry.json' },
    ...over,
  };
}

function load(over: Json = {}): { config: Config; secrets: Secrets } {
  const loaded = loadConfig(settings(over), {});
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded;
}

function problems(over: Json = {}): readonly string[] {
  const loaded = loadConfig(settings(over), {});
  return 'problems' in loaded ? loaded.problems : [];
}

describe('networks', () => {
  it('are one, of subscriber and registry, when nothing else is said', () => {
    const { config } = load();
    expect(networksOf(config)).toEqual([
      { name: 'main', basePath: '/beckn', subscriber: config.subscriber, registry: config.registry },
    ]);
  });

  it('get the defaults of subscriber and registry, and a key file of their own', () => {
    const { config, secrets } = load({ networks: [second] });
    const [, other] = networksOf(config);
    const keyFile = join(folder, 'data', 'signing-second.key');
    expect(other).toMatchObject({
      name: 'second',
      basePath: '/second',
      subscriber: { id: 'bpp.second', keyFile, keys: [], domains: [], replyViaGateway: false },
      registry: { kind: 'dedi', lookup: 'plain', cacheS: 600, staleS: 86_400, encryptionKeys: [] },
    });
    expect(secrets.keyFiles?.get(keyFile)).toContain('PRIVATE KEY');
    expect(secrets.keyFiles?.get(keyFile)).not.toBe(secrets.signingKey);
    expect(load({ networks: [second] }).secrets.keyFiles).toEqual(secrets.keyFiles);
  });

  it('count the paths in them from the file that they stand in', () => {
    const file = join(folder, 'settings.json');
    const own = { ...second.subscriber, keyFile: 'a.key', keys: [{ keyId: 'k2', keyFile: 'b.key' }] };
    const network = {
      ...second,
      subscriber: { ...own, encryptionKeyFiles: ['c.key'] },
      registry: { kind: 'file', file: 'peers.json' },
    };
    writeFileSync(file, JSON.stringify(settings({ networks: [network] })));
    const loaded = loadConfig(file, {});
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    expect(loaded.config.networks[0]).toMatchObject({
      subscriber: {
        keyFile: join(folder, 'a.key'),
        keys: [{ keyId: 'k2', keyFile: join(folder, 'b.key') }],
        encryptionKeyFiles: [join(folder, 'c.key')],
      },
      registry: { file: join(folder, 'peers.json') },
    });
    expect(readFileSync(join(folder, 'c.key'), 'utf8')).toContain('PRIVATE KEY');
  });

  it('say which key file is missing, and make none that they may not', () => {
    const own = { ...second.subscriber, generate: false, keyFile: join(folder, 'absent.key') };
    const found = problems({ networks: [{ ...second, subscriber: own }] });
    expect(found).toEqual([
      `networks.second.subscriber.keyFile: ${own.keyFile} does not exist; put the private key there, or set subscriber.generate to true`,
    ]);
    expect(existsSync(own.keyFile)).toBe(false);
  });

  it.each<[string, Json, string]>([
    [
      'a registry without a URL',
      { networks: [{ ...second, registry: { kind: 'dedi' } }] },
      'networks.0.registry.url: is missing; registry.kind "dedi"',
    ],
    [
      'a registry without a file',
      { networks: [{ ...second, registry: { kind: 'file' } }] },
      'networks.0.registry.file: is missing',
    ],
    [
      'a name that occurs twice',
      { networks: [second, { ...second, basePath: '/x' }] },
      'networks: two networks have the name "second"',
    ],
    ['the reserved name', { networks: [{ ...second, name: 'main' }] }, 'networks.0.name: "main" is reserved'],
    [
      'one base path without domains',
      { networks: [{ ...second, basePath: '/beckn' }] },
      'a search for "main" cannot be told from one for "second"',
    ],
    ['the usual base path', { networks: [{ ...second, basePath: undefined }] }, 'cannot be told from'],
    [
      'one base path with a domain in common',
      {
        subscriber: { ...subscriber, domains: ['a', 'b'] },
        networks: [{ ...second, basePath: '/beckn', subscriber: { ...second.subscriber, domains: ['b'] } }],
      },
      'cannot be told from',
    ],
    [
      'a key id that occurs twice',
      { subscriber: { ...subscriber, keys: [{ keyId: 'k1', keyFile: 'x' }] } },
      'subscriber.keys: the key id "k1" occurs twice',
    ],
    [
      'a key that begins on a day that does not exist',
      { subscriber: { ...subscriber, validFrom: '2026-02-30T00:00:00Z' } },
      'subscriber.validFrom',
    ],
    [
      'a key that begins at an hour that does not exist',
      { subscriber: { ...subscriber, validFrom: '2026-01-01T25:58:00+01:59' } },
      'subscriber.validFrom',
    ],
    [
      'a key that ends before it begins',
      { subscriber: { ...subscriber, validFrom: '2026-02-01T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' } },
      'subscriber: the key "k1" ends before it begins',
    ],
    [
      'a time that is none',
      { subscriber: { ...subscriber, validFrom: 'soon' } },
      'subscriber.validFrom: "soon" must match',
    ],
    [
      'vlookup elsewhere',
      { registry: { kind: 'beckn', url: 'http://x', lookup: 'vlookup' } },
      'registry.lookup: only kind "ondc" supports "vlookup"',
    ],
    ['a setting that is none', { networks: [{ ...second, uri: 'x' }] }, 'networks.0.uri: no such setting'],
  ])('contradict each other with %s', (_name, over, sentence) => {
    expect(problems(over).join('\n')).toContain(sentence);
  });

  it('may share a base path when their domains tell them apart', () => {
    const { config } = load({
      subscriber: { ...subscriber, domains: ['a'] },
      networks: [{ ...second, basePath: '/beckn', subscriber: { ...second.subscriber, domains: ['b'] } }],
    });
    expect(config.networks).toHaveLength(1);
  });

  it('are https in production, all of them', () => {
    const registry = { kind: 'succinct', url: 'http://registry.test' };
    const found = problems({
      mode: 'production',
      subscriber: { ...subscriber, uri: 'https://bpp.test/beckn' },
      networks: [{ ...second, registry }],
    });
    expect(found.join('\n')).toContain('networks.0.subscriber.uri: "http://127.0.0.1:8080/second" must be https');
    expect(found.join('\n')).toContain('networks.0.registry.url: "http://registry.test" must be https');
  });
});
