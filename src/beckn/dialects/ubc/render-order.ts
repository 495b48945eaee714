/** The order as every callback about it tells it. */
import type { SiteView } from '../../../ports/buyer-requests.js';
import type { CallbackAction, Json, Order, Slot } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, decimal, text } from '../../protocol/json-reading.js';
import { dateTime, energy, pricePerKwh } from '../core-2x/figures.js';
import { defined, node } from '../core-2x/json-ld.js';
import { orderStatus } from './order-status.js';
import { itemIdOf, offer } from './render-item.js';
import { invoice, orderValue, payment } from './render-money.js';
import { fulfillment } from './render-session.js';

export interface OrderWish {
  readonly action: CallbackAction;
  readonly bppId: string;
  /** The page of the session, where it is asked for. */
  readonly track?: string;
  /** Said instead of the order's own state: the request about it was refused. */
  readonly refused?: true;
}

export function renderOrder(order: Order, site: SiteView, { action, bppId, track, refused }: OrderWish): JsonObject {
  const quoted = action === 'on_select';
  const status = refused && order.state === 'draft' ? 'REJECTED' : orderStatus(order);
  return node('core', 'beckn:Order', {
    'beckn:id': quoted ? undefined : order.id,
    'beckn:orderStatus': status,
    'beckn:seller': order.connector.providerId,
    'beckn:buyer': buyer(order.echo, order.peer.bapId),
    'beckn:orderItems': [orderItem(order, site, quoted)],
    'beckn:orderValue': orderValue(order),
    'beckn:payment': quoted ? undefined : payment(order, site.provider, bppId, action === 'on_init'),
    'beckn:fulfillment': fulfillment(order, site, track),
    'beckn:invoice': invoice(order),
    'beckn:orderAttributes': quoted || action === 'on_init' ? attributes(order.echo, order.slot) : undefined,
  });
}

/** An order that never came to be: what was asked for, and that it was refused. */
export function renderRefused(echo: Json, bapId: string, bppId: string): JsonObject {
  return node('core', 'beckn:Order', {
    'beckn:orderStatus': 'REJECTED',
    'beckn:seller': bppId,
    'beckn:buyer': buyer(echo, bapId),
    'beckn:orderItems': [{ 'beckn:orderedItem': text(at(echo, 'item')) ?? 'unknown' }],
    'beckn:orderAttributes': attributes(echo),
  });
}

// The id as the buyer app wrote it, whichever of ours that was; an order outlives the configuration.
function orderItem(order: Order, { connector }: SiteView, quoted: boolean): JsonObject {
  const { chargePointId, connectorId, providerId } = order.connector;
  const id = text(at(order.echo, 'item')) ?? (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  return {
    'beckn:orderedItem': id,
    'beckn:quantity': energy(order.quote.energyWh),
    ...(quoted && { 'beckn:acceptedOffer': offer(providerId, order.tariff, [id]) }),
    'beckn:price': pricePerKwh(order.tariff),
  };
}

/** A buyer that did not say who it is goes by its app. */
function buyer(echo: Json | undefined, bapId: string): JsonObject {
  const said = at(echo, 'buyer');
  const vpa = text(at(said, 'vpa'));
  return node('core', 'beckn:Buyer', {
    'beckn:id': text(at(said, 'id')) ?? bapId,
    'beckn:role': 'BUYER',
    'beckn:displayName': text(at(said, 'name')),
    'beckn:telephone': text(at(said, 'phone')),
    'beckn:email': text(at(said, 'email')),
    'beckn:taxID': text(at(said, 'taxId')),
    'beckn:buyerAttributes': vpa === undefined ? undefined : node('ubc', 'BuyerUPI', { vpa }),
  });
}

function attributes(echo: Json | undefined, slot?: Slot): JsonObject | undefined {
  const fields = wishFields(echo, slot);
  return fields && node('session', 'ChargingSession', fields);
}

/** The fee and the time that were asked for, as a `ChargingSession` has them; `undefined` when neither was. */
export function wishFields(
  echo: Json | undefined,
  slot?: Slot,
): { readonly [key: string]: Json | undefined } | undefined {
  const fee = at(echo, 'finderFee');
  const type = text(at(fee, 'feeType'));
  const from = slot?.from ?? decimal(at(echo, 'wish', 'from'));
  const until = slot?.until ?? decimal(at(echo, 'wish', 'until'));
  if (type === undefined && from === undefined) return undefined;
  return {
    buyerFinderFee: type === undefined ? undefined : { feeType: type, feeValue: decimal(at(fee, 'feeValue')) ?? 0 },
    preferences:
      from === undefined
        ? undefined
        : defined({
            startTime: dateTime(from),
            endTime: until === undefined ? undefined : dateTime(until),
          }),
  };
}
