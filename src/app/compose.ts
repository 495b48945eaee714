/** Both edges and the heart, joined; no listener yet. A simulation builds the same thing on its own ports. */
import { DIALECTS } from '../beckn/dialects/all.js';
import type { RequestPipeline } from '../beckn/inbound/request-pipeline.js';
import type { KeyDirectory } from '../beckn/registry/key-directory.js';
import type { RegistrySource } from '../beckn/registry/registry.js';
import type { Signer } from '../beckn/signing/signer.js';
import { createTrackingTokens, type TrackingTokens } from '../beckn/outbound/tracking-token.js';
import type { VerifySignature } from '../beckn/signing/verify-pool.js';
import { WEBHOOK_PATH } from '../beckn/inbound/http-server.js';
import { Bridge } from '../bridge/bridge.js';
import type { BuyerTerms } from '../bridge/buyers/buyer-terms.js';
import type { CertificateAuthority } from '../ports/certificates.js';
import type { Dns, HttpClient } from '../ports/http.js';
import type { Events } from '../ports/events.js';
import type { PaymentProvider } from '../ports/payment-provider.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import { type Config, type NetworkSettings, type PeerSettings, peerSettings, type Secrets } from '../config/config.js';
import { readCaFiles } from '../config/loading/pem-files.js';
import type { Network } from '../domain/model/network.js';
import { createHttpPaymentProvider } from '../payments/http-provider.js';
import { createPaymentWebhook, type PaymentWebhook } from '../payments/webhook.js';
import { createDiscovery } from './catalogue-discovery.js';
import { createCertificateAuthority } from '../ocpp/auth/certificate-authority.js';
import { readStoredMeterValues } from '../ocpp/connection/stored-meter-values.js';
import { Connections } from '../ocpp/connection/connections.js';
import { type BecknNetworks, createNetworks, combineNetworks } from './beckn-networks.js';
import { sessionPolicy } from './session-policy.js';
import { bootPolicyOf, chargePointSettingsOf } from './charge-point-settings.js';

const TRACKING_TTL_MS = 24 * 3_600_000;

/** Everything that reaches outside the process. */
export interface Adapters {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly http: HttpClient;
  readonly dns: Dns;
  /** One for every network, or one for each. */
  readonly registry: RegistrySource | ((network: NetworkSettings, signer: Signer) => RegistrySource);
  readonly events: Events;
  /** On the loop unless given. */
  readonly verify?: VerifySignature;
}

export interface Composition {
  readonly bridge: Bridge;
  readonly router: RequestPipeline;
  readonly connections: Connections;
  readonly networks: BecknNetworks;
  /** The first network's. */
  readonly directory: KeyDirectory;
  readonly tracking: TrackingTokens;
  /** Where there is a payment provider. */
  readonly webhook?: PaymentWebhook;
  /** Store first, then what was going on, then sockets. Listeners come after it. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** @param self.bppUri Where callbacks say we are: the configured address, or the one really listened on. */
export function compose(
  config: Config,
  secrets: Secrets,
  network: Network,
  outside: Adapters,
  self: { readonly bppUri: string },
): Composition {
  const { clock, random, store, http, events } = outside;
  const discovery = createDiscovery(config, network.name, outside);
  const networks = createNetworks({
    config,
    secrets,
    dialects: DIALECTS,
    adapters: outside,
    buyerRequests: { handleRequest: (request) => bridge.buyerRequests.handleRequest(request) },
    mainUri: () => self.bppUri,
    ...(discovery && { replies: discovery.replies }),
  });
  const { renderer: writer, callbackSender: sender, router: door } = combineNetworks(networks, config);
  const [{ directory, signer }] = networks;
  const options = {
    ...config.ocpp,
    settingsOf: (chargePointId: string) => chargePointSettingsOf(config, chargePointId),
  };
  const sockets = new Connections({ clock, random, events, options });
  const tracking = createTrackingTokens(signer.keys.map((key) => key.secretKey));
  const base = (): string => self.bppUri.replace(/\/+$/, '');
  const bridge: Bridge = new Bridge({
    network,
    policy: sessionPolicy(config),
    store,
    renderer: writer,
    callbackSender: sender,
    commandSender: sockets,
    paymentProvider: createPaymentProvider(
      config,
      secrets,
      http,
      () => `${base()}${WEBHOOK_PATH}${webhook?.token ?? ''}`,
    ),
    buyerTerms: (bapId) => buyerTerms(peerSettings(config.peers, bapId)),
    authority: openCertificateAuthority(config, outside),
    clock,
    random,
    events,
    retryMs: config.callbacks.retry,
    heartbeatS: config.ocpp.heartbeatS,
    bootRetryS: config.ocpp.bootRetryS,
    bootAnswer: (chargePointId) => bootPolicyOf(config, chargePointId),
    forbiddenActions: config.operator.forbidden,
    searchSettings: config.search,
    draftTtlMs: config.session.draftTtlS * 1000,
    trackingUrl: (orderId, now) => `${base()}/track/${tracking.issue(orderId, now + TRACKING_TTL_MS)}`,
    readMeter: (entry, version) =>
      readStoredMeterValues(entry, version, chargePointSettingsOf(config, entry.chargePointId).quirks),
  });
  const webhook = secrets.payments && createPaymentWebhook(secrets.payments.webhookSecret, bridge.paymentUpdates);
  const publisher = discovery?.createPublisher(bridge, signer, () => self.bppUri);
  return {
    bridge,
    router: door,
    connections: sockets,
    networks,
    directory,
    tracking,
    ...(webhook && { webhook }),
    async start() {
      for (const network of networks) {
        await network.directory.start();
        await network.subscription.start();
      }
      await bridge.start();
      sockets.start(bridge.chargerEvents);
      publisher?.start();
    },
    async stop(graceMs) {
      await sockets.stop(graceMs);
      await publisher?.stop();
      await bridge.stop();
    },
  };
}

function createPaymentProvider(
  { payments }: Config,
  secrets: Secrets,
  http: HttpClient,
  notifyUrl: () => string,
): PaymentProvider | undefined {
  const { url, timeoutMs } = payments;
  if (url === undefined || !secrets.payments) return undefined;
  return createHttpPaymentProvider({ http, url, key: secrets.payments.key, timeoutMs, notifyUrl });
}

function buyerTerms({ payments = ['bap-prepaid'], progressS, progressWh }: PeerSettings): BuyerTerms {
  return {
    paymentModels: payments,
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
