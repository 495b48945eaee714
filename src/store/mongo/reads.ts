import mongoose, { type Model } from 'mongoose';
import type { LedgerPage } from '../../ports/ledger.js';
import type { RatingRecord } from '../../ports/ratings.js';
import type { LedgerEntry } from '../../domain/billing/ledger.js';
import type { Json, Order } from '../../domain/model/order.js';
import type {
  ChargePointRecord,
  MeterEntry,
  NoteKind,
  NoteRecord,
  Page,
  ReconciliationRow,
  RequestRecord,
  TransactionRecord,
} from '../../ports/store.js';
import { notThere, splitTransactionCursor } from '../list-cursor.js';
import { collect, inOrder } from '../journal-records.js';
import type { Collections } from './collections.js';
import { transactionId } from './write-group.js';

interface Kept {
  readonly _id: string;
  readonly doc: string;
}
type Filter = { [field: string]: unknown };

/** Filters of our own making; everything else that looks like an operator is taken as a plain value. */
const { trusted } = mongoose;

/** Every question to the engine. */
export class Reader {
  constructor(private readonly in_: Collections) {}

  order(id: string): Promise<Order | undefined> {
    return this.one(this.in_.orders, { _id: id });
  }

  orderByTransaction(bapId: string, txnId: string): Promise<Order | undefined> {
    return this.one(this.in_.orders, { bapId, txnId }, { createdAt: -1, _id: -1 });
  }

  orderByIdTag(idTag: string): Promise<Order | undefined> {
    return this.one(this.in_.orders, { idTag: idTag.toUpperCase() });
  }

  orderByPayment(providerReference: string): Promise<Order | undefined> {
    return this.one(this.in_.orders, { payment: providerReference }, { createdAt: -1 });
  }

  openOrders(): Promise<Order[]> {
    return this.many(this.in_.orders, { open: true }, { createdAt: 1, _id: 1 });
  }

  async listOrders(page: Page & { readonly state?: string }): Promise<Order[]> {
    const filter = page.state === undefined ? {} : { state: page.state };
    return this.page(this.in_.orders, filter, 'createdAt', page.after, page);
  }

  request(key: string): Promise<RequestRecord | undefined> {
    return this.one(this.in_.requests, { _id: key });
  }

  owedRequests(): Promise<RequestRecord[]> {
    return this.many(this.in_.requests, { owed: true }, { receivedAt: 1, _id: 1 });
  }

  transaction(chargePointId: string, id: string): Promise<TransactionRecord | undefined> {
    return this.one(this.in_.transactions, { _id: transactionId(chargePointId, id) });
  }

  transactionByStartKey(startKey: string): Promise<TransactionRecord | undefined> {
    return this.one(this.in_.transactions, { startKey }, { receivedAt: 1 });
  }

  async listTransactions(
    page: Page & { readonly chargePointId?: string; readonly open?: boolean; readonly orphans?: boolean },
  ): Promise<TransactionRecord[]> {
    const filter: Filter = {};
    if (page.chargePointId !== undefined) filter['chargePointId'] = page.chargePointId;
    if (page.open === true) filter['open'] = true;
    if (page.orphans === true) filter['orphan'] = true;
    const after = page.after === undefined ? undefined : transactionId(...splitTransactionCursor(page.after));
    return this.page(this.in_.transactions, filter, 'receivedAt', after, page);
  }

  async meterOf(orderId: string, after: number): Promise<MeterEntry[]> {
    const entries = new Map<number, MeterEntry>();
    const filter = { orderIds: orderId, lastSeq: trusted({ $gt: after }) };
    const rows = this.in_.journal.find(filter, { head: 1, body: 1 }).sort({ lastSeq: 1 }).lean().cursor();
    for await (const row of rows) collect(row, orderId, after, entries);
    return inOrder(entries);
  }

  /** The highest journal number that was written, or that an open order has folded in. */
  async lastJournalSeq(): Promise<number> {
    const row = await this.in_.journal.findOne({}, { lastSeq: 1 }).sort({ lastSeq: -1 }).lean();
    const order = await this.in_.orders.findOne({ open: true }, { journalSeq: 1 }).sort({ journalSeq: -1 }).lean();
    return Math.max(row?.lastSeq ?? 0, order?.journalSeq ?? 0);
  }

  chargePoint(id: string): Promise<ChargePointRecord | undefined> {
    return this.one(this.in_.chargePoints, { _id: id });
  }

