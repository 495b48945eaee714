/** Defines the MongoDB collections with their schemas, indexes and layout version. */
import { Schema, type Connection, type Model } from 'mongoose';

/**
 * A stored record: searchable values as typed fields, the record itself as JSON text in `doc`. It is text because ids
 * from outside become keys in the record; they may contain `$`, dots or `__proto__` and must come back unchanged.
 */
interface Stored {
  readonly _id: string;
  readonly doc: string;
}

export interface StoredOrder extends Stored {
  readonly version: number;
  readonly state: string;
  /** The buyer app's `buyerKey`. */
  readonly buyer: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  /** Upper case. */
  readonly idTag?: string;
  /** The payment provider's reference. */
  readonly paymentReference?: string;
  readonly connector: string;
  readonly claimsConnector: boolean;
  /** The five-minute intervals of the connector that a reserved slot covers. */
  readonly reservationIntervals?: readonly string[];
  readonly open: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The seq of the last meter entry that the order includes; 0 if there is none. */
  readonly journalSeq: number;
  /** The order's ledger postings, in the same document, so that one write stores both or neither. */
  readonly ledger?: readonly StoredPosting[];
  /** The other records of the decision, as JSON, until they are in their collections. */
  readonly pending?: string;
  /** The request that this version accepts, until its document says so. */
  readonly accepts?: string;
  /** True while there is `pending` or `accepts`; indexed. */
  readonly hasPending?: boolean;
  /** The epoch of the process that wrote the order; see `lease.ts`. */
  readonly epoch?: number;
}

export interface StoredPosting {
  readonly key: string;
  readonly at: number;
  readonly doc: string;
}

export interface StoredRequest extends Stored {
  readonly owed: boolean;
  readonly receivedAt: number;
  /** The order whose write decides whether the request is accepted, until it has; see `accepted-requests.ts`. */
  readonly claim?: RequestClaim;
  /** The other records of a decision without an order, as JSON, until they are in their collections. */
  readonly pending?: string;
  /** True while there is a claim or `pending`; indexed. */
  readonly hasPending?: boolean;
}

export interface RequestClaim {
  readonly token: string;
  readonly orderId: string;
  readonly epoch: number;
  /** After this time, by the database's clock, the order's write can no longer begin. */
  readonly notAfter: Date;
}

interface StoredTransaction extends Stored {
  readonly chargePointId: string;
  readonly startKey: string;
  readonly open: boolean;
  readonly unmatched: boolean;
  readonly receivedAt: number;
}

/** Meter entries of one commit group; see `journal-records.ts` for head and body. */
interface StoredJournalRecord {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly orderIds: readonly string[];
  readonly head: string;
  readonly body: string;
}

interface StoredDiscrepancy extends Stored {
  readonly at: number;
  readonly open: boolean;
}

interface StoredLogEntry extends Stored {
  readonly chargePointId: string;
  readonly kind: string;
  readonly at: number;
}

interface StoredRating extends Stored {
  readonly orderId?: string;
  readonly at: number;
}

interface StoredNumber {
  readonly _id: string;
  /** How many numbers have been handed out or reserved. */
  readonly taken: number;
}

/** The records of a decision without an order, until they are in their collections; see `pending.ts`. */
export interface PendingBatch {
  readonly _id: string;
  /** JSON. Absent if the document only keeps a late write with this id from being done. */
  readonly doc?: string;
}

/** Which process may write; see `lease.ts`. */
export interface StoredLease {
  readonly _id: 'lease';
  readonly holder: string;
  readonly name: string;
  readonly epoch: number;
  readonly until: Date;
}

/** The layout version of the database. */
interface StoredLayout {
  readonly _id: 'layout';
  readonly version: number;
}

