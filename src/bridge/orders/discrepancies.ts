/** Makes discrepancies, the mismatches that a person has to look at, ready to be saved. */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Discrepancy } from '../../ports/stored-records.js';

export interface DiscrepancyFactoryDeps {
  readonly random: Random;
  readonly clock: Clock;
  readonly events: Events;
}

export class DiscrepancyFactory {
  readonly #deps: DiscrepancyFactoryDeps;

  constructor(deps: DiscrepancyFactoryDeps) {
    this.#deps = deps;
  }

  /**
   * A draft with a key gets the same id every time, so that the same finding is one discrepancy.
   * @param order The order that they belong to; it names the charge point and the transaction.
   * @param refs  The charge point and the transaction where there is no order.
   */
  create(
    order: Order | undefined,
    drafts: readonly DiscrepancyDraft[],
    refs: Pick<Discrepancy, 'chargePointId' | 'transactionId'> = {},
  ): Discrepancy[] {
    const { random, clock, events } = this.#deps;
    const transactionId = order?.session?.transactionId;
    return drafts.map(({ kind, key, detail, amount }) => {
      events.emit('discrepancy.opened', { kind, orderId: order?.id });
      return {
        id: key === undefined ? random.uuid() : `${kind}:${key}`,
        kind,
        at: clock.now(),
        detail,
        ...(amount !== undefined && { amount }),
        ...(order && { orderId: order.id, chargePointId: order.connector.chargePointId }),
        ...(transactionId !== undefined && { transactionId }),
        ...refs,
      };
    });
  }
}
