// Creates everything that our process needs in a temporary folder: a generated network, keys, a registry file and
// settings. Also starts the process.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, encodeKeyPair } from '../dist/beckn/signing/key-material.js';
import { loadSodium } from '../dist/beckn/signing/signature.js';
import { startServer } from './processes.mjs';

export const MAIN = fileURLToPath(new URL('../dist/program/main.js', import.meta.url));
export const BUYER = { subscriberId: 'bench.buyer.example', keyId: 'k1' };
export const BRIDGE_ID = 'bench.bridge.example';
export const PROVIDER = 'bench';
/** The energy in Wh and the price in rupees of every order in the benchmarks. */
export const ORDER = { energyWh: 60_000, price: '600.00' };

const PLUGS = { standard: 'CCS2', powerType: 'DC', maxPowerW: 60_000, tariff: 'flat', options: { energy: 60_000 } };
/** The number of charge points per station. */
const PER_STATION = 2;

export const chargePointId = (index) => `BENCH-${String(index).padStart(5, '0')}`;
export const stationId = (index) => `station-${Math.floor(index / PER_STATION)}`;

/** @param price Minor units per kWh. */
export function benchNetwork(chargePoints, connectors, price = 1000) {
  const points = Array.from({ length: chargePoints }, (_, index) => ({
    id: chargePointId(index),
    connectors: Array.from({ length: connectors }, (_, plug) => ({ connectorId: plug + 1, ...PLUGS })),
  }));
  const stations = Array.from({ length: Math.ceil(chargePoints / PER_STATION) }, (_, index) => ({
    id: `station-${index}`,
    name: `Station ${index}`,
    latitude: 12.5 + (index % 100) / 100,
    longitude: 77.2 + Math.floor(index / 100) / 100,
    address: `Road ${index}`,
    city: { code: 'std:080', name: 'Bengaluru' },
    state: 'Karnataka',
    country: { code: 'IND', name: 'India' },
    chargePoints: points.slice(index * PER_STATION, (index + 1) * PER_STATION),
  }));
  const tariffs = { flat: { currency: 'INR', pricePerKwh: price } };
  return {
    name: 'Bench',
    tariffs,
    providers: [{ id: PROVIDER, name: 'Bench', support: { phone: '+910000000000' }, stations }],
  };
}

/**
 * Writes the configuration files. The buyer app listens on `sinkPort`. Apart from what a benchmark needs, such as high
 * limits for its only buyer app, the settings are the defaults.
 */
export async function makeSite({ chargePoints, connectors = 1, sinkPort }) {
  await loadSodium();
  const folder = mkdtempSync(join(tmpdir(), 'bridge-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const write = (name, value) => {
    const file = join(folder, name);
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o600 });
    return file;
  };
  const [bridge, buyer] = [encodeKeyPair(generateKeyPair()), encodeKeyPair(generateKeyPair())];
  const bapUri = `http://127.0.0.1:${sinkPort}/bap`;
  const record = { subscriber_id: BUYER.subscriberId, unique_key_id: BUYER.keyId, signing_public_key: buyer.publicKey };
  const allowed = { host: '127.0.0.1', port: sinkPort, scheme: 'http', subscriber: BUYER.subscriberId };
  mkdirSync(join(folder, 'data'));
  const config = write('config.json', {
    mode: 'sandbox',
    dataDir: 'data',
    networkFile: write('network.json', benchNetwork(chargePoints, connectors)),
    subscriber: {
      id: BRIDGE_ID,
      uri: 'http://127.0.0.1/beckn',
      keyId: 'k1',
      keyFile: write('bridge.key', bridge.secretKey),
    },
    listen: {
      beckn: { host: '127.0.0.1', port: 0, basePath: '/beckn' },
      ocpp: { host: '127.0.0.1', port: 0, basePath: '/ocpp' },
      operator: { host: '127.0.0.1', port: 0 },
    },
    registry: {
      kind: 'file',
      file: write('registry.json', [{ ...record, type: 'BAP', status: 'SUBSCRIBED', subscriber_url: bapUri }]),
    },
    callbacks: { allow: [allowed] },
    // One buyer app plays all of them.
    beckn: { perBapPerMinute: 100_000_000, connectorsPerBuyer: 0, holdsPerBuyer: 0, startsPerConnector: 0 },
    ocpp: { defaultProfile: 0, configureAtConnect: false, pingIntervalS: 600 },
    log: { level: 'warn' },
  });
  return { config, buyer: { ...BUYER, secretKey: buyer.secretKey, publicKey: buyer.publicKey, bapUri } };
}

/** Starts the real bridge process. */
export async function startBridge(site, how = {}) {
  const server = await startServer(MAIN, ['--config', site.config], how);
  const [, becknUrl, ocppUrl] = /beckn=(\S+) ocpp=(\S+)/.exec(server.ready) ?? [];
  return { ...server, becknUrl, ocppUrl };
}
