/** Requests of buyer apps: recognised when repeated, turned into commands, saved, and only then acknowledged. */
import type { Asked, OrderCommand } from '../domain/command.js';
import type { Site } from '../domain/network.js';
import type { Limit, Order, SeenRequest } from '../domain/order.js';
import { isTerminal } from '../domain/order.js';
import type { Refusal } from '../domain/refusal.js';
import type { Catalogue } from '../domain/catalogue.js';
import { type Book } from './book.js';
import { tellOfCharger } from './came-meanwhile.js';
import type { Callbacks } from './callbacks.js';
import { chaosPoint } from './chaos.js';
import type { ChargerMeans } from './charger-means.js';
import type { Applied, ApplyOptions, Desk } from './desk.js';
import { type BuyerTerms, ratesOf, termsFor } from './buyer-terms.js';
import type { Payments } from './payments.js';
import { findSite } from './find-site.js';
import { callbackOf, owe, oweError, remembered } from './owing.js';
import type { Views } from './views.js';
import type { BuyerIntake, BuyerRequest, InboundRequest, LimitRead, OrderRef, Receipt } from './ports/buyers.js';
import type { Events } from './ports/observe.js';
import type { Clock, Random } from './ports/runtime.js';
import { type Store, requestKey } from './ports/store.js';

export interface BuyerIntakeDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly callbacks: Callbacks;
  readonly catalogue: Catalogue;
  readonly views: Views;
  readonly means: ChargerMeans;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly answerHorizonMs: number;
  readonly payments: Pick<Payments, 'lookUp'>;
  readonly terms: (bapId: string) => BuyerTerms;
}

type Of<T extends BuyerRequest['type']> = Extract<BuyerRequest, { type: T }>;
type Ordering = Of<'select'> | Of<'init'> | Of<'confirm'>;
type Change = Of<'update'> | Of<'start'> | Of<'stop'> | Of<'cancel'>;

export function createBuyerIntake(deps: BuyerIntakeDeps): BuyerIntake {
  const inWork = new Map<string, { readonly digest: string; readonly receipt: Promise<Receipt> }>();

  return {
    async receive(inbound) {
      chaosPoint('request.received');
      deps.callbacks.nudge(inbound.bapId);
      const key = requestKey(inbound.bapId, inbound.action, inbound.messageId);
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
      return owe(deps, key, inbound, callbackOf(inbound.action), { type: 'search', intent: request.intent });
    case 'support':
      return owe(deps, key, inbound, 'on_support', {
        type: 'support',
        ...(request.refId !== undefined && { refId: request.refId }),
      });
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
      const action = request.type === 'status' ? 'on_status' : 'on_track';
      return owe(deps, key, inbound, action, { type: request.type, orderId: found.id }, found.id);
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
    orderId === undefined ? await book.newestOf(inbound.bapId, inbound.becknTransactionId) : await book.get(orderId);
  const path = inbound.action === 'update' ? 'message.order.id' : 'message.order_id';
  return order?.peer.bapId === inbound.bapId && order.idTag !== undefined ? order : { code: 'order-unknown', path };
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
  const { bapId, bapUri, dialect } = inbound;
  const terms = deps.terms(bapId);
  // What the provider told may be lost on its way: it is asked before a confirm is refused for it.
  if (request.type === 'confirm') await deps.payments.lookUp(await book.newestOf(bapId, inbound.becknTransactionId));
  return desk.inTransaction(bapId, inbound.becknTransactionId, async () => {
    const newest = await book.newestOf(bapId, inbound.becknTransactionId);
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
        orderId: deps.random.base32(26),
        quoteId: deps.random.uuid(),
        peer: { bapId, bapUri, dialect, ...ratesOf(terms) },
        becknTransactionId: inbound.becknTransactionId,
        conversation: inbound.conversation,
      },
      ...withRequest(key, inbound),
    });
    return receiptOf(deps, key, inbound, applied);
  });
}

function withRequest(key: string, inbound: InboundRequest): ApplyOptions {
  return { seen: seenOf(inbound), along: () => ({ requests: [remembered(key, inbound)] }) };
}

async function receiptOf(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  applied: Applied,
): Promise<Receipt> {
  chaosPoint('request.decided');
  if (!('refusal' in applied)) tellOfCharger(deps, applied.order);
  return 'refusal' in applied
    ? oweError(deps, key, inbound, applied.refusal, applied.order?.idTag && applied.order.id)
    : { ack: true };
}

