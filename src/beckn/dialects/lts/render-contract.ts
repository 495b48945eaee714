/** The contract as every callback about it tells it. */
import type { SiteView } from '../../../ports/buyer-requests.js';
import type { CallbackAction, Json, Order } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, text } from '../../protocol/json-reading.js';
import { energy } from '../core-2x/figures.js';
import { defined } from '../core-2x/json-ld.js';
import { itemIdOf } from '../ubc/render-item.js';
import { wishFields } from '../ubc/render-order.js';
import { sessionFields } from '../ubc/render-session.js';
import { commitmentStatus, contractStatus, type ContractWord } from './contract-status.js';
import { bag } from './json-ld.js';
import { consideration, settlements } from './render-money.js';

export function renderContract(order: Order, site: SiteView, action: CallbackAction, bppId: string): JsonObject {
  const quoted = action === 'on_select';
  const wish = wishFields(order.echo, order.slot);
  const session = sessionFields(order, site.connector, false);
  return defined({
    id: quoted ? undefined : order.id,
    status: { code: contractStatus(order.state) },
    participants: [providerOf(order, site), consumer(order.echo, order.peer.bapId)],
    commitments: [commitmentOf(order, site)],
    consideration: [consideration(order)],
    performance: session && [
      {
        id: `performance-${order.id}`,
        commitmentIds: [commitmentId(order.echo)],
        performanceAttributes: bag('ChargingSession', session),
      },
    ],
    settlements: quoted ? undefined : settlements(order, site.provider, bppId, action === 'on_init'),
    contractAttributes: wish && bag('ChargingSession', wish),
  });
}

/** What was asked for and refused: a draft still, since there is no word for a contract that never came to be. */
export function renderRefused(echo: Json | undefined, bapId: string): JsonObject {
  const wish = wishFields(echo);
  return defined({
    status: { code: 'DRAFT' },
    participants: [consumer(echo, bapId)],
    commitments: [commitment(commitmentId(echo), 'DRAFT', text(at(echo, 'item')) ?? 'unknown', 0, 'unknown')],
    contractAttributes: wish && bag('ChargingSession', wish),
  });
}

/** The contract's name and what it commits to, beside the page that shows its session. */
export function renderTracking(order: Order, site: SiteView, url: string, active: boolean): JsonObject {
  const session = sessionFields(order, site.connector, true);
  return defined({
    contract: { id: order.id, commitments: [commitmentOf(order, site)] },
    status: active ? 'ACTIVE' : 'INACTIVE',
    url,
    trackingAttributes: session && bag('ChargingSession', session),
  });
}

// The id as the buyer app wrote it, whichever of ours that was; an order outlives the configuration.
function commitmentOf(order: Order, { connector }: SiteView): JsonObject {
  const { chargePointId, connectorId } = order.connector;
  const item = text(at(order.echo, 'item')) ?? (connector ? itemIdOf(connector) : `${chargePointId}-${connectorId}`);
  const word = contractStatus(order.state);
  return commitment(commitmentId(order.echo), word, item, order.quote.energyWh, order.tariff.id);
}

function commitment(id: string, word: ContractWord, item: string, energyWh: number, offer: string): JsonObject {
  return {
    id,
    status: { descriptor: { code: commitmentStatus(word) } },
    resources: [{ id: item, quantity: energy(energyWh) }],
    offer: { id: offer, resourceIds: [item] },
  };
}

function commitmentId(echo: Json | undefined): string {
  return text(at(echo, 'commitment')) ?? 'commitment-1';
}

function providerOf(order: Order, { provider }: SiteView): JsonObject {
  const id = order.connector.providerId;
  const descriptor = { name: provider?.name ?? id };
  return { id, descriptor, participantAttributes: bag('Provider', { id, descriptor }) };
}

/** A buyer that did not say who it is goes by its app. */
function consumer(echo: Json | undefined, bapId: string): JsonObject {
  const said = at(echo, 'buyer');
  const id = text(at(said, 'id')) ?? bapId;
  const name = text(at(said, 'name'));
  const person = defined({ id, name, telephone: text(at(said, 'phone')), email: text(at(said, 'email')) });
  return defined({
    id,
    descriptor: name === undefined ? undefined : { name },
    participantAttributes: bag('Consumer', { role: 'buyer', person }),
  });
}
