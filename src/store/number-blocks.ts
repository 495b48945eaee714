import { StoreFault } from '../ports/store.js';

/** OCPP's transactionId is a signed 32-bit integer. @source OCPP 1.6 §6.46 (StartTransaction.conf). */
export const MAX_NUMBER = 2 ** 31 - 1;
/** Numbers reserved by one durable write; a restart skips at most this many. */
const BLOCK_SIZE = 1_000;

/** Numbers left out if a copy of the store may have given them. */
const SKIPPED = 100_000;

/** Reserves numbers up to `floor`, and many in any case, so that they are never given. */
export async function skipNumbers(reserve: (size: number) => Promise<number>, floor: number): Promise<void> {
  const first = await reserve(1);
  await reserve(Math.min(Math.max(SKIPPED, floor - first), MAX_NUMBER - first));
}

/** Hands out numbers from blocks that are durably reserved before their first number is used. */
export class NumberBlocks {
  /** The block in use and the one reserved ahead of need. */
  private blocks: { next: number; readonly end: number }[] = [];
  private reservation: Promise<void> | undefined;

  /** @param reserve Durably reserves `size` more numbers and resolves with the first of them. */
  constructor(private readonly reserve: (size: number) => Promise<number>) {}

  /** @errors StoreFault if no block can be reserved or all numbers are used up. */
  async take(): Promise<number> {
    for (;;) {
      const number = this.takeReserved();
      if (number !== undefined) return number;
      await this.reserveBlock();
    }
  }

  /**
   * Returns the next number without a write; `undefined` if none is reserved.
   * @errors StoreFault if all numbers are used up.
   */
  takeReserved(): number | undefined {
    const [block] = this.blocks;
    if (block === undefined) return undefined;
    if (block.next > MAX_NUMBER) throw new StoreFault(`all transaction numbers up to ${MAX_NUMBER} are used up`);
    const number = block.next++;
    if (block.next >= block.end) this.blocks.shift();
    if (this.left < BLOCK_SIZE / 2) this.reserveAhead();
    return number;
  }

  /** Reserves a block if none is left, so that numbers can be had without a write. A failure is repeated by `take`. */
  reserveAhead(): void {
    this.reserveBlock().catch(() => undefined);
  }

  /** Drops the reserved numbers: another store may have given them. */
  async discard(): Promise<void> {
    await this.reservation?.catch(() => undefined);
    this.blocks = [];
  }

  private get left(): number {
    return this.blocks.reduce((sum, { next, end }) => sum + end - next, 0);
  }

  private reserveBlock(): Promise<void> {
    this.reservation ??= this.reserve(BLOCK_SIZE)
      .then((first) => {
        this.blocks.push({ next: first, end: first + BLOCK_SIZE });
      })
      .finally(() => {
        this.reservation = undefined;
      });
    return this.reservation;
  }
}

/**
 * Hands out numbers at once, from blocks that are durably reserved ahead of need.
 * @see NumberBlocks for numbers that may wait.
 */
export class ReservedNumbers {
  private readonly blocks: { next: number; readonly end: number }[] = [];
  private reserving = false;

  /** @param reserve Durably reserves `size` more numbers and resolves with the first of them. */
  constructor(
    private readonly size: number,
    private readonly reserve: (size: number) => Promise<number>,
  ) {}

  /** Reserves the first block. @errors Those of `reserve`. */
  async start(): Promise<void> {
    this.blocks.length = 0;
    await this.reserveBlock();
  }

  /** @errors StoreFault if all reserved numbers are used and no further block could be reserved. */
  take(): number {
    const [block] = this.blocks;
    if (block === undefined) {
      this.reserveAhead();
      throw new StoreFault('no numbers are reserved');
    }
    const number = block.next++;
    if (block.next >= block.end) this.blocks.shift();
    const left = this.blocks.reduce((sum, { next, end }) => sum + end - next, 0);
    if (left < this.size / 2) this.reserveAhead();
    return number;
  }

  private reserveAhead(): void {
    if (this.reserving) return;
    this.reserving = true;
    this.reserveBlock()
      // The next call tries again.
      .catch(() => undefined)
      .finally(() => {
        this.reserving = false;
      });
  }

  private async reserveBlock(): Promise<void> {
    const next = await this.reserve(this.size);
    this.blocks.push({ next, end: next + this.size });
  }
}
