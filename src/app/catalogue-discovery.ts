/** The catalogue that a discovery service is kept up to date with, as the first network's subscriber. */
import { CataloguePublisher } from '../beckn/outbound/catalogue-publisher.js';
import type { CallbackReceiver } from '../beckn/inbound/request-pipeline.js';
import type { Signer } from '../beckn/signing/signer.js';
import type { Bridge } from '../bridge/bridge.js';
import type { Adapters } from './compose.js';
import type { Config } from '../config/config.js';

export interface Discovery {
  /** What its door takes in of the service's answers, by action. */
  readonly replies: ReadonlyMap<string, CallbackReceiver>;
  createPublisher(bridge: Pick<Bridge, 'availability'>, signer: Signer, bppUri: () => string): CataloguePublisher;
}

export function createDiscovery(config: Config, networkName: string, outside: Adapters): Discovery | undefined {
  const { discovery, subscriber, callbacks, session } = config;
  if (!discovery.ubc) return undefined;
  const { url, subscriberId, everyS = 5, refreshH = 6 } = discovery.ubc;
  const { clock, random, events, http, store } = outside;
  let publisher: CataloguePublisher | undefined;
  const reply: CallbackReceiver = {
    subscriberId,
    family: 'ubc-2.0.0',
    handleCallback: async (body) => publisher?.callbackReceiver.handleCallback(body),
  };
  return {
    replies: new Map([['on_catalog_publish', reply]]),
    createPublisher({ availability: offers }, signer, bppUri) {
      publisher = new CataloguePublisher({
        availability: offers,
        networkName,
        availabilityWindowMs: session.slotAheadH * 3_600_000,
        url,
        subscriberId,
        subscriber: {
          bppId: subscriber.id,
          get bppUri() {
            return bppUri();
          },
        },
        authorize: (body) => signer.signatureHeader(body),
        http,
        clock,
        random,
        events,
        openDiscrepancy: async (detail) => {
          events.emit('discrepancy.opened', { kind: 'catalogue-rejected' });
          await store.commit({
            discrepancies: [{ id: random.uuid(), kind: 'catalogue-rejected', at: clock.now(), detail }],
          });
        },
        batchIntervalMs: everyS * 1000,
        fullPublishIntervalMs: refreshH * 3_600_000,
        retryDelaysMs: callbacks.retry,
        timeoutMs: callbacks.timeoutMs,
      });
      return publisher;
    },
  };
}
