/**
 * Opens discrepancies for callbacks that a person must look at. The refused callbacks of one order, or those outside any
 * order to one buyer app, share an open discrepancy for each cause: a buyer app may refuse each report of a session.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { KeyedQueue } from '../orders/keyed-queue.js';
import type { OutboxOutcome } from './outbox.js';

export interface RefusedCallbacksDeps {
  readonly store: Pick<Store, 'discrepancy'>;
  readonly discrepancies: DiscrepancyFactory;
}

/** The outcome of one attempt at a callback. */
export interface CallbackOutcome {
  readonly outcome: OutboxOutcome;
  /** A short description of the callback, for a person. */
  readonly callback: string;
  /** The outbox item's id, so that a callback that is given up twice remains one discrepancy. */
  readonly id: string;
  /** The order that the callback concerns. It may be absent although its id is known. */
  readonly order?: Order;
  readonly orderId?: string | undefined;
  /** The buyer app's key, from `buyerKey`. */
  readonly buyer: string;
}

const NO_DISCREPANCY: readonly Discrepancy[] = [];

export class RefusedCallbacks {
  readonly #deps: RefusedCallbacksDeps;
  /** Each discrepancy is read and saved in one turn, so that concurrent refusals are all counted. */
  readonly #turns = new KeyedQueue();

  constructor(deps: RefusedCallbacksDeps) {
    this.#deps = deps;
  }

  /**
   * Calls `save` with the discrepancies of an outcome. A refusal counts twice if `save` fails after it has saved.
   * @errors Those of `save`; StoreFault.
   */
  async saveOutcome(
    settled: CallbackOutcome,
    save: (discrepancies: readonly Discrepancy[]) => Promise<void>,
  ): Promise<void> {
    const { outcome, callback, id, orderId, buyer } = settled;
    if (outcome.kind === 'given-up') {
      const detail = `${callback}: ${outcome.reason}`;
      return save(this.#create(settled, { kind: 'callback-undeliverable', key: id, detail }));
    }
    if (outcome.kind === 'delivered' || (outcome.kind === 'retry' && outcome.refused !== true)) {
      return save(NO_DISCREPANCY);
    }
    const cause = outcome.notSent ? 'address' : 'answer';
    const key = `${orderId ?? buyer}:${cause}`;
    const endTurn = await this.#turns.acquire(key);
    try {
      const { openKey, found } = await this.#findOpen(key);
      const amount = (found?.amount ?? 0) + 1;
      const retried = outcome.kind === 'retry' ? '; retried until its deadline' : '';
      const counted = amount > 1 ? `; the last of ${amount} refusals` : '';
      const detail = `${callback}: ${outcome.reason}${retried}${counted}`;
      const created = this.#create(settled, { kind: 'callback-refused', key: openKey, detail, amount });
      await save(created.map((discrepancy) => ({ ...found, ...discrepancy })));
    } finally {
      endTurn();
    }
  }

  #create({ order, orderId }: CallbackOutcome, draft: DiscrepancyDraft): Discrepancy[] {
    return this.#deps.discrepancies.create(order, [draft], orderId === undefined ? {} : { orderId });
  }

  /** Finds the open discrepancy, and the key under which it is or will be. Those that a person closed stay closed. */
  async #findOpen(key: string): Promise<{ readonly openKey: string; readonly found: Discrepancy | undefined }> {
    for (let number = 1; ; number++) {
      const openKey = number === 1 ? key : `${key}:${number}`;
      const found = await this.#deps.store.discrepancy(`callback-refused:${openKey}`);
      if (found?.closedAt === undefined) return { openKey, found };
    }
  }
}
