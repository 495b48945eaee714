/** The product as a real process, and everything that it connects to. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../src/ports/runtime.js';
import { createBuyerApp, type BuyerApp } from '../../src/sandbox/buyer-app.js';
import type { Choice } from '../../src/sandbox/buyer-app/request-messages.js';
import type { BuyerAppOptions } from '../../src/sandbox/buyer-app/buyer-options.js';
import { createChargePoint, type SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import type { ChargePointOptions, SimulatedConnector } from '../../src/sandbox/charge-point/charge-point-options.js';
import { makeKeys, type SandboxKeys } from '../../src/sandbox/runtime/keys.js';
import { createSandboxPaymentProvider, type SandboxPaymentProvider } from '../../src/sandbox/payment-provider.js';
import { startSandboxRegistry, type SandboxRegistry } from '../../src/sandbox/registry.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import { createOpenApiAnswers } from '../fakes/openapi-answers.js';
import { BridgeProcess, stillRunning } from './bridge-process.js';
import { freePorts } from './free-ports.js';
import { eventually, hurried } from './waiting.js';

const openApi = createOpenApiAnswers();

export const HOST = '127.0.0.1';
export const BRIDGE = 'bpp.e2e.example';
/** The only tariff: minor units per kWh, minor units, and basis points. */
export const TARIFF = { pricePerKwh: 1_800, serviceFee: 500, gstBps: 1_800 } as const;
export const POWER_W = 150_000;
export const PASSWORD = 'correct-horse-battery-staple';
/** Charge points wait this many times less than in reality; their measurements stay correct. */
const HURRY = 5;

type Settings = { readonly [key: string]: unknown };

export interface WorldOptions {
  /** The ids of the charge points, each with one connector. The last one belongs to a second provider. */
  readonly chargePoints: readonly string[];
  /** Sections of the settings that replace those of the system, key by key. */
  readonly settings?: { readonly [section: string]: Settings };
  readonly buyers?: readonly string[];
  readonly onMessage?: BuyerAppOptions['onMessage'];
  /**
   * The payment model if the BPP collects. The payment provider then pays every link at once, unless `payImmediately`
   * is false.
   */
  readonly collects?: 'bpp-prepaid' | 'bpp-hold' | 'bpp-postpaid';
  readonly payImmediately?: boolean;
}

interface BuyerSide {
  readonly app: BuyerApp;
  readonly keys: SandboxKeys;
  readonly url: string;
  readonly bapUri: string;
}

export interface TestSystem {
  readonly bridge: BridgeProcess;
  readonly configFile: string;
  readonly dataDir: string;
  readonly registry: SandboxRegistry;
  /** The first buyer app. */
  readonly buyer: BuyerApp;
  readonly buyers: readonly BuyerSide[];
  /** The payment provider; `undefined` unless the BPP collects. */
  readonly payments: SandboxPaymentProvider | undefined;
  readonly addresses: { readonly beckn: string; readonly ocpp: string; readonly operator: string };
  /** Creates a charger and, by default, connects it. */
  charger(id: string, options?: ChargerOptions): Promise<SimulatedChargePoint>;
  /**
   * Sends a GET to the operator API and checks the answer against the OpenAPI document.
   * @errors Throws for any status other than 2xx, and for an answer that the document does not allow.
   */
  operator(path: string): Promise<Settings>;
  choice(chargePointId: string, code: Choice['option']['code'], value: number): Choice;
  /** Stops everything and removes the data. */
  close(): Promise<void>;
}

export interface ChargerOptions {
  readonly connector?: Partial<SimulatedConnector>;
  readonly onFrame?: ChargePointOptions['onFrame'];
  readonly ocpp?: ChargePointOptions['ocpp'];
  readonly connect?: boolean;
}

export const providerOf = (ids: readonly string[], id: string): string =>
  ids.length > 1 && id === ids.at(-1) ? 'mango-power' : 'kiwi-charge';

