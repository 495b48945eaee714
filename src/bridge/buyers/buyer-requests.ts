/** Requests of buyer apps: recognised when repeated, turned into commands, saved, and only then acknowledged. */
import type { ReceivedRequest } from '../../domain/model/command.js';
import { type Order, type RequestFingerprint, buyerKey } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type OrderCache } from '../orders/order-cache.js';
import type { Outbox } from '../callbacks/outbox.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { OrderCommandOptions, OrderCommandResult } from '../orders/command-options.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { type OrderChangeRequest, toChangeCommand, toOrderCommand, type OrderRequest } from './request-to-command.js';
import { type BuyerTerms, progressRatesOf } from './buyer-terms.js';
import type { PaymentRequests } from '../payments/payment-requests.js';
import { type OwedResponses, toRequestRecord } from '../callbacks/owed-responses.js';
import { recordRating } from './ratings.js';
import type { CatalogueSearch } from '../search/search.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { BuyerRequests, VerifiedRequest, OrderRef, Acknowledgement } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { type Store, requestKey } from '../../ports/store.js';

export interface BuyerRequestsDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly outbox: Pick<Outbox, 'retryNow'>;
  readonly owedResponses: Pick<OwedResponses, 'owe' | 'oweError'>;
  readonly catalogue: Catalogue;
  readonly chargePoints: ChargePointState;
  readonly search: CatalogueSearch;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly paymentRequests: Pick<PaymentRequests, 'lookUpDraftPayment'>;
  readonly buyerTerms: (bapId: string) => BuyerTerms;
}

export function createBuyerRequests(deps: BuyerRequestsDeps): BuyerRequests {
  const inWork = new Map<string, { readonly digest: string; readonly receipt: Promise<Acknowledgement> }>();

  return {
    async handleRequest(inbound) {
      passCrashPoint('request.received');
      const buyer = buyerKey(inbound);
      deps.outbox.retryNow(buyer);
      const key = requestKey(buyer, inbound.action, inbound.messageId);
      const twin = inWork.get(key);
      if (twin) return twin.digest === inbound.digest ? twin.receipt : { ack: false, contentDiffers: true };
      const receipt = processOnce(deps, key, inbound);
      inWork.set(key, { digest: inbound.digest, receipt });
      try {
        return await receipt;
      } finally {
        inWork.delete(key);
      }
    },
  };
}

async function processOnce(deps: BuyerRequestsDeps, key: string, inbound: VerifiedRequest): Promise<Acknowledgement> {
  const before = await deps.store.request(key);
  if (before) {
    deps.events.emit('request.repeated', { action: inbound.action });
    return before.digest === inbound.digest ? { ack: true } : { ack: false, contentDiffers: true };
  }
  const receipt = await dispatchRequest(deps, key, inbound);
  passCrashPoint('request.saved');
  deps.events.emit(receipt.ack ? 'request.accepted' : 'request.refused', { action: inbound.action });
  return receipt;
}

async function dispatchRequest(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
): Promise<Acknowledgement> {
  const { request } = inbound;
  switch (request.type) {
    case 'search':
      // Nothing is promised to who finds nothing, where that is so configured: nothing is written either.
      if (deps.search.isLeftUnanswered(request.intent)) return { ack: true };
      return deps.owedResponses.owe(key, inbound, { plan: { type: 'search', intent: request.intent } });
    case 'support':
      return deps.owedResponses.owe(key, inbound, {
        plan: { type: 'support', ...(request.refId !== undefined && { refId: request.refId }) },
      });
    case 'meta':
      return deps.owedResponses.owe(key, inbound, { plan: request });
    case 'rating':
      return recordRating(deps, key, inbound, request);
    case 'select':
    case 'init':
    case 'confirm':
      return placeOrder(deps, key, inbound, request);
    case 'status':
    case 'track': {
      const found = await findBuyerOrder(deps, inbound, request);
      if ('code' in found) return { ack: false, refusal: found };
      // Told as the order is: which dialect a bare order id is asked in, the context alone does not always say.
      const told = { ...inbound, dialect: found.buyerApp.dialect, replyContext: found.replyContext };
      return deps.owedResponses.owe(key, told, {
        plan: { type: request.type, orderId: found.id },
        orderId: found.id,
      });
    }
    case 'preview': {
      const found = await findBuyerOrder(deps, inbound, request);
      if ('code' in found) return { ack: false, refusal: found };
      const told = inDialectOfOrder(found, inbound);
      return deps.owedResponses.owe(key, told, { plan: { type: 'status', orderId: found.id }, orderId: found.id });
    }
    case 'update':
    case 'start':
    case 'stop':
    case 'cancel':
      return changeOrder(deps, key, inbound, request);
  }
}

