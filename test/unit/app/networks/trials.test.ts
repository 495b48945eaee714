import { beforeEach, expect, it } from 'vitest';
import { TrialOperations, TrialRegistry, trialNetworkSettings } from '../../../../src/app/networks/trials.js';
import { LiveCatalogue } from '../../../../src/bridge/network/live-catalogue.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Trial } from '../../../../src/ports/networks.js';
import { NETWORK } from '../../../fakes/bridge-harness.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { sampleOrder } from '../../beckn/samples.js';

const HOUR_MS = 3_600_000;
const BUYER = { subscriberId: 'trial.example', keyId: 'k', publicKey: 'A', bapUri: 'http://127.0.0.1:9000/bap' };
const ADDRESSES = { becknUri: 'http://127.0.0.1:8080/beckn-trial', ocppUrl: 'ws://127.0.0.1:9000/ocpp' };
const KEY = { keyId: 'our-key', secretKey: new Uint8Array(64) };

let clock: ManualClock;
let registry: TrialRegistry;
let catalogue: LiveCatalogue;
let connected: Set<string>;
let open: Order[];
let trials: TrialOperations;

beforeEach(() => {
  clock = createManualClock();
  registry = new TrialRegistry();
  catalogue = new LiveCatalogue(NETWORK);
  connected = new Set();
  open = [];
  trials = new TrialOperations({
    registry,
    signer: { currentKey: () => KEY } as never,
    subscriberId: 'bpp.example',
    bridge: {
      catalogue,
      chargePoints: { connectionOf: (id: string) => (connected.has(id) ? {} : undefined) },
      openOrders: () => open,
    } as never,
    clock,
    random: systemRandom,
  });
  trials.listening(ADDRESSES);
});

const opened = (connector: string, simulate = false): Trial => {
  const trial = trials.open({ connector, buyer: BUYER, simulate });
  if ('refused' in trial) throw new Error(trial.message);
  return trial;
};

it('a connector without a charge point is copied, and only who knows the copy can order it', () => {
  const { site, simulated } = opened('CP1/2');
  expect(site.chargePoint.id).toMatch(/^trial-/);
  expect(site.connector).toMatchObject({ connectorId: 1, standard: 'CCS2', tariff: { pricePerKwh: 1000 } });
  expect(simulated?.url).toBe(ADDRESSES.ocppUrl);
  expect(trials.passwordOf(site.chargePoint.id)).toBe(simulated?.password);
  for (const id of [site.connector.itemId, site.chargePoint.itemId, site.station.id])
    expect(catalogue.sitesOfItem(id)).toEqual([site]);
  expect(catalogue.site({ chargePointId: site.chargePoint.id, connectorId: 1 })).toBe(site);
  expect(catalogue.hasChargePoint(site.chargePoint.id)).toBe(true);
  expect(catalogue.sites).not.toContain(site);
  expect(JSON.stringify(catalogue.network)).not.toContain('trial-');
});

it('where the charge point is connected, its own connector is ordered, unless it is to be simulated', () => {
  connected.add('CP1');
  expect(opened('CP1-1')).toMatchObject({ site: { chargePoint: { id: 'CP1' } } });
  expect(opened('CP1-1')).not.toHaveProperty('simulated');
  expect(opened('CP1-1', true).simulated).toBeDefined();
});

it('the buyer app and its address are known while the trial is open, and for an hour at most', async () => {
  const { id } = opened('CP1/1');
  expect(await registry.lookup({ subscriberId: BUYER.subscriberId })).toMatchObject([{ keyId: 'k', type: 'BAP' }]);
  expect(registry.allowedTargets).toEqual([
    { host: '127.0.0.1', port: 9000, scheme: 'http', subscriber: BUYER.subscriberId },
  ]);
  expect(trials.close(id)).toBe(true);
  expect(await registry.lookup({ subscriberId: BUYER.subscriberId })).toEqual([]);
  expect(registry.allowedTargets).toEqual([]);
  expect(trials.close(id)).toBe(false);

  const { site } = opened('CP1/1');
  await clock.advance(HOUR_MS);
  expect(trials.passwordOf(site.chargePoint.id)).toBeUndefined();
  expect(registry.allowedTargets).toEqual([]);
});

it('a simulated charge point stays known until its order has ended', async () => {
  const { id, site } = opened('CP1/1');
  const { connector } = sampleOrder();
  open = [sampleOrder({ connector: { ...connector, chargePointId: site.chargePoint.id } })];
  trials.close(id);
  expect(catalogue.hasChargePoint(site.chargePoint.id)).toBe(true);
  open = [];
  await clock.advance(HOUR_MS);
  expect(catalogue.hasChargePoint(site.chargePoint.id)).toBe(false);
});

it('an unknown connector is refused by name', () => {
  expect(trials.open({ connector: 'CP9/1', buyer: BUYER })).toEqual({
    refused: 'unknown-connector',
    message: 'There is no connector CP9/1 in the network.',
  });
});

it('the network of trials has a path and a domain of its own', () => {
  const config = {
    subscriber: { id: 'bpp.example', domains: ['deg:ev-charging'] },
    registry: {},
    listen: { beckn: { basePath: '/beckn' } },
    networks: [],
  };
  expect(trialNetworkSettings(config as never)).toMatchObject({
    name: 'trial',
    basePath: '/beckn-trial',
    subscriber: { id: 'bpp.example', domains: ['uei:charging'] },
  });
});