export function networkOf(ids: readonly string[]): Settings {
  const taxes = [{ name: 'GST', rateBps: TARIFF.gstBps, on: ['energy', 'service-fee'] }];
  const tariff = { currency: 'INR', pricePerKwh: TARIFF.pricePerKwh, serviceFee: TARIFF.serviceFee, taxes };
  const place = { address: '1 Test Road', city: { code: 'std:080', name: 'Bengaluru' }, state: 'Karnataka' };
  const provider = (id: string, name: string, latitude: number, longitude: number) => ({
    id,
    name,
    support: { phone: '+910000000001', email: `help@${id}.example`, url: `https://${id}.example/help` },
    stations: [
      {
        id: `${id}-hub`,
        name: `${name} Hub`,
        latitude,
        longitude,
        ...place,
        country: { code: 'IND', name: 'India' },
        chargePoints: ids
          .filter((one) => providerOf(ids, one) === id)
          .map((one) => ({
            id: one,
            name: `Bay ${one}`,
            connectors: [
              {
                connectorId: 1,
                standard: id === 'kiwi-charge' ? 'CCS2' : 'Type2',
                powerType: 'DC',
                maxPowerW: POWER_W,
                tariff: 'day',
                options: { soc: 100, energy: 100_000, amount: 300_000, time: 5_400 },
              },
            ],
          })),
      },
    ],
  });
  const mango = ids.length > 1 ? [provider('mango-power', 'Mango Power', 13.2, 77.9)] : [];
  return {
    name: 'End to End Network',
    tariffs: { day: tariff },
    providers: [provider('kiwi-charge', 'Kiwi Charge', 12.9784, 77.6408), ...mango],
  };
}

const PAYMENT_SECRETS = { E2E_PAYMENTS_KEY: 'provider-key', E2E_PAYMENTS_SECRET: 'hook-secret' };

function providerFor(payImmediately: boolean, random: Random): SandboxPaymentProvider {
  return createSandboxPaymentProvider({
    host: HOST,
    port: 0,
    clock: realClock,
    random,
    key: PAYMENT_SECRETS.E2E_PAYMENTS_KEY,
    webhookSecret: PAYMENT_SECRETS.E2E_PAYMENTS_SECRET,
    payImmediately: payImmediately,
  });
}

