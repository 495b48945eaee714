/** The orders in memory: every open one, and drafts while there is room. The store has the rest. */
import type { Store } from '../../ports/store.js';
import {
  type Order,
  buyerKey,
  connectorKey,
  holdsConnector,
  isHeld,
  isOpen,
  isTerminal,
} from '../../domain/model/order.js';

const DRAFTS_KEPT = 20_000;

export class Book {
  readonly #orders = new Map<string, Order>();
  readonly #drafts = new Set<string>();
  readonly #newestOfTransaction = new Map<string, string>();
  readonly #byTag = new Map<string, string>();
  readonly #byChargePoint = new Map<string, Set<string>>();

  constructor(readonly store: Pick<Store, 'order' | 'orderByTransaction' | 'orderByIdTag'>) {}

  /** Takes the newest version in; lets go of what needs no watching. */
  put(order: Order): void {
    const before = this.#orders.get(order.id);
    if (before && sameEntry(before, order)) {
      this.#orders.set(order.id, order);
      return;
    }
    if (before && before.connector !== order.connector) this.#forgetPlace(before);
    const draft = order.state === 'draft';
    if (!draft && !isOpen(order)) {
      this.#drop(order);
      return;
    }
    this.#orders.set(order.id, order);
    const transaction = transactionKey(buyerKey(order.peer), order.becknTransactionId);
    const newest = this.#orders.get(this.#newestOfTransaction.get(transaction) ?? '');
    if (!newest || newest.createdAt <= order.createdAt) this.#newestOfTransaction.set(transaction, order.id);
    if (order.idTag) this.#byTag.set(order.idTag.toUpperCase(), order.id);
    let here = this.#byChargePoint.get(order.connector.chargePointId);
    if (!here) this.#byChargePoint.set(order.connector.chargePointId, (here = new Set()));
    if (draft) this.#keepDraft(order.id);
    else this.#drafts.delete(order.id);
    if (!draft || isHeld(order)) here.add(order.id);
    else here.delete(order.id);
  }

  #keepDraft(id: string): void {
    this.#drafts.add(id);
    if (this.#drafts.size <= DRAFTS_KEPT) return;
    for (const oldest of this.#drafts) {
      const order = this.#orders.get(oldest);
      if (!order || isOpen(order)) continue;
      this.#drop(order);
      return;
    }
  }

  #drop(order: Order): void {
    this.#orders.delete(order.id);
    this.#drafts.delete(order.id);
    this.#forgetPlace(order);
    const key = transactionKey(buyerKey(order.peer), order.becknTransactionId);
    if (this.#newestOfTransaction.get(key) === order.id) this.#newestOfTransaction.delete(key);
    if (order.idTag) this.#byTag.delete(order.idTag.toUpperCase());
  }

  #forgetPlace(order: Order): void {
    const here = this.#byChargePoint.get(order.connector.chargePointId);
    here?.delete(order.id);
    if (here?.size === 0) this.#byChargePoint.delete(order.connector.chargePointId);
  }

  /** Forgets a version that turned out to be old. */
  forget(id: string): void {
    const order = this.#orders.get(id);
    if (order) this.#drop(order);
  }

  inMemory(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  async get(id: string): Promise<Order | undefined> {
    return this.#orders.get(id) ?? (await this.store.order(id));
  }

  async newestOf(buyer: string, becknTransactionId: string): Promise<Order | undefined> {
    const id = this.#newestOfTransaction.get(transactionKey(buyer, becknTransactionId));
    const known = id === undefined ? undefined : this.#orders.get(id);
    if (known && !isTerminal(known)) return known;
    // One that has ended may be followed by a draft that nobody has in memory.
    const stored = await this.store.orderByTransaction(buyer, becknTransactionId);
    if (!stored || stored.id === known?.id) return known;
    return known && known.createdAt > stored.createdAt ? known : (this.#orders.get(stored.id) ?? stored);
  }

  async byIdTag(idTag: string): Promise<Order | undefined> {
    const id = this.#byTag.get(idTag.toUpperCase());
    const known = id === undefined ? undefined : this.#orders.get(id);
    return known ?? (await this.store.orderByIdTag(idTag));
  }

  /** The open orders of a charge point. */
  at(chargePointId: string): Order[] {
    return this.withHeld(chargePointId).filter(({ state }) => state !== 'draft');
  }

  /** The same, and the drafts that hold a connector of it. */
  withHeld(chargePointId: string): Order[] {
    const ids = this.#byChargePoint.get(chargePointId);
    return ids ? [...ids].flatMap((id) => this.#orders.get(id) ?? []) : [];
  }

  /** The order that holds a connector now. */
  holder(chargePointId: string, connectorId: number): Order | undefined {
    const key = connectorKey({ chargePointId, connectorId });
    return this.at(chargePointId).find((order) => holdsConnector(order) && connectorKey(order.connector) === key);
  }

  /** Every order that needs watching. */
  open(): Order[] {
    return [...this.#orders.values()].filter(isOpen);
  }
}

/** Only the meter moved, as with every sample: nothing that an index knows is different. */
function sameEntry(before: Order, after: Order): boolean {
  return (
    before.state === after.state &&
    before.held === after.held &&
    before.effects === after.effects &&
    before.connector === after.connector &&
    before.idTag === after.idTag
  );
}

/** Orders of one Beckn transaction are worked on one at a time: the lane's name. A signer's id has no control characters. */
export function transactionKey(buyer: string, becknTransactionId: string): string {
  return `${buyer}\u0000${becknTransactionId}`;
}
