import { beforeAll, beforeEach, expect, it } from 'vitest';
import { TrialOperations, TrialRegistry, trialNetworkSettings } from '../../../../src/app/networks/trials.js';
import type { Config } from '../../../../src/config/config.js';
import { LiveCatalogue } from '../../../../src/bridge/network/live-catalogue.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Trial } from '../../../../src/ports/networks.js';
import { NETWORK } from '../../../fakes/bridge-harness.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { PEER, sampleOrder } from '../../beckn/samples.js';
import { generateKeyPair } from '../../../../src/beckn/signing/key-material.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';

const HOUR_MS = 3_600_000;
const BUYER = { subscriberId: 'trial.example', keyId: 'k', publicKey: '', bapUri: 'http://127.0.0.1:9000/bap' };
const ADDRESSES = { becknUri: 'http://127.0.0.1:8080/beckn-trial', ocppUrl: 'ws://127.0.0.1:9000/ocpp' };
const KEY = { keyId: 'our-key', secretKey: new Uint8Array(64) };

let clock: ManualClock;
let registry: TrialRegistry;
let catalogue: LiveCatalogue;
let connected: Set<string>;
let open: Order[];
let trials: TrialOperations;
let peers: Config['peers'];

beforeAll(async () => {
  await loadSodium();
  BUYER.publicKey = Buffer.from(generateKeyPair().publicKey).toString('base64');
});

beforeEach(() => {
  clock = createManualClock();
  registry = new TrialRegistry();
  catalogue = new LiveCatalogue(NETWORK);
  connected = new Set();
  open = [];
  peers = { default: PEER };
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
    peers: () => peers,
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
  expect(trials.close(id)).toBe('closed');
  expect(await registry.lookup({ subscriberId: BUYER.subscriberId })).toEqual([]);
  expect(registry.allowedTargets).toEqual([]);
  expect(trials.close(id)).toBe('unknown');

  const { site } = opened('CP1/1');
  await clock.advance(HOUR_MS);
  expect(trials.passwordOf(site.chargePoint.id)).toBeUndefined();
  expect(registry.allowedTargets).toEqual([]);
});

const customer = { kind: 'buyer-app', network: 'trial', bapId: BUYER.subscriberId } as Order['customer'];
const orderAt = (chargePointId: string): Order =>
  sampleOrder({ connector: { ...sampleOrder().connector, chargePointId }, customer });
const knownBuyers = async (): Promise<number> => (await registry.lookup(BUYER)).length;

it.each([
  ['a simulated', true],
  ['a real', false],
])('a trial at %s charge point closes when its order has ended and is fully reported', async (_what, simulate) => {
  connected.add('CP1');
  const { id, site } = opened('CP1/1', simulate);
  open = [orderAt(site.chargePoint.id)];
  expect(trials.close(id)).toBe('closing');
  await clock.advance(2 * HOUR_MS);
  expect(trials.close(id)).toBe('closing');
  expect(catalogue.hasChargePoint(site.chargePoint.id)).toBe(true);
  expect(await knownBuyers()).toBe(1);
  expect(registry.allowedTargets).toHaveLength(1);
  open = [];
  await clock.advance(HOUR_MS);
  expect(catalogue.hasChargePoint(site.chargePoint.id)).toBe(!simulate);
  expect(await knownBuyers()).toBe(0);
  expect(trials.close(id)).toBe('unknown');
});

it('the order of somebody else at the same charge point does not keep a trial open', async () => {
  connected.add('CP1');
  const { id, site } = opened('CP1/1');
  const { connector } = orderAt(site.chargePoint.id);
  open = [sampleOrder({ connector }), sampleOrder({ connector, customer: { ...customer, bapId: 'b' } })];
  expect(trials.close(id)).toBe('closed');
  expect(await knownBuyers()).toBe(0);
});

it('a trial that closes leaves the buyer app to a newer trial', async () => {
  const { id } = opened('CP1/1');
  const newer = opened('CP1/1');
  expect(trials.close(id)).toBe('closed');
  expect(await knownBuyers()).toBe(1);
  expect(trials.close(newer.id)).toBe('closed');
  expect(await knownBuyers()).toBe(0);
});

it('a public key under which forged signatures would verify is refused, and nothing is opened', async () => {
  const publicKey = Buffer.alloc(32).toString('base64');
  expect(trials.open({ connector: 'CP1/1', buyer: { ...BUYER, publicKey } })).toMatchObject({ refused: 'key-invalid' });
  expect(await knownBuyers()).toBe(0);
});

it('the registry has the public key as 32 raw bytes, however it was written', async () => {
  const { publicKey } = BUYER;
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'base64')]);
  opened('CP1/1');
  expect(await registry.lookup(BUYER)).toMatchObject([{ signingPublicKey: publicKey }]);
  trials.open({ connector: 'CP1/1', buyer: { ...BUYER, publicKey: spki.toString('base64') } });
  expect(await registry.lookup(BUYER)).toMatchObject([{ signingPublicKey: publicKey }]);
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

it('names the payment models in force that it cannot try', () => {
  expect(opened('CP1/1').payment).toEqual({ model: 'bap-prepaid', untried: [] });
  const hold = { payments: ['bpp-hold', 'bap-prepaid'] } as const;
  peers = { default: { ...PEER, payments: ['bap-prepaid', 'bpp-postpaid'] }, 'a.example': hold, 'b.example': hold };
  expect(opened('CP1/1').payment).toEqual({ model: 'bap-prepaid', untried: ['bpp-postpaid', 'bpp-hold'] });
});
