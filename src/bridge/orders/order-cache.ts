/** Keeps in memory all open orders and the newest other drafts, up to `MAX_DRAFTS`. The rest is read from the store. */
import { isTagOf } from '../../domain/matching/tags.js';
import {
  type Order,
  buyerKey,
  connectorKey,
  holdsConnector,
  idTagKey,
  isHoldingDraft,
  isOpen,
  isTerminal,
} from '../../domain/model/order.js';
import type { Store } from '../../ports/store.js';

const MAX_DRAFTS = 20_000;
/** The lengths of order tags in characters: the current one, and that of orders confirmed before 0.3.0. */
const TAG_LENGTHS = [16, 20];

export class OrderCache {
  readonly #store: Pick<Store, 'order' | 'orderByTransaction' | 'orderByIdTag'>;
  readonly #orders = new Map<string, Order>();
  readonly #drafts = new Set<string>();
  readonly #newestByTransaction = new Map<string, string>();
  readonly #byIdTag = new Map<string, string>();
  readonly #byChargePoint = new Map<string, Set<string>>();
  /** Ids of open orders, by the `buyerKey` of their buyer app. */
  readonly #byBuyer = new Map<string, Set<string>>();

  constructor(store: Pick<Store, 'order' | 'orderByTransaction' | 'orderByIdTag'>) {
    this.#store = store;
  }

