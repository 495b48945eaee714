/**
 * Maps each type of buyer request to its handler. The handlers recognise repeated requests, and some refuse requests
 * while the disk is full.
 */
import type { BuyerRequests } from '../../ports/buyer-requests.js';
import { OrderChanges } from './change-order.js';
import type { BuyerRequestsDeps } from './deps.js';
import { createOnce } from './request-deduplication.js';
import { OrderPlacement } from './place-order.js';
import { BuyerQueries } from './queries.js';
import { recordRating } from './ratings.js';

export function createBuyerRequests(deps: BuyerRequestsDeps): BuyerRequests {
  const once = createOnce(deps);
  const placement = new OrderPlacement(deps);
  const changes = new OrderChanges(deps);
  const queries = new BuyerQueries(deps);
  const place = once(placement.place.bind(placement), { needsDisk: true });
  const change = once(changes.change.bind(changes));
  const query = once(queries.owe.bind(queries));
  return {
    search: once(queries.owe.bind(queries), { needsDisk: true }),
    support: query,
    meta: query,
    status: query,
    track: query,
    preview: query,
    rating: once(recordRating.bind(undefined, deps), { needsDisk: true }),
    select: place,
    init: place,
    confirm: place,
    update: change,
    start: change,
    stop: change,
    cancel: change,
  };
}
