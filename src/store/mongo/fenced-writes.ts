/**
 * Makes writes that the server refuses as soon as the lease of their process may be over. Each write carries a
 * deadline, which the server compares with its own clock when it begins the write. So a process that was suspended just
 * before a write cannot write anything after another process has taken over.
 */
import type { Model } from 'mongoose';
import type { Collections } from './collections.js';
import type { Lease } from './lease.js';
import type { WriteNumber } from './stored-documents.js';

const REFUSAL = 'the lease is over';
/** The server's `ConversionFailure`. */
const CONVERSION_FAILURE = 241;
const DUPLICATE_KEY = 11_000;

type Fields = Readonly<Record<string, unknown>>;
interface Identified {
  readonly _id: unknown;
  /** If present, the document replaces only one that has a lower number or none. */
  readonly written?: WriteNumber | undefined;
}
interface UpdateOperation {
  readonly updateOne: { readonly filter: Fields; readonly update: Fields[]; readonly upsert?: boolean };
}
interface WriteError {
  readonly code?: number;
  readonly index?: number;
  readonly errmsg?: string;
}
/** The driver's collection behind a model: mongoose does not cast pipelines there. */
type Target = Pick<Model<never>, 'collection'>;

export interface FencedWritesDeps {
  /** Its collections are replaced when the connection is opened again. */
  readonly source: { readonly collections: Collections };
  readonly lease: Pick<Lease, 'epoch' | 'notAfter' | 'maxWriteMs' | 'ensureHeld'>;
}

/** Each write first renews the lease if its last renewal is old, so that the write has time to arrive. */
export class FencedWrites {
  readonly #deps: FencedWritesDeps;
  #count = 0;

  constructor(deps: FencedWritesDeps) {
    this.#deps = deps;
  }

