/**
 * Converts buyer requests to order commands: finds the connector, resolves the limit and looks up the charger's state.
 */
import type { CommandOf, ReceivedRequest, OrderCommand } from '../../domain/model/command.js';
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { Payment } from '../../domain/model/payment.js';
import type { Limit } from '../../domain/model/quote.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { type BuyerTerms, paymentTermsFor } from './buyer-terms.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { findConnector } from './find-connector.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import { toBuyerFinderFee, toMinorUnits, toPayment } from './stated-amounts.js';
import type { BuyerRequestOf, RequestedLimit } from '../../ports/buyer-requests.js';
import type { Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface RequestToCommandDeps {
  readonly store: Pick<Store, 'nextNumber'>;
  readonly catalogue: CatalogueLookup;
  readonly chargePoints: ChargePointState;
  readonly capabilities: Capabilities;
  readonly random: Random;
}

/** Requests that may open an order. */
export type OrderRequest = BuyerRequestOf<'select' | 'init' | 'confirm'>;
/** Requests that change a confirmed or initiated order. */
export type OrderChangeRequest = BuyerRequestOf<'update' | 'start' | 'stop' | 'cancel'>;

export interface OrderRequestContext {
  /** The order that the request continues; `undefined` if it opens a new one. */
  readonly order: Order | undefined;
  readonly received: ReceivedRequest;
  readonly terms: BuyerTerms;
}

/**
 * Converts a request to a command. For a confirm with a slot, takes a number from the store as the reservation's id.
 * @errors Returns a refusal for items that do not name one connector of the provider, an unusable limit, slot or
 *         amount, or a currency that is not the order's; except for a confirm, also for a missing item or limit.
 *         StoreFault if the store gives no number.
 */
export async function toOrderCommand(
  deps: RequestToCommandDeps,
  request: OrderRequest,
  { order, received, terms }: OrderRequestContext,
): Promise<OrderCommand | Refusal> {
  const site = findSite(deps, request, order);
  if (site && 'code' in site) return site;
  const currency = order?.tariff.currency ?? site?.connector.tariff.currency;
  const limit = resolveLimit(request.limit, site, currency) ?? order?.limit;
  if (limit && 'code' in limit) return limit;
  const buyerFinderFee =
    request.buyerFinderFee && currency !== undefined && toBuyerFinderFee(request.buyerFinderFee, currency);
  if (buyerFinderFee && 'code' in buyerFinderFee) return buyerFinderFee;
  const { slot } = request;
  if (slot && 'refusal' in slot) return slot.refusal;
  const { offer, passthrough } = request;
  const paymentTerms = request.type === 'select' ? undefined : paymentTermsFor(terms, request.paymentPreference);
  const fields = {
    terms: { ...(buyerFinderFee && { buyerFinderFee }), ...(offer !== undefined && { offer }) },
    ...(slot && { slot: slot.slot }),
    ...(passthrough !== undefined && { passthrough }),
    ...('billing' in request && request.billing !== undefined && { billing: request.billing }),
    ...(paymentTerms && { paymentTerms }),
  };
  if (request.type === 'confirm') {
    const hasSlot = slot !== undefined || order?.slot !== undefined;
    const reservation = hasSlot ? { reservationId: await deps.store.nextNumber('transactionId') } : {};
    const payment = resolvePayment(request.payment, currency);
    if (typeof payment === 'object' && 'code' in payment) return payment;
    return toConfirmCommand(deps, request, { received, site, limit, payment, ...fields, ...reservation });
  }
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (!limit) return { code: 'option-missing', path: 'message.order.tags' };
  const selection = { request: received, site, limit, ...fields };
  return request.type === 'select'
    ? { type: 'select', ...selection }
    : { type: 'init', ...selection, ...(request.holdsConnector && { holdsConnector: request.holdsConnector }) };
}

function toConfirmCommand(
  deps: RequestToCommandDeps,
  request: BuyerRequestOf<'confirm'>,
  given: Pick<CommandOf<'confirm'>, 'payment' | 'terms' | 'slot'> & {
    readonly received: ReceivedRequest;
    readonly site: Site | undefined;
    readonly limit: Limit | undefined;
  },
): OrderCommand {
  const { received, site, limit, ...fields } = given;
  const chargePointId = site?.chargePoint.id ?? '';
  const connectorId = site?.connector.connectorId ?? 0;
  return {
    type: 'confirm',
    request: received,
    ...(site && { site }),
    ...(limit && { limit }),
    ...fields,
    ...(request.startsBy && { startsBy: request.startsBy }),
    idTag: deps.random.base32(16),
    chargerOnline: deps.chargePoints.isReady(chargePointId),
    connectorState: deps.chargePoints.reportedState(chargePointId, connectorId),
  };
}

/**
 * Finds the request's connector, else the order's, without the options that the charger does not support; `undefined`
 * if the request names none and the order's is not known.
 */
function findSite(
  { catalogue, capabilities }: RequestToCommandDeps,
  { items }: Pick<OrderRequest, 'items'>,
  order: Order | undefined,
): Site | Refusal | undefined {
  const site =
    items && items.itemIds.length > 0 ? findConnector(catalogue, items) : order && catalogue.site(order.connector);
  return site && !('code' in site) ? capabilities.withSupportedOptions(site) : site;
}

function resolvePayment(
  stated: BuyerRequestOf<'confirm'>['payment'],
  currency: string | undefined,
): Payment | 'unpaid' | 'unstated' | Refusal {
  if (typeof stated !== 'object') return stated;
  return currency === undefined ? { code: 'quote-missing', path: 'message.order.items' } : toPayment(stated, currency);
}

/** @param currency The order's currency; `undefined` if the request has neither an order nor a connector. */
function resolveLimit(
  requested: RequestedLimit | undefined,
  site: Site | undefined,
  currency: string | undefined,
): Limit | Refusal | undefined {
  if (!requested) return undefined;
  if ('amount' in requested) {
    const value = currency === undefined ? undefined : toMinorUnits(requested.amount, currency);
    return typeof value === 'number' ? { kind: 'amount', value } : value;
  }
  if ('refusal' in requested) return requested.refusal;
  if ('limit' in requested) return requested.limit;
  const maxWh = site?.connector.options.energy;
  return maxWh === undefined
    ? { code: 'option-missing', path: 'message.order.items' }
    : { kind: 'energy', value: maxWh };
}

/** @errors Returns a refusal for items that do not name one connector of the provider, or for an unusable limit. */
export function toChangeCommand(
  deps: RequestToCommandDeps,
  order: Order,
  request: OrderChangeRequest,
  received: ReceivedRequest,
): OrderCommand | Refusal {
  switch (request.type) {
    case 'start': {
      const { chargePointId, connectorId } = order.connector;
      const connectorState = deps.chargePoints.reportedState(chargePointId, connectorId);
      const chargerOnline = deps.chargePoints.isReady(chargePointId);
      const limit = resolveLimit(request.limit, undefined, order.tariff.currency);
      if (limit && 'code' in limit) return limit;
      return { type: 'start', request: received, ...(limit && { limit }), chargerOnline, connectorState };
    }
    case 'stop':
      return { type: 'stop', request: received, reason: 'buyer', ...(request.reply && { reply: request.reply }) };
    case 'cancel': {
      const { reason, ifRunning } = request;
      return {
        type: 'cancel',
        request: received,
        by: 'buyer',
        ...(reason !== undefined && { reason }),
        ...(ifRunning && { ifRunning }),
      };
    }
    case 'update': {
      const site = findSite(deps, request, order);
      if (site && 'code' in site) return site;
      const limit = resolveLimit(request.limit, site, order.tariff.currency);
      if (limit && 'code' in limit) return limit;
      const { passthrough, billing } = request;
      return {
        type: 'update',
        request: received,
        ...(site && { site }),
        ...(limit && { limit }),
        ...(passthrough !== undefined && { passthrough }),
        ...(billing !== undefined && { billing }),
      };
    }
  }
}
