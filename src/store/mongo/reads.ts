/** Reads records from the MongoDB collections. */
import type { Model, PipelineStage } from 'mongoose';
import type { LedgerPage, Page } from '../../ports/store.js';
import type {
  AuditFilter,
  DiscrepancyFilter,
  LogEntryFilter,
  OrderFilter,
  RatingFilter,
  TransactionFilter,
} from '../../ports/stored-records.js';
import type {
  AuditEntry,
  RatingRecord,
  LogEntry,
  Discrepancy,
  ChargePointRecord,
  MeterEntry,
  TransactionRecord,
  RequestRecord,
} from '../../ports/stored-records.js';
import type { LedgerEntry } from '../../domain/model/posting.js';
import { idTagKey, type Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import { unknownCursor, splitTransactionCursor } from '../lists/list-cursor.js';
import { collectEntries, sortedBySeq } from '../journal-records.js';
import { isAccepted } from './accepted-requests.js';
import type { Collections } from './collections.js';
import * as lists from './list-conditions.js';
import { transactionKey, trusted } from './stored-forms.js';

interface StoredDocument {
  readonly _id: string;
  readonly doc: string;
  readonly hasPending?: boolean;
}
type Filter = lists.Condition;

/** The members of a document that are read. */
const SHOWN = { doc: 1, hasPending: 1 } as const;

interface ListQuery {
  readonly filter: Filter;
  /** The time by which the list is sorted. */
  readonly by: string;
  /** The `_id` after which the page begins; the cursor by default. */
  readonly after?: string;
  readonly joins?: PipelineStage[];
}

export class Reader {
  /** @param onIncomplete Called when a document that was read still has records that are not in their collections. */
  constructor(
    private readonly source: { readonly collections: Collections },
    private readonly onIncomplete: () => void,
  ) {}

  private get collections(): Collections {
    return this.source.collections;
  }

  order(id: string): Promise<Order | undefined> {
    return this.one(this.collections.orders, { _id: id });
  }

  orderByTransaction(buyer: string, becknTransactionId: string): Promise<Order | undefined> {
    return this.one(this.collections.orders, { buyer, becknTransactionId }, { createdAt: -1, _id: -1 });
  }

  orderByIdTag(idTag: string): Promise<Order | undefined> {
    return this.one(this.collections.orders, { idTag: idTagKey(idTag) });
  }

  orderByPayment(providerReference: string): Promise<Order | undefined> {
    return this.one(this.collections.orders, { paymentReference: providerReference }, { createdAt: -1 });
  }

  openOrders(): Promise<Order[]> {
    return this.many(this.collections.orders, { open: true }, { createdAt: 1, _id: 1 });
  }

  async listOrders(page: Page & OrderFilter): Promise<Order[]> {
    return this.page(this.collections.orders, page, { filter: lists.orderCondition(page), by: 'createdAt' });
  }

  async request(key: string): Promise<RequestRecord | undefined> {
    const { requests } = this.collections;
    const found = await requests.findOne({ _id: key }, { doc: 1, hasPending: 1, claim: 1 }).lean();
    if (found === null) return undefined;
    const record = this.read<RequestRecord>(found);
    return !found.claim || (await isAccepted(this.collections, key, found.claim)) ? record : undefined;
  }

  owedRequests(): Promise<RequestRecord[]> {
    return this.many(this.collections.requests, { owed: true }, { receivedAt: 1, _id: 1 });
  }

  transaction(chargePointId: string, id: string): Promise<TransactionRecord | undefined> {
    return this.one(this.collections.transactions, { _id: transactionKey(chargePointId, id) });
  }

  transactionByStartKey(startKey: string): Promise<TransactionRecord | undefined> {
    return this.one(this.collections.transactions, { startKey }, { receivedAt: 1 });
  }

  async listTransactions(page: Page & TransactionFilter): Promise<TransactionRecord[]> {
    const after = page.after === undefined ? undefined : transactionKey(...splitTransactionCursor(page.after));
    const joins = this.joins('transactions', page);
    return this.page(this.collections.transactions, page, {
      ...{ filter: lists.transactionCondition(page), by: 'receivedAt', joins },
      ...(after !== undefined && { after }),
    });
  }

  async meterEntriesOf(orderId: string, after: number): Promise<MeterEntry[]> {
    const entries = new Map<number, MeterEntry>();
    const filter = { orderIds: orderId, lastSeq: trusted({ $gt: after }) };
    const rows = this.collections.journal.find(filter, { head: 1, body: 1 }).sort({ lastSeq: 1 }).lean().cursor();
    for await (const row of rows) collectEntries(row, orderId, after, entries);
    return sortedBySeq(entries);
  }

  /** Returns the highest seq in the journal or in an open order. */
  async lastJournalSeq(): Promise<number> {
    const row = await this.collections.journal.findOne({}, { lastSeq: 1 }).sort({ lastSeq: -1 }).lean();
    const order = await this.collections.orders
      .findOne({ open: true }, { journalSeq: 1 })
      .sort({ journalSeq: -1 })
      .lean();
    return Math.max(row?.lastSeq ?? 0, order?.journalSeq ?? 0);
  }

  chargePoint(id: string): Promise<ChargePointRecord | undefined> {
    return this.one(this.collections.chargePoints, { _id: id });
  }

  listChargePoints(): Promise<ChargePointRecord[]> {
    return this.many(this.collections.chargePoints, {}, { _id: 1 });
  }

  discrepancy(id: string): Promise<Discrepancy | undefined> {
    return this.one(this.collections.discrepancies, { _id: id });
  }

  async listDiscrepancies(page: Page & DiscrepancyFilter): Promise<Discrepancy[]> {
    const joins = this.joins('discrepancies', page);
    return this.page(this.collections.discrepancies, page, {
      filter: lists.discrepancyCondition(page),
      by: 'at',
      joins,
    });
  }

  async listLedger(page: LedgerPage): Promise<LedgerEntry[]> {
    const { orders } = this.collections;
    const at = { $gte: page.from ?? 0, $lt: page.until ?? Number.MAX_SAFE_INTEGER };
    let older: Filter = {};
    if (page.after !== undefined) {
      const [id, after] = [page.after.split('/').slice(0, -2).join('/'), page.after];
      const last = await orders.findOne({ _id: id }, { ledger: 1 }).lean();
      const posting = last?.ledger?.find(({ key }) => key === after);
      if (!posting) throw unknownCursor(page.after);
      older = {
        $or: [{ 'ledger.at': { $lt: posting.at } }, { 'ledger.at': posting.at, 'ledger.key': { $lt: page.after } }],
      };
    }
    const found = await orders.aggregate<StoredDocument>([
      { $match: { ...lists.ledgerOrderCondition(page), ledger: { $elemMatch: { at } } } },
      { $unwind: '$ledger' },
      { $match: { 'ledger.at': at, ...(page.kind && { 'ledger.key': { $regex: `/${page.kind}$` } }), ...older } },
      { $sort: { 'ledger.at': -1, 'ledger.key': -1 } },
      { $limit: page.limit },
      { $project: { doc: '$ledger.doc' } },
    ]);
    return found.map(({ doc }) => parse<LedgerEntry>(doc));
  }

  async listRatings(page: Page & RatingFilter): Promise<RatingRecord[]> {
    const joins = this.joins('ratings', page);
    return this.page(this.collections.ratings, page, { filter: lists.ratingCondition(page), by: 'at', joins });
  }

  async listAudit(page: Page & AuditFilter): Promise<AuditEntry[]> {
    return this.page(this.collections.audit, page, { filter: lists.auditCondition(page), by: 'at' });
  }

  logEntry(id: string): Promise<LogEntry | undefined> {
    return this.one(this.collections.chargePointLog, { _id: id });
  }

  async listLogEntries(page: Page & LogEntryFilter): Promise<LogEntry[]> {
    return this.page(this.collections.chargePointLog, page, { filter: lists.logEntryCondition(page), by: 'at' });
  }

  value(name: string): Promise<Json | undefined> {
    return this.one(this.collections.values, { _id: name });
  }

  async values(prefix: string): Promise<{ name: string; value: Json }[]> {
    // MongoDB compares strings by their UTF-8 bytes, so the last code point ends the range.
    const range = trusted({ $gte: prefix, $lt: `${prefix}\u{10ffff}` });
    const found = await this.collections.values.find({ _id: range }).sort({ _id: 1 }).lean();
    return found.map(({ _id, doc }) => ({ name: _id, value: parse<Json>(doc) }));
  }

  private joins(list: lists.JoinedList, filter: lists.JoinedFilter): PipelineStage[] {
    const { orders, transactions } = this.collections;
    const names = { orders: orders.collection.name, transactions: transactions.collection.name };
    return lists.joinStages(list, filter, names);
  }

  private async page<K extends StoredDocument, T>(
    model: Model<K>,
    page: Page,
    { filter, by, after = page.after, joins = [] }: ListQuery,
  ): Promise<T[]> {
    let older: Filter = {};
    if (after !== undefined) {
      const last: unknown = await model.findOne({ _id: after }, { [by]: 1 }).lean();
      if (typeof last !== 'object' || last === null) throw unknownCursor(page.after ?? after);
      const at: unknown = Reflect.get(last, by);
      older = { $or: [{ [by]: trusted({ $lt: at }) }, { [by]: at, _id: trusted({ $lt: after }) }] };
    }
    const match = { $and: [filter, older] };
    const sort: Sort = { [by]: -1, _id: -1 };
    const found =
      joins.length === 0
        ? await model.find(match, SHOWN).sort(sort).limit(page.limit).lean<StoredDocument[]>()
        : await model.aggregate<StoredDocument>([
            { $match: match },
            { $sort: sort },
            ...joins,
            { $limit: page.limit },
            { $project: SHOWN },
          ]);
    return found.map((stored) => this.read<T>(stored));
  }

  private async one<K extends StoredDocument, T>(
    model: Model<K>,
    filter: Filter,
    sort: Sort = {},
  ): Promise<T | undefined> {
    const found = await model.findOne(filter, SHOWN).sort(sort).lean<StoredDocument>();
    return found === null ? undefined : this.read<T>(found);
  }

  private async many<K extends StoredDocument, T>(model: Model<K>, filter: Filter, sort: Sort): Promise<T[]> {
    const found = await model.find(filter, SHOWN).sort(sort).lean<StoredDocument[]>();
    return found.map((stored) => this.read<T>(stored));
  }

  private read<T>({ doc, hasPending }: StoredDocument): T {
    if (hasPending === true) this.onIncomplete();
    return parse<T>(doc);
  }
}

type Sort = { readonly [field: string]: 1 | -1 };

/** Parses text that this store wrote; its type is not checked again. */
function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
