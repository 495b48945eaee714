/** The catalogue that a discovery service is kept up to date with, as the first network's subscriber. */
import { CataloguePublisher } from '../beckn/outbound/catalogue-publisher.js';
import type { Reply } from '../beckn/inbound/request-pipeline.js';
import type { Signer } from '../beckn/signing/signer.js';
import type { Bridge } from '../bridge/bridge.js';
import type { Outside } from './compose.js';
import type { Config } from '../config/config.js';

export interface Discovery {
  /** What its door takes in of the service's answers, by action. */
  readonly replies: ReadonlyMap<string, Reply>;
  publish(bridge: Pick<Bridge, 'offers'>, signer: Signer, bppUri: () => string): CataloguePublisher;
}

export function discoveryOf(config: Config, networkName: string, outside: Outside): Discovery | undefined {
  const { discovery, subscriber, callbacks, session } = config;
  if (!discovery.ubc) return undefined;
  const { url, subscriberId, everyS = 5, refreshH = 6 } = discovery.ubc;
  const { clock, random, events, http, store } = outside;
  let publisher: CataloguePublisher | undefined;
  const reply: Reply = {
    subscriberId,
    family: 'ubc-2.0.0',
    take: async (body) => publisher?.reply.take(body),
  };
  return {
    replies: new Map([['on_catalog_publish', reply]]),
    publish({ offers }, signer, bppUri) {
      publisher = new CataloguePublisher({
        offers,
        networkName,
        aheadMs: session.slotAheadH * 3_600_000,
        url,
        subscriberId,
        self: {
          bppId: subscriber.id,
          get bppUri() {
            return bppUri();
          },
        },
        authorize: (body) => signer.header(body),
        http,
        clock,
        random,
        events,
        openRow: async (detail) => {
          events.emit('row.opened', { kind: 'catalogue-rejected' });
          await store.commit({ rows: [{ id: random.uuid(), kind: 'catalogue-rejected', at: clock.now(), detail }] });
        },
        everyMs: everyS * 1000,
        refreshMs: refreshH * 3_600_000,
        retryMs: callbacks.retry,
        timeoutMs: callbacks.timeoutMs,
      });
      return publisher;
    },
  };
}
