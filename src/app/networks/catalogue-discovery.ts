/** Publishes the catalogue to a discovery service, as the main network's subscriber. */
import { CataloguePublisher, type CataloguePublisherDeps } from '../../beckn/outbound/catalogue-publisher.js';
import type { Config } from '../../config/config.js';
import type { Adapters } from './adapters.js';
import type { BecknNetwork } from './beckn-networks.js';

export interface CatalogueDiscoveryDeps {
  readonly config: Config;
  readonly adapters: Adapters;
  readonly availability: CataloguePublisherDeps['availability'];
  readonly catalogue: CataloguePublisherDeps['catalogue'];
  readonly network: Pick<BecknNetwork, 'subscriber' | 'signer'>;
}

/** Returns `undefined` if no discovery service is configured. */
export function createCataloguePublisher(deps: CatalogueDiscoveryDeps): CataloguePublisher | undefined {
  const { config, catalogue, adapters, availability, network } = deps;
  const { discovery, callbacks, session } = config;
  if (!discovery.ubc) return undefined;
  const { url, subscriberId, everyS = 5, refreshH = 6 } = discovery.ubc;
  const { clock, random, events, http, store } = adapters;
  return new CataloguePublisher({
    availability,
    catalogue,
    availabilityWindowMs: session.slotAheadH * 3_600_000,
    url,
    subscriberId,
    subscriber: network.subscriber,
    authorize: (body) => network.signer.signatureHeader(body),
    http,
    clock,
    random,
    events,
    openDiscrepancy: (detail) =>
      store.commit({ discrepancies: [{ id: random.uuid(), kind: 'catalogue-rejected', at: clock.now(), detail }] }),
    batchIntervalMs: everyS * 1000,
    fullPublishIntervalMs: refreshH * 3_600_000,
    retryDelaysMs: callbacks.retry,
    timeoutMs: callbacks.timeoutMs,
  });
}
