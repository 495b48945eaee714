/** Starts what a developer's own buyer app needs: a registry that lists it, the bridge, and charge points. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UndiciHttpClient } from '../../beckn/outbound/http-undici.js';
import { BRIDGE_IDENTITY, createDemoBridge, HOST } from '../demo/demo-bridge.js';
import { CHARGE_POINTS, createDemoChargePoints } from '../demo/demo-charge-points.js';
import { MessageLog, type WireMessage } from '../demo/message-log.js';
import { startSandboxRegistry } from '../registry.js';
import { HttpServer } from '../runtime/http-server.js';
import { findFreePort } from '../runtime/free-port.js';
import { makeKeys } from '../runtime/keys.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { FaultInjection } from './faults.js';
import type { SandboxFlags } from './flags.js';
import { createForwarder, RecordingHttpClient } from './recording.js';

export interface HostedSandbox {
  readonly bppUri: string;
  readonly registryUrl: string;
  /** The bridge's Ed25519 public key, base64. */
  readonly publicKey: string;
  readonly operator: { readonly url: string; readonly token: string };
  stop(): Promise<void>;
}

type Cleanup = () => Promise<void> | void;

/** @errors Rejects if a part does not start, after stopping the others. */
export async function startHostedSandbox(
  flags: SandboxFlags,
  onMessage: (message: WireMessage) => void,
): Promise<HostedSandbox> {
  const cleanups: Cleanup[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return { ...(await startParts(flags, onMessage, cleanups)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  flags: SandboxFlags,
  onMessage: (message: WireMessage) => void,
  cleanups: Cleanup[],
): Promise<Omit<HostedSandbox, 'stop'>> {
  const { bapUrl, subscriberId, host } = flags;
  const clock = realClock;
  const keys = await makeKeys();
  const random = createSeededRandom(Buffer.from(keys.publicKey).readUInt32LE(0));
  const names = { buyer: subscriberId, bridge: BRIDGE_IDENTITY.subscriberId };
  const log = new MessageLog(names, onMessage);
  const dataDir = mkdtempSync(join(tmpdir(), 'beckn-ocpp-sandbox-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const keyFile = join(dataDir, 'signing.key');
  writeFileSync(keyFile, keys.seedBase64, { mode: 0o600 });

  const becknPort = await findFreePort(HOST);
  const recorder = { clock, record: log.addBeckn.bind(log) };
  const forward = createForwarder(`http://${HOST}:${becknPort}`, recorder);
  const front = new HttpServer(host, flags.port, forward);
  const port = await front.open();
  cleanups.push(() => front.close());
  const bppUri = flags.publicUrl ?? `http://${host}:${port}/beckn`;
  const registry = await startSandboxRegistry({ clock, host, port: flags.registryPort });
  cleanups.push(() => registry.close());
  // A record without a domain matches every domain, and so every dialect.
  const { keyId } = BRIDGE_IDENTITY;
  registry.add({ subscriberId: names.bridge, url: bppUri, type: 'BPP', keyId, signingPublicKey: keys.publicKeyBase64 });
  registry.add({
    subscriberId,
    url: bapUrl,
    type: 'BAP',
    keyId: flags.keyId,
    signingPublicKey: Buffer.from(flags.publicKey).toString('base64'),
  });

  const passwords = new Map(CHARGE_POINTS.map(({ id }) => [id, random.base32(20)]));
  const buyer = { subscriberId, bapUri: bapUrl };
  const parts = { dataDir, keyFile, becknPort, bppUri, registryUrl: registry.url, buyer, passwords };
  const http = new RecordingHttpClient(new UndiciHttpClient(clock), { ...recorder, callbackUrl: bapUrl });
  const app = await createDemoBridge(parts, { http });
  cleanups.push(() => app.stop());
  const bridge = await app.start();
  await startChargePoints(flags, { clock, random, log, url: bridge.ocpp, passwords }, cleanups);
  return {
    bppUri,
    registryUrl: registry.url,
    publicKey: keys.publicKeyBase64,
    operator: { url: bridge.operator, token: app.operatorToken },
  };
}

async function startChargePoints(
  { faults, ocpp }: SandboxFlags,
  fleet: Omit<Parameters<typeof createDemoChargePoints>[0], 'ocpp' | 'onChange'>,
  cleanups: Cleanup[],
): Promise<void> {
  const injection = new FaultInjection(faults);
  const chargePoints = createDemoChargePoints({
    ...fleet,
    ocpp,
    onChange: (id, state) => {
      const changed = chargePoints.find((one) => one.id === id);
      if (changed) injection.stateChanged(changed, state);
    },
  });
  cleanups.push(async () => void (await Promise.all(chargePoints.map((chargePoint) => chargePoint.stop()))));
  for (const chargePoint of chargePoints) injection.begin(chargePoint);
  await Promise.all(chargePoints.map((chargePoint) => chargePoint.start()));
}
