/** What a buyer app asks of an order, as the heart's commands: the place is found, the limit read, the charger looked at. */
import type { ReceivedRequest, OrderCommand } from '../../domain/model/command.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { Limit } from '../../domain/model/quote.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { type BuyerTerms, paymentTermsFor } from './buyer-terms.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { findConnector } from './find-connector.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { BuyerRequest, RequestedLimit } from '../../ports/buyer-requests.js';
import type { Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface RequestToCommandDeps {
  readonly store: Pick<Store, 'nextNumber'>;
  readonly catalogue: Catalogue;
  readonly chargePoints: ChargePointState;
  readonly capabilities: Capabilities;
  readonly random: Random;
}

export type BuyerRequestOf<T extends BuyerRequest['type']> = Extract<BuyerRequest, { type: T }>;
/** What may open an order. */
export type OrderRequest = BuyerRequestOf<'select'> | BuyerRequestOf<'init'> | BuyerRequestOf<'confirm'>;
/** What is asked of a confirmed one. */
export type OrderChangeRequest =
  BuyerRequestOf<'update'> | BuyerRequestOf<'start'> | BuyerRequestOf<'stop'> | BuyerRequestOf<'cancel'>;

export async function toOrderCommand(
  deps: RequestToCommandDeps,
  request: OrderRequest,
  current: Order | undefined,
  asked: ReceivedRequest,
  buyer: BuyerTerms,
): Promise<OrderCommand | Refusal> {
  const here = current && deps.catalogue.site(current.connector);
  const found = request.items && request.items.itemIds.length > 0 ? findConnector(deps.catalogue, request.items) : here;
  if (found && 'code' in found) return found;
  const site = found && deps.capabilities.withSupportedOptions(found);
  const limit = resolveLimit(request.limit, site) ?? current?.limit;
  if (limit && 'code' in limit) return limit;
  const time = request.slot;
  if (time && 'refusal' in time) return time.refusal;
  const { buyerFinderFee, offer } = request;
  const terms = { ...(buyerFinderFee && { buyerFinderFee }), ...(offer !== undefined && { offer }) };
  const words = {
    terms,
    ...(time && { slot: time.slot }),
    ...(request.passthrough !== undefined && { passthrough: request.passthrough }),
  };
  const paymentTerms = request.type === 'select' ? undefined : paymentTermsFor(buyer, request.paymentPreference);
  const contact = 'billing' in request && request.billing !== undefined ? { billing: request.billing } : {};
  const how = { ...contact, ...(paymentTerms && { paymentTerms }) };
  if (request.type === 'confirm') {
    const booking = time ?? current?.slot;
    const reservation = booking ? { reservationId: await deps.store.nextNumber('transactionId') } : {};
    return toConfirmCommand(deps, request, { asked, site, limit, ...words, ...reservation, ...how });
  }
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (!limit) return { code: 'option-missing', path: 'message.order.tags' };
  const order = { request: asked, site, limit, ...words, ...how };
  return request.type === 'select'
    ? { type: 'select', ...order }
    : { type: 'init', ...order, ...(request.holdsConnector && { holdsConnector: request.holdsConnector }) };
}

function toConfirmCommand(
  deps: RequestToCommandDeps,
  request: BuyerRequestOf<'confirm'>,
  given: { readonly asked: ReceivedRequest; readonly site: Site | undefined; readonly limit: Limit | undefined },
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
    request: asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...words,
    payment: request.payment,
    ...(request.startsBy && { startsBy: request.startsBy }),
    idTag: deps.random.base32(20),
    chargerOnline: deps.chargePoints.isReady(id),
    connectorState: deps.chargePoints.reportedState(id, connectorId),
  };
}

function resolveLimit(read: RequestedLimit | undefined, site: Site | undefined): Limit | Refusal | undefined {
  if (!read) return undefined;
  if ('refusal' in read) return read.refusal;
  if ('limit' in read) return read.limit;
  const most = site?.connector.options.energy;
  return most === undefined ? { code: 'option-missing', path: 'message.order.items' } : { kind: 'energy', value: most };
}

export function toChangeCommand(
  deps: RequestToCommandDeps,
  order: Order,
  request: OrderChangeRequest,
  asked: ReceivedRequest,
): OrderCommand | Refusal {
  if (request.type === 'start') {
    const { chargePointId, connectorId } = order.connector;
    const { chargePoints: views } = deps;
    const connectorState = views.reportedState(chargePointId, connectorId);
    return { type: 'start', request: asked, chargerOnline: views.isReady(chargePointId), connectorState };
  }
  if (request.type === 'stop')
    return { type: 'stop', request: asked, reason: 'buyer', ...(request.reply && { reply: request.reply }) };
  if (request.type === 'cancel') {
    const { reason, ifRunning: running } = request;
    return {
      type: 'cancel',
      request: asked,
      by: 'buyer',
      ...(reason !== undefined && { reason }),
      ...(running && { ifRunning: running }),
    };
  }
  const named =
    request.items && request.items.itemIds.length > 0 ? findConnector(deps.catalogue, request.items) : undefined;
  if (named && 'code' in named) return named;
  const here = named ?? deps.catalogue.site(order.connector);
  const site = here && deps.capabilities.withSupportedOptions(here);
  const limit = resolveLimit(request.limit, site);
  if (limit && 'code' in limit) return limit;
  return {
    type: 'update',
    request: asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...(request.passthrough !== undefined && { passthrough: request.passthrough }),
    ...(request.billing !== undefined && { billing: request.billing }),
  };
}
