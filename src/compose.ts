/** Both edges and the heart, joined; no listener yet. A simulation builds the same thing on its own ports. */
import { createDoor, type Door } from './beckn/door.js';
import { createCallbackSender, signedNow } from './beckn/callbacks.js';
import { CataloguePublisher } from './beckn/catalogue-publisher.js';
import type { Self } from './beckn/context.js';
import { createCallbackTargets } from './beckn/callback-target.js';
import { DIALECTS } from './beckn/dialects/all.js';
import { createKeyDirectory, type KeyDirectory } from './beckn/key-directory.js';
import { readSecretKey } from './beckn/key-material.js';
import type { RegistrySource } from './beckn/registry.js';
import { createTrackingTokens, type TrackingTokens } from './beckn/tracking-token.js';
import { createVerifier } from './beckn/verify.js';
import type { VerifySignature } from './beckn/verify-pool.js';
import { createCallbackWriter } from './beckn/writer.js';
import { type Bridge, createBridge } from './bridge/bridge.js';
import type { CertificateAuthority } from './bridge/ports/certificates.js';
import type { Dns, HttpClient } from './bridge/ports/http.js';
import type { Events } from './bridge/ports/observe.js';
import type { Clock, Random } from './bridge/ports/runtime.js';
import type { Store } from './bridge/ports/store.js';
import { type Config, peerSettings, type Secrets } from './config/config.js';
import { readCaFiles } from './config/pem-files.js';
import type { Network } from './domain/network.js';
import { createAuthority } from './ocpp/authority.js';
import { readKept } from './ocpp/kept-meter.js';
import { Sockets } from './ocpp/sockets.js';
import { sessionPolicy } from './policy.js';
import { wireOf } from './wire-settings.js';

const TRACKING_MS = 24 * 3_600_000;

/** Everything that reaches outside the process. */
export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly http: HttpClient;
  readonly dns: Dns;
  readonly registry: RegistrySource;
  readonly events: Events;
  /** On the loop unless given. */
  readonly verify?: VerifySignature;
}

export interface Composition {
  readonly bridge: Bridge;
  readonly door: Door;
  readonly sockets: Sockets;
  readonly directory: KeyDirectory;
  readonly tracking: TrackingTokens;
  /** Store first, then what was going on, then sockets. Listeners come after it. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** @param self.bppUri Where callbacks say we are: the configured address, or the one really listened on. */
export function compose(
  config: Config,
  secrets: Secrets,
  network: Network,
  outside: Outside,
  self: { readonly bppUri: string },
): Composition {
  const { clock, random, store, http, dns, registry, events } = outside;
  const signer = readSecretKey(secrets.signingKey);
  const identity = {
    bppId: config.subscriber.id,
    get bppUri() {
      return self.bppUri;
    },
  };
  const peer = (bapId: string): ReturnType<typeof peerSettings> => peerSettings(config.peers, bapId);
  const { cacheS, negativeS, staleS } = config.registry;
  const directory = createKeyDirectory({
    source: registry,
    values: store,
    clock,
    events,
    positiveMs: cacheS * 1000,
    negativeMs: negativeS * 1000,
    staleMs: staleS * 1000,
  });
  const verifier = createVerifier({
    directory,
    clock,
    realm: config.subscriber.id,
    ...config.signature,
    ...(outside.verify && { verify: outside.verify }),
  });
  const targets = createCallbackTargets({ directory, dns, allow: config.callbacks.allow });
  const sender = createCallbackSender({
    http,
    targets,
    clock,
    subscriberId: config.subscriber.id,
    keyId: config.subscriber.keyId,
    secretKey: signer.secretKey,
    timeoutMs: config.callbacks.timeoutMs,
    maxBytes: config.callbacks.maxBytes,
  });
  const options = { ...config.ocpp, wireOf: (chargePointId: string) => wireOf(config, chargePointId) };
  const sockets = new Sockets({ clock, random, events, options });
  const tracking = createTrackingTokens(signer.secretKey);
  const bridge = createBridge({
    network,
    policy: sessionPolicy(config),
    store,
    writer: createCallbackWriter({ dialects: DIALECTS, self: identity, peer }),
    sender,
    calls: sockets,
    authority: authorityOf(config, outside),
    clock,
    random,
    events,
    retryMs: config.callbacks.retry,
    heartbeatS: config.ocpp.heartbeatS,
    forbidden: config.operator.forbidden,
    draftTtlMs: config.session.draftTtlS * 1000,
    trackingUrl: (orderId, now) =>
      `${self.bppUri.replace(/\/+$/, '')}/track/${tracking.make(orderId, now + TRACKING_MS)}`,
    readMeter: (entry, version) => readKept(entry, version, wireOf(config, entry.chargePointId).quirks),
  });
  const publisher = publisherOf(config, outside, identity, signer.secretKey, bridge, network);
  const door = createDoor({
    dialects: DIALECTS,
    ...(publisher && { replies: new Map([['on_catalog_publish', publisher.reply]]) }),
    verifier,
    intake: bridge.buyers,
    peer,
    self: identity,
    clock,
    events,
    options: config.beckn,
  });
  return {
    bridge,
    door,
    sockets,
    directory,
    tracking,
    async start() {
      await directory.start();
      await bridge.start();
      sockets.start(bridge.chargers);
      publisher?.start();
    },
    async stop(graceMs) {
      await sockets.stop(graceMs);
      await publisher?.stop();
      await bridge.stop();
    },
  };
}

function publisherOf(
  { discovery, subscriber, callbacks, session }: Config,
  { clock, random, events, http, store }: Outside,
  self: Self,
  secretKey: Uint8Array,
  { offers }: Bridge,
  { name }: Network,
): CataloguePublisher | undefined {
  if (!discovery.ubc) return undefined;
  const { url, subscriberId, everyS = 5, refreshH = 6 } = discovery.ubc;
  return new CataloguePublisher({
    offers,
    networkName: name,
    aheadMs: session.slotAheadH * 3_600_000,
    url,
    subscriberId,
    self,
    authorize: (body) => signedNow(body, { subscriberId: subscriber.id, keyId: subscriber.keyId, secretKey }, clock),
    http,
    clock,
    random,
    events,
    openRow: async (detail) => {
      events.emit('row.opened', { kind: 'catalogue-rejected' });
      await store.commit({
        rows: [{ id: random.uuid(), kind: 'catalogue-rejected', at: clock.now(), detail }],
      });
    },
    everyMs: everyS * 1000,
    refreshMs: refreshH * 3_600_000,
    retryMs: callbacks.retry,
    timeoutMs: callbacks.timeoutMs,
  });
}

function authorityOf({ ocpp }: Config, { clock, random }: Outside): CertificateAuthority | undefined {
  if (!ocpp.ca) return undefined;
  const { days = 365 } = ocpp.ca;
  const { organisation } = ocpp;
  const files = readCaFiles(ocpp.ca, []);
  return createAuthority({ ...files, days, ...(organisation !== undefined && { organisation }), clock, random });
}
