import { beforeAll, describe, expect, it } from 'vitest';
import type { BecknNetworks } from '../../../src/app/networks/beckn-networks.js';
import { createReload } from '../../../src/app/reload.js';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { SigningKey } from '../../../src/beckn/signing/signer.js';
import type { Config, Secrets } from '../../../src/config/config.js';
import { createConfigInForce } from '../../../src/config/config-in-force.js';
import type { Loaded } from '../../../src/config/loading/load-config.js';
import { createEventLog } from '../../fakes/event-log.js';

const configOf = (level: string): Config =>
  ({
    subscriber: { id: 'bpp', keyId: 'k1', keyFile: 'f', keys: [], encryptionKeyFiles: ['e'] },
    listen: { beckn: { basePath: '/' }, ocpp: {} },
    registry: {},
    networks: [],
    log: { level },
  }) as unknown as Config;

const secretsOf = (seed: number, passwords: [string, string][] = []): Secrets => ({
  signingKey: Buffer.alloc(32, seed).toString('base64'),
  operatorToken: 't',
  chargePointPasswords: new Map(passwords),
});

beforeAll(loadSodium);

function create(next: Loaded, networkResult: object | undefined = undefined) {
  const done: string[] = [];
  let keys: readonly SigningKey[] = [];
  const inForce = createConfigInForce(configOf('info'));
  const signer = {
    get keys() {
      return keys;
    },
    replaceKeys: (given: readonly SigningKey[]) => {
      keys = given;
      done.push('keys');
    },
  };
  const events = createEventLog();
  const reload = createReload({
    inForce,
    secrets: secretsOf(1),
    loadConfig: () => next,
    networks: [{ name: 'main', signer }] as unknown as BecknNetworks,
    networkUpdates: { reloadFile: () => Promise.resolve(networkResult as never) },
    reloadCertificates: () => done.push('certificates'),
    configurePasswords: (configured) => {
      done.push(`passwords of ${[...configured.keys()].join(', ')}`);
      return { applied: [...configured.keys()].filter((id) => id === 'CP1'), withoutEffect: ['CP2'] };
    },
    setLogLevel: (level) => done.push(`log ${level}`),
    events,
  });
  return { reload, done, inForce, events };
}

describe('a reload', () => {
  it('applies settings, keys, certificates and passwords, and names the secrets that need a restart', async () => {
    const secrets = {
      ...secretsOf(2, [['CP1', 'p']]),
      ...{ operatorToken: 'u', storeUri: 'mongodb://x', keyFiles: new Map([['e', 'another']]) },
    };
    const { reload, done, events } = create({ config: configOf('debug'), secrets });
    const result = await reload('SIGHUP');
    expect(result).toEqual({
      applied: ['log.level', 'signing keys of network main', 'password of CP1 in ocpp.chargePoints'],
      needsRestart: ['encryption keys of network main', 'the token in the file operator-token of dataDir', 'store.uri'],
      withoutEffect: ['password of CP2 in ocpp.chargePoints'],
      network: [],
    });
    expect(done).toEqual(['keys', 'log debug', 'certificates', 'passwords of CP1']);
    expect(events.of('config.reloaded')).toMatchObject([{ outcome: 'applied', by: 'SIGHUP' }]);
    // Every reload names what still needs a restart.
    expect(await reload('SIGHUP')).toMatchObject({
      needsRestart: 'needsRestart' in result && result.needsRestart,
    });
  });

  it.each([
    ['the settings', { problems: ['log.level: wrong'] }, undefined],
    ['a key', { config: configOf('debug'), secrets: { ...secretsOf(1), signingKey: 'no key' } }, undefined],
    ['the network file', { config: configOf('debug'), secrets: secretsOf(2) }, { problems: [{ problem: 'x: y' }] }],
  ] as const)('changes nothing if %s cannot be used', async (_what, next, networkResult) => {
    const { reload, done, inForce } = create(next, networkResult);
    const result = await reload('SIGHUP');
    expect('problems' in result && result.problems.length).toBe(1);
    expect(done).toEqual([]);
    expect(inForce.config.log.level).toBe('info');
  });
});
