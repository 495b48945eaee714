/** One piece of work at a time per key, in the order of asking. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** True while no work of any key is running or waiting. */
  get isEmpty(): boolean {
    return this.#tails.size === 0;
  }

  /** True while work of this key is running or waiting. */
  isBusy(key: string): boolean {
    return this.#tails.has(key);
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const mine = before ? before.then(work, work) : work();
    this.#tails.set(key, mine);
    const done = (): void => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    };
    mine.then(done, done);
    return mine;
  }

  /** Waits for the work of this key that came before; the key is busy until the returned function is called. */
  async acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let resolveHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      resolveHeld = resolve;
    });
    this.#tails.set(key, held);
    if (before) await before.catch(() => undefined);
    return () => {
      resolveHeld();
      if (this.#tails.get(key) === held) this.#tails.delete(key);
    };
  }

  /** Resolves when nothing is running any more. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.allSettled([...this.#tails.values()]);
  }
}
