/** Requests of buyer apps: recognised when repeated, turned into commands, saved, and only then acknowledged. */
import type { ReceivedRequest } from '../../domain/model/command.js';
import { type Order, type RequestFingerprint, buyerKey, isTerminal } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type OrderCache } from '../orders/order-cache.js';
import { reportChargerConnected } from './came-meanwhile.js';
import type { OrderCallbacks } from '../callbacks/order-callbacks.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { OrderCommandResult, OrderCommandOptions, OrderCommandHandler } from '../orders/order-command-handler.js';
import { type OrderChangeRequest, toChangeCommand, toOrderCommand, type OrderRequest } from './request-to-command.js';
import { type BuyerTerms, progressRatesOf } from './buyer-terms.js';
import type { PaymentRequests } from '../payments/payment-requests.js';
import { callbackActionOf, oweResponse, oweErrorResponse, requestRecord } from '../callbacks/owed-responses.js';
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
  readonly callbacks: OrderCallbacks;
  readonly catalogue: Catalogue;
  readonly chargePoints: ChargePointState;
  readonly search: CatalogueSearch;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly responseGiveUpAfterMs: number;
  /** No answer is owed longer. */
  readonly maxGiveUpAfterMs: number;
  readonly paymentRequests: Pick<PaymentRequests, 'lookUpDraftPayment'>;
  readonly buyerTerms: (bapId: string) => BuyerTerms;
}

export function createBuyerRequests(deps: BuyerRequestsDeps): BuyerRequests {
  const inWork = new Map<string, { readonly digest: string; readonly receipt: Promise<Acknowledgement> }>();

  return {
    async handleRequest(inbound) {
      passCrashPoint('request.received');
      const buyer = buyerKey(inbound);
      deps.callbacks.retryNow(buyer);
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
      return oweResponse(deps, key, inbound, callbackActionOf(inbound.action), {
        type: 'search',
        intent: request.intent,
      });
    case 'support':
      return oweResponse(deps, key, inbound, 'on_support', {
        type: 'support',
        ...(request.refId !== undefined && { refId: request.refId }),
      });
    case 'meta':
      return oweResponse(deps, key, inbound, callbackActionOf(inbound.action), request);
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
      return oweResponse(
        deps,
        key,
        told,
        callbackActionOf(inbound.action),
        { type: request.type, orderId: found.id },
        found.id,
      );
    }
    case 'preview': {
      const found = await findBuyerOrder(deps, inbound, request);
      if ('code' in found) return { ack: false, refusal: found };
      const told = inDialectOfOrder(found, inbound);
      return oweResponse(
        deps,
        key,
        told,
        callbackActionOf(inbound.action),
        { type: 'status', orderId: found.id },
        found.id,
      );
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

function isRepeat(order: Order | undefined, seen: RequestFingerprint): boolean {
  return (
    order?.handledRequests.some(
      (other) => other.action === seen.action && other.messageId === seen.messageId && other.digest === seen.digest,
    ) ?? false
  );
}

async function placeOrder(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  request: OrderRequest,
): Promise<Acknowledgement> {
  const { orders: desk, orderCache: book } = deps;
  const terms = deps.buyerTerms(inbound.bapId);
  const buyer = buyerKey(inbound);
  // What the provider told may be lost on its way: it is asked before a confirm is refused for it.
  if (request.type === 'confirm') await deps.paymentRequests.lookUpDraftPayment(buyer, inbound.becknTransactionId);
  return desk.runExclusively(buyer, inbound.becknTransactionId, async () => {
    const newest = await book.findNewest(buyer, inbound.becknTransactionId);
    const seen = toFingerprint(inbound);
    if (isRepeat(newest, seen)) {
      // Known to the order though the request's own record was lost in a crash: nothing happens twice.
      await deps.store.commit({ requests: [requestRecord(key, inbound)] });
      return { ack: true };
    }
    // A transaction whose order has ended may carry a new one; a confirm is then a late repeat.
    const current = newest && isTerminal(newest) && request.type !== 'confirm' ? undefined : newest;
    const command = await toOrderCommand(deps, request, current, { ...seen, at: inbound.receivedAt }, terms);
    if ('code' in command) return oweErrorResponse(deps, key, inbound, command);
    const applied = await desk.decideAndSave(current, command, {
      opening: {
        orderId: inbound.orderIdFormat === 'uuid' ? deps.random.uuid() : deps.random.base32(26),
        quoteId: deps.random.uuid(),
        buyerApp: {
          ...(inbound.network !== undefined && { network: inbound.network }),
          bapId: inbound.bapId,
          bapUri: inbound.bapUri,
          dialect: inbound.dialect,
          ...progressRatesOf(terms),
        },
        becknTransactionId: inbound.becknTransactionId,
        replyContext: inbound.replyContext,
      },
      ...withRequestRecord(key, inbound),
    });
    return toAcknowledgement(deps, key, inbound, applied);
  });
}

function withRequestRecord(key: string, inbound: VerifiedRequest): OrderCommandOptions {
  return {
    requestFingerprint: toFingerprint(inbound),
    bapUri: inbound.bapUri,
    alsoSave: () => ({ requests: [requestRecord(key, inbound)] }),
  };
}

async function toAcknowledgement(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  applied: OrderCommandResult,
): Promise<Acknowledgement> {
  passCrashPoint('request.decided');
  if (!('refusal' in applied)) {
    reportChargerConnected(deps, applied.order);
    return { ack: true };
  }
  const { refusal, order } = applied;
  if (order?.idTag === undefined) return oweErrorResponse(deps, key, inbound, refusal);
  return oweErrorResponse(deps, key, inDialectOfOrder(order, inbound), refusal, order.id);
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
  if (isRepeat(found, asked)) {
    await deps.store.commit({ requests: [requestRecord(key, inbound)] });
    return { ack: true };
  }
  const command = toChangeCommand(deps, found, request, asked);
  if ('code' in command) return oweErrorResponse(deps, key, inbound, command, found.id);
  return toAcknowledgement(
    deps,
    key,
    inbound,
    await deps.orders.handle(found, command, withRequestRecord(key, inbound)),
  );
}
