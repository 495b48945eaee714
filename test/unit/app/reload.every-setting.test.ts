import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BecknNetworks } from '../../../src/app/networks/beckn-networks.js';
import { createReload } from '../../../src/app/reload.js';
import { readSigningKeys } from '../../../src/beckn/signing/network-keys.js';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { networksOf } from '../../../src/config/config.js';
import { createConfigInForce } from '../../../src/config/config-in-force.js';
import { loadConfig, type Loaded } from '../../../src/config/loading/load-config.js';
import { Passwords } from '../../../src/ocpp/auth/passwords.js';
import { createEventLog } from '../../fakes/event-log.js';
import { TestAuthority } from '../../fakes/certificates.js';

type Schema = { readonly [keyword: string]: unknown };
interface Layer {
  [name: string]: unknown;
}
type Path = readonly (string | number)[];

const CONFIG = resolve(import.meta.dirname, '../../../config');
const SCHEMA = JSON.parse(readFileSync(join(CONFIG, 'config.schema.json'), 'utf8')) as Schema;
const PASSWORD = 'zaeD7ooHae4quohv';
/** Each variable and file has an alternative with the suffix `-2`. */
const ENV = Object.fromEntries(
  ['PASSWORD', 'PAYMENTS_KEY', 'PAYMENTS_WEBHOOK_SECRET'].flatMap((name) => [
    [name, `${PASSWORD}1`],
    [`${name}-2`, `${PASSWORD}2`],
  ]),
);

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  await loadSodium();
  folder = mkdtempSync(join(tmpdir(), 'bridge-reload-'));
  const authority = await TestAuthority.make('fleet');
  for (const end of ['', '-2']) {
    writeFileSync(file(`a.pem${end}`), authority.issued.cert);
    writeFileSync(file(`a.key${end}`), authority.issued.key, { mode: 0o600 });
    writeFileSync(file(`a.crl${end}`), await authority.revoke([]));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Valid settings for every section. Most of them can be changed one at a time. */
function base(): Layer {
  const subscriber = (id: string): Layer => ({
    id,
    uri: `https://${id}/beckn`,
    keyId: 'k1',
    keyFile: file(`${id}.key`),
    generate: true,
    keys: [{ keyId: 'k2', keyFile: file(`${id}.2.key`) }],
    encryptionKeyFiles: [file(`${id}.enc`)],
    domains: [`domain-${id}`],
  });
  const registry = { kind: 'ondc', url: 'https://registry.example', query: { x: 'y' }, file: file('registry.json') };
  return {
    mode: 'sandbox',
    dataDir: file('data'),
    subscriber: subscriber('one'),
    registry,
    networks: [{ name: 'second', basePath: '/second', subscriber: subscriber('two'), registry }],
    listen: {
      ocpp: {
        tls: {
          port: 9443,
          certificates: [{ certificateFile: file('a.pem'), keyFile: file('a.key') }],
          clientCaFile: file('a.pem'),
          crlFile: file('a.crl'),
        },
        proxy: { addresses: ['10.0.0.1'] },
      },
    },
    callbacks: { allow: [{ host: 'app', port: 80, scheme: 'http', subscriber: 'app' }] },
    discovery: { ubc: { url: 'https://discovery.example', subscriberId: 'd' } },
    payments: { url: 'https://pay.example' },
    ocpp: {
      ca: { certificateFile: file('a.pem'), keyFile: file('a.key') },
      chargePoints: { CP1: { passwordEnv: 'PASSWORD' } },
    },
    peers: { app: {} },
  };
}

/** Yields every setting of the schema. Lists have one item, and maps have one member. */
function* settings(node: Schema, path: Path = []): Generator<readonly [Path, Schema]> {
  if (typeof node['$ref'] === 'string') {
    const parts = node['$ref'].split('#/')[1]?.split('/') ?? [];
    return yield* settings(
      parts.reduce((inner, name) => inner[name] as Schema, SCHEMA),
      path,
    );
  }
  const members = (node['properties'] ?? {}) as { [name: string]: Schema };
  const others =
    typeof node['additionalProperties'] === 'object' ? (node['additionalProperties'] as Schema) : undefined;
  if (node['properties'] === undefined && others === undefined) {
    if (node['type'] === 'array') yield* settings(node['items'] as Schema, [...path, 0]);
    else yield [path, node];
    return;
  }
  for (const [name, member] of Object.entries(members)) yield* settings(member, [...path, name]);
  const name = { chargePoints: 'CP1', peers: 'app', query: 'x' }[String(path.at(-1))] ?? 'x';
  if (others) yield* settings(others, [...path, name]);
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Layer | undefined)?.[name], value);