async function commandOf(
  deps: BuyerIntakeDeps,
  request: Ordering,
  current: Order | undefined,
  asked: Asked,
  buyer: BuyerTerms,
): Promise<OrderCommand | Refusal> {
  const here = current && deps.catalogue.site(current.connector);
  const found = request.items && request.items.itemIds.length > 0 ? findSite(deps.catalogue, request.items) : here;
  if (found && 'code' in found) return found;
  const site = found && deps.means.asKept(found);
  const limit = readLimit(request.limit) ?? current?.limit;
  if (limit && 'code' in limit) return limit;
  const time = request.slot;
  if (time && 'refusal' in time) return time.refusal;
  const slot = time ? { slot: time.slot } : {};
  const words = { ...slot, ...(request.echo !== undefined && { echo: request.echo }) };
  const terms = request.type === 'select' ? undefined : termsFor(buyer, request.wish);
  const contact = 'billing' in request && request.billing !== undefined ? { billing: request.billing } : {};
  const how = { ...contact, ...(terms && { terms }) };
  if (request.type === 'confirm') {
    const booking = time ?? current?.slot;
    const reservation = booking ? { reservationId: await deps.store.nextNumber('transactionId') } : {};
    return confirmOf(deps, request, { asked, site, limit, ...words, ...reservation, ...how });
  }
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (!limit) return { code: 'option-missing', path: 'message.order.tags' };
  return { type: request.type, asked, site, limit, ...words, ...how };
}

function confirmOf(
  deps: BuyerIntakeDeps,
  request: Of<'confirm'>,
  given: { readonly asked: Asked; readonly site: Site | undefined; readonly limit: Limit | undefined },
): OrderCommand | Refusal {
  const { asked, site, limit, ...words } = given;
  const currency = site?.connector.tariff.currency;
  if (request.currency !== undefined && currency !== undefined && request.currency !== currency) {
    return { code: 'currency-mismatch', path: 'message.order.payments', detail: `${request.currency} for ${currency}` };
  }
  const id = site?.chargePoint.id ?? '';
  const connectorId = site?.connector.connectorId ?? 0;
  return {
    type: 'confirm',
    asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...words,
    payment: request.payment,
    ...(request.startsBy && { startsBy: request.startsBy }),
    idTag: deps.random.base32(20),
    chargerOnline: deps.views.ready(id),
    connectorState: deps.views.lastWord(id, connectorId),
  };
}

function readLimit(read: LimitRead | undefined): Limit | Refusal | undefined {
  if (!read) return undefined;
  return 'refusal' in read ? read.refusal : read.limit;
}

async function change(deps: BuyerIntakeDeps, key: string, inbound: InboundRequest, request: Change): Promise<Receipt> {
  const found = await ownOrder(deps, inbound, request);
  if ('code' in found) return { ack: false, refusal: found };
  const asked: Asked = { ...seenOf(inbound), at: inbound.receivedAt };
  if (isRepeat(found, asked)) {
    await deps.store.commit({ requests: [remembered(key, inbound)] });
    return { ack: true };
  }
  const command = changeOf(deps, found, request, asked);
  if ('code' in command) return oweError(deps, key, inbound, command, found.id);
  return receiptOf(deps, key, inbound, await deps.desk.apply(found, command, withRequest(key, inbound)));
}

function changeOf(deps: BuyerIntakeDeps, order: Order, request: Change, asked: Asked): OrderCommand | Refusal {
  if (request.type === 'start') {
    const { chargePointId, connectorId } = order.connector;
    const { views } = deps;
    const connectorState = views.lastWord(chargePointId, connectorId);
    return { type: 'start', asked, chargerOnline: views.ready(chargePointId), connectorState };
  }
  if (request.type === 'stop')
    return { type: 'stop', asked, reason: 'buyer', ...(request.answered && { answered: request.answered }) };
  if (request.type === 'cancel') return { type: 'cancel', asked, by: 'buyer' };
  const named = request.items && request.items.itemIds.length > 0 ? findSite(deps.catalogue, request.items) : undefined;
  if (named && 'code' in named) return named;
  const here = named ?? deps.catalogue.site(order.connector);
  const site = here && deps.means.asKept(here);
  const limit = readLimit(request.limit);
  if (limit && 'code' in limit) return limit;
  return {
    type: 'update',
    asked,
    ...(site && { site }),
    ...(limit && { limit }),
    ...(request.echo !== undefined && { echo: request.echo }),
    ...(request.billing !== undefined && { billing: request.billing }),
  };
}

async function rate(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  request: Of<'rating'>,
): Promise<Receipt> {
  for (const [index, rating] of request.ratings.entries()) {
    if (!(rating.value >= 0 && rating.value <= 10)) {
      return oweError(deps, key, inbound, {
        code: 'rating-value-invalid',
        path: `message.ratings[${index}].value`,
        detail: String(rating.value),
      });
    }
  }
  return owe(deps, key, inbound, 'on_rating', { type: 'rating' });
}