export interface Collections {
  readonly orders: Model<StoredOrder>;
  readonly requests: Model<StoredRequest>;
  readonly transactions: Model<StoredTransaction>;
  readonly journal: Model<StoredJournalRecord>;
  readonly chargePoints: Model<Stored>;
  readonly discrepancies: Model<StoredDiscrepancy>;
  readonly chargePointLog: Model<StoredLogEntry>;
  readonly ratings: Model<StoredRating>;
  readonly values: Model<Stored>;
  readonly numbers: Model<StoredNumber>;
  readonly pendingBatches: Model<PendingBatch>;
  readonly lease: Model<StoredLease>;
  readonly layout: Model<StoredLayout>;
}

/** Names of unique indexes. A duplicate key error contains the name of the index that it violates. */
export const CONNECTOR_INDEX = 'connector';
export const RESERVATION_INDEX = 'reservation';

const OPTIONS = { versionKey: false, strict: 'throw', autoIndex: false, autoCreate: false, minimize: false } as const;

const baseFields = { _id: String, doc: String };

function orderSchema(): Schema {
  const schema = new Schema(
    {
      ...baseFields,
      version: Number,
      state: String,
      buyer: String,
      bapId: String,
      becknTransactionId: String,
      idTag: String,
      paymentReference: String,
      connector: String,
      claimsConnector: Boolean,
      reservationIntervals: { type: [String], default: undefined },
      open: Boolean,
      createdAt: Number,
      updatedAt: Number,
      journalSeq: Number,
      ledger: { type: [{ _id: false, key: String, at: Number, doc: String }], default: undefined },
      pending: String,
      accepts: String,
      hasPending: Boolean,
      epoch: Number,
    },
    OPTIONS,
  );
  schema.index(
    { connector: 1 },
    { name: CONNECTOR_INDEX, unique: true, partialFilterExpression: { claimsConnector: true } },
  );
  // A unique index on a list covers each of its elements, so no two orders share an interval.
  schema.index(
    { reservationIntervals: 1 },
    { name: RESERVATION_INDEX, unique: true, partialFilterExpression: { reservationIntervals: { $exists: true } } },
  );
  schema.index({ idTag: 1 }, { name: 'idTag', unique: true, partialFilterExpression: { idTag: { $type: 'string' } } });
  schema.index({ paymentReference: 1 }, { partialFilterExpression: { paymentReference: { $type: 'string' } } });
  schema.index({ buyer: 1, becknTransactionId: 1, createdAt: -1 });
  const hasLedger = { partialFilterExpression: { 'ledger.at': { $exists: true } } } as const;
  schema.index({ 'ledger.at': -1 }, hasLedger);
  schema.index({ bapId: 1, 'ledger.at': -1 }, hasLedger);
  schema.index({ open: 1 }, { partialFilterExpression: { open: true } });
  schema.index({ hasPending: 1 }, { partialFilterExpression: { hasPending: true } });
  schema.index({ createdAt: -1, _id: -1 });
  schema.index({ state: 1, createdAt: -1, _id: -1 });
  return schema;
}

