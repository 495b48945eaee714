/** Requests of buyer apps: recognised when repeated, turned into commands, saved, and only then acknowledged. */
import type { Asked } from '../../domain/model/command.js';
import type { Order, SeenRequest } from '../../domain/model/order.js';
import { buyerKey, isTerminal } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type Book } from '../orders/order-cache.js';
import { tellOfCharger } from './came-meanwhile.js';
import type { Callbacks } from '../callbacks/order-callbacks.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import type { Applied, ApplyOptions, Desk } from '../orders/order-command-handler.js';
import { type Change, changeOf, commandOf, type Ordering } from './request-to-command.js';
import { type BuyerTerms, ratesOf } from './buyer-terms.js';
import type { Payments } from '../payments/payment-requests.js';
import { callbackOf, owe, oweError, remembered } from '../callbacks/owed-responses.js';
import { rate } from './ratings.js';
import type { Searches } from '../search/search.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { BuyerIntake, InboundRequest, OrderRef, Receipt } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { type Store, requestKey } from '../../ports/store.js';

export interface BuyerIntakeDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly callbacks: Callbacks;
  readonly catalogue: Catalogue;
  readonly views: Views;
  readonly searches: Searches;
  readonly means: ChargerMeans;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly answerHorizonMs: number;
  /** No answer is owed longer. */
  readonly longestHorizonMs: number;
  readonly payments: Pick<Payments, 'lookUp'>;
  readonly terms: (bapId: string) => BuyerTerms;
}

export function createBuyerIntake(deps: BuyerIntakeDeps): BuyerIntake {
  const inWork = new Map<string, { readonly digest: string; readonly receipt: Promise<Receipt> }>();

  return {
    async receive(inbound) {
      chaosPoint('request.received');
      const buyer = buyerKey(inbound);
      deps.callbacks.nudge(buyer);
      const key = requestKey(buyer, inbound.action, inbound.messageId);
      const twin = inWork.get(key);
      if (twin) return twin.digest === inbound.digest ? twin.receipt : { ack: false, changed: true };
      const receipt = firstOrRepeat(deps, key, inbound);
      inWork.set(key, { digest: inbound.digest, receipt });
      try {
        return await receipt;
      } finally {
        inWork.delete(key);
      }
    },
  };
}

async function firstOrRepeat(deps: BuyerIntakeDeps, key: string, inbound: InboundRequest): Promise<Receipt> {
  const before = await deps.store.request(key);
  if (before) {
    deps.events.emit('request.repeated', { action: inbound.action });
    return before.digest === inbound.digest ? { ack: true } : { ack: false, changed: true };
  }
  const receipt = await take(deps, key, inbound);
  chaosPoint('request.saved');
  deps.events.emit(receipt.ack ? 'request.accepted' : 'request.refused', { action: inbound.action });
  return receipt;
}

async function take(deps: BuyerIntakeDeps, key: string, inbound: InboundRequest): Promise<Receipt> {
  const { request } = inbound;
  switch (request.type) {
    case 'search':
      // Nothing is promised to who finds nothing, where that is so configured: nothing is written either.
      if (deps.searches.passesOver(request.intent)) return { ack: true };
      return owe(deps, key, inbound, callbackOf(inbound.action), { type: 'search', intent: request.intent });
    case 'support':
      return owe(deps, key, inbound, 'on_support', {
        type: 'support',
        ...(request.refId !== undefined && { refId: request.refId }),
      });
    case 'meta':
      return owe(deps, key, inbound, callbackOf(inbound.action), request);
    case 'rating':
      return rate(deps, key, inbound, request);
    case 'select':
    case 'init':
    case 'confirm':
      return order(deps, key, inbound, request);
    case 'status':
    case 'track': {
      const found = await ownOrder(deps, inbound, request);
      if ('code' in found) return { ack: false, refusal: found };
      // Told as the order is: which dialect a bare order id is asked in, the context alone does not always say.
      const told = { ...inbound, dialect: found.peer.dialect, conversation: found.conversation };
      return owe(deps, key, told, callbackOf(inbound.action), { type: request.type, orderId: found.id }, found.id);
    }
    case 'preview': {
      const found = await ownOrder(deps, inbound, request);
      if ('code' in found) return { ack: false, refusal: found };
      const told = inDialectOf(found, inbound);
      return owe(deps, key, told, callbackOf(inbound.action), { type: 'status', orderId: found.id }, found.id);
    }
    case 'update':
    case 'start':
    case 'stop':
    case 'cancel':
      return change(deps, key, inbound, request);
  }
}

