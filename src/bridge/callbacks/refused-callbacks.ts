/**
 * Opens discrepancies for callbacks that a person must look at. A buyer app may refuse each report of a session, so the
 * refused reports of one order share an open discrepancy for each cause. An answer to a request and a terminal callback
 * have a discrepancy of their own, because no later callback makes up for them.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
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
  /** Whether it is an unsolicited report before the end of its order. */
  readonly isReport: boolean;
}

export class RefusedCallbacks {
  readonly #deps: RefusedCallbacksDeps;

  constructor(deps: RefusedCallbacksDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the discrepancies of an outcome, to be saved with it before the order's next callback is sent. A refusal
   * counts twice if it was stored but its save was reported as failed.
   * @errors StoreFault
   */
  async discrepanciesOf(settled: CallbackOutcome): Promise<readonly Discrepancy[]> {
    const { outcome, callback, id, orderId, isReport } = settled;
    if (outcome.kind === 'given-up') {
      return this.#create(settled, {
        kind: 'callback-undeliverable',
        key: id,
        detail: `${callback}: ${outcome.reason}`,
      });
    }
    if (outcome.kind === 'delivered' || (outcome.kind === 'retry' && outcome.refused !== true)) return [];
    const { key, found } = await this.#find(
      isReport ? `${orderId}:${outcome.notSent ? 'address' : 'answer'}` : id,
      isReport,
    );
    const amount = (found?.amount ?? 0) + 1;
    const retried = outcome.kind === 'retry' ? '; retried until its deadline' : '';
    const counted = amount > 1 ? `; the last of ${amount} refusals` : '';
    const detail = `${callback}: ${outcome.reason}${retried}${counted}`;
    return this.#create(settled, { kind: 'callback-refused', key, detail, amount });
  }

  #create({ order, orderId }: CallbackOutcome, draft: DiscrepancyDraft): Discrepancy[] {
    return this.#deps.discrepancies.create(order, [draft], orderId === undefined ? {} : { orderId });
  }

  /**
   * Finds the discrepancy, and the key under which it is or will be saved. One that a person has closed stays closed:
   * further refused reports get a new one, but further refusals of the same callback do not.
   */
  async #find(
    firstKey: string,
    isReport: boolean,
  ): Promise<{ readonly key: string; readonly found: Discrepancy | undefined }> {
    for (let number = 1; ; number++) {
      const key = number === 1 ? firstKey : `${firstKey}:${number}`;
      const found = await this.#deps.store.discrepancy(`callback-refused:${key}`);
      if (found?.closedAt === undefined || !isReport) return { key, found };
    }
  }
}