/** Binds the collections to one connection instead of to mongoose's global one. */
export function collectionsOn(connection: Connection): Collections {
  const claim = { _id: false, token: String, orderId: String, epoch: Number, notAfter: Date };
  const requests = new Schema(
    { ...baseFields, owed: Boolean, receivedAt: Number, claim, pending: String, hasPending: Boolean },
    OPTIONS,
  );
  requests.index({ owed: 1, receivedAt: 1 });
  requests.index({ hasPending: 1 }, { partialFilterExpression: { hasPending: true } });
  const transactions = new Schema(
    { ...baseFields, chargePointId: String, startKey: String, open: Boolean, unmatched: Boolean, receivedAt: Number },
    OPTIONS,
  );
  transactions.index({ startKey: 1 });
  transactions.index({ receivedAt: -1, _id: -1 });
  transactions.index({ chargePointId: 1, receivedAt: -1 });
  const journal = new Schema(
    { firstSeq: Number, lastSeq: Number, orderIds: [String], head: String, body: String },
    OPTIONS,
  );
  journal.index({ orderIds: 1, lastSeq: 1 });
  journal.index({ lastSeq: -1 });
  const discrepancies = new Schema({ ...baseFields, at: Number, open: Boolean }, OPTIONS);
  discrepancies.index({ at: -1, _id: -1 });
  const chargePointLog = new Schema({ ...baseFields, chargePointId: String, kind: String, at: Number }, OPTIONS);
  chargePointLog.index({ chargePointId: 1, kind: 1, at: -1, _id: -1 });
  chargePointLog.index({ at: 1 });
  const ratings = new Schema({ ...baseFields, orderId: String, at: Number }, OPTIONS);
  ratings.index({ at: -1, _id: -1 });
  ratings.index({ orderId: 1, at: -1, _id: -1 }, { partialFilterExpression: { orderId: { $type: 'string' } } });
  const plain = (): Schema => new Schema(baseFields, OPTIONS);
  const numbers = new Schema({ _id: String, taken: Number }, OPTIONS);
  const pendingBatches = new Schema({ _id: String, doc: String }, OPTIONS);
  const lease = new Schema({ _id: String, holder: String, name: String, epoch: Number, until: Date }, OPTIONS);
  const layout = new Schema({ _id: String, version: Number }, OPTIONS);
  return {
    orders: connection.model<StoredOrder>('Order', orderSchema(), 'orders'),
    requests: connection.model<StoredRequest>('Request', requests, 'requests'),
    transactions: connection.model<StoredTransaction>('Transaction', transactions, 'transactions'),
    journal: connection.model<StoredJournalRecord>('JournalRecord', journal, 'journal'),
    chargePoints: connection.model<Stored>('ChargePoint', plain(), 'chargePoints'),
    discrepancies: connection.model<StoredDiscrepancy>('Discrepancy', discrepancies, 'discrepancies'),
    chargePointLog: connection.model<StoredLogEntry>('LogEntry', chargePointLog, 'chargePointLog'),
    ratings: connection.model<StoredRating>('Rating', ratings, 'ratings'),
    values: connection.model<Stored>('Value', plain(), 'values'),
    numbers: connection.model<StoredNumber>('Number', numbers, 'numbers'),
    pendingBatches: connection.model<PendingBatch>('PendingBatch', pendingBatches, 'pendingBatches'),
    lease: connection.model<StoredLease>('Lease', lease, 'lease'),
    layout: connection.model<StoredLayout>('Layout', layout, 'layout'),
  };
}

/** Creates the indexes that the store's guarantees depend on; existing ones stay as they are. */
export async function ensureIndexes(collections: Collections): Promise<void> {
  const models: Pick<Model<unknown>, 'createIndexes'>[] = Object.values(collections);
  await Promise.all(models.map((model) => model.createIndexes()));
}

/** The layout that this release writes. */
const LAYOUT_VERSION = 1;

/**
 * Writes the layout version into an empty database, and checks it in one that is in use.
 * @errors Throws if a release before 0.2.0, or one with a newer layout, wrote the database, which is left untouched.
 */
export async function checkLayout(collections: Collections): Promise<void> {
  const { layout, orders, chargePoints, values } = collections;
  const mark = await layout.findById('layout').lean();
  if (mark !== null && mark.version > LAYOUT_VERSION) {
    throw new Error(
      `the database has layout ${mark.version}, and this release knows layouts up to ${LAYOUT_VERSION}: use a newer release`,
    );
  }
  if (mark !== null) return;
  const used = await Promise.all([orders.exists({}), chargePoints.exists({}), values.exists({})]);
  if (used.some((document) => document !== null)) {
    throw new Error(
      'a release before 0.2.0 wrote this database, and its data cannot be converted: ' +
        'finish its orders with that release, then start this one with an empty database in store.uri',
    );
  }
  // Two processes that start together write the same version.
  await layout.updateOne({ _id: 'layout' }, { $setOnInsert: { version: LAYOUT_VERSION } }, { upsert: true });
}
