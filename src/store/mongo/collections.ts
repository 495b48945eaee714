/** Defines the MongoDB collections with their schemas, indexes and layout version. */
import { Schema, type Connection, type Model } from 'mongoose';
import type {
  PendingBatch,
  Stored,
  StoredAuditEntry,
  StoredDiscrepancy,
  StoredJournalRecord,
  StoredLayout,
  StoredLease,
  StoredLogEntry,
  StoredNumber,
  StoredOrder,
  StoredRating,
  StoredRequest,
  StoredTransaction,
} from './stored-documents.js';

export interface Collections {
  readonly orders: Model<StoredOrder>;
  readonly requests: Model<StoredRequest>;
  readonly transactions: Model<StoredTransaction>;
  readonly journal: Model<StoredJournalRecord>;
  readonly chargePoints: Model<Stored>;
  readonly discrepancies: Model<StoredDiscrepancy>;
  readonly chargePointLog: Model<StoredLogEntry>;
  readonly ratings: Model<StoredRating>;
  readonly audit: Model<StoredAuditEntry>;
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
const keys = { type: Object, default: undefined };
const filteredFields = { ...baseFields, keys };

function orderSchema(): Schema {
  const schema = new Schema(
    {
      ...filteredFields,
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
  schema.index({ becknTransactionId: 1 });
  schema.index({ 'keys.chargePointId': 1, createdAt: -1, _id: -1 });
  schema.index({ 'keys.transactionId': 1 }, { partialFilterExpression: { 'keys.transactionId': { $type: 'string' } } });
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
    {
      ...filteredFields,
      chargePointId: String,
      startKey: String,
      open: Boolean,
      unmatched: Boolean,
      receivedAt: Number,
    },
    OPTIONS,
  );
  transactions.index({ 'keys.transactionId': 1 });
  transactions.index({ 'keys.orderId': 1 }, { partialFilterExpression: { 'keys.orderId': { $type: 'string' } } });
  transactions.index({ startKey: 1 });
  transactions.index({ receivedAt: -1, _id: -1 });
  transactions.index({ chargePointId: 1, receivedAt: -1 });
  const journal = new Schema(
    { firstSeq: Number, lastSeq: Number, orderIds: [String], head: String, body: String },
    OPTIONS,
  );
  journal.index({ orderIds: 1, lastSeq: 1 });
  journal.index({ lastSeq: -1 });
  const discrepancies = new Schema({ ...filteredFields, at: Number, open: Boolean }, OPTIONS);
  discrepancies.index({ 'keys.kind': 1, at: -1, _id: -1 });
  discrepancies.index({ at: -1, _id: -1 });
  const chargePointLog = new Schema({ ...filteredFields, chargePointId: String, kind: String, at: Number }, OPTIONS);
  chargePointLog.index({ 'keys.action': 1 });
  chargePointLog.index({ chargePointId: 1, kind: 1, at: -1, _id: -1 });
  chargePointLog.index({ at: 1 });
  const ratings = new Schema({ ...filteredFields, orderId: String, at: Number }, OPTIONS);
  ratings.index({ 'keys.ratedId': 1 });
  ratings.index({ at: -1, _id: -1 });
  ratings.index({ orderId: 1, at: -1, _id: -1 }, { partialFilterExpression: { orderId: { $type: 'string' } } });
  const audit = new Schema({ ...filteredFields, at: Number, outcome: String }, OPTIONS);
  audit.index({ at: -1, _id: -1 });
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
    audit: connection.model<StoredAuditEntry>('AuditEntry', audit, 'audit'),
    values: connection.model<Stored>('Value', plain(), 'values'),
    numbers: connection.model<StoredNumber>('Number', numbers, 'numbers'),
    pendingBatches: connection.model<PendingBatch>('PendingBatch', pendingBatches, 'pendingBatches'),
    lease: connection.model<StoredLease>('Lease', lease, 'lease'),
    layout: connection.model<StoredLayout>('Layout', layout, 'layout'),
  };
}

/** Creates the missing indexes; the store's guarantees depend on the unique ones. */
export async function ensureIndexes(collections: Collections): Promise<void> {
  const models: Pick<Model<unknown>, 'createIndexes'>[] = Object.values(collections);
  await Promise.all(models.map((model) => model.createIndexes()));
}

/** The layout that this release writes. */
const LAYOUT_VERSION = 1;

/**
 * Writes the layout version into an empty database, and checks it in one that is in use.
 * @errors Throws if a release before 0.2.0, or one with a newer layout, wrote the database, which is left untouched.
 *         Also the driver's.
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
