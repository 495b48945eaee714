import { StoreFault } from '../ports/store.js';

/** OCPP's transactionId is a signed 32-bit integer. @source OCPP 1.6 §6.46 (StartTransaction.conf). */
export const MAX_NUMBER = 2 ** 31 - 1;
/** Numbers reserved by one durable write; a restart skips at most this many. */
const BLOCK_SIZE = 1_000;

/** Hands out numbers from blocks that are durably reserved before their first number is used. */
export class NumberBlocks {
  private next = 1;
  /** The first number beyond the reserved block. */
  private end = 1;
  private reservation: Promise<void> | undefined;

  /** @param reserve Durably reserves `size` more numbers and resolves with the first of them. */
  constructor(private readonly reserve: (size: number) => Promise<number>) {}

  /** @errors StoreFault if no block can be reserved or all numbers are used up. */
  async take(): Promise<number> {
    while (this.next >= this.end) {
      this.reservation ??= this.reserve(BLOCK_SIZE)
        .then((first) => {
          this.next = first;
          this.end = first + BLOCK_SIZE;
        })
        .finally(() => {
          this.reservation = undefined;
        });
      await this.reservation;
    }
    if (this.next > MAX_NUMBER) throw new StoreFault(`all transaction numbers up to ${MAX_NUMBER} are used up`);
    return this.next++;
  }
}
