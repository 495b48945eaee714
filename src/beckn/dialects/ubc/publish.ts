/** Renders `catalog_publish` for a discovery service, finds changed connectors, and reads `on_catalog_publish`. */
import type { CatalogueHit } from '../../../ports/callback-delivery.js';
import type { Subscriber } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readList, readText } from '../../protocol/json-reading.js';
import { formatDateTime } from '../core-2x/figures.js';
import { renderCatalogues } from './render-catalogue.js';

export interface Publication {
  readonly networkName: string;
  readonly hits: readonly CatalogueHit[];
  readonly messageId: string;
  readonly transactionId: string;
  /** Epoch ms. */
  readonly validity: { readonly from: number; readonly until: number };
}

/**
 * Renders a `catalog_publish`; `undefined` if this network can describe none of the connectors.
 * @source Beckn 2.0.0-rc1, CatalogPublishRequest.
 */
export function renderPublication(
  { messageId, transactionId, ...catalogue }: Publication,
  subscriber: Subscriber,
): JsonObject | undefined {
  const catalogs = renderCatalogues(catalogue, subscriber);
  if (catalogs.length === 0) return undefined;
  return {
    context: {
      domain: 'beckn.one:deg:ev-charging',
      version: '2.0.0',
      action: 'catalog_publish',
      bpp_id: subscriber.bppId,
      bpp_uri: subscriber.bppUri,
      transaction_id: transactionId,
      message_id: messageId,
      timestamp: formatDateTime(catalogue.validity.from),
      ttl: 'PT30S',
    },
    message: { catalogs },
  };
}

/**
 * Computes a string that changes when a connector must be published again. The moving start and end of the booking
 * window do not change it.
 */
export function fingerprint(
  { site, state, freeSlots = [], outOfSale }: CatalogueHit,
  now: number,
  windowEnd: number,
): string {
  const windows = freeSlots.map(({ from, until }) => [from <= now ? 'now' : from, until >= windowEnd ? 'on' : until]);
  const isOutOfService = state.status === 'Unavailable' || state.status === 'Faulted';
  return JSON.stringify([site.connector, isOutOfService, windows, outOfSale]);
}

/** Placeholder for the id of a rejected catalogue that the service does not identify. */
export const UNNAMED_CATALOGUE = '?';

export interface CatalogueRejection {
  readonly catalogueId: string;
  readonly reason: string;
}

/** Returns the catalogues that were rejected in whole or in part. @source Beckn 2.0.0-rc1, CatalogProcessingResult. */
export function readRejections(body: unknown): CatalogueRejection[] {
  return readList(valueAt(body, 'message', 'results')).flatMap((result) => {
    const status = readText(valueAt(result, 'status'))?.toUpperCase() ?? '';
    if (status === 'ACCEPTED') return [];
    const error = valueAt(result, 'error');
    const texts = ['code', 'message', 'paths'].map((key) => readText(valueAt(error, key), 200)).filter(Boolean);
    const reason = texts.length > 0 ? texts.join(' ') : 'no reason given';
    return [
      {
        catalogueId: readText(valueAt(result, 'catalog_id'), 100) ?? UNNAMED_CATALOGUE,
        reason: `${status}: ${reason}`,
      },
    ];
  });
}
