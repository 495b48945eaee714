import type { Posting } from '../../src/domain/model/posting.js';
import type {
  AuditEntry,
  RatingRecord,
  LogEntry,
  Discrepancy,
  MeterEntry,
  TransactionRecord,
  RequestRecord,
} from '../../src/ports/stored-records.js';
import type { Order, OrderState } from '../../src/domain/model/order.js';

/**
 * Creates an order of version 1.
 * @param change Replaces any field.
 */
export function anOrder(id: string, change: Partial<Order> = {}): Order {
  return {
    id,
    version: 1,
    state: 'draft',
    customer: {
      kind: 'buyer-app',
      network: 'main',
      bapId: 'bap.example',
      bapUri: 'https://bap.example/beckn',
      dialect: 'uei-charging-1.0',
    },
    becknTransactionId: `txn-${id}`,
    replyContext: { domain: 'uei:charging' },
    connector: { providerId: 'p1', stationId: 's1', chargePointId: `cp-${id}`, connectorId: 1 },
    limit: { kind: 'energy', value: 10_000 },
    tariff: { id: 't1', currency: 'INR', pricePerKwh: 1_000, serviceFee: 0, taxes: [] },
    quote: { id: 'q1', currency: 'INR', lines: [], total: 0, energyWh: 10_000, expiresAt: 2_000 },
    initiated: false,
    authorised: 0,
    caps: { energyWh: 10_000 },
    connectorState: { status: 'Available', errorCode: 'NoError', at: 0 },
    createdAt: 1_000,
    updatedAt: 1_000,
    effects: [],
    nextEffectSeq: 1,
    handledRequests: [],
    ...change,
  };
}

/** Returns the next version of an order. */
export function nextVersion(order: Order, state: OrderState, change: Partial<Order> = {}): Order {
  return { ...order, state, ...change, version: order.version + 1 };
}

/** Creates a payment posting of `amount` for a version of the order. */
export function aPosting(version: number, at: number, amount = 500): Posting {
  const lines = [
    { account: 'collected:bap.example', amount },
    { account: 'buyer:bap.example', amount: -amount },
  ];
  return { version, at, kind: 'payment', lines };
}

export function aMeterEntry(seq: number, orderId: string | undefined, raw = `{"seq": ${seq}}`): MeterEntry {
  return {
    seq,
    chargePointId: 'cp-1',
    connectorId: 1,
    ...(orderId === undefined ? {} : { orderId }),
    receivedAt: 5_000 + seq,
    raw,
  };
}

export function aRequest(key: string, change: Partial<RequestRecord> = {}): RequestRecord {
  return {
    key,
    digest: 'd',
    network: 'main',
    bapId: 'bap.example',
    bapUri: 'https://bap.example/beckn',
    dialect: 'uei-charging-1.0',
    action: 'search',
    messageId: 'm1',
    becknTransactionId: 't1',
    receivedAt: 1_000,
    ...change,
  };
}

export function aTransaction(transactionId: string, change: Partial<TransactionRecord> = {}): TransactionRecord {
  return {
    chargePointId: 'cp-1',
    transactionId,
    startKey: `start-${transactionId}`,
    connectorId: 1,
    idTag: 'TAG',
    orderId: 'o1',
    meterStartWh: 100,
    startedAt: 1_000,
    receivedAt: 1_000,
    raw: ['{"idTag": "TAG"}'],
    ...change,
  };
}

export function aDiscrepancy(id: string, change: Partial<Discrepancy> = {}): Discrepancy {
  return { id, kind: 'overshoot', at: 1_000, detail: 'delivered more than paid for', ...change };
}

export function aLogEntry(id: string, change: Partial<LogEntry> = {}): LogEntry {
  return {
    id,
    chargePointId: 'cp-1',
    at: 1_000,
    kind: 'notification',
    action: 'FirmwareStatusNotification',
    detail: { status: 'Installed' },
    ...change,
  };
}

export function aRating(id: string, change: Partial<RatingRecord> = {}): RatingRecord {
  return {
    id,
    at: 1_000,
    network: 'main',
    bapId: 'bap',
    becknTransactionId: 't1',
    ratedId: 'x',
    category: 'Order',
    value: 4.5,
    ...change,
  };
}

export function anAuditEntry(id: string, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id,
    at: 1_000,
    who: 'operator',
    address: '127.0.0.1',
    act: 'order.stop',
    targetKind: 'order',
    targetId: 'o1',
    outcome: 'begun',
    ...change,
  };
}
