/** The order as every callback about it tells it. */
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
  /** The page of the session, where it is asked for. */
  readonly trackingUrl?: string;
  /** Said instead of the order's own state: the request about it was refused. */
  readonly rejected?: true;
}

export function renderOrder(
  order: Order,
  site: SiteView,
  { action, bppId, trackingUrl: track, rejected: refused }: OrderRenderOptions,
): JsonObject {
  const quoted = action === 'on_select';
  const status = refused && order.state === 'draft' ? 'REJECTED' : orderStatus(order);
  return jsonLdNode('core', 'beckn:Order', {
    'beckn:id': quoted ? undefined : order.id,
    'beckn:orderStatus': status,
    'beckn:seller': order.connector.providerId,
    'beckn:buyer': renderBuyer(order.passthrough, order.customer.bapId),
    'beckn:orderItems': [renderOrderItem(order, site, quoted)],
    'beckn:orderValue': renderOrderValue(order),
    'beckn:payment': quoted ? undefined : renderPayment(order, site.provider, bppId, action === 'on_init'),
    'beckn:fulfillment': renderFulfillment(order, site, track),
    'beckn:invoice': renderInvoice(order),
    'beckn:orderAttributes':
      quoted || action === 'on_init' ? renderOrderAttributes(order.passthrough, order.slot) : undefined,
  });
}

/** An order that never came to be: what was asked for, and that it was refused. */
export function renderRejectedOrder(echo: Json, bapId: string, bppId: string): JsonObject {
  return jsonLdNode('core', 'beckn:Order', {
    'beckn:orderStatus': 'REJECTED',
    'beckn:seller': bppId,
    'beckn:buyer': renderBuyer(echo, bapId),
    'beckn:orderItems': [{ 'beckn:orderedItem': readText(valueAt(echo, 'item')) ?? 'unknown' }],
    'beckn:orderAttributes': renderOrderAttributes(echo),
  });
}

// The id as the buyer app wrote it, whichever of ours that was; an order outlives the configuration.
function renderOrderItem(order: Order, { connector }: SiteView, quoted: boolean): JsonObject {
  const { chargePointId, connectorId, providerId } = order.connector;
  const id =
    readText(valueAt(order.passthrough, 'item')) ??
    (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  return {
    'beckn:orderedItem': id,
    'beckn:quantity': energyQuantity(order.quote.energyWh),
    ...(quoted && { 'beckn:acceptedOffer': renderOffer(providerId, order.tariff, [id]) }),
    'beckn:price': renderPricePerKwh(order.tariff),
  };
}

/** A buyer that did not say who it is goes by its app. */
function renderBuyer(echo: Json | undefined, bapId: string): JsonObject {
  const said = valueAt(echo, 'buyer');
  const vpa = readText(valueAt(said, 'vpa'));
  return jsonLdNode('core', 'beckn:Buyer', {
    'beckn:id': readText(valueAt(said, 'id')) ?? bapId,
    'beckn:role': 'BUYER',
    'beckn:displayName': readText(valueAt(said, 'name')),
    'beckn:telephone': readText(valueAt(said, 'phone')),
    'beckn:email': readText(valueAt(said, 'email')),
    'beckn:taxID': readText(valueAt(said, 'taxId')),
    'beckn:buyerAttributes': vpa === undefined ? undefined : jsonLdNode('ubc', 'BuyerUPI', { vpa }),
  });
}

function renderOrderAttributes(echo: Json | undefined, slot?: Slot): JsonObject | undefined {
  const fields = requestedSessionFields(echo, slot);
  return fields && jsonLdNode('session', 'ChargingSession', fields);
}

/** The fee and the time that were asked for, as a `ChargingSession` has them; `undefined` when neither was. */
export function requestedSessionFields(
  echo: Json | undefined,
  slot?: Slot,
): { readonly [key: string]: Json | undefined } | undefined {
  const fee = valueAt(echo, 'finderFee');
  const type = readText(valueAt(fee, 'feeType'));
  const from = slot?.from ?? readDecimal(valueAt(echo, 'wish', 'from'));
  const until = slot?.until ?? readDecimal(valueAt(echo, 'wish', 'until'));
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
