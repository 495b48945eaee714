/** A query that runs when it is awaited, like those of mongoose. */
import type { Document, Sort } from './expressions.js';

export interface QueryOptions {
  readonly sort?: Sort;
  readonly limit?: number;
}

export class Query<T> implements PromiseLike<T> {
  readonly #run: (options: QueryOptions) => Promise<T>;
  #options: QueryOptions = {};

  constructor(run: (options: QueryOptions) => Promise<T>) {
    this.#run = run;
  }

  sort(sort: Sort): this {
    this.#options = { ...this.#options, sort };
    return this;
  }

  limit(limit: number): this {
    this.#options = { ...this.#options, limit };
    return this;
  }

  lean(): this {
    return this;
  }

  async *cursor(): AsyncGenerator<Document> {
    for (const one of (await this) as Document[]) yield one;
  }

  then<R, E>(
    done?: ((value: T) => R | PromiseLike<R>) | null,
    failed?: ((error: unknown) => E | PromiseLike<E>) | null,
  ) {
    return this.#run(this.#options).then(done, failed);
  }

  catch<E>(failed: (error: unknown) => E | PromiseLike<E>) {
    return this.then(undefined, failed);
  }
}
