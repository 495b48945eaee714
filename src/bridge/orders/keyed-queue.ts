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

  /** Resolves when nothing is running any more. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.allSettled([...this.#tails.values()]);
  }
}