/** Another's order cannot be told from a missing one. */
async function findBuyerOrder(
  deps: BuyerRequestsDeps,
  inbound: VerifiedRequest,
  { orderId }: OrderRef,
): Promise<Order | Refusal> {
  const { orderCache: book } = deps;
  const order =
    orderId === undefined
      ? await book.findNewest(buyerKey(inbound), inbound.becknTransactionId)
      : await book.get(orderId);
  const path = inbound.action === 'update' ? 'message.order.id' : 'message.order_id';
  return order?.idTag !== undefined && buyerKey(order.buyerApp) === buyerKey(inbound)
    ? order
    : { code: 'order-unknown', path };
}

function toFingerprint(inbound: VerifiedRequest): RequestFingerprint {
  return { action: inbound.action, messageId: inbound.messageId, digest: inbound.digest };
}

async function placeOrder(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  request: OrderRequest,
): Promise<Acknowledgement> {
  const { orders, paymentRequests, random } = deps;
  const terms = deps.buyerTerms(inbound.bapId);
  const buyer = buyerKey(inbound);
  const { becknTransactionId } = inbound;
  // The provider's webhook may have been lost: the provider is asked before a confirm is refused as unpaid.
  if (request.type === 'confirm') await paymentRequests.lookUpDraftPayment(buyer, becknTransactionId);
  const received: ReceivedRequest = { ...toFingerprint(inbound), at: inbound.receivedAt };
  const result = await orders.handle(
    { buyer, becknTransactionId },
    (order) => toOrderCommand(deps, request, order, received, terms),
    {
      newOrder: {
        orderId: inbound.orderIdFormat === 'uuid' ? random.uuid() : random.base32(26),
        quoteId: random.uuid(),
        buyerApp: {
          ...(inbound.network !== undefined && { network: inbound.network }),
          bapId: inbound.bapId,
          bapUri: inbound.bapUri,
          dialect: inbound.dialect,
          ...progressRatesOf(terms),
        },
        becknTransactionId,
        replyContext: inbound.replyContext,
      },
      // A Beckn transaction whose order has ended may carry a new one; a confirm then is a late repeat.
      replacesTerminal: request.type !== 'confirm',
      ...withRequestRecord(key, inbound),
    },
  );
  return toAcknowledgement(deps, key, inbound, result);
}

function withRequestRecord(key: string, inbound: VerifiedRequest): OrderCommandOptions {
  return {
    requestFingerprint: toFingerprint(inbound),
    bapUri: inbound.bapUri,
    alsoSave: () => ({ batch: { requests: [toRequestRecord(key, inbound)] } }),
  };
}

async function toAcknowledgement(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  applied: OrderCommandResult,
): Promise<Acknowledgement> {
  passCrashPoint('request.decided');
  if ('repeated' in applied) {
    // The order knows the request, though the request's own record was lost in a crash.
    await deps.store.commit({ requests: [toRequestRecord(key, inbound)] });
    return { ack: true };
  }
  if (!('refusal' in applied)) return { ack: true };
  const { refusal, order } = applied;
  if (order?.idTag === undefined) return deps.owedResponses.oweError(key, inbound, refusal);
  return deps.owedResponses.oweError(key, inDialectOfOrder(order, inbound), refusal, order.id);
}

/** An order keeps its dialect: one that was asked about in another may not even be sayable there. */
function inDialectOfOrder(order: Order, inbound: VerifiedRequest): VerifiedRequest {
  const { dialect } = order.buyerApp;
  return dialect === inbound.dialect ? inbound : { ...inbound, dialect, replyContext: order.replyContext };
}

async function changeOrder(
  deps: BuyerRequestsDeps,
  key: string,
  said: VerifiedRequest,
  request: OrderChangeRequest,
): Promise<Acknowledgement> {
  const found = await findBuyerOrder(deps, said, request);
  if ('code' in found) return { ack: false, refusal: found };
  const inbound = inDialectOfOrder(found, said);
  const asked: ReceivedRequest = { ...toFingerprint(inbound), at: inbound.receivedAt };
  const command = toChangeCommand(deps, found, request, asked);
  if ('code' in command) return deps.owedResponses.oweError(key, inbound, command, found.id);
  return toAcknowledgement(
    deps,
    key,
    inbound,
    await deps.orders.handle(found, command, withRequestRecord(key, inbound)),
  );
}
