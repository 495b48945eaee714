/** Connects the core with both edges, without listeners. A simulation does the same with its own adapters. */
import { DIALECTS } from '../beckn/dialects/all.js';
import type { NetworkRouter } from '../beckn/inbound/network-router.js';
import { WEBHOOK_PATH } from '../beckn/inbound/pages.js';
import type { CataloguePublisher } from '../beckn/outbound/catalogue-publisher.js';
import { createTrackingTokens, type TrackingTokens } from '../beckn/outbound/tracking-token.js';
import { Bridge } from '../bridge/bridge.js';
import type { BuyerTerms } from '../bridge/buyers/buyer-terms.js';
import { SteadyClock } from '../bridge/steady-clock.js';
import { type Config, type PeerSettings, peerSettings, type Secrets } from '../config/config.js';
import { readCaFiles } from '../config/loading/pem-files.js';
import type { Network } from '../domain/model/network.js';
import { TRIAL_NETWORK } from '../domain/model/order.js';
import { createCertificateAuthority } from '../ocpp/auth/certificate-authority.js';
import { Connections } from '../ocpp/connection/connections.js';
import { readStoredMeterValues } from '../ocpp/connection/stored-meter-values.js';
import { HttpPaymentProvider } from '../payments/http-provider.js';
import { PaymentWebhook, webhookToken } from '../payments/webhook.js';
import type { CertificateAuthority } from '../ports/certificates.js';
import type { Networks } from '../ports/networks.js';
import type { PaymentProvider } from '../ports/payment-provider.js';
import type { Adapters } from './networks/adapters.js';
import { createInboundNetworks, createNetworksPort, type InboundNetworks } from './networks/beckn-inbound.js';
import { type BecknNetworks, createBecknNetworks, combineNetworks } from './networks/beckn-networks.js';
import { createCataloguePublisher } from './networks/catalogue-discovery.js';
import { announceDiscrepancies } from './store/announce-discrepancies.js';
import { bootPolicyOf, chargePointSettingsOf } from './charge-point-settings.js';
import { sessionPolicy } from './session-policy.js';
import { TRIAL_PAYMENT, TrialOperations, TrialRegistry } from './networks/trials.js';

const TRACKING_TTL_MS = 24 * 3_600_000;

export interface CompositionDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  /** The network in use until `bridge.replaceNetwork` is called. */
  readonly network: Network;
  readonly adapters: Adapters;
  /**
   * `bppUri` is the main network's `bpp_uri`: configured, or set once the listener knows its port. It is read for each
   * callback.
   */
  readonly address: { readonly bppUri: string; readonly trialUri?: string };
}

