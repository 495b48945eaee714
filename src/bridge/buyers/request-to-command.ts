/** What a buyer app asks of an order, as the heart's commands: the place is found, the limit read, the charger looked at. */
import type { Asked, OrderCommand } from '../../domain/model/command.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import type { Limit, Order } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { type BuyerTerms, termsFor } from './buyer-terms.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import { findSite } from './find-connector.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { BuyerRequest, LimitRead } from '../../ports/buyer-requests.js';
import type { Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface BuyerCommandsDeps {
  readonly store: Pick<Store, 'nextNumber'>;
  readonly catalogue: Catalogue;
  readonly views: Views;
  readonly means: ChargerMeans;
  readonly random: Random;
}

export type Of<T extends BuyerRequest['type']> = Extract<BuyerRequest, { type: T }>;
/** What may open an order. */
export type Ordering = Of<'select'> | Of<'init'> | Of<'confirm'>;
/** What is asked of a confirmed one. */
export type Change = Of<'update'> | Of<'start'> | Of<'stop'> | Of<'cancel'>;

export async function commandOf(
  deps: BuyerCommandsDeps,
  request: Ordering,
  current: Order | undefined,
  asked: Asked,
  buyer: BuyerTerms,
): Promise<OrderCommand | Refusal> {
  const here = current && deps.catalogue.site(current.connector);
  const found = request.items && request.items.itemIds.length > 0 ? findSite(deps.catalogue, request.items) : here;
  if (found && 'code' in found) return found;
  const site = found && deps.means.asKept(found);
  const limit = readLimit(request.limit, site) ?? current?.limit;
  if (limit && 'code' in limit) return limit;
  const time = request.slot;
  if (time && 'refusal' in time) return time.refusal;
  const { buyerFinderFee, offer } = request;
  const terms = { ...(buyerFinderFee && { buyerFinderFee }), ...(offer !== undefined && { offer }) };
  const words = { terms, ...(time && { slot: time.slot }), ...(request.echo !== undefined && { echo: request.echo }) };
  const paymentTerms = request.type === 'select' ? undefined : termsFor(buyer, request.wish);
  const contact = 'billing' in request && request.billing !== undefined ? { billing: request.billing } : {};
  const how = { ...contact, ...(paymentTerms && { paymentTerms }) };
  if (request.type === 'confirm') {
    const booking = time ?? current?.slot;
    const reservation = booking ? { reservationId: await deps.store.nextNumber('transactionId') } : {};
    return confirmOf(deps, request, { asked, site, limit, ...words, ...reservation, ...how });
  }
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (!limit) return { code: 'option-missing', path: 'message.order.tags' };
  const order = { asked, site, limit, ...words, ...how };
  return request.type === 'select'
    ? { type: 'select', ...order }
    : { type: 'init', ...order, ...(request.holds && { holds: request.holds }) };
}

function confirmOf(
  deps: BuyerCommandsDeps,
  request: Of<'confirm'>,
  given: { readonly asked: Asked; readonly site: Site | undefined; readonly limit: Limit | undefined },
): OrderCommand | Refusal {
  const { asked, site, limit, ...words } = given;
  const currency = site?.connector.tariff.currency;
  if (request.currency !== undefined && currency !== undefined && request.currency !== currency) {
    return { code: 'currency-mismatch', path: 'message.order.payments', detail: `${request.currency} for ${currency}` };
  }
  const id = site?.chargePoint.id ?? '';
  const connectorId = site?.connector.connectorId ?? 0;
  return {
    type: 'confirm',
    asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...words,
    payment: request.payment,
    ...(request.startsBy && { startsBy: request.startsBy }),
    idTag: deps.random.base32(20),
    chargerOnline: deps.views.ready(id),
    connectorState: deps.views.lastWord(id, connectorId),
  };
}

function readLimit(read: LimitRead | undefined, site: Site | undefined): Limit | Refusal | undefined {
  if (!read) return undefined;
  if ('refusal' in read) return read.refusal;
  if ('limit' in read) return read.limit;
  const most = site?.connector.options.energy;
  return most === undefined ? { code: 'option-missing', path: 'message.order.items' } : { kind: 'energy', value: most };
}

export function changeOf(deps: BuyerCommandsDeps, order: Order, request: Change, asked: Asked): OrderCommand | Refusal {
  if (request.type === 'start') {
    const { chargePointId, connectorId } = order.connector;
    const { views } = deps;
    const connectorState = views.lastWord(chargePointId, connectorId);
    return { type: 'start', asked, chargerOnline: views.ready(chargePointId), connectorState };
  }
  if (request.type === 'stop')
    return { type: 'stop', asked, reason: 'buyer', ...(request.answered && { answered: request.answered }) };
  if (request.type === 'cancel') {
    const { reason, running } = request;
    return { type: 'cancel', asked, by: 'buyer', ...(reason !== undefined && { reason }), ...(running && { running }) };
  }
  const named = request.items && request.items.itemIds.length > 0 ? findSite(deps.catalogue, request.items) : undefined;
  if (named && 'code' in named) return named;
  const here = named ?? deps.catalogue.site(order.connector);
  const site = here && deps.means.asKept(here);
  const limit = readLimit(request.limit, site);
  if (limit && 'code' in limit) return limit;
  return {
    type: 'update',
    asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...(request.echo !== undefined && { echo: request.echo }),
    ...(request.billing !== undefined && { billing: request.billing }),
  };
}
