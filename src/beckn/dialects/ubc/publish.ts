/** `catalog_publish`: what a discovery service is told of our connectors, and what it says to that. */
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
  /** From when and until when it holds, epoch ms. */
  readonly validity: { readonly from: number; readonly until: number };
}

/** `undefined` when nothing of it can be said in this network's words. @source Beckn 2.0.0-rc1, CatalogPublishRequest */
export function renderPublication(
  { messageId, transactionId, ...wish }: Publication,
  self: Subscriber,
): JsonObject | undefined {
  const catalogs = renderCatalogues(wish, self);
  if (catalogs.length === 0) return undefined;
  return {
    context: {
      domain: 'beckn.one:deg:ev-charging',
      version: '2.0.0',
      action: 'catalog_publish',
      bpp_id: self.bppId,
      bpp_uri: self.bppUri,
      transaction_id: transactionId,
      message_id: messageId,
      timestamp: formatDateTime(wish.validity.from),
      ttl: 'PT30S',
    },
    message: { catalogs },
  };
}

/** Equal as long as a discovery service need not hear of a connector: time that merely passes changes nothing. */
export function fingerprint({ site, state, freeSlots: free }: CatalogueHit, now: number, horizon: number): string {
  const windows = (free ?? []).map(({ from, until }) => [from <= now ? 'now' : from, until >= horizon ? 'on' : until]);
  const broken = state.status === 'Unavailable' || state.status === 'Faulted';
  return JSON.stringify([site.connector, broken, windows]);
}

export interface CatalogueRejection {
  readonly catalogueId: string;
  readonly reason: string;
}

/** The catalogues that were not taken, or not whole. @source Beckn 2.0.0-rc1, CatalogProcessingResult */
export function readRejections(body: unknown): CatalogueRejection[] {
  return readList(valueAt(body, 'message', 'results')).flatMap((result) => {
    const status = readText(valueAt(result, 'status'))?.toUpperCase() ?? '';
    if (status === 'ACCEPTED') return [];
    const error = valueAt(result, 'error');
    const told = ['code', 'message', 'paths'].map((key) => readText(valueAt(error, key), 200)).filter(Boolean);
    const reason = told.length > 0 ? told.join(' ') : 'no reason given';
    return [{ catalogueId: readText(valueAt(result, 'catalog_id'), 100) ?? '?', reason: `${status}: ${reason}` }];
  });
}