  /** Returns a number that is higher than all earlier ones. */
  nextNumber(): WriteNumber {
    return [this.epoch, ++this.#count];
  }

  get collections(): Collections {
    return this.#deps.source.collections;
  }

  get epoch(): number {
    return this.#deps.lease.epoch;
  }

  /** How long the server may work on one write, ms. */
  get maxWriteMs(): number {
    return this.#deps.lease.maxWriteMs;
  }

  /**
   * The deadline, by the server's clock, of a write that is sent now. After it, the server does not begin the write.
   */
  get notAfter(): Date {
    return this.#deps.lease.notAfter;
  }

  /**
   * Inserts documents, or replaces stored ones with the same ids unless those are newer.
   * @errors Those of the driver and the lease; some of the documents may have been written.
   */
  async put(target: Target, documents: readonly Identified[]): Promise<void> {
    if (documents.length === 0) return;
    await this.#deps.lease.ensureHeld();
    const puts = documents.map((document) => this.#upsert({ _id: document._id }, document));
    await this.#bulkWrite(target, puts, true);
  }

  /**
   * Replaces the document that the filter finds, unless that one is newer. Inserts the document if none is found.
   * @errors Those of the lease and the driver, for example a duplicate key if the document exists and the filter
   *         excludes it.
   */
  async putWhere(target: Target, filter: Fields, document: Identified): Promise<void> {
    await this.#deps.lease.ensureHeld();
    await this.#bulkWrite(target, [this.#upsert(filter, document)], true);
  }

  /** Inserts a document. @errors Those of the lease and the driver, for example a duplicate key. */
  async insert(target: Target, document: Identified): Promise<void> {
    await this.#deps.lease.ensureHeld();
    await this.#bulkWrite(target, [this.#insertion(document)], true);
  }

  /**
   * Inserts the documents whose ids are still free.
   * @returns The ids that were taken.
   * @errors Those of the driver and the lease; some of the documents may have been inserted.
   */
  async insertFree(target: Target, documents: readonly Identified[]): Promise<ReadonlySet<unknown>> {
    if (documents.length === 0) return new Set();
    await this.#deps.lease.ensureHeld();
    try {
      await this.#bulkWrite(
        target,
        documents.map((document) => this.#insertion(document)),
        false,
      );
      return new Set();
    } catch (error) {
      const errors = writeErrorsOf(error);
      if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
      return new Set(errors.map(({ index = -1 }) => documents[index]?._id));
    }
  }

  /**
   * Replaces the document that the filter finds.
   * @returns False if it finds none.
   * @errors Those of the driver and the lease.
   */
  async replace(target: Target, filter: Fields, document: Identified): Promise<boolean> {
    await this.#deps.lease.ensureHeld();
    const result = await target.collection.updateOne(filter, this.#replacement(document), this.#options());
    return result.matchedCount === 1;
  }

  /**
   * Changes fields of the document that the filter finds.
   * @param fields Aggregation expressions; literal text goes in `$literal`.
   * @returns The document as it was before; null if the filter finds none. With `upsert`, one is then inserted.
   */
  async change(
    target: Target,
    filter: Fields,
    fields: Fields,
    { upsert = false }: { readonly upsert?: boolean } = {},
  ): Promise<Fields | null> {
    await this.#deps.lease.ensureHeld();
    const update = this.#pipeline({ $mergeObjects: ['$$ROOT', fields] });
    const options = { ...this.#options(), upsert, returnDocument: 'before', includeResultMetadata: false } as const;
    return target.collection.findOneAndUpdate(filter, update, options);
  }

  /** Removes fields from the documents that the filters find. After its deadline, the write changes nothing. */
  async unset(target: Target, filters: readonly Fields[], fields: readonly string[]): Promise<void> {
    const update = [{ $unset: [...fields] }];
    await this.#updateFound(
      target,
      filters.map((filter) => ({ filter, update })),
    );
  }

  /** Sets fields of the documents that the filters find. After its deadline, the write changes nothing. */
  async set(target: Target, changes: readonly { readonly filter: Fields; readonly fields: Fields }[]): Promise<void> {
    await this.#updateFound(
      target,
      changes.map(({ filter, fields }) => ({ filter, update: [{ $set: literals(fields) }] })),
    );
  }

  async #updateFound(target: Target, updates: readonly UpdateOperation['updateOne'][]): Promise<void> {
    if (updates.length === 0) return;
    await this.#deps.lease.ensureHeld();
    const operations = updates.map(({ filter, update }) => ({
      updateOne: { filter: { ...filter, ...this.#inTime() }, update },
    }));
    await this.#bulkWrite(target, operations, false);
  }

  /** @returns The number of deleted documents; 0 after the deadline. */
  async delete(target: Target, filter: Fields): Promise<number> {
    await this.#deps.lease.ensureHeld();
    const { deletedCount } = await target.collection.deleteMany({ ...filter, ...this.#inTime() }, this.#options());
    return deletedCount;
  }

  #upsert(filter: Fields, document: Identified): UpdateOperation {
    return { updateOne: { filter, update: this.#replacement(document), upsert: true } };
  }

  /**
   * Builds an upsert, because an insert cannot have a condition. No document has the field `isToBeInserted`, so the
   * filter finds none.
   */
  #insertion(document: Identified): UpdateOperation {
    return this.#upsert({ _id: document._id, isToBeInserted: true }, document);
  }

  #replacement(document: Identified): Fields[] {
    const literal = { $literal: document };
    if (document.written === undefined) return this.#pipeline(literal);
    // The server treats an absent number as lower than any other, and compares arrays element by element.
    const isNewer = { $lt: ['$written', { $literal: document.written }] };
    return this.#pipeline({ $cond: [isNewer, literal, '$$ROOT'] });
  }

  /**
   * Builds an update that the server refuses after the deadline, by evaluating an expression that fails. With the
   * deadline in its filter instead, an upsert would insert a document.
   */
  #pipeline(replacement: Fields): Fields[] {
    const refusal = { $toInt: { $concat: [`${REFUSAL}: `, { $toString: '$_id' }] } };
    return [{ $replaceWith: { $cond: [isInTime(this.notAfter), replacement, refusal] } }];
  }

  #inTime(): Fields {
    return { $expr: isInTime(this.notAfter) };
  }

  #options() {
    return { maxTimeMS: this.maxWriteMs } as const;
  }

  async #bulkWrite({ collection }: Target, operations: readonly UpdateOperation[], ordered: boolean): Promise<void> {
    await collection.bulkWrite([...operations], { ...this.#options(), ordered });
  }
}

function literals(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
}

function isInTime(notAfter: Date): Fields {
  return { $lt: ['$$NOW', notAfter] };
}

function writeErrorsOf(error: unknown): readonly WriteError[] {
  if (!(error instanceof Error)) return [];
  const found: unknown = Reflect.get(error, 'writeErrors');
  if (found === undefined || found === null) return [];
  return (Array.isArray(found) ? found : [found]) as readonly WriteError[];
}

/** Checks whether the server refused a write because it arrived after its deadline. */
export function isOutOfTime(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (Reflect.get(error, 'code') === CONVERSION_FAILURE) return error.message.includes(REFUSAL);
  return writeErrorsOf(error).some(({ code, errmsg = '' }) => code === CONVERSION_FAILURE && errmsg.includes(REFUSAL));
}
