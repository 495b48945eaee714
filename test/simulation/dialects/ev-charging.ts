/** The 1.1.0 family of `ev-charging`. An update of the fulfillment's state starts and stops the session. */
import { at, hundredths, isDict, text } from '../runtime/json.js';
import type { BuyerDialect, Message, OrderRef, Purchase, Requests, StatedOrder } from './buyer-dialect.js';
import {
  BILLING,
  core1xContext,
  CORE_1X_REQUESTS,
  linesIn,
  paid,
  phoneIn,
  providerIn,
  refundIn,
  stopsOf,
  tagIn,
  wattHours,
} from './core-1x.js';

/** Outcomes for which the charger or the operator is responsible, except sessions that the operator stopped. */
const PROVIDER_ENDS = /^(?:charger-|connector-|power-loss$|start-rejected$|cancelled-by-operator$|closed-by-operator$)/;

/** @param idOf Returns the fulfillment id for a connector. */
function requestsIn(idOf: (purchase: Purchase) => string, endStop: string): Requests {
  const orderOf = (purchase: Purchase, more: object = {}): object => {
    const { connector, option } = purchase;
    const stops = stopsOf(purchase, endStop);
    const quantity = { selected: { measure: { unit: 'kWh', value: String(option.value / 1000) } } };
    return {
      provider: providerIn(purchase),
      items: [{ id: connector.itemId, descriptor: { code: 'energy' }, quantity }],
      fulfillments: [{ id: idOf(purchase), type: 'CHARGING', ...(stops && { stops }), ...more }],
    };
  };
  const update =
    (code: string) =>
    ({ orderId, purchase }: OrderRef): Message => {
      const fulfillments = [{ id: idOf(purchase), type: 'CHARGING', state: { descriptor: { code } } }];
      const order = { ...(orderId !== undefined && { id: orderId }), fulfillments };
      return { action: 'update', message: { update_target: 'order.fulfillments[0].state', order } };
    };
  return {
    ...CORE_1X_REQUESTS,
    select: (purchase) => ({ action: 'select', message: { order: orderOf(purchase) } }),
    init: (purchase) => {
      const customer = { person: { name: BILLING.name }, contact: { phone: BILLING.phone } };
      const order = {
        ...orderOf(purchase, { customer }),
        billing: BILLING,
        payments: [{ collected_by: purchase.collector ?? 'BAP' }],
      };
      return { action: 'init', message: { order } };
    },
    confirm: ({ purchase }, amount) => ({
      action: 'confirm',
      message: { order: { ...orderOf(purchase), payments: [paid(amount)] } },
    }),
    start: update('start-charging'),
    stop: update('end-charging'),
    change: ({ orderId, purchase }) => ({
      action: 'update',
      message: { update_target: 'order.items', order: { id: orderId, ...orderOf(purchase) } },
    }),
  };
}

/**
 * Reads an order. A cancelled one states only the refund; the rest of the payment is the bill of its session, if any.
 */
function readOrder(message: unknown): StatedOrder | undefined {
  const order = at(message, 'order');
  if (!isDict(order)) return undefined;
  const status = text(at(order, 'status'));
  const price = hundredths(at(order, 'quote', 'price', 'value')) ?? NaN;
  const deliveredWh = wattHours(tagIn(at(order, 'fulfillments', 0), 'charging-details', 'energy-delivered'));
  const isCancelled = status === 'CANCELLED';
  const paidAmount = hundredths(at(order, 'payments', 0, 'params', 'amount')) ?? NaN;
  const limitWh = wattHours(at(order, 'items', 0, 'quantity', 'selected', 'measure', 'value'));
  return {
    id: text(at(order, 'id')),
    status:
      status === ''
        ? 'draft'
        : status === 'ACTIVE'
          ? 'active'
          : isCancelled && deliveredWh === undefined
            ? 'cancelled'
            : 'complete',
    quoteId: text(at(order, 'quote', 'id')),
    total: !isCancelled ? price : deliveredWh ? paidAmount + price : 0,
    ...(!isCancelled && { lines: linesIn(order) }),
    refund: refundIn(order),
    pricePerKwh: hundredths(at(order, 'items', 0, 'price', 'value')),
    deliveredWh,
    limit: limitWh === undefined ? undefined : { kind: 'energy', value: limitWh },
  };
}

function evChargingDialect(
  name: string,
  domain: string,
  idOf: (purchase: Purchase) => string,
  endStop: string,
): BuyerDialect {
  return {
    name,
    options: ['energy'],
    statesIdAtInit: false,
    requests: requestsIn(idOf, endStop),
    context: core1xContext(domain, '1.1.0'),
    speaks: (context) => at(context, 'domain') === domain && at(context, 'version') === '1.1.0',
    readOrder,
    readPhone: phoneIn,
    terminalAction: ({ outcome }) => (PROVIDER_ENDS.test(outcome) ? 'on_cancel' : 'on_status'),
  };
}

const connectorId = ({ connector }: Purchase): string => connector.itemId;
const chargePointId = ({ connector }: Purchase): string => connector.chargePointId.toLowerCase();

export const EV_CHARGING: readonly BuyerDialect[] = [
  evChargingDialect('dent-ev-charging', 'dent:ev-charging:0.1.0', connectorId, 'end'),
  evChargingDialect('uei-ev-charging', 'uei:ev_charging', connectorId, 'end'),
  evChargingDialect('ev-charging-uei', 'ev-charging:uei', chargePointId, 'finish'),
];