/** Starts everything except the process itself. */
export async function startTestSystem(options: WorldOptions): Promise<TestSystem> {
  const { chargePoints: ids } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'bridge-e2e-'));
  const [becknPort = 0, ocppPort = 0, operatorPort = 0] = await freePorts(3);
  const bppUri = `http://${HOST}:${becknPort}/beckn`;
  const ocpp = `ws://${HOST}:${ocppPort}/ocpp`;
  const operatorUrl = `http://${HOST}:${operatorPort}`;
  const registry = await startSandboxRegistry({ clock: realClock });
  const keys = await makeKeys();
  writeFileSync(join(dataDir, 'signing.key'), keys.seedBase64, { mode: 0o600 });
  const record = { domain: 'uei:charging', status: 'SUBSCRIBED' };
  const bppRecord = { ...record, subscriberId: BRIDGE, url: bppUri, type: 'BPP', keyId: 'bridge-1' } as const;
  registry.add({ ...bppRecord, signingPublicKey: keys.publicKeyBase64 });

  const random = createSeededRandom(Buffer.from(keys.publicKey).readUInt32LE(0));
  const buyers: BuyerSide[] = [];
  for (const name of options.buyers ?? ['bap.e2e.example']) {
    const own = await makeKeys();
    const app = createBuyerApp({
      subscriberId: name,
      keyId: 'buyer-1',
      secretKey: own.secretKey,
      host: HOST,
      port: 0,
      clock: realClock,
      random,
      registryUrl: registry.url,
      bppUri,
      bppId: BRIDGE,
      ...(options.onMessage && { onMessage: options.onMessage }),
    });
    const { url, bapUri } = await app.start();
    const bapRecord = { ...record, subscriberId: name, url: bapUri, type: 'BAP', keyId: 'buyer-1' } as const;
    registry.add({ ...bapRecord, signingPublicKey: own.publicKeyBase64 });
    buyers.push({ app, keys: own, url, bapUri });
  }

  const networkFile = join(dataDir, 'network.json');
  writeFileSync(networkFile, JSON.stringify(networkOf(ids)));
  const settings: { [section: string]: unknown } = {
    mode: 'sandbox',
    dataDir: join(dataDir, 'data'),
    networkFile,
    subscriber: { id: BRIDGE, uri: bppUri, keyId: 'bridge-1', keyFile: join(dataDir, 'signing.key') },
    listen: {
      beckn: { host: HOST, port: becknPort, basePath: '/beckn' },
      ocpp: { host: HOST, port: ocppPort, basePath: '/ocpp' },
      operator: { host: HOST, port: operatorPort },
    },
    registry: { kind: 'http', url: registry.url },
    callbacks: {
      allow: buyers.map(({ url }, index) => ({
        host: HOST,
        port: Number(new URL(url).port),
        scheme: 'http',
        subscriber: (options.buyers ?? ['bap.e2e.example'])[index],
      })),
      retry: [100, 200, 400, 1_000],
    },
    beckn: { perBapPerMinute: 100_000 },
    ocpp: {
      sampleIntervalS: 1,
      callTimeoutS: 5,
      chargePoints: Object.fromEntries(ids.map((id) => [id, { profile: 1, password: PASSWORD }])),
    },
    session: { pendingS: 20, startTimeoutS: 8, stopRetryS: 1, unsureS: 5, lostStopS: 10, stopLatencyS: 1 },
    log: { level: 'info' },
    drainMs: 4_000,
  };
  const payments = options.collects && providerFor(options.payImmediately ?? true, random);
  if (payments) {
    const { url } = await payments.start();
    settings.payments = { url, keyEnv: 'E2E_PAYMENTS_KEY', webhookSecretEnv: 'E2E_PAYMENTS_SECRET' };
    settings.peers = { default: { payments: [options.collects] } };
  }
  for (const [section, values] of Object.entries(options.settings ?? {})) {
    settings[section] = { ...(settings[section] as Settings | undefined), ...values };
  }
  mkdirSync(join(dataDir, 'data'), { recursive: true, mode: 0o700 });
  const configFile = join(dataDir, 'config.json');
  writeFileSync(configFile, JSON.stringify(settings));

  const bridge = new BridgeProcess(['--config', configFile], payments ? PAYMENT_SECRETS : {});
  const chargers: SimulatedChargePoint[] = [];
  const [first] = buyers;
  if (!first) throw new Error('a system has a buyer');

  return {
    bridge,
    configFile,
    dataDir: join(dataDir, 'data'),
    registry,
    buyer: first.app,
    buyers,
    payments,
    addresses: { beckn: bppUri, ocpp, operator: operatorUrl },
    async charger(id, { connector = {}, onFrame, ocpp: version, connect = true } = {}) {
      const one = createChargePoint({
        url: ocpp,
        id,
        password: PASSWORD,
        ...(version && { ocpp: version }),
        connectors: [
          {
            connectorId: 1,
            powerType: 'DC',
            maxPowerW: POWER_W,
            battery: { capacityWh: 77_000, socPercent: 20, maxPowerW: POWER_W },
            pluggedIn: true,
            ...connector,
          },
        ],
        clock: hurried(HURRY),
        random,
        ...(onFrame && { onFrame }),
      });
      chargers.push(one);
      if (connect) await one.start();
      return one;
    },
    async operator(path) {
      const token = readFileSync(join(dataDir, 'data', 'operator-token'), 'utf8').trim();
      const response = await fetch(`${operatorUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`operator ${path}: ${response.status} ${await response.text()}`);
      const body = (await response.json()) as Settings;
      openApi.check('GET', path, { status: response.status, body });
      return body;
    },
    choice: (chargePointId, code, value) => ({
      providerId: providerOf(ids, chargePointId),
      stationId: `${providerOf(ids, chargePointId)}-hub`,
      chargePointId,
      connectorId: `${chargePointId}-1`,
      option: { code, value: String(value) },
    }),
    async close() {
      await Promise.all(chargers.map((one) => one.stop()));
      if (bridge.running) await bridge.kill9();
      await Promise.all(buyers.map(({ app }) => app.stop()));
      await registry.close();
      await payments?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Throws if a process, a listener or a socket outlives its test. */
export async function nothingLeft(): Promise<void> {
  const open = (): string[] => [
    ...stillRunning().map((pid) => `process ${pid}`),
    ...process.getActiveResourcesInfo().filter((kind) => /^(TCPSocketWrap|TCPServerWrap|ProcessWrap)$/.test(kind)),
  ];
  await eventually('nothing is left open', () => open().length === 0, 5_000).catch(() => {
    throw new Error(`left behind: ${open().join(', ')}`);
  });
}