  /** Adds an order or replaces its earlier version; drops an order that is neither open nor a draft. */
  put(order: Order): void {
    const previous = this.#orders.get(order.id);
    if (previous && isSameIndexEntry(previous, order)) {
      this.#orders.set(order.id, order);
      return;
    }
    if (previous && previous.connector !== order.connector)
      removeFrom(this.#byChargePoint, previous.connector.chargePointId, previous.id);
    const isDraft = order.state === 'draft';
    if (!isDraft && !isOpen(order)) {
      this.#remove(order);
      return;
    }
    this.#orders.set(order.id, order);
    const buyer = buyerKey(order.customer);
    const transaction = transactionKey(buyer, order.becknTransactionId);
    const newest = this.#orders.get(this.#newestByTransaction.get(transaction) ?? '');
    if (!newest || newest.createdAt <= order.createdAt) this.#newestByTransaction.set(transaction, order.id);
    if (order.idTag) this.#byIdTag.set(idTagKey(order.idTag), order.id);
    if (isDraft) this.#addDraft(order.id);
    else this.#drafts.delete(order.id);
    const { chargePointId } = order.connector;
    if (!isDraft || isHoldingDraft(order)) addTo(this.#byChargePoint, chargePointId, order.id);
    else removeFrom(this.#byChargePoint, chargePointId, order.id);
    if (isOpen(order)) addTo(this.#byBuyer, buyer, order.id);
    else removeFrom(this.#byBuyer, buyer, order.id);
  }

  #addDraft(id: string): void {
    this.#drafts.add(id);
    if (this.#drafts.size <= MAX_DRAFTS) return;
    for (const oldest of this.#drafts) {
      const order = this.#orders.get(oldest);
      if (!order || isOpen(order)) continue;
      this.#remove(order);
      return;
    }
  }

  #remove(order: Order): void {
    this.#orders.delete(order.id);
    this.#drafts.delete(order.id);
    removeFrom(this.#byChargePoint, order.connector.chargePointId, order.id);
    const buyer = buyerKey(order.customer);
    removeFrom(this.#byBuyer, buyer, order.id);
    const key = transactionKey(buyer, order.becknTransactionId);
    if (this.#newestByTransaction.get(key) === order.id) this.#newestByTransaction.delete(key);
    if (order.idTag) this.#byIdTag.delete(idTagKey(order.idTag));
  }

  /** Drops an order that the store no longer has. */
  forget(id: string): void {
    const order = this.#orders.get(id);
    if (order) this.#remove(order);
  }

  getCached(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  async get(id: string): Promise<Order | undefined> {
    return this.#orders.get(id) ?? (await this.#store.order(id));
  }

  /** Finds the newest order of a Beckn transaction. @param buyer The buyer app's `buyerKey`. */
  async findNewest(buyer: string, becknTransactionId: string): Promise<Order | undefined> {
    const id = this.#newestByTransaction.get(transactionKey(buyer, becknTransactionId));
    const cached = id === undefined ? undefined : this.#orders.get(id);
    if (cached && !isTerminal(cached)) return cached;
    // A terminal order may have been followed by a draft that is no longer cached.
    const stored = await this.#store.orderByTransaction(buyer, becknTransactionId);
    if (!stored || stored.id === cached?.id) return cached;
    return cached && cached.createdAt > stored.createdAt ? cached : (this.#orders.get(stored.id) ?? stored);
  }

  /** Finds an order by its tag, ignoring case. */
  async findByIdTag(idTag: string): Promise<Order | undefined> {
    const id = this.#byIdTag.get(idTagKey(idTag));
    const cached = id === undefined ? undefined : this.#orders.get(id);
    return cached ?? (await this.#store.orderByIdTag(idTag));
  }

  /**
   * Finds the order for a tag that a charge point presents: the order's own tag, possibly with characters that the
   * charger appended.
   */
  async findByTagAt(chargePointId: string, presented: string): Promise<Order | undefined> {
    const here = this.openOrdersAt(chargePointId).find((order) => isTagOf(order, presented));
    if (here) return here;
    for (const length of TAG_LENGTHS) {
      const order = presented.length < length ? undefined : await this.findByIdTag(presented.slice(0, length));
      if (order && order.connector.chargePointId === chargePointId && isTagOf(order, presented)) return order;
    }
    return undefined;
  }

  /** Returns the open orders of a charge point, without drafts. */
  openOrdersAt(chargePointId: string): Order[] {
    return this.openOrdersAndHoldsAt(chargePointId).filter(({ state }) => state !== 'draft');
  }

  /** Returns the open orders of a charge point and the drafts that hold one of its connectors. */
  openOrdersAndHoldsAt(chargePointId: string): Order[] {
    return this.#ordersOf(this.#byChargePoint.get(chargePointId));
  }

  /** Returns the open orders of a buyer app. @param buyer The buyer app's `buyerKey`. */
  openOrdersOf(buyer: string): Order[] {
    return this.#ordersOf(this.#byBuyer.get(buyer));
  }

  countOpenOrdersOf(buyer: string): number {
    return this.#byBuyer.get(buyer)?.size ?? 0;
  }

  #ordersOf(ids: ReadonlySet<string> = new Set()): Order[] {
    return [...ids].flatMap((id) => this.#orders.get(id) ?? []);
  }

  /** Finds the order that holds the connector now. */
  findConnectorHolder(chargePointId: string, connectorId: number): Order | undefined {
    const key = connectorKey({ chargePointId, connectorId });
    return this.openOrdersAt(chargePointId).find(
      (order) => holdsConnector(order) && connectorKey(order.connector) === key,
    );
  }

  openOrders(): Order[] {
    return [...this.#orders.values()].filter(isOpen);
  }
}

function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function removeFrom(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}

/** Returns true if no index entry changes. That is so after most samples, which change only the meter. */
function isSameIndexEntry(previous: Order, next: Order): boolean {
  return (
    previous.state === next.state &&
    previous.connectorHeld === next.connectorHeld &&
    previous.effects === next.effects &&
    isOpen(previous) === isOpen(next) &&
    previous.connector === next.connector &&
    previous.idTag === next.idTag
  );
}

/**
 * Builds the key of a Beckn transaction for indexes and queues. It is unambiguous, because a buyer app's id contains no
 * control characters.
 * @param buyer The buyer app's `buyerKey`.
 */
export function transactionKey(buyer: string, becknTransactionId: string): string {
  return `${buyer}\u0000${becknTransactionId}`;
}
