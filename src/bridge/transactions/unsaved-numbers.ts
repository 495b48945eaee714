/** Remembers the transaction ids given to unsaved StartTransactions, so that a repeat gets the same id. */
import { isRepeatedStart } from '../../domain/matching/repeated-start.js';
import type { ChargerEventOf } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';

type Start = ChargerEventOf<'transaction-started'>;

interface NumberedStart {
  readonly start: Start;
  readonly transactionId: string;
  /** Whether a stop has named this number. The charger has then received it, so another such start is not a repeat. */
  readonly isStopped?: true;
}

/** How many starts of a charge point are remembered. Older ones are dropped; a charger is unlikely to repeat them. */
const MAX_PER_CHARGE_POINT = 16;

export class UnsavedNumbers {
  readonly #store: Pick<Store, 'nextNumber' | 'reservedNumber'>;
  readonly #byChargePoint = new Map<string, readonly NumberedStart[]>();

  constructor(store: Pick<Store, 'nextNumber' | 'reservedNumber'>) {
    this.#store = store;
  }

  /**
   * Returns the transaction id of this start. After a failed save it is the same id, because the start may have been
   * stored.
   * @errors StoreFault
   */
  async take(chargePointId: string, start: Start): Promise<string> {
    return (
      this.#find(chargePointId, start) ??
      this.#remember(chargePointId, start, String(await this.#store.nextNumber('transactionId')))
    );
  }

  /** Like `take`, but without a write. Returns `undefined` if no number is reserved. */
  takeReserved(chargePointId: string, start: Start): string | undefined {
    const known = this.#find(chargePointId, start);
    if (known !== undefined) return known;
    const number = this.#store.reservedNumber('transactionId');
    return number === undefined ? undefined : this.#remember(chargePointId, start, String(number));
  }

  /** Remembers the transaction id that the last process gave to a start. */
  restore(chargePointId: string, start: Start, transactionId: string): void {
    this.#remember(chargePointId, start, transactionId);
  }

  /** Returns whether an unsaved start has this transaction id. */
  hasGiven(chargePointId: string, transactionId: string): boolean {
    return this.#of(chargePointId).some((one) => one.transactionId === transactionId);
  }

  /** Call it for an unsaved stop. The next start with the same content is a new one. */
  recordStop(chargePointId: string, transactionId: string): void {
    if (!this.hasGiven(chargePointId, transactionId)) return;
    const numbered = this.#of(chargePointId).map((one) =>
      one.transactionId === transactionId ? { ...one, isStopped: true as const } : one,
    );
    this.#byChargePoint.set(chargePointId, numbered);
  }

  /** Call it once the start is saved. Keeps a start with the same content but another id, which is not saved yet. */
  forget(chargePointId: string, start: Start): void {
    const { givenTransactionId: given } = start;
    const left = this.#of(chargePointId).filter(
      (one) => !isSame(one.start, start) || (given !== undefined && one.transactionId !== given),
    );
    if (left.length > 0) this.#byChargePoint.set(chargePointId, left);
    else this.#byChargePoint.delete(chargePointId);
  }

  #find(chargePointId: string, start: Start): string | undefined {
    return this.#of(chargePointId).find((one) => !one.isStopped && isSame(one.start, start))?.transactionId;
  }

  #remember(chargePointId: string, start: Start, transactionId: string): string {
    const before = this.#of(chargePointId).slice(1 - MAX_PER_CHARGE_POINT);
    this.#byChargePoint.set(chargePointId, [...before, { start, transactionId }]);
    return transactionId;
  }

  #of(chargePointId: string): readonly NumberedStart[] {
    return this.#byChargePoint.get(chargePointId) ?? [];
  }
}

/**
 * Checks whether the connector, tag and register are the same. Different times make two different starts only if the
 * register is 0, because a meter may count from zero in each transaction.
 */
function isSame(earlier: Start, later: Start): boolean {
  return isRepeatedStart({ ...earlier, startedAt: earlier.at ?? later.at ?? 0, hasMetered: true }, later);
}
