/** Serialises work by key: turns of one key run one after another, those of different keys concurrently. */
export class KeyedQueue {
  /** A promise that resolves when the last queued turn has ended, by key. */
  readonly #tails = new Map<string, Promise<void>>();

  /** True while no turn of any key is running or waiting. */
  get isEmpty(): boolean {
    return this.#tails.size === 0;
  }

  /** True while a turn of this key is running or waiting. */
  isBusy(key: string): boolean {
    return this.#tails.has(key);
  }

  /**
   * Waits for the caller's turn. It takes no callback, so that stack traces show the work instead of the queue.
   * @returns A function that ends the turn; call it in a `finally`.
   */
  async acquire(key: string): Promise<() => void> {
    const previous = this.#tails.get(key);
    const { promise: turn, resolve: end } = createTurn();
    this.#tails.set(key, turn);
    await previous;
    return () => {
      if (this.#tails.get(key) === turn) this.#tails.delete(key);
      end();
    };
  }

  /** Resolves when no turn is left. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all([...this.#tails.values()]);
  }
}

function createTurn(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
