/** The Beckn edge of each network that is served: its own registry, keys, door and callbacks; and all of them as one. */
import { createAckCheck } from '../beckn/outbound/ack-check.js';
import { ackFormatFor } from '../beckn/protocol/ack-format.js';
import { createCallbackSender, type OutboundCallback } from '../beckn/outbound/callback-sender.js';
import { createCallbackTargetChecker } from '../beckn/outbound/callback-target.js';
import type { BecknDialect } from '../beckn/protocol/dialect.js';
import {
  createRequestPipeline,
  REQUEST_PIPELINE_DEFAULTS,
  type CallbackReceiver,
} from '../beckn/inbound/request-pipeline.js';
import { createNetworkRouter, type NetworkRoute } from '../beckn/inbound/network-router.js';
import {
  encodeEncryptionPublicKey,
  readEncryptionKey,
  readEncryptionPublicKey,
} from '../beckn/signing/encryption-keys.js';
import { createKeyDirectory, type KeyDirectory } from '../beckn/registry/key-directory.js';
import { KeyFault, readPublicKey, readSecretKey } from '../beckn/signing/key-material.js';
import type { RegistrySource } from '../beckn/registry/registry.js';
import { createSigner, type Signer, type SigningKey } from '../beckn/signing/signer.js';
import { publicKeyOf } from '../beckn/registry/subscribe.js';
import { createSubscription, type Subscription } from '../beckn/inbound/on-subscribe.js';
import { createVerifier } from '../beckn/registry/verify.js';
import { createCallbackRenderer } from '../beckn/outbound/callback-renderer.js';
import {
  RenderFault,
  type BuyerRequests,
  type CallbackSender,
  type CallbackRenderer,
} from '../ports/buyer-requests.js';
import type { Networks } from '../ports/networks.js';
import { requestKey } from '../ports/store.js';
import type { Adapters } from './compose.js';
import {
  networksOf,
  peerSettings,
  type Config,
  type NetworkSettings,
  type Secrets,
  type Validity,
} from '../config/config.js';
import type { AckFormat } from '../config/peer-settings.js';
import { buyerKey } from '../domain/model/order.js';

export interface BecknNetwork extends NetworkRoute {
  readonly name: string;
  /** As orders keep it: absent for the first network. */
  readonly storedName: string | undefined;
  readonly settings: NetworkSettings;
  readonly signer: Signer;
  readonly directory: KeyDirectory;
  readonly renderer: CallbackRenderer;
  readonly sender: CallbackSender;
  readonly subscription: Subscription;
}

export interface NetworksDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly dialects: readonly BecknDialect[];
  readonly adapters: Adapters;
  readonly buyerRequests: BuyerRequests;
  /** What the first network's door takes in besides requests, by action. */
  readonly replies?: ReadonlyMap<string, CallbackReceiver>;
  /** Where callbacks say we are in the first network. */
  readonly mainUri: () => string;
}

export type BecknNetworks = readonly [BecknNetwork, ...BecknNetwork[]];

export function createNetworks(deps: NetworksDeps): BecknNetworks {
  const [first, ...others] = networksOf(deps.config);
  if (!first) throw new Error('there is no network');
  return [
    createNetwork(deps, first, undefined, deps.mainUri, deps.replies),
    ...others.map((one) => createNetwork(deps, one, one.name, () => one.subscriber.uri)),
  ];
}

function createNetwork(
  { config, secrets, dialects, adapters: outside, buyerRequests: intake }: NetworksDeps,
  settings: NetworkSettings,
  kept: string | undefined,
  uri: () => string,
  replies?: ReadonlyMap<string, CallbackReceiver>,
): BecknNetwork {
  const { clock, random, store, http, dns, events } = outside;
  const { subscriber, basePath } = settings;
  const { id, domains, replyViaGateway } = subscriber;
  const named = kept === undefined ? {} : { network: kept };
  const self = {
    bppId: id,
    get bppUri() {
      return uri();
    },
  };
  const peer = (bapId: string): ReturnType<typeof peerSettings> => peerSettings(config.peers, bapId);
  const signer = createSigner({
    subscriberId: id,
    keys: readSigningKeys(settings, secrets, kept === undefined),
    clock,
  });
  const directory = createKeyDirectory({
    source: registrySourceOf(outside, settings, signer),
    values: store,
    clock,
    events,
    ...named,
    domains,
    positiveTtlMs: settings.registry.cacheS * 1000,
    negativeTtlMs: settings.registry.negativeS * 1000,
    staleTtlMs: settings.registry.staleS * 1000,
  });
  const verifier = createVerifier({
    directory,
    clock,
    realm: id,
    ...config.signature,
    ...(outside.verify && { verify: outside.verify }),
  });
  const answers = new Map(dialects.map((dialect) => [dialect.name, dialect.ackFormat]));
  const shapeOf = (sent: OutboundCallback): AckFormat => ackFormatFor(peer(sent.bapId), answers.get(sent.dialect));
  const requestSignature = async (sent: OutboundCallback): Promise<string | undefined> => {
    if (!shapeOf(sent).requestSignature) return undefined;
    // An unsolicited callback has an id of its own, which no request had.
    return (await store.request(requestKey(buyerKey(sent), sent.action.replace(/^on_/, ''), sent.messageId)))
      ?.signature;
  };
  return {
    name: settings.name,
    storedName: kept,
    settings,
    basePath,
    bppId: id,
    domains,
    signer,
    directory,
    renderer: createCallbackRenderer({ dialects, subscriber: self, peerSettings: peer }),
    sender: createCallbackSender({
      http,
      targetChecker: createCallbackTargetChecker({ directory, dns, allow: config.callbacks.allow }),
      clock,
      signer,
      events,
      requestSignature,
      ackProblem: createAckCheck(verifier, shapeOf),
      timeoutMs: config.callbacks.timeoutMs,
      maxBytes: config.callbacks.maxBytes,
    }),
    pipeline: createRequestPipeline({
      dialects: dialects.filter(({ optIn }) => optIn === undefined || config.beckn[optIn]),
      verifier,
      buyerRequests: intake,
      peerSettings: peer,
      subscriber: self,
      ...(replies && { callbackReceivers: replies }),
      ...named,
      signer,
      clock,
      events,
      options: { ...config.beckn, domains, replyViaGateway },
    }),
    subscription: createSubscription({
      network: settings.name,
      ...readEncryptionKeys(settings, secrets),
      subscriber,
      registry: settings.registry,
      signer,
      uri,
      values: store,
      clock,
      random,
      events,
      skewS: config.signature.skewS,
      maxAgeS: config.signature.maxAgeS,
    }),
  };
}

