/** Creates discrepancies (mismatches that a person must resolve), ready to be saved. */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Discrepancy } from '../../ports/stored-records.js';

export interface DiscrepancyFactoryDeps {
  readonly random: Random;
  readonly clock: Clock;
}

export class DiscrepancyFactory {
  readonly #deps: DiscrepancyFactoryDeps;

  constructor(deps: DiscrepancyFactoryDeps) {
    this.#deps = deps;
  }

  /**
   * Creates a discrepancy from each draft. Drafts of one kind with the same key get the same id, so that a repeated
   * finding remains one discrepancy.
   * @param order The order concerned; it supplies the charge point and the transaction.
   * @param refs  Ids that are known even if there is no order.
   */
  create(
    order: Order | undefined,
    drafts: readonly DiscrepancyDraft[],
    refs: Pick<Discrepancy, 'orderId' | 'chargePointId' | 'transactionId'> = {},
  ): Discrepancy[] {
    const { random, clock } = this.#deps;
    const transactionId = order?.session?.transactionId;
    return drafts.map(({ kind, key, detail, amount }) => ({
      id: key === undefined ? random.uuid() : `${kind}:${key}`,
      kind,
      at: clock.now(),
      detail,
      ...(amount !== undefined && { amount }),
      ...(order && { orderId: order.id, chargePointId: order.connector.chargePointId }),
      ...(transactionId !== undefined && { transactionId }),
      ...refs,
    }));
  }
}
