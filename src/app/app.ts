/** Builds the whole product in one process: store, edges, core and listeners. */
import { UndiciHttpClient } from '../beckn/outbound/http-undici.js';
import { openRegistry } from '../beckn/registry/registry-open.js';
import type { RegistrySource } from '../beckn/registry/registry.js';
import { loadSodium } from '../beckn/signing/signature.js';
import { BecknServer } from '../beckn/inbound/http-server.js';
import { siteVerificationPage } from '../beckn/inbound/pages.js';
import { createSystemDns } from '../beckn/outbound/system-dns.js';
import { createPooledVerify } from '../beckn/signing/verify-pool.js';
import type { Dns, HttpClient } from '../ports/http.js';
import type { Events } from '../ports/events.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { Adapters } from './networks/adapters.js';
import { compose } from './compose.js';
import { createChargerCredentials } from './charger-credentials.js';
import type { Config, Secrets, TlsSettings } from '../config/config.js';
import { createConfigInForce } from '../config/config-in-force.js';
import type { Loaded } from '../config/loading/load-config.js';
import type { LoadedNetwork } from '../config/network-file/load-network.js';
import { NetworkHistory } from '../bridge/network/network-history.js';
import { NetworkUpdates } from '../bridge/network/network-updates.js';
import { EMPTY_NETWORK } from '../bridge/network/network-tables.js';
import { createOperatorView, registerGauges } from './operator-view.js';
import type { BecknNetworks } from './networks/beckn-networks.js';
import { createEvents } from '../observe/events.js';
import { createLogger } from '../observe/logger.js';
import { createMetrics } from '../observe/metrics.js';
import { systemClock } from '../observe/system-clock.js';
import { systemRandom } from '../observe/system-random.js';
import { OcppServer } from '../ocpp/server/server.js';
import { ApiTokens } from '../operator/access/api-tokens.js';
import { createOperatorServer } from '../operator/http-server.js';
import type { ReloadResult } from '../operator/http/reload-result.js';
import { createReload, liveTls } from './reload.js';
import { openStore, type OpenedStore } from './store/open-store.js';
import { repairStore } from './store/repair-store.js';
import { DiskReserves } from '../store/disk/disk-reserves.js';
import { MutedListener } from './muted-listener.js';
import { trackingPage } from './tracking-page.js';
import { versionWithoutSubprotocol } from './charge-point-settings.js';

interface Addresses {
  /** The URL with the base path, without a trailing slash. */
  readonly beckn: string;
  readonly ocpp: string;
  /** The URL of the TLS listener, if there is also a plain one. */
  readonly ocppTls?: string;
  readonly operator: string;
}

/** Opens one port for chargers, with or without TLS, and resolves with its number. */
interface ChargerListener {
  listen(host: string, port: number, tls?: TlsSettings): Promise<number>;
}

export interface App {
  start(): Promise<Addresses>;
  /** Accepts no new work and gives running work `drainMs` to finish; pending callbacks remain in the store. */
  stop(): Promise<void>;
  /** Reads the settings, keys, certificates and network file again. @param by Who or what requested it. */
  reload(by: string): Promise<ReloadResult>;
  readonly store: Store;
  readonly operatorToken: string;
}

export interface Overrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly store?: Store;
  readonly events?: Events;
  readonly http?: HttpClient & { close(): Promise<void> };
  readonly dns?: Dns;
  readonly registry?: RegistrySource;
  /** Called if another process takes over the store. This process must then end at once, without a clean stop. */
  readonly onStoreLost?: (reason: string) => void;
  /** True if an operator accepts a store that was last used elsewhere; see `store-origin.ts`. */
  readonly acceptStore?: boolean;
  /** Reads the settings again, for a reload. */
  readonly loadConfig?: () => Loaded;
  /** Whether to repair a damaged SQLite store before it is opened. */
  readonly repairStore?: boolean;
}

