/** Builds the conditions of each list. The reader adds those for the sort position of a page. */
import type {
  AuditFilter,
  DiscrepancyFilter,
  LedgerFilter,
  LogEntryFilter,
  OfOrder,
  OrderFilter,
  RatingFilter,
  TimeSpan,
  TransactionFilter,
} from '../../ports/stored-records.js';
import type { PipelineStage } from 'mongoose';
import { trusted } from './stored-forms.js';

export type Condition = { [field: string]: unknown };

export function orderCondition(filter: OrderFilter): Condition {
  return {
    ...during('createdAt', filter),
    ...oneOf('_id', filter.ids),
    ...equal(filter, ['state', 'open']),
    ...equal(filter, ['transactionId'], 'keys.'),
    ...ofOrderCondition(filter),
  };
}

/** @param prefix The path of the order with a final dot, if the order is not the document itself. */
function ofOrderCondition(filter: OfOrder, prefix = ''): Condition {
  return {
    ...equal(filter, ['bapId', 'becknTransactionId'], prefix),
    ...equal(filter, ['network', 'providerId', 'stationId', 'chargePointId', 'connectorId'], `${prefix}keys.`),
    ...oneOf(`${prefix}connector`, filter.connectors),
  };
}

export function transactionCondition(filter: TransactionFilter): Condition {
  const { connectors, chargePointIds } = filter;
  const either = connectors?.map(placeOfKey);
  return {
    ...during('receivedAt', filter),
    ...equal(filter, ['open', 'unmatched']),
    ...equal(filter, ['chargePointId', 'connectorId', 'transactionId'], 'keys.'),
    ...oneOf('chargePointId', chargePointIds),
    ...oneOf('keys.orderId', filter.orderIds),
    ...(either && (either.length > 0 ? { $or: either } : NOTHING)),
  };
}

export function discrepancyCondition(filter: DiscrepancyFilter): Condition {
  return {
    ...during('at', filter),
    ...equal(filter, ['open']),
    ...equal(filter, ['kind', 'transactionId'], 'keys.'),
    ...oneOf('keys.orderId', filter.orderIds),
    ...oneOf('keys.chargePointId', filter.chargePointIds),
  };
}

/** Returns the condition on the orders of a ledger page; `kind` and the time are conditions on each posting. */
export function ledgerOrderCondition(filter: LedgerFilter): Condition {
  return {
    ...equal(filter, ['bapId', 'becknTransactionId']),
    ...equal(filter, ['providerId'], 'keys.'),
    ...(filter.orderIds && { _id: { $in: filter.orderIds } }),
    ...(filter.order && { $and: [ofOrderCondition(filter.order)] }),
  };
}

/** The field in which the records of a list name their order. */
const ORDER_ID = { transactions: 'keys.orderId', discrepancies: 'keys.orderId', ratings: 'orderId' } as const;

export type JoinedList = keyof typeof ORDER_ID;
export type JoinedFilter = Pick<DiscrepancyFilter, 'order' | 'connectorId' | 'connectors'>;

/**
 * Returns the aggregation stages for conditions on other documents: on a record's order and, for a discrepancy, on its
 * connector; no stages without such conditions.
 * @param names The names of the collections.
 */
export function joinStages(
  list: JoinedList,
  filter: JoinedFilter,
  names: { readonly orders: string; readonly transactions: string },
): PipelineStage[] {
  const { order, connectorId, connectors } = filter;
  const asksConnector = list === 'discrepancies' && (connectorId !== undefined || connectors !== undefined);
  if (!order && !asksConnector) return [];
  return [
    { $lookup: { from: names.orders, localField: ORDER_ID[list], foreignField: '_id', as: 'order' } },
    ...(order ? [{ $match: ofOrderCondition(order, 'order.') }] : []),
    ...(asksConnector ? [transactionLookup(names.transactions), { $match: connectorCondition(filter) }] : []),
  ];
}

/** Looks up the transaction of a discrepancy, and adds it as the field `transaction`. */
function transactionLookup(from: string): PipelineStage.Lookup {
  const isSame = (field: string, variable: string): Condition => ({ $eq: [field, variable] });
  const same = [isSame('$keys.transactionId', '$$transactionId'), isSame('$chargePointId', '$$chargePointId')];
  const pipeline: PipelineStage.Lookup['$lookup']['pipeline'] = [
    { $match: { $expr: { $and: same } } },
    { $project: { chargePointId: 1, keys: 1 } },
  ];
  const bound = { transactionId: '$keys.transactionId', chargePointId: '$keys.chargePointId' };
  return { $lookup: { from, let: bound, pipeline, as: 'transaction' } };
}

/** The connector of a discrepancy is that of its order or, without an order, that of its transaction. */
function connectorCondition({ connectorId, connectors }: Pick<OfOrder, 'connectorId' | 'connectors'>): Condition {
  const ofOrder = ofOrderCondition(
    { ...(connectorId !== undefined && { connectorId }), ...(connectors && { connectors }) },
    'order.',
  );
  const isWanted = (number: unknown): boolean => connectorId === undefined || connectorId === number;
  const places = connectors?.map(placeOfKey).filter((place) => isWanted(place['keys.connectorId']));
  const ofTransaction = (places ?? [{ 'keys.connectorId': connectorId }]).map((place) => ({
    transaction: { $elemMatch: place },
  }));
  return { $or: [ofOrder, ...(ofTransaction.length > 0 ? [{ order: [], $or: ofTransaction }] : [])] };
}

export function logEntryCondition(filter: LogEntryFilter): Condition {
  return {
    ...during('at', filter),
    ...equal(filter, ['chargePointId', 'kind']),
    ...equal(filter, ['action'], 'keys.'),
  };
}

export function ratingCondition(filter: RatingFilter): Condition {
  return {
    ...during('at', filter),
    ...equal(filter, ['orderId']),
    ...equal(filter, ['network', 'bapId', 'becknTransactionId', 'ratedId', 'category'], 'keys.'),
  };
}

export function auditCondition(filter: AuditFilter): Condition {
  return {
    ...during('at', filter),
    ...equal(filter, ['who', 'address', 'act', 'targetKind', 'targetId', 'outcome'], 'keys.'),
  };
}

/** Returns the condition that a transaction took place at the connector with this `connectorKey`. */
function placeOfKey(key: string): Condition {
  const slash = key.lastIndexOf('/');
  return { chargePointId: key.slice(0, slash), 'keys.connectorId': Number(key.slice(slash + 1)) };
}

/** A condition that no document meets. */
const NOTHING: Condition = { _id: trusted({ $in: [] }) };

function during(field: string, { from, until }: TimeSpan): Condition {
  if (from === undefined && until === undefined) return {};
  return {
    [field]: trusted({ ...(from !== undefined && { $gte: from }), ...(until !== undefined && { $lt: until }) }),
  };
}

function oneOf(field: string, values: readonly string[] | undefined): Condition {
  return values ? { [field]: trusted({ $in: values }) } : {};
}

function equal<T extends object>(filter: T, names: readonly (keyof T & string)[], prefix = ''): Condition {
  return Object.fromEntries(
    names.flatMap((name) => (filter[name] === undefined ? [] : [[prefix + name, filter[name]]])),
  );
}
