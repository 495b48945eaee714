/** The whole kit on its sockets: a registry, the provider, and one run for each profile. */
import type { Clock, Random } from '../../ports/runtime.js';
import { HttpServer } from '../runtime/http-server.js';
import { makeKeys } from '../runtime/keys.js';
import { startSandboxRegistry } from '../registry.js';
import { createCallbackSender, UNKNOWN_ID, type Signers } from './provider/callback-sender.js';
import type { AppDriver } from './app-driver.js';
import { runScenario } from './scenario.js';
import type { Timing, SentCallback, Expected, Offer, ReceivedRequest, RunRecord } from './provider/run-record.js';
import type { ProviderProfile } from './provider/provider-profiles.js';
import { createProvider, type CheckProvider } from './provider/provider.js';

/** The network whose words the provider speaks. */
export const DOMAIN = 'uei:charging';
export const VERSION = '1.0.0';
export const BPP_ID = 'bap-check.example';
const FOREIGN_ID = 'another-provider.example';

export interface HarnessOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where to listen; port 0 takes any free one. */
  readonly host: string;
  readonly port: number;
  readonly registryPort: number;
  /** What the buyer app reaches the provider by, without `/bpp`; absent, the host and port. */
  readonly publicUrl?: string;
  /** The buyer app under test. */
  readonly subscriberId: string;
  readonly keyId?: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly bapUri: string;
  readonly timing: Timing;
}

export interface RunOptions {
  readonly profile: ProviderProfile;
  readonly driver: AppDriver;
  isInterrupted?(): boolean;
  print?(text: string): void;
  onEntry?(entry: ReceivedRequest | SentCallback): void;
}

export interface Harness {
  readonly expected: Expected;
  readonly offer: Offer;
  readonly registryUrl: string;
  /** Of the provider, as the registry has them. */
  readonly keyId: string;
  readonly publicKeyBase64: string;
  /** One at a time. */
  run(options: RunOptions): Promise<RunRecord>;
  close(): Promise<void>;
}

const NO_RUN_BODY = '{"message":{"ack":{"status":"NACK"}},"error":{"code":"503","message":"No run is going on."}}';

/** @errors Rejects when a port is taken. */
export async function openHarness(options: HarnessOptions): Promise<Harness> {
  const { clock, random, host, timing: pace } = options;
  const signerNamed = async (subscriberId: string) => ({
    subscriberId,
    // New with every start: receivers keep keys, and these are new.
    keyId: `key-${random.base32(6).toLowerCase()}`,
    keys: await makeKeys(),
  });
  const signers: Signers = {
    provider: await signerNamed(BPP_ID),
    foreign: await signerNamed(FOREIGN_ID),
    unknown: await signerNamed(UNKNOWN_ID),
  };

  let provider: CheckProvider | undefined;
  const listener = new HttpServer(host, options.port, (incoming) =>
    provider ? provider.receive(incoming) : Promise.resolve({ status: 503, text: NO_RUN_BODY }),
  );
  const port = await listener.open();
  const registry = await startSandboxRegistry({ clock, host, port: options.registryPort }).catch(
    async (error: unknown) => {
      await listener.close();
      throw error;
    },
  );

  const base = (options.publicUrl ?? `http://${host}:${port}`).replace(/\/+$/, '');
  const bppUri = `${base}/bpp`;
  for (const { subscriberId, keyId, keys } of [signers.provider, signers.foreign]) {
    const signingPublicKey = keys.publicKeyBase64;
    registry.add({ subscriberId, url: bppUri, type: 'BPP', keyId, signingPublicKey, domain: DOMAIN });
  }
  const { subscriberId, publicKey, bapUri, keyId } = options;
  registry.add({
    subscriberId,
    url: bapUri,
    type: 'BAP',
    keyId: keyId ?? 'any',
    signingPublicKey: Buffer.from(publicKey).toString('base64'),
    domain: DOMAIN,
  });

  const expected: Expected = {
    subscriberId,
    ...(keyId === undefined ? {} : { keyId }),
    publicKey,
    bapUri,
    bppId: BPP_ID,
    bppUri,
    domain: DOMAIN,
    version: VERSION,
  };
  // New with every start, so that nobody knows them who did not read the catalogue.
  const name = random.base32(4).toLowerCase();
  const offer: Offer = {
    providerId: `cpo-${name}`,
    stationId: `st-${name}`,
    chargePointId: `cp-${name}`,
    connectorIds: [`cp-${name}-1`, `cp-${name}-2`],
  };
  const call = createCallbackSender(clock, signers, bapUri);

  return {
    expected,
    offer,
    registryUrl: registry.url,
    keyId: signers.provider.keyId,
    publicKeyBase64: signers.provider.keys.publicKeyBase64,
    async run({
      profile,
      driver,
      isInterrupted: left = () => false,
      print: say = () => undefined,
      onEntry = () => undefined,
    }) {
      const { repeatWindowMs: quietMs, answerWithinMs } = pace;
      const played = createProvider({
        clock,
        random,
        profile,
        expected,
        offer,
        sendCallback: call,
        timing: pace,
        onEntry,
      });
      provider = played;
      const cutShort = await runScenario({
        clock,
        provider: played,
        driver,
        timing: pace,
        isInterrupted: left,
        print: say,
      });
      provider = undefined;
      return {
        profile,
        expected,
        offer,
        transactions: played.transactions,
        entries: [...played.entries],
        unreadable: [...played.unreadable],
        repeatWindowMs: quietMs,
        answerWithinMs,
        ...(cutShort === undefined ? {} : { abortReason: cutShort }),
      };
    },
    async close() {
      await Promise.all([listener.close(), registry.close()]);
    },
  };
}
