/** Builds the conditions of each list. Those of the sort position of a page are added by the reader. */
import type {
  AuditFilter,
  DiscrepancyFilter,
  LedgerFilter,
  LogEntryFilter,
  OrderFilter,
  RatingFilter,
  TimeSpan,
  TransactionFilter,
} from '../../ports/stored-records.js';
import { trusted } from './stored-forms.js';

export type Condition = { [field: string]: unknown };

export function orderCondition(filter: OrderFilter): Condition {
  return {
    ...during('createdAt', filter),
    ...oneOf('_id', filter.ids),
    ...equal(filter, ['state', 'open', 'bapId', 'becknTransactionId']),
    ...equal(filter, ['network', 'providerId', 'stationId', 'chargePointId', 'connectorId', 'transactionId'], 'keys.'),
    ...oneOf('connector', filter.connectors),
  };
}

export function transactionCondition(filter: TransactionFilter): Condition {
  const { connectors, chargePointIds } = filter;
  const either = connectors?.map((key) => {
    const slash = key.lastIndexOf('/');
    return { chargePointId: key.slice(0, slash), 'keys.connectorId': Number(key.slice(slash + 1)) };
  });
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

/** The orders whose postings may be listed; `kind` and the time are conditions of each posting. */
export function ledgerOrderCondition(filter: LedgerFilter): Condition {
  return {
    ...equal(filter, ['bapId', 'becknTransactionId']),
    ...equal(filter, ['providerId'], 'keys.'),
    ...(filter.orderIds && { _id: { $in: filter.orderIds } }),
  };
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
