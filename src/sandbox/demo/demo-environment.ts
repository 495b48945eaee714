/** Starts what the demo needs in one process: a registry, the bridge, a buyer app and three charge points. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../ports/runtime.js';
import { createBuyerApp, type BuyerApp } from '../buyer-app.js';
import type { SimulatedChargePoint } from '../charge-point.js';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';
import { startSandboxRegistry, type SandboxRegistry } from '../registry.js';
import { findFreePort } from '../runtime/free-port.js';
import { makeKeys, type SandboxKeys } from '../runtime/keys.js';
import { createScaledClock, type ScaledClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { BRIDGE_IDENTITY, createDemoBridge, HOST } from './demo-bridge.js';
import { CHARGE_POINTS, createDemoChargePoints } from './demo-charge-points.js';
import { MessageLog, type WireMessage } from './message-log.js';

export const SUBSCRIBER_IDS = { buyer: 'bap.sandbox.example', bridge: BRIDGE_IDENTITY.subscriberId } as const;

const KEY_IDS = { buyer: 'buyer-key-1', bridge: BRIDGE_IDENTITY.keyId } as const;
/** How far behind real time the demo starts: about 21 minutes for the session, and a reserve for a slow machine. */
const CLOCK_LAG_MS = 25 * 60_000;
const BUYER_CALLBACK_TIMEOUT_MS = 60_000;

export interface DemoOptions {
  /** Seconds of the sandbox's clock per real second; 1 or more. */
  readonly speed: number;
  readonly ocpp: OcppVersionName;
  /** Called with each Beckn and OCPP message. */
  onMessage(message: WireMessage): void;
}

export interface DemoAddresses {
  readonly beckn: string;
  readonly ocpp: string;
  readonly operator: string;
  readonly operatorToken: string;
  readonly registry: string;
  readonly buyer: string;
}

export interface Demo {
  readonly clock: ScaledClock;
  readonly buyer: BuyerApp;
  readonly log: MessageLog;
  readonly addresses: DemoAddresses;
  /** @errors Throws for an id that the demo's network does not have. */
  chargePoint(id: string): SimulatedChargePoint;
  stop(): Promise<void>;
}

type Cleanup = () => Promise<void> | void;

/** @errors Rejects if a part does not start, after stopping the others. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const cleanups: Cleanup[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const parts = await startParts(options, cleanups);
    return { ...parts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: DemoOptions, cleanups: Cleanup[]): Promise<Omit<Demo, 'stop'>> {
  const { speed, ocpp, onMessage } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'beckn-ocpp-demo-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const keys = { bridge: await makeKeys(), buyer: await makeKeys() };
  const random = createSeededRandom(Buffer.from(keys.buyer.publicKey).readUInt32LE(0));
  const clock = createScaledClock({ speed, behindMs: speed > 1 ? CLOCK_LAG_MS : 0 });
  const common = { clock, random, log: new MessageLog(SUBSCRIBER_IDS, onMessage) };
  const registry = await startSandboxRegistry({ clock });
  cleanups.push(() => registry.close());

  // The bridge and the buyer app both need the bridge's address in their settings, so its port is chosen beforehand.
  const becknPort = await findFreePort(HOST);
  const bppUri = `http://${HOST}:${becknPort}/beckn`;
  const buyer = createDemoBuyer(common, { registryUrl: registry.url, bppUri, secretKey: keys.buyer.secretKey });
  const { url: buyerUrl, bapUri } = await buyer.start();
  cleanups.push(() => buyer.stop());
  registerParticipants(registry, keys, { bppUri, bapUri });

  const passwords = new Map(CHARGE_POINTS.map(({ id }) => [id, random.base32(20)]));
  const keyFile = join(dataDir, 'signing.key');
  writeFileSync(keyFile, keys.bridge.seedBase64, { mode: 0o600 });
  const buyerParty = { subscriberId: SUBSCRIBER_IDS.buyer, bapUri };
  const app = await createDemoBridge(
    { dataDir, keyFile, becknPort, registryUrl: registry.url, buyer: buyerParty, passwords },
    { clock },
  );
  cleanups.push(() => app.stop());
  const bridge = await app.start();

  const chargePoints = createDemoChargePoints({ ...common, ocpp, url: bridge.ocpp, passwords });
  cleanups.push(async () => void (await Promise.all(chargePoints.map((chargePoint) => chargePoint.stop()))));
  await Promise.all(chargePoints.map((chargePoint) => chargePoint.start()));

  const addresses = { ...bridge, operatorToken: app.operatorToken, registry: registry.url, buyer: buyerUrl };
  const chargePoint = (id: string): SimulatedChargePoint => {
    const found = chargePoints.find((one) => one.id === id);
    if (!found) throw new Error(`the demo has no charge point ${id}`);
    return found;
  };
  return { clock, buyer, log: common.log, addresses, chargePoint };
}

interface CommonParts {
  readonly clock: ScaledClock;
  readonly random: Random;
  readonly log: MessageLog;
}

function createDemoBuyer(
  { clock, random, log }: CommonParts,
  options: { readonly registryUrl: string; readonly bppUri: string; readonly secretKey: Uint8Array },
): BuyerApp {
  return createBuyerApp({
    ...options,
    subscriberId: SUBSCRIBER_IDS.buyer,
    keyId: KEY_IDS.buyer,
    host: HOST,
    port: 0,
    clock,
    random,
    bppId: SUBSCRIBER_IDS.bridge,
    callbackTimeoutMs: BUYER_CALLBACK_TIMEOUT_MS,
    onMessage: (message) => log.addBeckn(message),
  });
}

function registerParticipants(
  registry: SandboxRegistry,
  keys: { readonly bridge: SandboxKeys; readonly buyer: SandboxKeys },
  { bppUri, bapUri }: { readonly bppUri: string; readonly bapUri: string },
): void {
  const domain = 'uei:charging';
  registry.add({
    domain,
    subscriberId: SUBSCRIBER_IDS.bridge,
    url: bppUri,
    type: 'BPP',
    keyId: KEY_IDS.bridge,
    signingPublicKey: keys.bridge.publicKeyBase64,
  });
  registry.add({
    domain,
    subscriberId: SUBSCRIBER_IDS.buyer,
    url: bapUri,
    type: 'BAP',
    keyId: KEY_IDS.buyer,
    signingPublicKey: keys.buyer.publicKeyBase64,
  });
}
