/** Builds each Beckn network's keys, registry access, signature verifier, and callback renderer and sender. */
import { createAckCheck } from '../../beckn/outbound/ack-signature.js';
import { HttpCallbackSender } from '../../beckn/outbound/callback-sender.js';
import { createCallbackRenderer } from '../../beckn/outbound/callback-renderer.js';
import { createCallbackTargetChecker, type CallbackTargetChecker } from '../../beckn/outbound/callback-target.js';
import { ackFormatFor } from '../../beckn/protocol/ack-format.js';
import { CALLBACK_TTL_S } from '../../beckn/protocol/context.js';
import type { BecknDialect } from '../../beckn/protocol/dialect.js';
import type { Subscriber } from '../../beckn/protocol/wire.js';
import { KeyDirectory } from '../../beckn/registry/key-directory.js';
import type { RegistrySource } from '../../beckn/registry/registry.js';
import { Verifier } from '../../beckn/registry/verify.js';
import { createSigner, type ReplaceableSigner, type Signer } from '../../beckn/signing/signer.js';
import { networksOf, peerSettings, type Config, type NetworkSettings, type Secrets } from '../../config/config.js';
import type { AckFormat } from '../../config/peer-settings.js';
import { buyerKey, TRIAL_NETWORK } from '../../domain/model/order.js';
import {
  RenderFault,
  type CallbackRenderer,
  type CallbackSender,
  type OutboundCallback,
} from '../../ports/callback-delivery.js';
import { MAIN_NETWORK } from '../../ports/networks.js';
import { requestKey } from '../../ports/store.js';
import type { Adapters } from './adapters.js';
import { readSigningKeys } from '../../beckn/signing/network-keys.js';
import { type TrialRegistry, trialNetworkSettings } from './trials.js';

export interface BecknNetwork {
  readonly name: string;
  readonly settings: NetworkSettings;
  readonly subscriber: Subscriber;
  readonly signer: ReplaceableSigner;
  readonly directory: KeyDirectory;
  readonly verifier: Verifier;
  readonly renderer: CallbackRenderer;
  readonly sender: CallbackSender;
  readonly callbackTargets: CallbackTargetChecker;
}

export interface BecknNetworksDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly dialects: readonly BecknDialect[];
  readonly adapters: Adapters;
  /**
   * Returns the main network's `bpp_uri`. It is read for each callback, because a port of 0 is resolved only once
   * the listener is open.
   */
  readonly mainUri: () => string;
  /**
   * The registry of the trial network, and the URL at which the trials' buyer apps reach us; absent if there are no
   * trials.
   */
  readonly trials?: { readonly registry: TrialRegistry; readonly uri: () => string };
}

/** The main network comes first. */
export type BecknNetworks = readonly [BecknNetwork, ...BecknNetwork[]];

export function createBecknNetworks(deps: BecknNetworksDeps): BecknNetworks {
  const [main, ...others] = networksOf(deps.config).map((settings) => createNetwork(deps, settings));
  if (!main) throw new Error('there is no network');
  const trials = deps.trials ? [createNetwork(deps, trialNetworkSettings(deps.config), main.signer)] : [];
  return [main, ...others, ...trials];
}

/**
 * @param sharedSigner Another network's signer, used instead of a new one so that new keys reach both networks at once.
 */
function createNetwork(
  deps: BecknNetworksDeps,
  settings: NetworkSettings,
  sharedSigner?: ReplaceableSigner,
): BecknNetwork {
  const { config, secrets, dialects, adapters, mainUri } = deps;
  const { clock, store, events } = adapters;
  const { name, registry } = settings;
  const { id, uri, domains } = settings.subscriber;
  const trials = name === TRIAL_NETWORK ? deps.trials : undefined;
  const subscriber = {
    bppId: id,
    get bppUri() {
      if (trials) return trials.uri();
      return name === MAIN_NETWORK ? mainUri() : uri;
    },
  };
  const signer = sharedSigner ?? createSigner({ subscriberId: id, keys: readSigningKeys(settings, secrets), clock });
  const directory = new KeyDirectory({
    source: trials?.registry ?? registrySourceOf(adapters, settings, signer),
    values: store,
    clock,
    events,
    network: name,
    domains,
    positiveTtlMs: registry.cacheS * 1000,
    negativeTtlMs: registry.negativeS * 1000,
    staleTtlMs: registry.staleS * 1000,
  });
  const verifier = new Verifier({
    directory,
    clock,
    realm: id,
    ...config.signature,
    ...(adapters.verify && { verify: adapters.verify }),
  });
  const { dns } = adapters;
  const callbackTargets = createCallbackTargetChecker({
    directory,
    dns,
    clock,
    // Read for each callback, because a reload may change it.
    get allow() {
      return trials?.registry.allowedTargets ?? config.callbacks.allow;
    },
  });
  return {
    name,
    settings,
    subscriber,
    signer,
    directory,
    verifier,
    renderer: createCallbackRenderer({
      dialects,
      subscriber,
      peerSettings: (bapId) => peerSettings(config.peers, bapId),
    }),
    sender: createSender(deps, { callbackTargets, signer, verifier }),
    callbackTargets,
  };
}

function createSender(
  { config, dialects, adapters }: BecknNetworksDeps,
  { callbackTargets, signer, verifier }: Pick<BecknNetwork, 'callbackTargets' | 'signer' | 'verifier'>,
): CallbackSender {
  const { http, store, clock, events } = adapters;
  const dialectFormats = new Map(dialects.map((dialect) => [dialect.name, dialect.ackFormat]));
  const ackFormatOf = ({ bapId, dialect }: OutboundCallback): AckFormat =>
    ackFormatFor(peerSettings(config.peers, bapId), dialectFormats.get(dialect));
  return new HttpCallbackSender({
    http,
    targetChecker: callbackTargets,
    clock,
    signer,
    events,
    async requestSignature(callback) {
      if (!ackFormatOf(callback).requestSignature) return undefined;
      // An unsolicited callback has a new message id, so no stored request matches it.
      const requestAction = callback.action.replace(/^on_/, '');
      const request = await store.request(requestKey(buyerKey(callback), requestAction, callback.messageId));
      return request?.signature;
    },
    ackProblem: createAckCheck(verifier, ackFormatOf),
    ttlS: CALLBACK_TTL_S,
    timeoutMs: config.callbacks.timeoutMs,
    maxBytes: config.callbacks.maxBytes,
  });
}

function registrySourceOf({ registry }: Adapters, settings: NetworkSettings, signer: Signer): RegistrySource {
  return typeof registry === 'function' ? registry(settings, signer) : registry;
}

/** Combines all networks into one renderer and one sender, which pass each callback to its network. */
export function combineNetworks(networks: BecknNetworks): {
  readonly renderer: CallbackRenderer;
  readonly sender: CallbackSender;
} {
  const byName = new Map(networks.map((network) => [network.name, network]));
  const notConfigured = (name: string): string => `the network ${name} is no longer configured`;
  return {
    renderer: {
      render(callback) {
        const network = byName.get(callback.network);
        if (!network) throw new RenderFault(notConfigured(callback.network), '');
        return network.renderer.render(callback);
      },
      terminalAction: (order) => byName.get(order.customer.network)?.renderer.terminalAction?.(order),
      catalogueFilter: (recipient, filter) =>
        byName.get(recipient.network)?.renderer.catalogueFilter?.(recipient, filter),
    },
    sender: {
      async send(callback) {
        const network = byName.get(callback.network);
        return network ? network.sender.send(callback) : { kind: 'failed', reason: notConfigured(callback.network) };
      },
    },
  };
}
