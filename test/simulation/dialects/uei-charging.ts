/** `uei:charging` 1.0.0, and its pulse dialect, which follows the published samples. A confirm starts the session. */
import { PULSE_APP } from '../node/settings.js';
import { at, hundredths, isDict, list, tags, text } from '../runtime/json.js';
import type { BuyerDialect, Option, Purchase, Requests, StatedOrder } from './buyer-dialect.js';
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

const CODES = { energy: 'units', amount: 'amount', time: 'time', soc: 'soc' } as const;
const KINDS: Readonly<Record<string, Option['kind']>> = { units: 'energy', amount: 'amount', time: 'time', soc: 'soc' };
/** Wh per kWh, and seconds per minute. */
const FACTORS: Readonly<Record<string, number>> = { kWh: 1000, min: 60 };

function group(name: string, code: string, value: string): object {
  const entries = [{ display: true, descriptor: { code, name: code }, value }];
  return { display: true, descriptor: { code: name, name }, list: entries };
}

/** @param units Wh and seconds per unit of a written value. */
function requestsIn(units: { readonly energy: number; readonly time: number }): Requests {
  const written = ({ kind, value }: Option): string =>
    String(kind === 'energy' || kind === 'time' ? value / units[kind] : value);
  const orderOf = (purchase: Purchase): object => {
    const { connector, option } = purchase;
    const stops = stopsOf(purchase);
    return {
      provider: providerIn(purchase),
      items: [
        { id: connector.stationId, descriptor: { code: 'charging-station' } },
        { id: connector.chargePointId.toLowerCase(), descriptor: { code: 'charge-point' } },
        { id: connector.itemId, descriptor: { code: 'connector' } },
      ],
      ...(stops && { fulfillments: [{ stops }] }),
      tags: [
        group('selected-charging-option', CODES[option.kind], written(option)),
        group('selected-payment-method', 'method', 'UPI'),
      ],
    };
  };
  return {
    ...CORE_1X_REQUESTS,
    select: (purchase) => ({ action: 'select', message: { order: orderOf(purchase) } }),
    init: (purchase) => ({ action: 'init', message: { order: { ...orderOf(purchase), billing: BILLING } } }),
    confirm: ({ purchase }, amount) => ({
      action: 'confirm',
      message: { order: { ...orderOf(purchase), payments: [paid(amount)] } },
    }),
    change: ({ orderId, purchase }) => ({
      action: 'update',
      message: { update_target: 'tags', order: { id: orderId, ...orderOf(purchase) } },
    }),
  };
}

function readOrder(message: unknown): StatedOrder | undefined {
  const order = at(message, 'order');
  if (!isDict(order)) return undefined;
  const price = at(order, 'quote', 'price');
  return {
    id: text(at(order, 'id')),
    status: statusOf(order),
    quoteId: text(at(order, 'quote', 'id')),
    total: hundredths(at(price, 'value')) ?? NaN,
    quoted: hundredths(at(price, 'estimated_value')),
    lines: linesIn(order),
    refund: refundIn(order),
    pricePerKwh: priceIn(order),
    deliveredWh: deliveredIn(order),
    limit: limitIn(order),
  };
}

function statusOf(order: unknown): StatedOrder['status'] {
  const status = text(at(order, 'status'));
  if (at(order, 'type') !== 'DEFAULT') return status === '' ? 'draft' : 'active';
  return status === 'COMPLETE' ? 'complete' : status === 'CANCELLED' ? 'cancelled' : 'active';
}

/** Reads the price on the charge point of an order: `"₹18.5/kWh"` is 1850. */
function priceIn(order: unknown): number | undefined {
  const groups = list(at(order, 'items')).flatMap((item) => list(at(item, 'tags')));
  const price = groups.find((one) => at(one, 'descriptor', 'code') === 'price');
  return hundredths(at(price, 'list', 0, 'value'));
}

/**
 * Reads the delivered energy in Wh. In the pulse dialect, a charger that reports the state of charge leaves no field
 * for it.
 */
function deliveredIn(order: unknown): number | undefined {
  const details = tags(order, 'charging-session-details');
  if (details.get('measurand') === 'energy') return Number(details.get('value'));
  return wattHours(tagIn(order, 'charging-session-details', 'energy_delivered'));
}

function limitIn(order: unknown): Option | undefined {
  const found = list(at(order, 'tags')).find((one) => at(one, 'descriptor', 'code') === 'selected-charging-option');
  const entry = at(found, 'list', 0);
  const kind = KINDS[text(at(entry, 'descriptor', 'code')).toLowerCase()];
  const factor = FACTORS[text(at(entry, 'descriptor', 'short_desc'))] ?? 1;
  return kind && { kind, value: Number(at(entry, 'value')) * factor };
}

const COMMON = {
  options: ['energy', 'amount', 'time', 'soc'],
  statesIdAtInit: false,
  context: core1xContext('uei:charging', '1.0.0'),
  readOrder,
  readPhone: phoneIn,
  terminalAction: () => 'on_status',
} as const;

export const ueiCharging: BuyerDialect = {
  ...COMMON,
  name: 'uei-charging-1.0.0',
  requests: requestsIn({ energy: 1, time: 1 }),
  speaks: (context) => at(context, 'domain') === 'uei:charging' && at(context, 'bap_id') !== PULSE_APP,
};

export const ueiChargingPulse: BuyerDialect = {
  ...COMMON,
  name: 'uei-charging-pulse',
  requests: requestsIn({ energy: 1000, time: 60 }),
  speaks: (context) => at(context, 'domain') === 'uei:charging' && at(context, 'bap_id') === PULSE_APP,
};