/** Another's order cannot be told from a missing one. */
async function ownOrder(
  deps: BuyerIntakeDeps,
  inbound: InboundRequest,
  { orderId }: OrderRef,
): Promise<Order | Refusal> {
  const { book } = deps;
  const order =
    orderId === undefined
      ? await book.newestOf(buyerKey(inbound), inbound.becknTransactionId)
      : await book.get(orderId);
  const path = inbound.action === 'update' ? 'message.order.id' : 'message.order_id';
  return order?.idTag !== undefined && buyerKey(order.peer) === buyerKey(inbound)
    ? order
    : { code: 'order-unknown', path };
}

function seenOf(inbound: InboundRequest): SeenRequest {
  return { action: inbound.action, messageId: inbound.messageId, digest: inbound.digest };
}

function isRepeat(order: Order | undefined, seen: SeenRequest): boolean {
  return (
    order?.seen.some(
      (other) => other.action === seen.action && other.messageId === seen.messageId && other.digest === seen.digest,
    ) ?? false
  );
}

async function order(deps: BuyerIntakeDeps, key: string, inbound: InboundRequest, request: Ordering): Promise<Receipt> {
  const { desk, book } = deps;
  const terms = deps.terms(inbound.bapId);
  const buyer = buyerKey(inbound);
  // What the provider told may be lost on its way: it is asked before a confirm is refused for it.
  if (request.type === 'confirm') await deps.payments.lookUp(buyer, inbound.becknTransactionId);
  return desk.inTransaction(buyer, inbound.becknTransactionId, async () => {
    const newest = await book.newestOf(buyer, inbound.becknTransactionId);
    const seen = seenOf(inbound);
    if (isRepeat(newest, seen)) {
      // Known to the order though the request's own record was lost in a crash: nothing happens twice.
      await deps.store.commit({ requests: [remembered(key, inbound)] });
      return { ack: true };
    }
    // A transaction whose order has ended may carry a new one; a confirm is then a late repeat.
    const current = newest && isTerminal(newest) && request.type !== 'confirm' ? undefined : newest;
    const command = await commandOf(deps, request, current, { ...seen, at: inbound.receivedAt }, terms);
    if ('code' in command) return oweError(deps, key, inbound, command);
    const applied = await desk.decideAndSave(current, command, {
      opening: {
        orderId: inbound.orderIds === 'uuid' ? deps.random.uuid() : deps.random.base32(26),
        quoteId: deps.random.uuid(),
        peer: {
          ...(inbound.network !== undefined && { network: inbound.network }),
          bapId: inbound.bapId,
          bapUri: inbound.bapUri,
          dialect: inbound.dialect,
          ...ratesOf(terms),
        },
        becknTransactionId: inbound.becknTransactionId,
        conversation: inbound.conversation,
      },
      ...withRequest(key, inbound),
    });
    return receiptOf(deps, key, inbound, applied);
  });
}

function withRequest(key: string, inbound: InboundRequest): ApplyOptions {
  return { seen: seenOf(inbound), bapUri: inbound.bapUri, along: () => ({ requests: [remembered(key, inbound)] }) };
}

async function receiptOf(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  applied: Applied,
): Promise<Receipt> {
  chaosPoint('request.decided');
  if (!('refusal' in applied)) {
    tellOfCharger(deps, applied.order);
    return { ack: true };
  }
  const { refusal, order } = applied;
  if (order?.idTag === undefined) return oweError(deps, key, inbound, refusal);
  return oweError(deps, key, inDialectOf(order, inbound), refusal, order.id);
}

/** An order keeps its dialect: one that was asked about in another may not even be sayable there. */
function inDialectOf(order: Order, inbound: InboundRequest): InboundRequest {
  const { dialect } = order.peer;
  return dialect === inbound.dialect ? inbound : { ...inbound, dialect, conversation: order.conversation };
}

async function change(deps: BuyerIntakeDeps, key: string, said: InboundRequest, request: Change): Promise<Receipt> {
  const found = await ownOrder(deps, said, request);
  if ('code' in found) return { ack: false, refusal: found };
  const inbound = inDialectOf(found, said);
  const asked: Asked = { ...seenOf(inbound), at: inbound.receivedAt };
  if (isRepeat(found, asked)) {
    await deps.store.commit({ requests: [remembered(key, inbound)] });
    return { ack: true };
  }
  const command = changeOf(deps, found, request, asked);
  if ('code' in command) return oweError(deps, key, inbound, command, found.id);
  return receiptOf(deps, key, inbound, await deps.desk.apply(found, command, withRequest(key, inbound)));
}
