/** A collection of documents in memory with the operators that the MongoDB store uses. */
import {
  compareDocuments,
  type Document,
  evaluate,
  fieldsOf,
  type Filter,
  isOperators,
  matches,
  ServerError,
  type Sort,
  toId,
} from './expressions.js';
import { Query, type QueryOptions } from './query.js';

/** A unique index: its name, and the values that only one document may have. */
export interface UniqueIndex {
  readonly name: string;
  readonly valuesOf: (document: Document) => readonly unknown[];
}

/** An update with operators such as `$set`, or a pipeline. */
type Update = Document | readonly Document[];
interface UpdateOptions {
  readonly upsert?: boolean;
  readonly returnDocument?: 'before' | 'after';
}
interface BulkOperation {
  readonly updateOne: { readonly filter: Filter; readonly update: Update; readonly upsert?: boolean };
}

const DUPLICATE_KEY = 11_000;

/**
 * The driver's error for a bulk write. The operations before the first error are done, or, if unordered, all others.
 */
class BulkWriteError extends Error {
  readonly code: number | undefined;
  readonly writeErrors: readonly { readonly code: number; readonly index: number; readonly errmsg: string }[];

  constructor(failed: readonly { readonly index: number; readonly error: ServerError }[]) {
    super(failed[0]?.error.message);
    this.code = failed[0]?.error.code;
    this.writeErrors = failed.map(({ index, error }) => ({ code: error.code, index, errmsg: error.message }));
  }
}

/**
 * The operations of one connection on one collection.
 * @param operate Runs an operation or fails it.
 */
export class FakeCollection {
  readonly #documents: Map<unknown, Document>;
  readonly #unique: readonly UniqueIndex[];
  readonly #operate: <T>(work: () => T, isWrite: boolean) => Promise<T>;
  readonly #now: () => number;

  constructor(
    documents: Map<unknown, Document>,
    connection: {
      readonly unique: readonly UniqueIndex[];
      readonly operate: <T>(work: () => T, isWrite: boolean) => Promise<T>;
      readonly now: () => number;
    },
  ) {
    this.#documents = documents;
    this.#unique = connection.unique;
    this.#operate = connection.operate;
    this.#now = connection.now;
  }

  /** Stands for the driver's collection behind a mongoose model. */
  get collection(): this {
    return this;
  }

