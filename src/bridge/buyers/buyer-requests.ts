/**
 * Maps each type of buyer request to its handler. The handlers recognise repeated requests, and some refuse requests
 * while the disk is full.
 */
import type { BuyerRequests } from '../../ports/buyer-requests.js';
import { StoreFault } from '../../ports/store.js';
import { OrderChanges } from './change-order.js';
import type { BuyerRequestsDeps } from './deps.js';
import { createOnce } from './request-deduplication.js';
import { OrderPlacement } from './place-order.js';
import { BuyerQueries } from './queries.js';
import { recordRating } from './ratings.js';

export function createBuyerRequests(deps: BuyerRequestsDeps): BuyerRequests {
  const once = createOnce(deps);
  /** Refuses requests while the disk is full. @errors StoreFault, before the request is acknowledged. */
  const unlessFull: ReturnType<typeof createOnce> = (handler) => {
    const handled = once(handler);
    return async (request) => {
      if (deps.isDiskFull?.()) throw new StoreFault('the disk is full; no new orders are taken');
      return handled(request);
    };
  };
  const placement = new OrderPlacement(deps);
  const changes = new OrderChanges(deps);
  const queries = new BuyerQueries(deps);
  const place = unlessFull(placement.place.bind(placement));
  const change = once(changes.change.bind(changes));
  const query = once(queries.owe.bind(queries));
  return {
    search: unlessFull(queries.owe.bind(queries)),
    support: query,
    meta: query,
    status: query,
    track: query,
    preview: query,
    rating: unlessFull(recordRating.bind(undefined, deps)),
    select: place,
    init: place,
    confirm: place,
    update: change,
    start: change,
    stop: change,
    cancel: change,
  };
}
