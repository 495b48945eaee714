/** Renders contracts, which callbacks of Beckn 2.0.0 LTS contain in place of orders. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { Order } from '../../../domain/model/order.js';
import type { Json } from '../../../domain/model/object.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { energyQuantity } from '../core-2x/figures.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { interruptionOf } from '../ubc/order-status.js';
import { itemIdOf } from '../ubc/render-item.js';
import { requestedSessionFields } from '../ubc/render-order.js';
import { sessionFields } from '../ubc/render-session.js';
import { commitmentStatus, contractStatus, type ContractStatus } from './contract-status.js';
import { renderAttributes } from './json-ld.js';
import { renderConsideration, renderSettlements } from './render-money.js';

export function renderContract(order: Order, site: SiteView, action: CallbackAction, bppId: string): JsonObject {
  const isQuoted = action === 'on_select';
  const requested = requestedSessionFields(order.passthrough, order.slot);
  const session = sessionFields(order, site.connector, false);
  return omitUndefined({
    id: isQuoted ? undefined : order.id,
    status: { code: contractStatus(order.state) },
    participants: [renderProvider(order, site), renderConsumer(order.passthrough, order.customer.bapId)],
    commitments: [renderOrderCommitment(order, site)],
    consideration: [renderConsideration(order)],
    performance: session && [
      {
        id: `performance-${order.id}`,
        ...renderInterruption(order),
        commitmentIds: [commitmentId(order.passthrough)],
        performanceAttributes: renderAttributes('ChargingSession', session),
      },
    ],
    settlements: isQuoted ? undefined : renderSettlements(order, site.provider, bppId, action === 'on_init'),
    contractAttributes: requested && renderAttributes('ChargingSession', requested),
  });
}

function renderInterruption(order: Order): JsonObject {
  const interruption = interruptionOf(order);
  return interruption ? { status: { code: interruption.code, shortDesc: interruption.text } } : {};
}

/**
 * Renders the requested fields of a contract that was refused before it was created. Its status is DRAFT, because LTS
 * defines no status for a rejected contract.
 */
export function renderRejectedContract(passthrough: Json | undefined, bapId: string): JsonObject {
  const requested = requestedSessionFields(passthrough);
  const resourceId = readText(valueAt(passthrough, 'item')) ?? 'unknown';
  return omitUndefined({
    status: { code: 'DRAFT' },
    participants: [renderConsumer(passthrough, bapId)],
    commitments: [
      renderCommitment(commitmentId(passthrough), 'DRAFT', { resourceId, energyWh: 0, offerId: 'unknown' }),
    ],
    contractAttributes: requested && renderAttributes('ChargingSession', requested),
  });
}

/** Renders the contract's id and commitments, with the tracking page and telemetry of its session. */
export function renderTracking(order: Order, site: SiteView, url: string, active: boolean): JsonObject {
  const session = sessionFields(order, site.connector, true);
  return omitUndefined({
    contract: { id: order.id, commitments: [renderOrderCommitment(order, site)] },
    status: active ? 'ACTIVE' : 'INACTIVE',
    url,
    trackingAttributes: session && renderAttributes('ChargingSession', session),
  });
}

// The item id that the buyer app sent is repeated. The ids in the order are the last resort, because an order may
// outlive the configuration of its connector.
function renderOrderCommitment(order: Order, { connector }: SiteView): JsonObject {
  const { chargePointId, connectorId } = order.connector;
  const resourceId =
    readText(valueAt(order.passthrough, 'item')) ??
    (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  return renderCommitment(commitmentId(order.passthrough), contractStatus(order.state), {
    resourceId,
    energyWh: order.quote.energyWh,
    offerId: order.tariff.id,
  });
}

function renderCommitment(
  id: string,
  status: ContractStatus,
  content: { readonly resourceId: string; readonly energyWh: number; readonly offerId: string },
): JsonObject {
  const { resourceId, energyWh, offerId } = content;
  return {
    id,
    status: { descriptor: { code: commitmentStatus(status) } },
    resources: [{ id: resourceId, quantity: energyQuantity(energyWh) }],
    offer: { id: offerId, resourceIds: [resourceId] },
  };
}

function commitmentId(passthrough: Json | undefined): string {
  return readText(valueAt(passthrough, 'commitment')) ?? 'commitment-1';
}

function renderProvider(order: Order, { provider }: SiteView): JsonObject {
  const id = order.connector.providerId;
  const descriptor = { name: provider?.name ?? id };
  return { id, descriptor, participantAttributes: renderAttributes('Provider', { id, descriptor }) };
}

/** A buyer without an id gets the subscriber id of its buyer app. */
function renderConsumer(passthrough: Json | undefined, bapId: string): JsonObject {
  const buyer = valueAt(passthrough, 'buyer');
  const id = readText(valueAt(buyer, 'id')) ?? bapId;
  const name = readText(valueAt(buyer, 'name'));
  const person = omitUndefined({
    id,
    name,
    telephone: readText(valueAt(buyer, 'phone')),
    email: readText(valueAt(buyer, 'email')),
  });
  return omitUndefined({
    id,
    descriptor: name === undefined ? undefined : { name },
    participantAttributes: renderAttributes('Consumer', { role: 'buyer', person }),
  });
}