  createIndexes = (): Promise<void> => Promise.resolve();
  find = (filter: Filter): Query<Document[]> =>
    new Query((options) =>
      this.#operate(() => this.#select(filter, options).map((one) => structuredClone(one)), false),
    );
  findOne = (filter: Filter): Query<Document | null> =>
    new Query((options) => this.#operate(() => structuredClone(this.#select(filter, options)[0] ?? null), false));
  findById = (_id: unknown): Query<Document | null> => this.findOne({ _id });
  exists = (filter: Filter): Query<Document | null> => this.findOne(filter);
  updateOne = (filter: Filter, update: Update, options: UpdateOptions = {}): Query<{ matchedCount: number }> =>
    new Query(() =>
      this.#operate(
        () => ({ matchedCount: this.#update({ filter, update, upsert: options.upsert }).before ? 1 : 0 }),
        true,
      ),
    );
  updateMany = (filter: Filter, update: Update): Query<unknown> =>
    new Query(() => this.#operate(() => this.#select(filter).forEach((one) => this.#change(one, update)), true));
  deleteMany = (filter: Filter): Query<{ deletedCount: number }> =>
    new Query(() =>
      this.#operate(() => {
        const found = this.#select(filter);
        for (const one of found) this.#documents.delete(one['_id']);
        return { deletedCount: found.length };
      }, true),
    );
  findOneAndUpdate = (filter: Filter, update: Update, options: UpdateOptions): Query<Document | null> =>
    new Query(() =>
      this.#operate(() => {
        const { before, after } = this.#update({ filter, update, upsert: options.upsert });
        return structuredClone((options.returnDocument === 'after' ? after : before) ?? null);
      }, true),
    );
  bulkWrite = (
    operations: readonly BulkOperation[],
    { ordered = true }: { readonly ordered?: boolean } = {},
  ): Promise<void> => this.#operate(() => this.#writeInBulk(operations, ordered), true);

  /** Runs the stages `$match`, `$unwind`, `$sort`, `$limit` and `$project`. */
  aggregate = (stages: readonly Document[]): Promise<Document[]> =>
    this.#operate(
      () => stages.reduce((found, stage) => this.#applyStage(found, stage), [...this.#documents.values()]),
      false,
    );

  #applyStage(found: Document[], stage: Document): Document[] {
    const [kind, operand] = Object.entries(stage)[0]!;
    switch (kind) {
      case '$match':
        return found.filter((one) => matches(one, operand as Filter, this.#now()));
      case '$unwind': {
        const field = (operand as string).slice(1);
        return found.flatMap((one) => ((one[field] ?? []) as unknown[]).map((value) => ({ ...one, [field]: value })));
      }
      case '$sort':
        return found.toSorted((a, b) => compareDocuments(a, b, operand as Sort));
      case '$limit':
        return found.slice(0, operand as number);
      case '$project':
        return found.map((one) => structuredClone(this.#projectionOf(one, operand as Document)));
      default:
        throw new Error(`the fake has no stage ${kind}`);
    }
  }

  #projectionOf(document: Document, fields: Document): Document {
    const expressions = Object.entries(fields).map(([field, value]) => [field, value === 1 ? `$${field}` : value]);
    return fieldsOf({ _id: '$_id', ...Object.fromEntries(expressions) }, document, this.#now());
  }

  #select(filter: Filter, { sort, limit }: QueryOptions = {}): Document[] {
    const id = toId(filter['_id']);
    const isOne = filter['_id'] !== undefined && !isOperators(filter['_id']);
    const one = this.#documents.get(id);
    const among = isOne ? (one ? [one] : []) : [...this.#documents.values()];
    const found = among.filter((document) => matches(document, filter, this.#now()));
    if (sort) found.sort((a, b) => compareDocuments(a, b, sort));
    return limit === undefined ? found : found.slice(0, limit);
  }

  #writeInBulk(operations: readonly BulkOperation[], ordered: boolean): void {
    const failed: { readonly index: number; readonly error: ServerError }[] = [];
    for (const [index, { updateOne }] of operations.entries()) {
      if (ordered && failed.length > 0) break;
      try {
        this.#update(updateOne);
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        failed.push({ index, error });
      }
    }
    if (failed.length > 0) throw new BulkWriteError(failed);
  }

  /** Changes the first match of the filter; `upsert` inserts a document if there is none. Errors change nothing. */
  #update({ filter, update, upsert = false }: { filter: Filter; update: Update; upsert?: boolean | undefined }): {
    readonly before?: Document;
    readonly after?: Document;
  } {
    const found = this.#select(filter)[0];
    if (found) {
      const before = structuredClone(found);
      return { before, after: this.#change(found, update) };
    }
    if (!upsert) return {};
    const equalities = Object.entries(filter).filter(([field]) => !field.startsWith('$') && !field.includes('.'));
    const inserted: Document = { ...Object.fromEntries(equalities), _id: toId(filter['_id']) };
    return { after: this.#put(this.#changed(inserted, update, true), true) };
  }

  #change(found: Document, update: Update): Document {
    return this.#put(this.#changed(found, update, false), false);
  }

  /** Returns the document after an update. */
  #changed(document: Document, update: Update, isNew: boolean): Document {
    if (Array.isArray(update))
      return (update as Document[]).reduce((one, stage) => this.#applyUpdateStage(one, stage), document);
    const { $set = {}, $setOnInsert = {} } = update as Document;
    return { ...document, ...(isNew && ($setOnInsert as Document)), ...($set as Document) };
  }

  #applyUpdateStage(document: Document, stage: Document): Document {
    const [kind, operand] = Object.entries(stage)[0]!;
    switch (kind) {
      case '$replaceWith':
        return evaluate(operand, document, this.#now()) as Document;
      case '$set':
        return { ...document, ...fieldsOf(operand as Document, document, this.#now()) };
      case '$unset':
        return Object.fromEntries(Object.entries(document).filter(([field]) => !(operand as string[]).includes(field)));
      default:
        throw new Error(`the fake has no stage ${kind}`);
    }
  }

  #put(document: Document, isNew: boolean): Document {
    const stored = structuredClone({ ...document, _id: toId(document['_id']) });
    if (isNew && this.#documents.has(stored._id)) throw duplicateKey('_id_');
    for (const { name, valuesOf } of this.#unique) {
      const values = valuesOf(stored);
      for (const other of values.length > 0 ? this.#documents.values() : [])
        if (other['_id'] !== stored._id && valuesOf(other).some((value) => values.includes(value)))
          throw duplicateKey(name);
    }
    this.#documents.set(stored._id, stored);
    return stored;
  }
}

function duplicateKey(index: string): ServerError {
  return new ServerError(DUPLICATE_KEY, `E11000 duplicate key error collection: test index: ${index} dup key: { }`);
}
