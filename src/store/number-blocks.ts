import { StoreFault } from '../ports/store.js';

/** OCPP's transactionId is a signed 32-bit integer. @source OCPP 1.6 §6.46 (StartTransaction.conf). */
export const MAX_NUMBER = 2 ** 31 - 1;
const BLOCK_SIZE = 1_000;

/** How many numbers to skip at least, because a copy of the store may have issued them. */
const SKIPPED = 100_000;

/** Reserves the numbers up to `floor`, and at least `SKIPPED` numbers, so that they are never issued. */
export async function skipNumbers(reserve: (size: number) => Promise<number>, floor: number): Promise<void> {
  const first = await reserve(1);
  const left = MAX_NUMBER - first;
  // A negative count would give numbers back.
  if (left > 0) await reserve(Math.min(Math.max(SKIPPED, floor - first), left));
}

interface NumberBlocksOptions {
  /** Numbers reserved by one durable write; a restart skips fewer than one and a half times as many. Default: 1,000. */
  readonly size?: number;
  /** The largest number that may be issued. Default: the largest safe integer. */
  readonly max?: number;
  /** See `OnNumbersReserved`. */
  readonly onReserved?: OnNumbersReserved | undefined;
}

/**
 * Called with the last number of a block that is durably reserved, before its first number is used. If this fails, the
 * block is not used.
 */
export type OnNumbersReserved = (last: number) => Promise<void>;

/** Hands out numbers from blocks that are durably reserved before their first number is used. */
export class NumberBlocks {
  readonly #reserve: (size: number) => Promise<number>;
  readonly #size: number;
  readonly #max: number;
  /** The block in use and the one reserved ahead of need. */
  #blocks: { next: number; readonly end: number }[] = [];
  #reservation: Promise<void> | undefined;

  /** @param reserve Durably reserves `size` more numbers and resolves with the first of them. */
  constructor(reserve: (size: number) => Promise<number>, options: NumberBlocksOptions = {}) {
    const { onReserved } = options;
    const reserveAndReport = async (size: number): Promise<number> => {
      const first = await reserve(size);
      await onReserved?.(first + size - 1);
      return first;
    };
    this.#reserve = onReserved ? reserveAndReport : reserve;
    this.#size = options.size ?? BLOCK_SIZE;
    this.#max = options.max ?? Number.MAX_SAFE_INTEGER;
  }

  /**
   * Drops the reserved numbers, because another store may have issued them, and reserves a block.
   * @errors Those of `reserve`.
   */
  async restart(): Promise<void> {
    await this.discard();
    await this.#reserveBlock();
  }

  /** @errors StoreFault if no block can be reserved or all numbers are used up. */
  async take(): Promise<number> {
    for (;;) {
      const number = this.takeReserved();
      if (number !== undefined) return number;
      await this.#reserveBlock();
    }
  }

  /** Like `takeReserved`. @errors StoreFault if none is reserved (a block is then requested), or all are used up. */
  takeNow(): number {
    const number = this.takeReserved();
    if (number !== undefined) return number;
    this.reserveAhead();
    throw new StoreFault('no numbers are reserved');
  }

  /**
   * Returns the next number without waiting for a write; `undefined` if none is reserved. If less than half a block is
   * left, reserves another in the background.
   * @errors StoreFault if all numbers are used up.
   */
  takeReserved(): number | undefined {
    const [block] = this.#blocks;
    if (block === undefined) return undefined;
    if (block.next > this.#max) throw new StoreFault(`all numbers up to ${this.#max} are used up`);
    const number = block.next++;
    if (block.next >= block.end) this.#blocks.shift();
    const left = this.#blocks.reduce((sum, { next, end }) => sum + end - next, 0);
    if (left < this.#size / 2) this.reserveAhead();
    return number;
  }

  /** Begins to reserve a block, so that later numbers need not wait. After a failure the next call tries again. */
  reserveAhead(): void {
    this.#reserveBlock().catch(() => undefined);
  }

  /** Drops the reserved numbers, because another store may have issued them. */
  async discard(): Promise<void> {
    await this.#reservation?.catch(() => undefined);
    this.#blocks = [];
  }

  #reserveBlock(): Promise<void> {
    this.#reservation ??= this.#reserve(this.#size)
      .then((first) => {
        this.#blocks.push({ next: first, end: first + this.#size });
      })
      .finally(() => {
        this.#reservation = undefined;
      });
    return this.#reservation;
  }
}
