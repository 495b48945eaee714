import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.js';
import { createConfigInForce } from '../../../src/config/config-in-force.js';

const settings = (changes: object = {}): Config =>
  ({
    mode: 'sandbox',
    peers: { default: { units: 'Wh' }, a: { units: 'kWh' } },
    callbacks: { allow: [{ host: 'h', port: 1 }], timeoutMs: 5 },
    beckn: { perBapPerMinute: 10, maxBytes: 1 },
    log: { level: 'info' },
    subscriber: { id: 'x', keyId: 'k1', keys: [] },
    networks: [{ name: 'n', subscriber: { id: 'y', keyId: 'k2' } }],
    ...changes,
  }) as unknown as Config;

describe('the settings in force', () => {
  it('change where a reload can apply them, for whoever holds them', () => {
    const inForce = createConfigInForce(settings());
    const { config } = inForce;
    const { applied, needsRestart } = inForce.replace(
      settings({
        peers: { default: { units: 'kWh' } },
        callbacks: { allow: [], timeoutMs: 5 },
        beckn: { perBapPerMinute: 20, maxBytes: 1 },
        log: { level: 'debug' },
        networks: [{ name: 'n', subscriber: { id: 'y', keyId: 'k3' } }],
      }),
    );
    expect([...applied].sort()).toEqual([
      'beckn.perBapPerMinute',
      'callbacks.allow',
      'log.level',
      'networks.0.subscriber.keyId',
      'peers.a',
      'peers.default.units',
    ]);
    expect(needsRestart).toEqual([]);
    expect(config.peers).toEqual({ default: { units: 'kWh' } });
    expect([config.beckn.perBapPerMinute, config.log.level, config.callbacks.allow]).toEqual([20, 'debug', []]);
    expect(config.networks[0]?.subscriber.keyId).toBe('k3');
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ mode: 'sandbox', log: { level: 'debug' } });
  });

  it('do not apply a default that waits for a restart to a charge point that is added with it', () => {
    const ocpp = (defaultProfile: number, ids: readonly string[]) => ({
      ocpp: { defaultProfile, chargePoints: Object.fromEntries(ids.map((id) => [id, { profile: defaultProfile }])) },
    });
    const inForce = createConfigInForce(settings(ocpp(1, ['A'])));
    for (let times = 0; times < 2; times += 1)
      expect(inForce.replace(settings(ocpp(2, ['A', 'B'])))).toEqual({
        applied: [],
        needsRestart: ['ocpp.defaultProfile', 'ocpp.chargePoints.A.profile', 'ocpp.chargePoints.B'],
      });
    expect(inForce.config.ocpp).toEqual(ocpp(1, ['A']).ocpp);
    expect(inForce.replace(settings(ocpp(1, ['A', 'B']))).applied).toEqual(['ocpp.chargePoints.B']);
  });

  it('stay as they are where a restart is needed, which is said by name, each time', () => {
    const inForce = createConfigInForce(settings());
    const next = settings({
      mode: 'production',
      beckn: { perBapPerMinute: 10, maxBytes: 2 },
      subscriber: { id: 'z', keyId: 'k1', keys: [] },
      networkFile: 'n.json',
    });
    for (let times = 0; times < 2; times += 1)
      expect(inForce.replace(next)).toEqual({
        applied: [],
        needsRestart: ['mode', 'beckn.maxBytes', 'subscriber.id', 'networkFile'],
      });
    expect([inForce.config.mode, inForce.config.beckn.maxBytes, inForce.config.subscriber.id]).toEqual([
      'sandbox',
      1,
      'x',
    ]);
  });
});
