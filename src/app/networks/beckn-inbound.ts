/** Builds the inbound half of each Beckn network: its request pipeline and its subscription, behind one router. */
import { AddressBudget } from '../../beckn/inbound/address-limits.js';
import type { CallbackReceiver } from '../../beckn/inbound/inbound-request.js';
import {
  createNetworkRouter,
  type NetworkRoute,
  type NetworkRouter,
  type NetworkRoutes,
} from '../../beckn/inbound/network-router.js';
import { Subscription } from '../../beckn/inbound/on-subscribe.js';
import { RequestPipeline } from '../../beckn/inbound/request-pipeline.js';
import { REQUEST_PIPELINE_DEFAULTS } from '../../beckn/inbound/pipeline-options.js';
import type { BecknDialect } from '../../beckn/protocol/dialect.js';
import { publicKeyOf } from '../../beckn/registry/subscribe.js';
import { peerSettings, type Config, type Secrets } from '../../config/config.js';
import { TRIAL_NETWORK } from '../../domain/model/order.js';
import type { BuyerRequests } from '../../ports/buyer-requests.js';
import { MAIN_NETWORK, type Networks, type NetworkView } from '../../ports/networks.js';
import type { Adapters } from './adapters.js';
import type { BecknNetwork, BecknNetworks } from './beckn-networks.js';
import { readChallengeKeys } from '../../beckn/signing/network-keys.js';

export interface InboundDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly dialects: readonly BecknDialect[];
  readonly adapters: Adapters;
  readonly buyerRequests: BuyerRequests;
  /** The receivers of callbacks to our own requests in the main network, by action. */
  readonly callbackReceivers?: ReadonlyMap<string, CallbackReceiver>;
}

export interface InboundNetworks {
  readonly router: NetworkRouter;
  /** The subscriptions by the network's name. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

export function createInboundNetworks(networks: BecknNetworks, deps: InboundDeps): InboundNetworks {
  const subscriptions = new Map<string, Subscription>();
  const { clock } = deps.adapters;
  const addressBudget = new AddressBudget(clock, () => deps.config.beckn.failuresPerAddressPerMinute);
  const routeOf = (network: BecknNetwork): NetworkRoute => {
    const { basePath, subscriber } = network.settings;
    const subscription = createSubscription(network, deps);
    subscriptions.set(network.name, subscription);
    const pipeline = createPipeline(network, deps, addressBudget);
    return { pipeline, subscription, basePath, bppId: subscriber.id, domains: subscriber.domains };
  };
  const [main, ...others] = networks;
  const routes: NetworkRoutes = [routeOf(main), ...others.map(routeOf)];
  return {
    router: createNetworkRouter(routes, { ...REQUEST_PIPELINE_DEFAULTS, ...deps.config.beckn }),
    subscriptions,
  };
}

function createPipeline(network: BecknNetwork, deps: InboundDeps, addressBudget: AddressBudget): RequestPipeline {
  const { config, adapters, dialects, buyerRequests, callbackReceivers } = deps;
  const { name, settings, subscriber, verifier, signer, callbackTargets } = network;
  const { domains, replyViaGateway } = settings.subscriber;
  return new RequestPipeline({
    dialects: dialects.filter(({ optIn }) => optIn === undefined || config.beckn[optIn]),
    verifier,
    buyerRequests,
    callbackTargets,
    peerSettings: (bapId) => peerSettings(config.peers, bapId),
    subscriber,
    ...(callbackReceivers && name === MAIN_NETWORK && { callbackReceivers }),
    network: name,
    signer,
    clock: adapters.clock,
    events: adapters.events,
    addressBudget,
    perBapPerMinute: () => config.beckn.perBapPerMinute,
    options: { ...config.beckn, domains, replyViaGateway },
  });
}

function createSubscription(
  { name, settings, subscriber, signer }: BecknNetwork,
  { config, secrets, adapters }: InboundDeps,
): Subscription {
  const { store, clock, random, events } = adapters;
  return new Subscription({
    network: name,
    ...readChallengeKeys(settings, secrets),
    subscriber: settings.subscriber,
    registry: settings.registry,
    signer,
    uri: () => subscriber.bppUri,
    values: store,
    clock,
    random,
    events,
    skewS: config.signature.skewS,
    maxAgeS: config.signature.maxAgeS,
  });
}

/** Creates the port through which an operator lists the networks and subscribes to them. */
export function createNetworksPort(networks: BecknNetworks, { subscriptions }: InboundNetworks): Networks {
  // Trials have no registry to subscribe to.
  const listed = networks.filter(({ name }) => name !== TRIAL_NETWORK);
  return {
    list: () => listed.map((network) => viewOf(network, subscriptions.get(network.name)?.pendingUntil())),
    async subscribe(name, request) {
      const subscription = listed.some((network) => network.name === name) ? subscriptions.get(name) : undefined;
      if (subscription) return subscription.subscribe(request);
      const names = listed.map((network) => network.name).join(', ');
      return { refused: 'unknown-network', message: `There is no network ${name}; the networks are ${names}.` };
    },
  };
}

function viewOf({ name, settings, signer, directory }: BecknNetwork, pendingUntil: number | undefined): NetworkView {
  const { subscriber, registry, basePath } = settings;
  const signingKeyId = signer.currentKey().keyId;
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
      isSigning: key.keyId === signingKeyId,
    })),
    registry: {
      kind: registry.kind,
      ...(registry.url !== undefined && { url: registry.url }),
      ...directory.status(),
    },
    ...(pendingUntil !== undefined && { pendingUntil }),
  };
}