export interface Composition {
  readonly bridge: Bridge;
  readonly router: NetworkRouter;
  readonly connections: Connections;
  readonly networks: BecknNetworks;
  readonly networksPort: Networks;
  readonly tracking: TrackingTokens;
  readonly trials: TrialOperations;
  /** Absent if no payment provider is configured. */
  readonly webhook?: PaymentWebhook;
  /** Starts the parts. The store must already be running; listeners start afterwards. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export function compose(given: CompositionDeps): Composition {
  const store = announceDiscrepancies(given.adapters.store, given.adapters.events);
  const deps = { ...given, adapters: { ...given.adapters, store } };
  const { config, secrets, adapters, address } = deps;
  const trialRegistry = new TrialRegistry();
  const networks = createBecknNetworks({
    config,
    secrets,
    dialects: DIALECTS,
    adapters,
    mainUri: () => address.bppUri,
    trials: { registry: trialRegistry, uri: () => address.trialUri ?? '' },
  });
  const [main] = networks;
  const { random, events } = adapters;
  // Chargers and orders share a clock that never steps while an order depends on it. Signatures need the host's clock.
  const clock = SteadyClock.of(adapters.clock, events);
  const settingsOf = (chargePointId: string) => chargePointSettingsOf(config, chargePointId);
  const connections = new Connections({ clock, random, events, options: { ...config.ocpp, settingsOf } });
  const tracking = createTrackingTokens(main.signer.keys.map((key) => key.secretKey));
  const bridge = composeBridge(deps, { networks, connections, tracking, clock });

  const webhook = secrets.payments && new PaymentWebhook(secrets.payments.webhookSecret, bridge.paymentUpdates, events);
  const { availability, buyerRequests } = bridge;
  const publisher = createCataloguePublisher({
    config,
    adapters,
    availability,
    catalogue: bridge.catalogue,
    network: main,
  });
  const inbound = createInboundNetworks(networks, {
    config,
    secrets,
    dialects: DIALECTS,
    adapters,
    buyerRequests,
    ...(publisher && { callbackReceivers: new Map([['on_catalog_publish', publisher.callbackReceiver]]) }),
  });
  return {
    bridge,
    router: inbound.router,
    connections,
    networks,
    networksPort: createNetworksPort(networks, inbound),
    tracking,
    trials: new TrialOperations({
      registry: trialRegistry,
      signer: main.signer,
      subscriberId: config.subscriber.id,
      bridge,
      clock,
      random,
      peers: () => config.peers,
    }),
    ...(webhook && { webhook }),
    ...lifecycle({ networks, inbound, bridge, connections, publisher }),
  };
}

function composeBridge(
  { config, secrets, network, adapters, address }: CompositionDeps,
  parts: Pick<Composition, 'networks' | 'connections' | 'tracking'> & { readonly clock: SteadyClock },
): Bridge {
  const { networks, connections, tracking, clock } = parts;
  const { random, store, events, frameJournal, isDiskFull } = adapters;
  const { renderer, sender } = combineNetworks(networks);
  const baseUri = (): string => address.bppUri.replace(/\/+$/, '');
  return new Bridge({
    network,
    policy: sessionPolicy(config),
    store,
    renderer,
    callbackSender: sender,
    commandSender: connections,
    disconnect: (chargePointId, reason) => connections.disconnect(chargePointId, reason),
    paymentProvider: createPaymentProvider(config, secrets, adapters, baseUri),
    buyerTerms: (bapId, networkName) => buyerTerms(peerSettings(config.peers, bapId), networkName),
    authority: openCertificateAuthority(config, adapters),
    clock,
    random,
    events,
    frameJournal,
    isDiskFull,
    retryMs: config.callbacks.retry,
    heartbeatS: config.ocpp.heartbeatS,
    bootRetryS: config.ocpp.bootRetryS,
    bootAnswer: (chargePointId) => bootPolicyOf(config, chargePointId),
    forbiddenActions: config.operator.forbidden,
    fileLocations: { schemes: config.operator.locationSchemes, hosts: config.operator.locationHosts },
    buyerLimits: {
      get connectorsPerBuyer() {
        return config.beckn.connectorsPerBuyer;
      },
      get holdsPerBuyer() {
        return config.beckn.holdsPerBuyer;
      },
      get startsPerConnector() {
        return config.beckn.startsPerConnector;
      },
    },
    searchSettings: config.search,
    draftTtlMs: config.session.draftTtlS * 1000,
    trackingUrl: (orderId, now) => `${baseUri()}/track/${tracking.issue(orderId, now + TRACKING_TTL_MS)}`,
    readMeter: (entry, version) =>
      readStoredMeterValues(entry, version, chargePointSettingsOf(config, entry.chargePointId).quirks),
  });
}

function lifecycle({
  networks,
  inbound,
  bridge,
  connections,
  publisher,
}: Pick<Composition, 'networks' | 'bridge' | 'connections'> & {
  readonly inbound: InboundNetworks;
  readonly publisher: CataloguePublisher | undefined;
}): Pick<Composition, 'start' | 'stop'> {
  return {
    async start() {
      for (const { directory } of networks) await directory.start();
      for (const subscription of inbound.subscriptions.values()) await subscription.start();
      await bridge.start();
      connections.start(bridge.chargerEvents);
      publisher?.start();
    },
    async stop(graceMs) {
      await connections.stop(graceMs);
      await publisher?.stop();
      await bridge.stop();
    },
  };
}

function createPaymentProvider(
  { payments }: Config,
  secrets: Secrets,
  { http }: Adapters,
  baseUri: () => string,
): PaymentProvider | undefined {
  const { url, timeoutMs } = payments;
  if (url === undefined || !secrets.payments) return undefined;
  const { key, webhookSecret } = secrets.payments;
  const token = webhookToken(webhookSecret);
  return new HttpPaymentProvider({
    http,
    url,
    key,
    timeoutMs,
    notifyUrl: () => `${baseUri()}${WEBHOOK_PATH}${token}`,
  });
}

function buyerTerms(
  { payments = ['bap-prepaid'], progressS, progressWh }: PeerSettings,
  networkName: string,
): BuyerTerms {
  return {
    paymentModels: networkName === TRIAL_NETWORK ? [TRIAL_PAYMENT] : payments,
    ...(progressS !== undefined && { progressMs: progressS * 1000 }),
    ...(progressWh !== undefined && { progressWh }),
  };
}

function openCertificateAuthority({ ocpp }: Config, { clock, random }: Adapters): CertificateAuthority | undefined {
  if (!ocpp.ca) return undefined;
  const { days = 365 } = ocpp.ca;
  const { organisation } = ocpp;
  const files = readCaFiles(ocpp.ca, []);
  return createCertificateAuthority({
    ...files,
    days,
    ...(organisation !== undefined && { organisation }),
    clock,
    random,
  });
}