/** All networks behind one door, one writer, one sender: each order goes by the network that it keeps. */
export function combineNetworks(networks: BecknNetworks, config: Config) {
  const byName = new Map(networks.map((network) => [network.storedName, network]));
  const writer: CallbackRenderer = {
    render(order) {
      const network = byName.get(order.network);
      if (!network) throw new RenderFault(`the network ${String(order.network)} is not configured any more`, '');
      return network.renderer.render(order);
    },
    terminalAction: (order) => byName.get(order.buyerApp.network)?.renderer.terminalAction?.(order),
    catalogueFilter: (by, filter) => byName.get(by.network)?.renderer.catalogueFilter?.(by, filter),
  };
  const sender: CallbackSender = {
    send(callback) {
      const reason = `the network ${String(callback.network)} is not configured any more`;
      return byName.get(callback.network)?.sender.send(callback) ?? Promise.resolve({ kind: 'failed', reason });
    },
  };
  return {
    renderer: writer,
    callbackSender: sender,
    router: createNetworkRouter(networks, { ...REQUEST_PIPELINE_DEFAULTS, ...config.beckn }),
  };
}

/** What an operator sees of the networks, and may ask of them. */
export function createNetworksPort(networks: BecknNetworks): Networks {
  return {
    list: () =>
      networks.map(({ name, settings, signer, directory, subscription }) => {
        const { subscriber, registry, basePath } = settings;
        const pendingUntil = subscription.pendingUntil();
        const signing = signer.currentKey().keyId;
        return {
          name,
          subscriberId: subscriber.id,
          uri: subscriber.uri,
          basePath,
          domains: subscriber.domains,
          keys: signer.keys.map((key) => ({
            keyId: key.keyId,
            publicKey: publicKeyOf(key),
            ...(key.validFrom !== undefined && { validFrom: key.validFrom }),
            ...(key.validUntil !== undefined && { validUntil: key.validUntil }),
            isSigning: key.keyId === signing,
          })),
          registry: {
            kind: registry.kind,
            ...(registry.url !== undefined && { url: registry.url }),
            ...directory.status(),
          },
          ...(pendingUntil !== undefined && { pendingUntil }),
        };
      }),
    async subscribe(name, wish) {
      const network = networks.find((one) => one.name === name);
      if (network) return network.subscription.subscribe(wish);
      const known = networks.map((one) => one.name).join(', ');
      return { refused: 'unknown-network', message: `There is no network ${name}; there are ${known}.` };
    },
  };
}

function registrySourceOf({ registry }: Adapters, settings: NetworkSettings, signer: Signer): RegistrySource {
  return typeof registry === 'function' ? registry(settings, signer) : registry;
}

function readSigningKeys(
  { subscriber }: NetworkSettings,
  { signingKey, keyFiles }: Secrets,
  isFirst: boolean,
): [SigningKey, ...SigningKey[]] {
  const text = (file: string): string => keyFiles?.get(file) ?? '';
  const read = (keyId: string, secret: string, { validFrom, validUntil }: Validity): SigningKey => ({
    keyId,
    secretKey: withKeyLabel(`the signing key ${keyId} of ${subscriber.id}`, () => readSecretKey(secret)).secretKey,
    ...(validFrom !== undefined && { validFrom: Date.parse(validFrom) }),
    ...(validUntil !== undefined && { validUntil: Date.parse(validUntil) }),
  });
  return [
    read(subscriber.keyId, isFirst ? signingKey : text(subscriber.keyFile), subscriber),
    ...subscriber.keys.map((key) => read(key.keyId, text(key.keyFile), key)),
  ];
}

function readEncryptionKeys({ subscriber, registry }: NetworkSettings, { keyFiles }: Secrets) {
  const encryptionKeys = subscriber.encryptionKeyFiles.map((file) =>
    withKeyLabel(file, () => readEncryptionKey(keyFiles?.get(file) ?? '')),
  );
  const theirs = `registry.signingKeys and encryptionKeys of ${subscriber.id}`;
  const [registered] = encryptionKeys;
  return {
    encryptionKeys,
    encryptionPublicKey: registered && encodeEncryptionPublicKey(registered),
    registryEncryptionKeys: withKeyLabel(theirs, () => registry.encryptionKeys.map(readEncryptionPublicKey)),
    registrySigningKeys: withKeyLabel(theirs, () => registry.signingKeys.map(readPublicKey)),
  };
}

/** A key that cannot be used ends the start, and the operator learns which one it is. */
function withKeyLabel<T>(which: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    throw new KeyFault(`${which}: ${error.message}`);
  }
}