  listChargePoints(): Promise<ChargePointRecord[]> {
    return this.many(this.in_.chargePoints, {}, { _id: 1 });
  }

  reconciliationRow(id: string): Promise<ReconciliationRow | undefined> {
    return this.one(this.in_.rows, { _id: id });
  }

  async listRows(page: Page & { readonly open?: boolean }): Promise<ReconciliationRow[]> {
    return this.page(this.in_.rows, page.open === true ? { open: true } : {}, 'at', page.after, page);
  }

  async listLedger(page: LedgerPage): Promise<LedgerEntry[]> {
    const { orders } = this.in_;
    const at = { $gte: page.from ?? 0, $lt: page.until ?? Number.MAX_SAFE_INTEGER };
    let older: Filter = {};
    if (page.after !== undefined) {
      const [id, after] = [page.after.split('/').slice(0, -2).join('/'), page.after];
      const last = await orders.findOne({ _id: id }, { ledger: 1 }).lean();
      const posting = last?.ledger?.find(({ key }) => key === after);
      if (!posting) throw notThere(page.after);
      older = {
        $or: [{ 'ledger.at': { $lt: posting.at } }, { 'ledger.at': posting.at, 'ledger.key': { $lt: page.after } }],
      };
    }
    const found = await orders.aggregate<Kept>([
      { $match: { ...(page.bapId !== undefined && { bapId: page.bapId }), ledger: { $elemMatch: { at } } } },
      { $unwind: '$ledger' },
      { $match: { 'ledger.at': at, ...older } },
      { $sort: { 'ledger.at': -1, 'ledger.key': -1 } },
      { $limit: page.limit },
      { $project: { doc: '$ledger.doc' } },
    ]);
    return found.map(({ doc }) => parse<LedgerEntry>(doc));
  }

  async listRatings(page: Page & { readonly orderId?: string }): Promise<RatingRecord[]> {
    const { orderId } = page;
    return this.page(this.in_.ratings, orderId === undefined ? {} : { orderId }, 'at', page.after, page);
  }

  note(id: string): Promise<NoteRecord | undefined> {
    return this.one(this.in_.notes, { _id: id });
  }

  async listNotes(page: Page & { readonly chargePointId: string; readonly kind: NoteKind }): Promise<NoteRecord[]> {
    const { chargePointId, kind } = page;
    return this.page(this.in_.notes, { chargePointId, kind }, 'at', page.after, page);
  }

  value(name: string): Promise<Json | undefined> {
    return this.one(this.in_.values, { _id: name });
  }

  async values(prefix: string): Promise<{ name: string; value: Json }[]> {
    // Strings compare by their UTF-8 bytes: the last code point there is ends the range.
    const range = trusted({ $gte: prefix, $lt: `${prefix}\u{10ffff}` });
    const found = await this.in_.values.find({ _id: range }).sort({ _id: 1 }).lean();
    return found.map(({ _id, doc }) => ({ name: _id, value: parse<Json>(doc) }));
  }

  private async page<K extends Kept, T>(
    model: Model<K>,
    filter: Filter,
    by: string,
    after: string | undefined,
    page: Page,
  ): Promise<T[]> {
    let older: Filter = {};
    if (after !== undefined) {
      const last: unknown = await model.findOne({ _id: after }, { [by]: 1 }).lean();
      if (typeof last !== 'object' || last === null) throw notThere(page.after ?? after);
      const at: unknown = Reflect.get(last, by);
      older = { $or: [{ [by]: trusted({ $lt: at }) }, { [by]: at, _id: trusted({ $lt: after }) }] };
    }
    const found = await model
      .find({ ...filter, ...older }, { doc: 1 })
      .sort({ [by]: -1, _id: -1 })
      .limit(page.limit)
      .lean<Kept[]>();
    return found.map((kept) => parse<T>(kept.doc));
  }

  private async one<K extends Kept, T>(model: Model<K>, filter: Filter, sort: Sort = {}): Promise<T | undefined> {
    const found = await model.findOne(filter, { doc: 1 }).sort(sort).lean<Kept>();
    return found === null ? undefined : parse<T>(found.doc);
  }

  private async many<K extends Kept, T>(model: Model<K>, filter: Filter, sort: Sort): Promise<T[]> {
    const found = await model.find(filter, { doc: 1 }).sort(sort).lean<Kept[]>();
    return found.map((kept) => parse<T>(kept.doc));
  }
}

type Sort = { readonly [field: string]: 1 | -1 };

/** Our own writing read back: the one place where a stored text becomes a record. */
function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
