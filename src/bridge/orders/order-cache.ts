/** The orders in memory: every open one, and drafts while there is room. The store has the rest. */
import type { Store } from '../../ports/store.js';
import {
  type Order,
  buyerKey,
  connectorKey,
  holdsConnector,
  isHoldingDraft,
  isOpen,
  isTerminal,
} from '../../domain/model/order.js';

const MAX_DRAFTS = 20_000;

export class OrderCache {
  readonly #orders = new Map<string, Order>();
  readonly #drafts = new Set<string>();
  readonly #newestByTransaction = new Map<string, string>();
  readonly #byTag = new Map<string, string>();
  readonly #byChargePoint = new Map<string, Set<string>>();

  constructor(readonly store: Pick<Store, 'order' | 'orderByTransaction' | 'orderByIdTag'>) {}

  /** Takes the newest version in; lets go of what needs no watching. */
  put(order: Order): void {
    const before = this.#orders.get(order.id);
    if (before && isSameIndexEntry(before, order)) {
      this.#orders.set(order.id, order);
      return;
    }
    if (before && before.connector !== order.connector) this.#removeFromChargePoint(before);
    const draft = order.state === 'draft';
    if (!draft && !isOpen(order)) {
      this.#remove(order);
      return;
    }
    this.#orders.set(order.id, order);
    const transaction = transactionKey(buyerKey(order.customer), order.becknTransactionId);
    const newest = this.#orders.get(this.#newestByTransaction.get(transaction) ?? '');
    if (!newest || newest.createdAt <= order.createdAt) this.#newestByTransaction.set(transaction, order.id);
    if (order.idTag) this.#byTag.set(order.idTag.toUpperCase(), order.id);
    let here = this.#byChargePoint.get(order.connector.chargePointId);
    if (!here) this.#byChargePoint.set(order.connector.chargePointId, (here = new Set()));
    if (draft) this.#addDraft(order.id);
    else this.#drafts.delete(order.id);
    if (!draft || isHoldingDraft(order)) here.add(order.id);
    else here.delete(order.id);
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
    this.#removeFromChargePoint(order);
    const key = transactionKey(buyerKey(order.customer), order.becknTransactionId);
    if (this.#newestByTransaction.get(key) === order.id) this.#newestByTransaction.delete(key);
    if (order.idTag) this.#byTag.delete(order.idTag.toUpperCase());
  }

  #removeFromChargePoint(order: Order): void {
    const here = this.#byChargePoint.get(order.connector.chargePointId);
    here?.delete(order.id);
    if (here?.size === 0) this.#byChargePoint.delete(order.connector.chargePointId);
  }

  /** Forgets a version that turned out to be old. */
  forget(id: string): void {
    const order = this.#orders.get(id);
    if (order) this.#remove(order);
  }

  getCached(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  async get(id: string): Promise<Order | undefined> {
    return this.#orders.get(id) ?? (await this.store.order(id));
  }

  async findNewest(buyer: string, becknTransactionId: string): Promise<Order | undefined> {
    const id = this.#newestByTransaction.get(transactionKey(buyer, becknTransactionId));
    const known = id === undefined ? undefined : this.#orders.get(id);
    if (known && !isTerminal(known)) return known;
    // One that has ended may be followed by a draft that nobody has in memory.
    const stored = await this.store.orderByTransaction(buyer, becknTransactionId);
    if (!stored || stored.id === known?.id) return known;
    return known && known.createdAt > stored.createdAt ? known : (this.#orders.get(stored.id) ?? stored);
  }

  async findByIdTag(idTag: string): Promise<Order | undefined> {
    const id = this.#byTag.get(idTag.toUpperCase());
    const known = id === undefined ? undefined : this.#orders.get(id);
    return known ?? (await this.store.orderByIdTag(idTag));
  }

  /** The open orders of a charge point. */
  openOrdersAt(chargePointId: string): Order[] {
    return this.openOrdersAndHoldsAt(chargePointId).filter(({ state }) => state !== 'draft');
  }

  /** The same, and the drafts that hold a connector of it. */
  openOrdersAndHoldsAt(chargePointId: string): Order[] {
    const ids = this.#byChargePoint.get(chargePointId);
    return ids ? [...ids].flatMap((id) => this.#orders.get(id) ?? []) : [];
  }

  /** The order that holds a connector now. */
  findConnectorHolder(chargePointId: string, connectorId: number): Order | undefined {
    const key = connectorKey({ chargePointId, connectorId });
    return this.openOrdersAt(chargePointId).find(
      (order) => holdsConnector(order) && connectorKey(order.connector) === key,
    );
  }

  /** Every order that needs watching. */
  openOrders(): Order[] {
    return [...this.#orders.values()].filter(isOpen);
  }
}

/** Only the meter moved, as with every sample: nothing that an index knows is different. */
function isSameIndexEntry(before: Order, after: Order): boolean {
  return (
    before.state === after.state &&
    before.connectorHeld === after.connectorHeld &&
    before.effects === after.effects &&
    before.connector === after.connector &&
    before.idTag === after.idTag
  );
}

/** Orders of one Beckn transaction are worked on one at a time: the lane's name. A signer's id has no control characters. */
export function transactionKey(buyer: string, becknTransactionId: string): string {
  return `${buyer}\u0000${becknTransactionId}`;
}