function withValue(value: unknown, [name, ...rest]: Path, wanted: unknown): unknown {
  if (name === undefined) return wanted;
  const inner = withValue(valueAt(value, [name]), rest, wanted);
  if (typeof name === 'number') return [...(Array.isArray(value) ? value.toSpliced(name, 1) : []), inner];
  const { [name]: _, ...others } = (value ?? {}) as Layer;
  return inner === undefined ? others : { ...others, [name]: inner };
}

const OTHER_VALUES: { readonly [setting: string]: unknown } = {
  validFrom: '2026-01-01T00:00:00Z',
  validUntil: '2036-01-01T00:00:00Z',
  addresses: '10.0.0.2',
  aliases: '/other',
};

/** Returns another valid value for a setting, by its name or schema. */
function another(path: Path, before: unknown, schema: Schema): unknown {
  const given = OTHER_VALUES[String(path.findLast((part) => typeof part === 'string'))];
  if (given !== undefined) return given;
  const choices = schema['enum'] as unknown[] | undefined;
  if (choices) return choices.find((one) => one !== before);
  if (schema['type'] === 'boolean') return before !== true;
  if (schema['type'] !== 'integer') return `${String(before ?? 'x')}-2`;
  const [low, high] = [Number(schema['minimum'] ?? 0), Number(schema['maximum'] ?? Infinity)];
  return typeof before === 'number' && before < high ? before + 1 : low + 1;
}

const MONGO = { kind: 'mongo', uri: 'mongodb://u:p@localhost/a' };
/** For each setting that cannot be changed alone: all settings before and after the change. */
const PAIRS: {
  readonly [setting: string]: readonly [before: (given: Layer) => unknown, after: (given: Layer) => unknown];
} = {
  mode: [
    (given) => withValue(given, ['callbacks', 'allow'], []),
    (given) => ({ ...(withValue(given, ['callbacks', 'allow'], []) as Layer), mode: 'production' }),
  ],
  'store.kind': [(given) => given, (given) => ({ ...given, store: MONGO })],
  'store.uri': [
    (given) => ({ ...given, store: MONGO }),
    (given) => ({ ...given, store: { ...MONGO, uri: 'mongodb://u:p@localhost/b' } }),
  ],
  'ocpp.chargePoints.CP1.password': [
    (given) => given,
    (given) => withValue(given, ['ocpp', 'chargePoints', 'CP1'], { password: `${PASSWORD}3` }),
  ],
};

/** Returns all settings before and after a change to the one at `path`. */
function change(path: Path, schema: Schema): readonly [before: Layer, after: Layer] {
  const given = base();
  const pair = PAIRS[path.join('.')];
  if (pair) return [pair[0](given) as Layer, pair[1](given) as Layer];
  const shipped = JSON.parse(readFileSync(join(CONFIG, 'default.json'), 'utf8')) as Layer;
  const before = valueAt(given, path) ?? valueAt(shipped, path) ?? schema['default'];
  return [given, withValue(given, path, another(path, before, schema)) as Layer];
}

function reloader(initial: Exclude<Loaded, { problems: unknown }>, next: () => Loaded) {
  const inForce = createConfigInForce(initial.config);
  const signers = networksOf(initial.config).map((network) => {
    let keys: readonly unknown[] = readSigningKeys(network, initial.secrets);
    const signer = {
      get keys() {
        return keys;
      },
      replaceKeys: (given: readonly unknown[]) => void (keys = given),
    };
    return { name: network.name, signer };
  });
  const passwords = new Passwords({
    values: { putValue: () => Promise.resolve(), values: () => Promise.resolve([]) },
    random: { base32: (count) => 'A'.repeat(count) },
    events: createEventLog(),
    configured: initial.secrets.chargePointPasswords,
  });
  const reload = createReload({
    inForce,
    secrets: initial.secrets,
    loadConfig: next,
    networks: signers as unknown as BecknNetworks,
    networkUpdates: { reloadFile: () => Promise.resolve(undefined) },
    reloadCertificates: () => undefined,
    configurePasswords: (configured) => passwords.configure(configured),
    setLogLevel: () => undefined,
    events: createEventLog(),
  });
  return { reload, inForce, signers };
}

