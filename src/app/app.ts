/** The product in one process: stores, edges, heart and listeners. Constructors do nothing; `start` in order, `stop` in reverse. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpClient } from '../beckn/outbound/http-undici.js';
import { openRegistry } from '../beckn/registry/registry-open.js';
import type { RegistrySource } from '../beckn/registry/registry.js';
import { loadSodium } from '../beckn/signing/signature.js';
import { createBecknServer } from '../beckn/inbound/http-server.js';
import { siteVerificationPage } from '../beckn/inbound/site-verification.js';
import { createSystemDns } from '../beckn/outbound/system-dns.js';
import { createPooledVerify } from '../beckn/signing/verify-pool.js';
import type { Dns, HttpClient } from '../ports/http.js';
import type { Events } from '../ports/events.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import { compose, type Outside } from './compose.js';
import { chargerDoor } from './charger-credentials.js';
import type { Config, Secrets } from '../config/config.js';
import type { Network } from '../domain/model/network.js';
import { insightOf, watchMetrics } from './operator-view.js';
import { networksPort, type BecknNetworks } from './beckn-networks.js';
import { createEvents } from '../observe/events.js';
import { createLogger } from '../observe/logger.js';
import { createMetrics } from '../observe/metrics.js';
import { systemClock } from '../observe/system-clock.js';
import { systemRandom } from '../observe/system-random.js';
import { createOcppServer } from '../ocpp/server/server.js';
import { createOperatorServer } from '../operator/http-server.js';
import { createSqliteStore } from '../store/sqlite/sqlite-store.js';
import { trackingPage } from './tracking-page.js';
import { unnamedVersion } from './charge-point-settings.js';

export interface Addresses {
  /** With base path, no trailing slash. */
  readonly beckn: string;
  readonly ocpp: string;
  /** The TLS listener, where there is a plain one too. */
  readonly ocppTls?: string;
  readonly operator: string;
}

export interface App {
  start(): Promise<Addresses>;
  /** Drains: nothing new, what has begun ends within `drainMs` or stays owed, everything saved. */
  stop(): Promise<void>;
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
}

export async function createApp(
  config: Config,
  secrets: Secrets,
  network: Network,
  overrides: Overrides = {},
): Promise<App> {
  await loadSodium();
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? systemRandom;
  const metrics = createMetrics({ process: true });
  const events = overrides.events ?? createEvents(createLogger(config.log, clock), metrics);
  const store = overrides.store ?? (await openStore(config, secrets, clock, events));
  const http = overrides.http ?? createHttpClient(systemClock);
  const dns = overrides.dns ?? createSystemDns();
  const registry: Outside['registry'] =
    overrides.registry ?? ((one, signer) => openRegistry(one.registry, { signer, clock, random, events }));
  const self = { bppUri: config.subscriber.uri };
  const parts = compose(
    config,
    secrets,
    network,
    { clock, random, store, http, dns, registry, events, verify: createPooledVerify() },
    self,
  );
  const { door, sockets, bridge } = parts;
  const { listen } = config;

  const beckn = createBecknServer({
    door,
    basePaths: [...new Set(parts.networks.map(({ basePath }) => basePath))],
    clock,
    maxBytes: config.beckn.maxBytes,
    ...(parts.webhook && { webhook: parts.webhook }),
    sitePage: (host) => sitePage(parts.networks, host),
    page: trackingPage({ tracking: parts.tracking, store, open: () => bridge.openOrders(), clock }),
  });
  const chargers = chargerDoor(config, secrets, parts, { store, random, events });
  const ocpp = createOcppServer({
    sockets,
    intake: bridge.chargers,
    clock,
    events,
    ...config.ocpp,
    unnamed: (id) => unnamedVersion(config, id),
    basePath: listen.ocpp.basePath,
    ...(listen.ocpp.proxy && { proxy: listen.ocpp.proxy }),
    knocks: chargers.knocks,
    credentials: chargers.credentials,
  });
  const insight = insightOf(parts, network);
  const operator = createOperatorServer({
    store,
    insight,
    commands: bridge.operator,
    networks: networksPort(parts.networks),
    access: chargers.access,
    config,
    metrics,
    events,
    clock,
    token: secrets.operatorToken,
    tokenFile: secrets.operatorTokenFile,
  });
  watchMetrics(metrics, insight, store, clock);

  async function listenToChargers(): Promise<Pick<Addresses, 'ocpp' | 'ocppTls'>> {
    const { host, port, basePath, tls } = listen.ocpp;
    const at = (scheme: string, found: number): string => `${scheme}://${hostOf(host)}:${found}${basePath}`;
    if (!tls) return { ocpp: at('ws', await ocpp.listen(host, port)) };
    if (tls.port === undefined) return { ocpp: at('wss', await ocpp.listen(host, port, tls)) };
    const plain = await ocpp.listen(host, port);
    return { ocpp: at('ws', plain), ocppTls: at('wss', await ocpp.listen(host, tls.port, tls)) };
  }

  return {
    store,
    operatorToken: secrets.operatorToken,
    async start() {
      await store.start();
      await parts.start();
      await chargers.start();
      const becknAt = await beckn.listen(listen.beckn.host, listen.beckn.port);
      const at = `http://${hostOf(becknAt.host)}:${becknAt.port}${listen.beckn.basePath}`;
      if (self.bppUri === '') self.bppUri = at;
      const ocppAt = await listenToChargers();
      const operatorAt = await operator.listen(listen.operator.host, listen.operator.port);
      return {
        beckn: at,
        ...ocppAt,
        operator: `http://${hostOf(operatorAt.host)}:${operatorAt.port}`,
      };
    },
    async stop() {
      insight.draining = true;
      const until = clock.now() + config.drainMs;
      const left = (): number => Math.max(0, until - clock.now());
      await Promise.all([beckn.close(left()), ocpp.close(left())]);
      // What a slow buyer app holds up stays owed, and goes out again after the next start.
      await Promise.race([parts.stop(left()), new Promise<void>((resolve) => clock.after(left(), resolve))]);
      await operator.close();
      await store.stop();
      await http.close();
    },
  };
}

async function openStore(config: Config, secrets: Secrets, clock: Clock, events: Events): Promise<Store> {
  if (config.store.kind === 'mongo') {
    // Only who stores in MongoDB pays for loading its driver.
    const { createMongoStore } = await import('../store/mongo/mongo-store.js');
    return createMongoStore({ uri: secrets.storeUri ?? config.store.uri ?? '', clock, events });
  }
  mkdirSync(config.dataDir, { recursive: true });
  return createSqliteStore({ path: config.store.path || join(config.dataDir, 'bridge.sqlite'), clock, events });
}

/** The site verification of the network whose address has this host, else of the only one that wants it. */
function sitePage(networks: BecknNetworks, host: string): string | undefined {
  const wanting = networks.filter(({ settings }) => settings.subscriber.siteVerification !== undefined);
  const found = wanting.find(({ settings }) => new URL(settings.subscriber.uri).host === host) ?? wanting[0];
  const requestId = found?.settings.subscriber.siteVerification;
  return found && requestId !== undefined
    ? siteVerificationPage(requestId, found.signer.current().secretKey)
    : undefined;
}

/** An address that a client on this machine can open. */
function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