/** @param loadedNetwork The network file; if absent, the newest version in the store is used. */
export async function createApp(
  initialConfig: Config,
  secrets: Secrets,
  loadedNetwork: LoadedNetwork | undefined,
  overrides: Overrides = {},
): Promise<App> {
  await loadSodium();
  const inForce = createConfigInForce(initialConfig);
  const { config } = inForce;
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? systemRandom;
  const metrics = createMetrics({ process: true });
  const logger = createLogger(config.log, clock);
  const events = overrides.events ?? createEvents(logger, metrics, clock);
  const isPersistent = !overrides.store && config.store.path !== ':memory:';
  const disk = isPersistent ? new DiskReserves(config, { clock, events }) : undefined;
  const storeEvents = disk?.watch(events) ?? events;
  const { acceptStore: isAccepted = false, onStoreLost: onLost } = overrides;
  const { store, origin }: OpenedStore = overrides.store
    ? { store: overrides.store }
    : await openStore(config, secrets, { clock, events: storeEvents, onLost, isAccepted });
  const http = overrides.http ?? new UndiciHttpClient(systemClock);
  const dns = overrides.dns ?? createSystemDns();
  const registry: Adapters['registry'] =
    overrides.registry ?? ((one, signer) => openRegistry(one.registry, { signer, clock, random, events }));
  const address: { bppUri: string; trialUri?: string } = { bppUri: config.subscriber.uri };
  const isDiskFull = (): boolean => disk?.isFull ?? false;
  const reserves = { frameJournal: disk?.frameJournal, isDiskFull };
  const adapters = { clock, random, store, http, dns, registry, events, verify: createPooledVerify(), ...reserves };
  const parts = compose({ config, secrets, network: EMPTY_NETWORK, adapters, address });
  const { router, connections, bridge } = parts;
  const { listen } = config;

  const beckn = new BecknServer({
    router,
    basePaths: [...new Set(parts.networks.map(({ settings }) => settings.basePath))],
    clock,
    events,
    maxBytes: config.beckn.maxBytes,
    maxBytesInFlight: config.beckn.bodyBytesInFlight,
    bodyTimeoutMs: config.beckn.bodyTimeoutS * 1000,
    connectionsPerAddress: config.beckn.connectionsPerAddress,
    connectionsTotal: config.beckn.connectionsTotal,
    proxyAddresses: listen.beckn.proxy?.addresses ?? [],
    ...(parts.webhook && { webhook: parts.webhook }),
    siteVerificationPage: (host) => findSiteVerificationPage(parts.networks, host),
    trackingPage: trackingPage({ tracking: parts.tracking, store, openOrders: () => bridge.openOrders(), clock }),
  });
  const chargers = createChargerCredentials(config, secrets, parts, { store, random, events, clock });
  const ocpp = new OcppServer({
    connections,
    chargerEvents: bridge.chargerEvents,
    clock,
    events,
    ...config.ocpp,
    versionWithoutSubprotocol: (id) => versionWithoutSubprotocol(config, id),
    basePath: listen.ocpp.basePath,
    ...(listen.ocpp.proxy && { proxy: listen.ocpp.proxy }),
    ...chargers.handshake,
  });
  const networkUpdates = new NetworkUpdates({
    history: new NetworkHistory(store, clock),
    ...(loadedNetwork && config.networkFile !== undefined && { networkFile: config.networkFile }),
    replaceNetwork: (next, earlier) => bridge.replaceNetwork(next, earlier),
    openOrders: () => bridge.openOrders(),
    events,
    clock,
  });
  const reloadAll = createReload({
    inForce,
    secrets,
    loadConfig: overrides.loadConfig,
    networks: parts.networks,
    networkUpdates,
    reloadCertificates: () => ocpp.reloadCertificates(),
    configurePasswords: chargers.configurePasswords,
    setLogLevel: (level) => (logger.level = level),
    events,
  });
  /** Why the bridge is mute, which means that it sends and accepts nothing; `undefined` if it is not mute. */
  let mute: string | undefined;
  const reload: App['reload'] = (by) =>
    mute === undefined ? reloadAll(by) : Promise.resolve({ problems: [`nothing can change now: ${mute}`] });
  const view = createOperatorView(parts, isDiskFull);
  const tokens = new ApiTokens({ values: store, clock, random, firstToken: secrets.operatorToken });
  const operator = createOperatorServer({
    store,
    view,
    commands: bridge.operatorCommands,
    saleStops: bridge.outOfSale,
    networks: parts.networksPort,
    networkUpdates,
    reload,
    http,
    trials: parts.trials,
    access: chargers.access,
    config,
    metrics,
    events,
    clock,
    random,
    tokens,
    mute: () => mute,
  });
  registerGauges(metrics, view, store, clock);
  metrics.registerGauge('frames_kept', () => bridge.keptFrames.count);
  metrics.registerGauge('disk_full', () => (isDiskFull() ? 1 : 0));
  metrics.registerGauge('mute', () => (mute === undefined ? 0 : 1));
  metrics.registerGauge('callback_targets_open', () => config.callbacks.allow.length);
  if (listen.ocpp.tls) {
    metrics.registerGauge('tls_expires_seconds', () => ((ocpp.certificatesEndAt() ?? 0) - clock.now()) / 1000);
  }

  async function listenToChargers(server: ChargerListener): Promise<Pick<Addresses, 'ocpp' | 'ocppTls'>> {
    const { host, port, basePath } = listen.ocpp;
    const tls = listen.ocpp.tls && liveTls(config);
    const urlOf = (scheme: string, openPort: number): string =>
      `${scheme}://${reachableHost(host)}:${openPort}${basePath}`;
    if (!tls) return { ocpp: urlOf('ws', await server.listen(host, port)) };
    if (tls.port === undefined) return { ocpp: urlOf('wss', await server.listen(host, port, tls)) };
    const plain = await server.listen(host, port);
    return { ocpp: urlOf('ws', plain), ocppTls: urlOf('wss', await server.listen(host, tls.port, tls)) };
  }

  async function listenToOperator(): Promise<string> {
    const { host, port } = await operator.listen(listen.operator.host, listen.operator.port);
    return `http://${reachableHost(host)}:${port}`;
  }

  const muted = new MutedListener();

  /** Opens the listeners of a mute bridge. Operators can read; all other clients get 503. */
  async function startMute(reason: string): Promise<Addresses> {
    events.emit('store.muted', { reason });
    await bridge.load();
    const { host, port, basePath } = listen.beckn;
    const beckn = `http://${reachableHost(host)}:${await muted.listen(host, port)}${basePath}`;
    return { beckn, ...(await listenToChargers(muted)), operator: await listenToOperator() };
  }

  return {
    store,
    reload,
    operatorToken: secrets.operatorToken,
    async start() {
      for (const target of config.callbacks.allow) events.emit('callback.target-opened', { ...target });
      const isRepaired = overrides.repairStore === true && (await repairStore(config, { clock, events }));
      await (disk?.startStore(store) ?? store.start());
      try {
        mute = await origin?.check({ isRepaired });
      } catch (error) {
        disk?.stop();
        await store.stop();
        throw error;
      }
      // This builds the catalogue and the search index. A mute process writes nothing.
      await networkUpdates.start(loadedNetwork, await bridge.loadOrders(), mute === undefined);
      await tokens.load();
      if (mute !== undefined) return startMute(mute);
      disk?.openFrameJournal();
      await parts.start();
      await chargers.start();
      const becknAddress = await beckn.listen(listen.beckn.host, listen.beckn.port);
      const becknUrl = `http://${reachableHost(becknAddress.host)}:${becknAddress.port}${listen.beckn.basePath}`;
      if (address.bppUri === '') address.bppUri = becknUrl;
      const ocppUrls = await listenToChargers(ocpp);
      address.trialUri = `${becknUrl}-trial`;
      parts.trials.listening({ becknUri: address.trialUri, ocppUrl: ocppUrls.ocpp });
      return { beckn: becknUrl, ...ocppUrls, operator: await listenToOperator() };
    },
    async stop() {
      view.draining = true;
      if (mute !== undefined) {
        await Promise.all([muted.close(), operator.close()]);
        disk?.stop();
        await store.stop();
        return http.close();
      }
      const until = clock.monotonic() + config.drainMs;
      const remainingMs = (): number => Math.max(0, until - clock.monotonic());
      await Promise.all([beckn.close(remainingMs()), ocpp.close(remainingMs()).then(chargers.stop)]);
      // Callbacks that a slow buyer app delays remain in the store and go out after the next start.
      await Promise.race([
        parts.stop(remainingMs()),
        new Promise<void>((resolve) => clock.callLater(remainingMs(), resolve)),
      ]);
      await operator.close();
      await origin?.stopped(bridge.openOrders().length);
      await store.stop();
      disk?.stop();
      await http.close();
    },
  };
}

/** Renders the site verification page of the network with this host or, failing that, of the first that has one. */
function findSiteVerificationPage(networks: BecknNetworks, host: string): string | undefined {
  const candidates = networks.filter(({ settings }) => settings.subscriber.siteVerification !== undefined);
  const network = candidates.find(({ settings }) => new URL(settings.subscriber.uri).host === host) ?? candidates[0];
  const requestId = network?.settings.subscriber.siteVerification;
  return network && requestId !== undefined
    ? siteVerificationPage(requestId, network.signer.currentKey().secretKey)
    : undefined;
}

/** Converts a listen address to a host that clients on this machine can reach. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
