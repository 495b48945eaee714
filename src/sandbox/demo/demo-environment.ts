/** Boots everything the demo needs in one process: registry, bridge, buyer app, three charge points. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../app/app.js';
import { loadConfig } from '../../config/loading/load-config.js';
import { loadNetwork } from '../../config/network-file/load-network.js';
import { createBuyerApp, type BuyerApp } from '../buyer-app.js';
import { createChargePoint, type SimulatedChargePoint } from '../charge-point.js';
import type { SimulatedConnector, OcppVersionName } from '../charge-point/charge-point-options.js';
import { makeKeys } from '../runtime/keys.js';
import { startSandboxRegistry } from '../registry.js';
import { createScaledClock, type ScaledClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { createMessageLog, type MessageLog, type WireMessage } from './message-log.js';

export const SUBSCRIBER_IDS = { buyer: 'bap.sandbox.example', bridge: 'bpp.sandbox.example' } as const;

const HOST = '127.0.0.1';
/** The story takes about 21 minutes; the rest is room for a slow machine. */
const CLOCK_LAG_MS = 25 * 60_000;

const demoBattery = (capacityWh: number, socPercent: number, maxPowerW: number) => ({
  capacityWh,
  socPercent,
  maxPowerW,
});

/** The fleet of `config/network.demo.json`, with the cars that come to it. */
const CHARGE_POINTS: readonly { id: string; model: string; connector: Omit<SimulatedConnector, 'connectorId'> }[] = [
  {
    id: 'KC-IND-01',
    model: 'Rapid 60',
    connector: {
      powerType: 'DC',
      maxPowerW: 60_000,
      battery: demoBattery(50_000, 41, 90_000),
      pluggedIn: true,
      leaveDelayMs: 60_000,
      cableDelayMs: 8_000,
    },
  },
  {
    id: 'KC-IND-02',
    model: 'Wall 7',
    connector: {
      powerType: 'AC',
      maxPowerW: 7_400,
      battery: demoBattery(40_000, 55, 7_400),
      cableDelayMs: 8_000,
      leaveDelayMs: 60_000,
    },
  },
  {
    id: 'KC-WHF-01',
    model: 'Rapid 150',
    connector: {
      powerType: 'DC',
      maxPowerW: 150_000,
      battery: demoBattery(77_000, 12, 125_000),
      cableDelayMs: 5_000,
      leaveDelayMs: 60_000,
    },
  },
];

export interface Demo {
  readonly clock: ScaledClock;
  readonly buyer: BuyerApp;
  readonly log: MessageLog;
  readonly chargePoint: (id: string) => SimulatedChargePoint;
  readonly addresses: {
    readonly beckn: string;
    readonly ocpp: string;
    readonly operator: string;
    readonly operatorToken: string;
    readonly registry: string;
    readonly buyer: string;
  };
  stop(): Promise<void>;
}

/** The bridge must know its own address before it listens. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function writeKeyFile(dataDir: string, seedBase64: string): string {
  const path = join(dataDir, 'signing.key');
  writeFileSync(path, seedBase64, { mode: 0o600 });
  return path;
}

/** Of the environment only the log level counts here: settings meant for a real bridge must not reach the demo. */
function logLevelEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const level = env.BRIDGE__LOG__LEVEL;
  return level === undefined ? {} : { BRIDGE__LOG__LEVEL: level };
}

function passwordOption(passwords: ReadonlyMap<string, string>, id: string): { password?: string } {
  const password = passwords.get(id);
  return password === undefined ? {} : { password };
}

