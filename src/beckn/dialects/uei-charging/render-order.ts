/** The order as every callback about it tells it. */
import type { SiteView } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isTerminal, type CallbackAction, type Json, type Order } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, isObject, list, text } from '../../protocol/json-reading.js';
import { dateTime } from '../core-1x/figures.js';
import { kindOf, optionEntry } from './options.js';
import { meteredGroups } from './metered.js';
import { connectorWords, statusWords } from './order-status.js';
import { chargePointItem, connectorItem, connectorStatus, providerPart, stationItem } from './render-items.js';
import { renderPayments, renderQuote, renderRefundTerms } from './render-money.js';
import { sessionDetails } from './session-details.js';
import { renderSlot } from './slot.js';
import { entry, group } from '../core-1x/tags.js';

export function renderOrder(
  action: CallbackAction,
  order: Order,
  site: SiteView,
  now: number,
  peer: PeerSettings,
): JsonObject {
  const quoted = action === 'on_select' || action === 'on_init';
  return {
    order: {
      // Core 1.x has no order id and no status before on_confirm.
      ...(!quoted && { id: order.id, status: 'ACTIVE' }),
      ...statusWords(order),
      provider: site.provider ? providerPart(site.provider) : { id: order.connector.providerId },
      items: renderItems(order, site, peer),
      ...renderSlot(order),
      tags: renderTags(order, peer),
      quote: renderQuote(order, now),
      refund_terms: renderRefundTerms(order),
      ...(isObject(order.billing) && { billing: order.billing }),
      ...(action !== 'on_select' && { payments: renderPayments(order) }),
      ...(order.state === 'cancelled' && order.outcome && { cancellation: cancellation(order) }),
      created_at: dateTime(order.createdAt),
      updated_at: dateTime(order.updatedAt),
    },
  };
}

// An order outlives the configuration: what is gone from it is still named by its ids.
function renderItems(order: Order, site: SiteView, peer: PeerSettings): JsonObject[] {
  const state = connectorWords(order);
  const { station, chargePoint, connector } = site;
  const { stationId, chargePointId, connectorId } = order.connector;
  return [
    station ? stationItem(station) : { id: stationId, category_ids: ['charging-station'] },
    station && chargePoint
      ? chargePointItem(
          station,
          chargePoint,
          connector ? [{ ...connector, tariff: order.tariff }] : chargePoint.connectors,
          peer,
        )
      : { id: chargePointId, parent_item_id: stationId, category_ids: ['charge-point'] },
    chargePoint && connector
      ? connectorItem(chargePoint, connector, state)
      : {
          id: `${chargePointId}-${connectorId}`,
          parent_item_id: chargePoint?.itemId ?? chargePointId,
          category_ids: ['connector'],
          tags: [connectorStatus(state)],
        },
  ];
}

function renderTags(order: Order, peer: PeerSettings): JsonObject[] {
  const details = sessionDetails(order, peer);
  const outcome = isTerminal(order) ? orderOutcome(order) : undefined;
  return [
    group('selected-charging-option', 'Selected Charging Option', [selectedOption(order, peer)]),
    ...echoedGroups(order.echo),
    ...(details ? [details] : []),
    ...meteredGroups(order),
    ...authorisedAmount(order),
    ...(outcome ? [outcome] : []),
  ];
}

// The value is ours, in the scale that we state; the code and name are the buyer's own spelling, unless what they
// spell is not the limit any more.
function selectedOption(order: Order, peer: PeerSettings): JsonObject {
  const ours = optionEntry(order.limit, peer);
  const echoed = at(order.echo, 'option');
  const code = text(at(echoed, 'code'));
  const name = text(at(echoed, 'name'));
  const descriptor = at(ours, 'descriptor');
  if (!isObject(descriptor) || kindOf(codeOf(code ?? name)) !== order.limit.kind) return ours;
  return {
    ...ours,
    descriptor: { ...descriptor, ...(code !== undefined && { code }), ...(name !== undefined && { name }) },
  };
}

const GROUP_NAMES: Readonly<Record<string, string>> = {
  'selected-payment-method': 'Selected Payment Method',
  'user-info': 'User Info',
};

function echoedGroups(echo: Json | undefined): JsonObject[] {
  return list(at(echo, 'groups')).flatMap((echoed) => {
    const code = text(at(echoed, 'code'));
    if (code === undefined) return [];
    const entries = list(at(echoed, 'entries')).map((item): JsonObject => {
      const entryCode = text(at(item, 'code'));
      const name = text(at(item, 'name'));
      const descriptor = { ...(entryCode !== undefined && { code: entryCode }), ...(name !== undefined && { name }) };
      return {
        display: true,
        ...(Object.keys(descriptor).length > 0 && { descriptor }),
        value: text(at(item, 'value')) ?? '',
      };
    });
    return [group(code, GROUP_NAMES[code] ?? code, entries)];
  });
}

/** Said when the limit asks for more than was authorised: the session ends where the money does. */
function authorisedAmount(order: Order): JsonObject[] {
  if (order.authorised === 0 || order.quote.total <= order.authorised) return [];
  return [
    group('authorised-amount', 'Authorised Amount', [
      entry('amount', 'Amount', formatMinor(order.authorised, order.tariff.currency)),
      entry('energy', 'Energy', `${order.caps.energyWh} Wh`),
    ]),
  ];
}

function orderOutcome(order: Order): JsonObject | undefined {
  const { outcome, bill } = order;
  if (!outcome) return undefined;
  return group('order-outcome', 'Order Outcome', [
    entry('code', 'Code', outcome.code),
    entry('reason', 'Reason', outcome.text),
    ...(bill ? [entry('confidence', 'Confidence', bill.confidence)] : []),
  ]);
}

function cancellation(order: Order): JsonObject {
  const { outcome } = order;
  return {
    time: dateTime(outcome?.at ?? order.updatedAt),
    cancelled_by: outcome?.code === 'cancelled-by-buyer' ? 'CONSUMER' : 'PROVIDER',
  };
}
