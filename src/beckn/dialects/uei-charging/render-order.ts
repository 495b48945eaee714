/** The order as every callback about it tells it. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { PeerSettings } from '../../../config/config.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import { type Json } from '../../../domain/model/object.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, isObject, readList, readText } from '../../protocol/json-reading.js';
import { formatDateTime } from '../core-1x/figures.js';
import { optionKindOf, optionEntry } from './options.js';
import { renderMeteredGroups } from './metered.js';
import { connectorStatusFields, orderStatusFields } from './order-status.js';
import {
  renderChargePointItem,
  renderConnectorItem,
  renderConnectorStatus,
  renderProviderSummary,
  renderStationItem,
} from './render-items.js';
import { renderPayments, renderQuote, renderRefundTerms } from './render-money.js';
import { renderSessionDetails } from './session-details.js';
import { renderSlot } from '../core-1x/slot.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';

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
      ...orderStatusFields(order),
      provider: site.provider ? renderProviderSummary(site.provider) : { id: order.connector.providerId },
      items: renderItems(order, site, peer),
      ...renderSlot(order),
      tags: renderTags(order, peer),
      quote: renderQuote(order, now),
      refund_terms: renderRefundTerms(order),
      ...(isObject(order.billing) && { billing: order.billing }),
      ...(action !== 'on_select' && { payments: renderPayments(order) }),
      ...(order.state === 'cancelled' && order.outcome && { cancellation: renderCancellation(order) }),
      created_at: formatDateTime(order.createdAt),
      updated_at: formatDateTime(order.updatedAt),
    },
  };
}

// An order outlives the configuration: what is gone from it is still named by its ids.
function renderItems(order: Order, site: SiteView, peer: PeerSettings): JsonObject[] {
  const state = connectorStatusFields(order);
  const { station, chargePoint, connector } = site;
  const { stationId, chargePointId, connectorId } = order.connector;
  return [
    station ? renderStationItem(station) : { id: stationId, category_ids: ['charging-station'] },
    station && chargePoint
      ? renderChargePointItem(
          station,
          chargePoint,
          connector ? [{ ...connector, tariff: order.tariff }] : chargePoint.connectors,
          peer,
        )
      : { id: chargePointId, parent_item_id: stationId, category_ids: ['charge-point'] },
    chargePoint && connector
      ? renderConnectorItem(chargePoint, connector, state)
      : {
          id: `${chargePointId}-${connectorId}`,
          parent_item_id: chargePoint?.itemId ?? chargePointId,
          category_ids: ['connector'],
          tags: [renderConnectorStatus(state)],
        },
  ];
}

function renderTags(order: Order, peer: PeerSettings): JsonObject[] {
  const details = renderSessionDetails(order, peer);
  const outcome = isTerminal(order) ? renderOutcome(order) : undefined;
  return [
    tagGroup('selected-charging-option', 'Selected Charging Option', [renderSelectedOption(order, peer)]),
    ...renderPassthroughGroups(order.passthrough),
    ...(details ? [details] : []),
    ...renderMeteredGroups(order),
    ...renderAuthorisedAmount(order),
    ...(outcome ? [outcome] : []),
  ];
}

// The value is ours, in the scale that we state; the code and name are the buyer's own spelling, unless what they
// spell is not the limit any more.
function renderSelectedOption(order: Order, peer: PeerSettings): JsonObject {
  const ours = optionEntry(order.limit, peer);
  const echoed = valueAt(order.passthrough, 'option');
  const code = readText(valueAt(echoed, 'code'));
  const name = readText(valueAt(echoed, 'name'));
  const descriptor = valueAt(ours, 'descriptor');
  if (!isObject(descriptor) || optionKindOf(readCode(code ?? name)) !== order.limit.kind) return ours;
  return {
    ...ours,
    descriptor: { ...descriptor, ...(code !== undefined && { code }), ...(name !== undefined && { name }) },
  };
}

const GROUP_NAMES: Readonly<Record<string, string>> = {
  'selected-payment-method': 'Selected Payment Method',
  'user-info': 'User Info',
};

function renderPassthroughGroups(echo: Json | undefined): JsonObject[] {
  return readList(valueAt(echo, 'groups')).flatMap((echoed) => {
    const code = readText(valueAt(echoed, 'code'));
    if (code === undefined) return [];
    const entries = readList(valueAt(echoed, 'entries')).map((item): JsonObject => {
      const entryCode = readText(valueAt(item, 'code'));
      const name = readText(valueAt(item, 'name'));
      const descriptor = { ...(entryCode !== undefined && { code: entryCode }), ...(name !== undefined && { name }) };
      return {
        display: true,
        ...(Object.keys(descriptor).length > 0 && { descriptor }),
        value: readText(valueAt(item, 'value')) ?? '',
      };
    });
    return [tagGroup(code, GROUP_NAMES[code] ?? code, entries)];
  });
}

/** Said when the limit asks for more than was authorised: the session ends where the money does. */
function renderAuthorisedAmount(order: Order): JsonObject[] {
  if (order.authorised === 0 || order.quote.total <= order.authorised) return [];
  return [
    tagGroup('authorised-amount', 'Authorised Amount', [
      tagEntry('amount', 'Amount', formatMinor(order.authorised, order.tariff.currency)),
      tagEntry('energy', 'Energy', `${order.caps.energyWh} Wh`),
    ]),
  ];
}

function renderOutcome(order: Order): JsonObject | undefined {
  const { outcome, bill } = order;
  if (!outcome) return undefined;
  return tagGroup('order-outcome', 'Order Outcome', [
    tagEntry('code', 'Code', outcome.code),
    tagEntry('reason', 'Reason', outcome.text),
    ...(bill ? [tagEntry('confidence', 'Confidence', bill.confidence)] : []),
  ]);
}

function renderCancellation(order: Order): JsonObject {
  const { outcome } = order;
  return {
    time: formatDateTime(outcome?.at ?? order.updatedAt),
    cancelled_by: outcome?.code === 'cancelled-by-buyer' ? 'CONSUMER' : 'PROVIDER',
  };
}
