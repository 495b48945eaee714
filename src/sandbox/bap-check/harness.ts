/** Serves the provider and its registry, and runs one profile at a time. */
import type { Clock, Random } from '../../ports/runtime.js';
import { ackBody } from '../buyer-app/envelope.js';
import type { Dialect, Offer } from '../dialects/dialect.js';
import { startSandboxRegistry, type SandboxRegistry } from '../registry.js';
import { HttpServer } from '../runtime/http-server.js';
import { makeKeys } from '../runtime/keys.js';
import type { AppDriver } from './app-driver.js';
import { CallbackSender, UNKNOWN_ID, type Signer, type Signers } from './provider/callback-sender.js';
import type { ProviderProfile } from './provider/provider-profiles.js';
import { CheckProvider } from './provider/provider.js';
import type { Expected, ReceivedRequest, RunRecord, SentCallback, Timing } from './provider/run-record.js';
import { runScenario } from './scenario.js';

const BPP_ID = 'bap-check.example';
const FOREIGN_ID = 'another-provider.example';
const NO_RUN_ERROR = { code: '503', message: 'No run is in progress.' };

export interface HarnessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialect: Dialect;
  readonly host: string;
  /** The provider's port; 0 picks any free one. */
  readonly port: number;
  /** The registry's port; 0 picks any free one. */
  readonly registryPort: number;
  /** The URL at which the buyer app reaches the provider, without `/bpp`; `http://host:port` by default. */
  readonly publicUrl?: string;
  /** The buyer app's subscriber id. */
  readonly subscriberId: string;
  readonly keyId?: string;
  /** The buyer app's raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly bapUri: string;
  readonly timing: Timing;
}

export interface RunOptions {
  readonly profile: ProviderProfile;
  readonly driver: AppDriver;
  isInterrupted?(): boolean;
  /** Shows a line to the person who operates the app. */
  print?(text: string): void;
  onEntry?(entry: ReceivedRequest | SentCallback): void;
}

/** @errors Rejects if a port is taken. */
export async function openHarness(options: HarnessOptions): Promise<Harness> {
  const { clock, random, host, dialect } = options;
  const signers: Signers = {
    provider: await createSigner(BPP_ID, random),
    foreign: await createSigner(FOREIGN_ID, random),
    unknown: await createSigner(UNKNOWN_ID, random),
  };
  const endpoint = new ProviderEndpoint(host, options.port, ackBody(dialect.envelope.ackForm, 'NACK', NO_RUN_ERROR));
  const port = await endpoint.open();
  let registry: SandboxRegistry;
  try {
    registry = await startSandboxRegistry({ clock, host, port: options.registryPort });
  } catch (error) {
    await endpoint.close();
    throw error;
  }
  const bppUri = `${(options.publicUrl ?? `http://${host}:${port}`).replace(/\/+$/, '')}/bpp`;
  registerParticipants(registry, options, signers, bppUri);
  return new Harness({ options, signers, endpoint, registry, bppUri });
}

/** Creates a signer with a new key id, because receivers cache keys by their ids. */
async function createSigner(subscriberId: string, random: Random): Promise<Signer> {
  return { subscriberId, keyId: `key-${random.base32(6).toLowerCase()}`, keys: await makeKeys() };
}

function registerParticipants(
  registry: SandboxRegistry,
  { subscriberId, keyId, publicKey, bapUri, dialect }: HarnessOptions,
  { provider, foreign }: Signers,
  bppUri: string,
): void {
  for (const signer of [provider, foreign]) {
    registry.add({
      subscriberId: signer.subscriberId,
      url: bppUri,
      type: 'BPP',
      keyId: signer.keyId,
      signingPublicKey: signer.keys.publicKeyBase64,
      domain: dialect.envelope.domain,
    });
  }
  registry.add({
    subscriberId,
    url: bapUri,
    type: 'BAP',
    keyId: keyId ?? 'any',
    signingPublicKey: Buffer.from(publicKey).toString('base64'),
    domain: dialect.envelope.domain,
  });
}

/** Passes requests to the provider of the current run, and refuses them between runs. */
class ProviderEndpoint {
  readonly #server: HttpServer;
  #provider: CheckProvider | undefined;

  /** @param idleBody The body of refusals between runs. */
  constructor(host: string, port: number, idleBody: string) {
    this.#server = new HttpServer(host, port, (request) =>
      this.#provider ? this.#provider.receive(request) : Promise.resolve({ status: 503, text: idleBody }),
    );
  }

  open(): Promise<number> {
    return this.#server.open();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  setProvider(provider: CheckProvider | undefined): void {
    this.#provider = provider;
  }
}

interface HarnessDeps {
  readonly options: HarnessOptions;
  readonly signers: Signers;
  readonly endpoint: ProviderEndpoint;
  readonly registry: SandboxRegistry;
  readonly bppUri: string;
}

export class Harness {
  readonly expected: Expected;
  readonly offer: Offer;
  readonly #deps: HarnessDeps;
  readonly #callbackSender: CallbackSender;

  constructor(deps: HarnessDeps) {
    const { clock, random, subscriberId, keyId, publicKey, bapUri, timing } = deps.options;
    this.#deps = deps;
    this.expected = {
      subscriberId,
      ...(keyId === undefined ? {} : { keyId }),
      publicKey,
      bapUri,
      bppId: BPP_ID,
      bppUri: deps.bppUri,
      bppKeyId: deps.signers.provider.keyId,
      registryUrl: deps.registry.url,
    };
    // These ids are new at every start, so only an app that reads the catalogue can know them.
    const suffix = random.base32(4).toLowerCase();
    this.offer = {
      providerId: `cpo-${suffix}`,
      stationId: `st-${suffix}`,
      chargePointId: `cp-${suffix}`,
      connectorIds: [`cp-${suffix}-1`, `cp-${suffix}-2`],
    };
    this.#callbackSender = new CallbackSender(clock, deps.signers, { bapUri, timeoutMs: timing.answerTimeoutMs });
  }

  get publicKeyBase64(): string {
    return this.#deps.signers.provider.keys.publicKeyBase64;
  }

  /** Runs one profile. Runs must not overlap. */
  async run(run: RunOptions): Promise<RunRecord> {
    const { profile, driver, isInterrupted = () => false, print = () => undefined, onEntry = () => undefined } = run;
    const { endpoint, options } = this.#deps;
    const { clock, random, timing, dialect } = options;
    const { expected, offer } = this;
    const callbackSender = this.#callbackSender;
    const parts = { clock, random, dialect, profile, expected, offer, callbackSender, timing };
    const provider = new CheckProvider({ ...parts, onEntry });
    endpoint.setProvider(provider);
    const scenario = runScenario({ clock, provider, driver, timing, isInterrupted, print });
    const abort = await scenario.finally(() => endpoint.setProvider(undefined));
    const { otherDialect } = provider;
    return {
      dialect,
      profile,
      expected,
      offer,
      transactions: provider.transactions,
      entries: [...provider.entries],
      unreadable: [...provider.unreadable],
      repeatWindowMs: timing.repeatWindowMs,
      answerWithinMs: timing.answerWithinMs,
      strayPaths: [...provider.strayPaths],
      ...(otherDialect !== undefined && { otherDialect }),
      ...(driver.problem !== undefined && { driverProblem: driver.problem }),
      ...(abort !== undefined && { abort }),
    };
  }

  async close(): Promise<void> {
    const { endpoint, registry } = this.#deps;
    await Promise.all([endpoint.close(), registry.close()]);
  }
}
