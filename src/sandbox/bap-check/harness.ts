/** The whole kit on its sockets: a registry, the provider, and one run for each profile. */
import type { Clock, Random } from '../../ports/runtime.js';
import { createHttpListener } from '../runtime/http-server.js';
import { makeKeys } from '../runtime/keys.js';
import { startSandboxRegistry } from '../registry.js';
import { createCaller, UNKNOWN_ID, type Signers } from './provider/callback-sender.js';
import type { Driver } from './app-driver.js';
import { play, type Pace } from './scenario.js';
import type { Profile } from './provider/provider-profiles.js';
import { createProvider, type Provider } from './provider/provider.js';
import type { CallbackSent, Expected, Offer, RequestSeen, RunRecord } from './provider/run-record.js';

/** The network whose words the provider speaks. */
export const DOMAIN = 'uei:charging';
export const VERSION = '1.0.0';
export const BPP_ID = 'bap-check.example';
const FOREIGN_ID = 'another-provider.example';

export interface KitOptions {
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
  readonly pace: Pace;
}

export interface RunOptions {
  readonly profile: Profile;
  readonly driver: Driver;
  left?(): boolean;
  say?(text: string): void;
  onEntry?(entry: RequestSeen | CallbackSent): void;
}

export interface Kit {
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

const NOBODY = '{"message":{"ack":{"status":"NACK"}},"error":{"code":"503","message":"No run is going on."}}';

/** @errors Rejects when a port is taken. */
export async function openKit(options: KitOptions): Promise<Kit> {
  const { clock, random, host, pace } = options;
  const signerNamed = async (subscriberId: string) => ({
    subscriberId,
    // New with every start: receivers keep keys, and these are new.
    keyId: `key-${random.base32(6).toLowerCase()}`,
    keys: await makeKeys(),
  });
  const signers: Signers = {
    self: await signerNamed(BPP_ID),
    foreign: await signerNamed(FOREIGN_ID),
    unknown: await signerNamed(UNKNOWN_ID),
  };

  let provider: Provider | undefined;
  const listener = createHttpListener(host, options.port, (incoming) =>
    provider ? provider.receive(incoming) : Promise.resolve({ status: 503, text: NOBODY }),
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
  for (const { subscriberId, keyId, keys } of [signers.self, signers.foreign]) {
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
  const call = createCaller(clock, signers, bapUri);

  return {
    expected,
    offer,
    registryUrl: registry.url,
    keyId: signers.self.keyId,
    publicKeyBase64: signers.self.keys.publicKeyBase64,
    async run({ profile, driver, left = () => false, say = () => undefined, onEntry = () => undefined }) {
      const { quietMs, answerWithinMs } = pace;
      const played = createProvider({ clock, random, profile, expected, offer, call, pace, onEntry });
      provider = played;
      const cutShort = await play({ clock, provider: played, driver, pace, left, say });
      provider = undefined;
      return {
        profile,
        expected,
        offer,
        given: played.given,
        entries: [...played.entries],
        unreadable: [...played.unreadable],
        quietMs,
        answerWithinMs,
        ...(cutShort === undefined ? {} : { cutShort }),
      };
    },
    async close() {
      await Promise.all([listener.close(), registry.close()]);
    },
  };
}
