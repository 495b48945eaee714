/** Renders orders for callbacks of Unified Bharat e-Charge. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { Order } from '../../../domain/model/order.js';
import type { Json } from '../../../domain/model/object.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { Slot } from '../../../domain/model/reservation.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readDecimal, readText } from '../../protocol/json-reading.js';
import { formatDateTime, energyQuantity, renderPricePerKwh } from '../core-2x/figures.js';
import { omitUndefined, jsonLdNode } from '../core-2x/json-ld.js';
import { orderStatus } from './order-status.js';
import { itemIdOf, renderOffer } from './render-item.js';
import { renderInvoice, renderOrderValue, renderPayment } from './render-money.js';
import { renderFulfillment } from './render-session.js';

export interface OrderRenderOptions {
  readonly action: CallbackAction;
  readonly bppId: string;
  /** URL of the session's tracking page, for `on_track`. */
  readonly trackingUrl?: string;
  /** Set if the request about the order was refused; a draft is then shown as REJECTED. */
  readonly rejected?: true;
}

export function renderOrder(
  order: Order,
  site: SiteView,
  { action, bppId, trackingUrl, rejected }: OrderRenderOptions,
): JsonObject {
  const isQuoted = action === 'on_select';
  const status = rejected && order.state === 'draft' ? 'REJECTED' : orderStatus(order);
  return jsonLdNode('core', 'beckn:Order', {
    'beckn:id': isQuoted ? undefined : order.id,
    'beckn:orderStatus': status,
    'beckn:seller': order.connector.providerId,
    'beckn:buyer': renderBuyer(order.passthrough, order.customer.bapId),
    'beckn:orderItems': [renderOrderItem(order, site, isQuoted)],
    'beckn:orderValue': renderOrderValue(order),
    'beckn:payment': isQuoted ? undefined : renderPayment(order, site.provider, bppId, action === 'on_init'),
    'beckn:fulfillment': renderFulfillment(order, site, trackingUrl),
    'beckn:invoice': renderInvoice(order),
    'beckn:orderAttributes':
      isQuoted || action === 'on_init' ? renderOrderAttributes(order.passthrough, order.slot) : undefined,
  });
}

/** Renders the requested fields of an order that was refused before it was created, with the status REJECTED. */
export function renderRejectedOrder(passthrough: Json, bapId: string, bppId: string): JsonObject {
  return jsonLdNode('core', 'beckn:Order', {
    'beckn:orderStatus': 'REJECTED',
    'beckn:seller': bppId,
    'beckn:buyer': renderBuyer(passthrough, bapId),
    'beckn:orderItems': [{ 'beckn:orderedItem': readText(valueAt(passthrough, 'item')) ?? 'unknown' }],
    'beckn:orderAttributes': renderOrderAttributes(passthrough),
  });
}

// The item id that the buyer app sent is repeated. The ids in the order are the last resort, because an order may
// outlive the configuration of its connector.
function renderOrderItem(order: Order, { connector }: SiteView, isQuoted: boolean): JsonObject {
  const { chargePointId, connectorId, providerId } = order.connector;
  const id =
    readText(valueAt(order.passthrough, 'item')) ??
    (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  return {
    'beckn:orderedItem': id,
    'beckn:quantity': energyQuantity(order.quote.energyWh),
    ...(isQuoted && { 'beckn:acceptedOffer': renderOffer(providerId, order.tariff, [id]) }),
    'beckn:price': renderPricePerKwh(order.tariff),
  };
}

/** A buyer without an id gets the subscriber id of its buyer app. */
function renderBuyer(passthrough: Json | undefined, bapId: string): JsonObject {
  const buyer = valueAt(passthrough, 'buyer');
  const vpa = readText(valueAt(buyer, 'vpa'));
  return jsonLdNode('core', 'beckn:Buyer', {
    'beckn:id': readText(valueAt(buyer, 'id')) ?? bapId,
    'beckn:role': 'BUYER',
    'beckn:displayName': readText(valueAt(buyer, 'name')),
    'beckn:telephone': readText(valueAt(buyer, 'phone')),
    'beckn:email': readText(valueAt(buyer, 'email')),
    'beckn:taxID': readText(valueAt(buyer, 'taxId')),
    'beckn:buyerAttributes': vpa === undefined ? undefined : jsonLdNode('ubc', 'BuyerUPI', { vpa }),
  });
}

function renderOrderAttributes(passthrough: Json | undefined, slot?: Slot): JsonObject | undefined {
  const fields = requestedSessionFields(passthrough, slot);
  return fields && jsonLdNode('session', 'ChargingSession', fields);
}

/**
 * Builds `ChargingSession` fields for the requested finder fee and for the booked or, without a slot, the requested
 * time; `undefined` if there is neither. A requested end without a start is not shown.
 */
export function requestedSessionFields(
  passthrough: Json | undefined,
  slot?: Slot,
): { readonly [key: string]: Json | undefined } | undefined {
  const fee = valueAt(passthrough, 'finderFee');
  const type = readText(valueAt(fee, 'feeType'));
  const from = slot?.from ?? readDecimal(valueAt(passthrough, 'requestedSlot', 'from'));
  const until = slot?.until ?? readDecimal(valueAt(passthrough, 'requestedSlot', 'until'));
  if (type === undefined && from === undefined) return undefined;
  return {
    buyerFinderFee:
      type === undefined ? undefined : { feeType: type, feeValue: readDecimal(valueAt(fee, 'feeValue')) ?? 0 },
    preferences:
      from === undefined
        ? undefined
        : omitUndefined({
            startTime: formatDateTime(from),
            endTime: until === undefined ? undefined : formatDateTime(until),
          }),
  };
}
