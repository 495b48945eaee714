/** The contract as every callback about it tells it. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { Order } from '../../../domain/model/order.js';
import type { Json } from '../../../domain/model/object.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { energyQuantity } from '../core-2x/figures.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { itemIdOf } from '../ubc/render-item.js';
import { requestedSessionFields } from '../ubc/render-order.js';
import { sessionFields } from '../ubc/render-session.js';
import { commitmentStatus, contractStatus, type ContractStatus } from './contract-status.js';
import { renderAttributes } from './json-ld.js';
import { renderConsideration, renderSettlements } from './render-money.js';

export function renderContract(order: Order, site: SiteView, action: CallbackAction, bppId: string): JsonObject {
  const quoted = action === 'on_select';
  const wish = requestedSessionFields(order.passthrough, order.slot);
  const session = sessionFields(order, site.connector, false);
  return omitUndefined({
    id: quoted ? undefined : order.id,
    status: { code: contractStatus(order.state) },
    participants: [renderProvider(order, site), renderConsumer(order.passthrough, order.customer.bapId)],
    commitments: [renderOrderCommitment(order, site)],
    consideration: [renderConsideration(order)],
    performance: session && [
      {
        id: `performance-${order.id}`,
        commitmentIds: [commitmentId(order.passthrough)],
        performanceAttributes: renderAttributes('ChargingSession', session),
      },
    ],
    settlements: quoted ? undefined : renderSettlements(order, site.provider, bppId, action === 'on_init'),
    contractAttributes: wish && renderAttributes('ChargingSession', wish),
  });
}

/** What was asked for and refused: a draft still, since there is no word for a contract that never came to be. */
export function renderRejectedContract(echo: Json | undefined, bapId: string): JsonObject {
  const wish = requestedSessionFields(echo);
  return omitUndefined({
    status: { code: 'DRAFT' },
    participants: [renderConsumer(echo, bapId)],
    commitments: [
      renderCommitment(commitmentId(echo), 'DRAFT', readText(valueAt(echo, 'item')) ?? 'unknown', 0, 'unknown'),
    ],
    contractAttributes: wish && renderAttributes('ChargingSession', wish),
  });
}

/** The contract's name and what it commits to, beside the page that shows its session. */
export function renderTracking(order: Order, site: SiteView, url: string, active: boolean): JsonObject {
  const session = sessionFields(order, site.connector, true);
  return omitUndefined({
    contract: { id: order.id, commitments: [renderOrderCommitment(order, site)] },
    status: active ? 'ACTIVE' : 'INACTIVE',
    url,
    trackingAttributes: session && renderAttributes('ChargingSession', session),
  });
}

// The id as the buyer app wrote it, whichever of ours that was; an order outlives the configuration.
function renderOrderCommitment(order: Order, { connector }: SiteView): JsonObject {
  const { chargePointId, connectorId } = order.connector;
  const item =
    readText(valueAt(order.passthrough, 'item')) ??
    (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  const word = contractStatus(order.state);
  return renderCommitment(commitmentId(order.passthrough), word, item, order.quote.energyWh, order.tariff.id);
}

function renderCommitment(id: string, word: ContractStatus, item: string, energyWh: number, offer: string): JsonObject {
  return {
    id,
    status: { descriptor: { code: commitmentStatus(word) } },
    resources: [{ id: item, quantity: energyQuantity(energyWh) }],
    offer: { id: offer, resourceIds: [item] },
  };
}

function commitmentId(echo: Json | undefined): string {
  return readText(valueAt(echo, 'commitment')) ?? 'commitment-1';
}

function renderProvider(order: Order, { provider }: SiteView): JsonObject {
  const id = order.connector.providerId;
  const descriptor = { name: provider?.name ?? id };
  return { id, descriptor, participantAttributes: renderAttributes('Provider', { id, descriptor }) };
}

/** A buyer that did not say who it is goes by its app. */
function renderConsumer(echo: Json | undefined, bapId: string): JsonObject {
  const said = valueAt(echo, 'buyer');
  const id = readText(valueAt(said, 'id')) ?? bapId;
  const name = readText(valueAt(said, 'name'));
  const person = omitUndefined({
    id,
    name,
    telephone: readText(valueAt(said, 'phone')),
    email: readText(valueAt(said, 'email')),
  });
  return omitUndefined({
    id,
    descriptor: name === undefined ? undefined : { name },
    participantAttributes: renderAttributes('Consumer', { role: 'buyer', person }),
  });
}
