/** Renders orders for callbacks of `uei:charging`. */
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
import { renderMeteredGroups } from './render-metered.js';
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

export interface OrderRenderOptions {
  readonly action: CallbackAction;
  /** Epoch ms. */
  readonly at: number;
  readonly peer: PeerSettings;
}

export function renderOrder(order: Order, site: SiteView, { action, at, peer }: OrderRenderOptions): JsonObject {
  const quoted = action === 'on_select' || action === 'on_init';
  return {
    order: {
      // In core 1.x an order has no id and no status before on_confirm.
      ...(!quoted && { id: order.id, status: 'ACTIVE' }),
      ...orderStatusFields(order),
      provider: site.provider ? renderProviderSummary(site.provider) : { id: order.connector.providerId },
      items: renderItems(order, site, peer),
      ...renderSlot(order),
      tags: renderTags(order, peer),
      quote: renderQuote(order, at),
      refund_terms: renderRefundTerms(order),
      ...(isObject(order.billing) && { billing: order.billing }),
      ...(action !== 'on_select' && { payments: renderPayments(order) }),
      ...(order.state === 'cancelled' && order.outcome && { cancellation: renderCancellation(order) }),
      created_at: formatDateTime(order.createdAt),
      updated_at: formatDateTime(order.updatedAt),
    },
  };
}

// An order may outlive the configuration of its station, which is then identified only by its ids.
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

// The value comes from the order, in the unit that we state. Code and name repeat the buyer's spelling if they still
// describe the limit.
function renderSelectedOption(order: Order, peer: PeerSettings): JsonObject {
  const entry = optionEntry(order.limit, order.tariff.currency, peer);
  const option = valueAt(order.passthrough, 'option');
  const code = readText(valueAt(option, 'code'));
  const name = readText(valueAt(option, 'name'));
  const descriptor = valueAt(entry, 'descriptor');
  if (!isObject(descriptor) || optionKindOf(readCode(code ?? name)) !== order.limit.kind) return entry;
  return {
    ...entry,
    descriptor: { ...descriptor, ...(code !== undefined && { code }), ...(name !== undefined && { name }) },
  };
}

const GROUP_NAMES: Readonly<Record<string, string>> = {
  'selected-payment-method': 'Selected Payment Method',
  'user-info': 'User Info',
};

function renderPassthroughGroups(passthrough: Json | undefined): JsonObject[] {
  return readList(valueAt(passthrough, 'groups')).flatMap((group) => {
    const code = readText(valueAt(group, 'code'));
    if (code === undefined) return [];
    const entries = readList(valueAt(group, 'entries')).map((entry): JsonObject => {
      const entryCode = readText(valueAt(entry, 'code'));
      const name = readText(valueAt(entry, 'name'));
      const descriptor = { ...(entryCode !== undefined && { code: entryCode }), ...(name !== undefined && { name }) };
      return {
        display: true,
        ...(Object.keys(descriptor).length > 0 && { descriptor }),
        value: readText(valueAt(entry, 'value')) ?? '',
      };
    });
    return [tagGroup(code, GROUP_NAMES[code] ?? code, entries)];
  });
}

/** Renders the authorised amount if the quote exceeds it, because the session then stops at that amount. */
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