function load(layer: Layer): Exclude<Loaded, { problems: unknown }> {
  const loaded = loadConfig(layer, ENV);
  if ('problems' in loaded) throw new Error(loaded.problems.join('; '));
  return loaded;
}

async function reloadWith(before: Layer, after: Layer) {
  const [initial, next] = [load(before), load(after)];
  const { reload, inForce, signers } = reloader(initial, () => next);
  const first = await reload('test');
  const second = await reload('test');
  if ('problems' in first || 'problems' in second) throw new Error('the reload was refused');
  return { initial: initial.config, next: next.config, inForce: inForce.config, first, second, signers };
}

const ALL = [...settings(SCHEMA)].filter(([path]) => path[0] !== '$schema');

describe('a reload with one other setting', () => {
  it('is tried with every setting of the schema', () => {
    expect(ALL.length).toBeGreaterThan(200);
  });

  it.each(ALL.map(([path, schema]) => [path.join('.'), path, schema] as const))(
    'says of %s either that it is applied, or that it needs a restart',
    async (name, path, schema) => {
      const { initial, next, inForce, first, second } = await reloadWith(...change(path, schema));
      const names = [...first.applied, ...first.needsRestart];
      const isAbout = (said: string): boolean =>
        said === name || name.startsWith(`${said}.`) || said.startsWith(`${name}.`);
      const isPassword = /password/.test(name);
      expect(names.filter((said) => (isPassword ? said.startsWith('password of CP1') : isAbout(said)))).not.toEqual([]);
      expect(new Set(names).size).toBe(names.length);
      const inPath = (said: string): Path => said.split('.');
      for (const said of first.applied) expect(valueAt(inForce, inPath(said))).toEqual(valueAt(next, inPath(said)));
      for (const said of first.needsRestart)
        expect(valueAt(inForce, inPath(said))).toEqual(valueAt(initial, inPath(said)));
      // The second reload applies nothing, and names the same settings that need a restart.
      expect([second.applied, second.needsRestart]).toEqual([[], first.needsRestart]);
    },
  );

  it('leaves what follows from a setting that needs a restart', async () => {
    const given = base();
    const { keyFile: _, ...subscriber } = given['subscriber'] as Layer;
    const before = { ...given, subscriber };
    const moved = await reloadWith(before, { ...before, dataDir: file('elsewhere') });
    expect(moved.first.applied).toEqual([]);
    expect(moved.first.needsRestart).toEqual(expect.arrayContaining(['dataDir', 'subscriber.keyFile']));
    const { config, secrets } = load(before);
    expect(moved.signers[0]?.signer.keys).toEqual(readSigningKeys(networksOf(config)[0]!, secrets));
    const raised = await reloadWith(given, withValue(given, ['ocpp', 'defaultProfile'], 2) as Layer);
    expect([raised.first.applied, raised.first.needsRestart]).toEqual([
      [],
      expect.arrayContaining(['ocpp.defaultProfile', 'ocpp.chargePoints.CP1.profile']),
    ]);
  });

  it('does not take one network for another', async () => {
    const given = base();
    const [second] = given['networks'] as Layer[];
    const third = {
      ...second,
      name: 'third',
      basePath: '/third',
      subscriber: { ...(second?.['subscriber'] as Layer), keyId: 'k3' },
    };
    const { first, inForce } = await reloadWith(
      { ...given, networks: [second, third] },
      { ...given, networks: [third, second] },
    );
    expect([first.applied, first.needsRestart]).toEqual([[], ['networks']]);
    expect(inForce.networks.map(({ name, subscriber }) => [name, subscriber.keyId])).toEqual([
      ['second', 'k1'],
      ['third', 'k3'],
    ]);
  });

  it('asks for a restart where chargers are to be asked for certificates for the first time, or no longer', async () => {
    const given = withValue(base(), ['listen', 'ocpp', 'tls', 'crlFile'], undefined) as Layer;
    const unasked = withValue(given, ['listen', 'ocpp', 'tls', 'clientCaFile'], undefined) as Layer;
    for (const [before, after] of [
      [given, unasked],
      [unasked, given],
    ] as const) {
      const { first } = await reloadWith(before, after);
      expect([first.applied, first.needsRestart]).toEqual([[], ['listen.ocpp.tls.clientCaFile']]);
    }
  });
});
