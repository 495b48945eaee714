/** Selects the values by which an operator filters lists, and adds them to documents that an earlier release wrote. */
import type { Model } from 'mongoose';
import type { Order } from '../../domain/model/order.js';
import type { AuditEntry, Discrepancy, LogEntry, RatingRecord, TransactionRecord } from '../../ports/stored-records.js';
import type { Collections } from './collections.js';
import type { Filtered, Stored } from './stored-documents.js';

type Keys = NonNullable<Filtered['keys']>;

/** Returns the named members that the record has. */
function pick<T extends object>(record: T, names: readonly (keyof T & string)[]): Keys {
  const picked: { [name: string]: string | number } = {};
  for (const name of names) {
    const value: unknown = record[name];
    if (typeof value === 'string' || typeof value === 'number') picked[name] = value;
  }
  return picked;
}

export function orderKeys({ customer, connector, session }: Order): Keys {
  return {
    network: customer.network,
    ...pick(connector, ['providerId', 'stationId', 'chargePointId', 'connectorId']),
    ...(session && { transactionId: session.transactionId }),
  };
}

export const transactionKeys = (record: TransactionRecord): Keys =>
  pick(record, ['chargePointId', 'connectorId', 'transactionId', 'orderId']);
export const discrepancyKeys = (record: Discrepancy): Keys =>
  pick(record, ['kind', 'orderId', 'chargePointId', 'transactionId']);
export const logEntryKeys = (entry: LogEntry): Keys => pick(entry, ['action']);
export const ratingKeys = (rating: RatingRecord): Keys =>
  pick(rating, ['network', 'bapId', 'becknTransactionId', 'ratedId', 'category']);
export const auditKeys = (entry: AuditEntry): Keys =>
  pick(entry, ['who', 'address', 'act', 'targetKind', 'targetId', 'outcome']);

/** How many documents get their keys in one write. */
const BATCH_SIZE = 500;

/** The part of `FencedWrites` that adds keys. */
interface KeyWrites {
  readonly collections: Collections;
  set(
    target: Pick<Model<never>, 'collection'>,
    changes: readonly { readonly filter: object; readonly fields: object }[],
  ): Promise<void>;
}

/**
 * Adds the keys to documents without them, which a release before 0.3.0 wrote.
 * @errors Those of the driver and the lease.
 */
export async function addFilterKeys(writes: KeyWrites): Promise<void> {
  const { orders, transactions, discrepancies, chargePointLog, ratings } = writes.collections;
  await addKeys(writes, orders, { mark: 'chargePointId', keysOf: orderKeys });
  await addKeys(writes, transactions, { mark: 'transactionId', keysOf: transactionKeys });
  await addKeys(writes, discrepancies, { mark: 'kind', keysOf: discrepancyKeys });
  await addKeys(writes, chargePointLog, { mark: 'action', keysOf: logEntryKeys });
  await addKeys(writes, ratings, { mark: 'ratedId', keysOf: ratingKeys });
}

/** @param mark A key that each document gets, and that is indexed. */
async function addKeys<K extends Stored & Filtered, T>(
  writes: KeyWrites,
  model: Model<K>,
  { mark, keysOf }: { readonly mark: string; readonly keysOf: (record: T) => Keys },
): Promise<void> {
  for (;;) {
    const found = await model
      .find({ [`keys.${mark}`]: null }, { doc: 1 })
      .limit(BATCH_SIZE)
      .lean<Stored[]>();
    if (found.length === 0) return;
    await writes.set(
      model,
      found.map(({ _id, doc }) => ({ filter: { _id, doc }, fields: { keys: keysOf(JSON.parse(doc) as T) } })),
    );
  }
}