export async function startDemo(
  speed: number,
  ocpp: OcppVersionName,
  told: (message: WireMessage) => void,
): Promise<Demo> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await startParts(speed, ocpp, told, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  speed: number,
  ocpp: OcppVersionName,
  told: (message: WireMessage) => void,
  undo: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'beckn-ocpp-demo-'));
  undo.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const [bridgeKeys, buyerKeys] = [await makeKeys(), await makeKeys()];
  const random = createSeededRandom(Buffer.from(buyerKeys.publicKey).readUInt32LE(0));
  const clock = createScaledClock({ speed, behindMs: speed > 1 ? CLOCK_LAG_MS : 0 });
  const log = createMessageLog(SUBSCRIBER_IDS, told);

  const registry = await startSandboxRegistry({ clock });
  undo.push(() => registry.close());
  const becknPort = await findFreePort();
  const bppUri = `http://${HOST}:${becknPort}/beckn`;

  const buyer = createBuyerApp({
    subscriberId: SUBSCRIBER_IDS.buyer,
    keyId: 'buyer-key-1',
    secretKey: buyerKeys.secretKey,
    host: HOST,
    port: 0,
    clock,
    random,
    registryUrl: registry.url,
    bppUri,
    bppId: SUBSCRIBER_IDS.bridge,
    callbackTimeoutMs: 60_000,
    onMessage: log.beckn,
  });
  const { url: buyerUrl, bapUri } = await buyer.start();
  undo.push(() => buyer.stop());

  const bapPort = Number(new URL(bapUri).port);
  const passwords = new Map(CHARGE_POINTS.map(({ id }) => [id, random.base32(20)]));
  const loaded = loadConfig(
    {
      mode: 'sandbox',
      dataDir,
      networkFile: fileURLToPath(new URL('../../../config/network.demo.json', import.meta.url)),
      subscriber: {
        id: SUBSCRIBER_IDS.bridge,
        uri: bppUri,
        keyId: 'bridge-key-1',
        keyFile: writeKeyFile(dataDir, bridgeKeys.seedBase64),
      },
      listen: {
        beckn: { host: HOST, port: becknPort, basePath: '/beckn' },
        ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
        operator: { host: HOST, port: 0 },
      },
      registry: { kind: 'http', url: registry.url },
      callbacks: { allow: [{ host: HOST, port: bapPort, scheme: 'http', subscriber: SUBSCRIBER_IDS.buyer }] },
      ocpp: {
        sampleIntervalS: 15,
        // These run on the scaled clock: 120 s of it are 3 s of a busy machine.
        callTimeoutS: 120,
        pingIntervalS: 120,
        chargePoints: Object.fromEntries([...passwords].map(([id, password]) => [id, { profile: 1, password }])),
      },
      session: { startTimeoutS: 300, stopRetryS: 120, progressS: 60 },
      log: { level: 'silent' },
    },
    logLevelEnvironment(process.env),
  );
  if ('problems' in loaded) throw new Error(`the demo's settings are wrong:\n${loaded.problems.join('\n')}`);

  const record = { domain: 'uei:charging', status: 'SUBSCRIBED' };
  registry.add({
    ...record,
    subscriberId: SUBSCRIBER_IDS.bridge,
    url: bppUri,
    type: 'BPP',
    keyId: 'bridge-key-1',
    signingPublicKey: bridgeKeys.publicKeyBase64,
  });
  registry.add({
    ...record,
    subscriberId: SUBSCRIBER_IDS.buyer,
    url: bapUri,
    type: 'BAP',
    keyId: 'buyer-key-1',
    signingPublicKey: buyerKeys.publicKeyBase64,
  });

  const sold = loadNetwork(loaded.config.networkFile);
  if ('problems' in sold) throw new Error(`the demo's network is wrong:\n${sold.problems.join('\n')}`);
  const app = await createApp(loaded.config, loaded.secrets, sold.network, { clock });
  undo.push(() => app.stop());
  const started = await app.start();

  const chargePoints = CHARGE_POINTS.map(({ id, model, connector }) =>
    createChargePoint({
      url: started.ocpp,
      id,
      ocpp,
      model,
      vendor: 'Sandbox',
      ...passwordOption(passwords, id),
      connectors: [{ ...connector, connectorId: 1 }],
      clock,
      random,
      onFrame: (direction, frame, at) => log.ocpp(id, direction, frame, at),
    }),
  );
  undo.push(async () => void (await Promise.all(chargePoints.map((one) => one.stop()))));
  await Promise.all(chargePoints.map((one) => one.start()));

  return {
    clock,
    buyer,
    log,
    chargePoint(id) {
      const found = chargePoints.find((one) => one.id === id);
      if (!found) throw new Error(`the demo has no charge point ${id}`);
      return found;
    },
    addresses: { ...started, operatorToken: app.operatorToken, registry: registry.url, buyer: buyerUrl },
    stop,
  };
}
