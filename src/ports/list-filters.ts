/** Defines which items of a list a store returns. An absent condition keeps all; several keep what meets each of them. */
import type { DiscrepancyKind } from '../domain/model/decision.js';
import type { OrderState } from '../domain/model/order.js';
import type { PostingKind } from '../domain/model/posting.js';
import type { AuditEntry, LogEntryKind } from './stored-records.js';

/** Epoch ms, our clock. Which time of an item counts is that by which its list is sorted. */
export interface TimeSpan {
  /** Inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly until?: number;
}

export interface OrderFilter extends TimeSpan {
  readonly ids?: readonly string[];
  readonly state?: OrderState;
  /** `isOpen` of an order. */
  readonly open?: boolean;
  readonly network?: string;
  readonly bapId?: string;
  readonly becknTransactionId?: string;
  /** OCPP's. */
  readonly transactionId?: string;
  readonly providerId?: string;
  readonly stationId?: string;
  readonly chargePointId?: string;
  readonly connectorId?: number;
  /** `connectorKey` of the connectors. */
  readonly connectors?: readonly string[];
}

export interface TransactionFilter extends TimeSpan {
  readonly chargePointId?: string;
  readonly chargePointIds?: readonly string[];
  readonly connectorId?: number;
  /** `connectorKey` of the connectors. */
  readonly connectors?: readonly string[];
  readonly transactionId?: string;
  readonly orderIds?: readonly string[];
  /** Without a stop. */
  readonly open?: boolean;
  /** Without an order. */
  readonly unmatched?: boolean;
}

export interface DiscrepancyFilter extends TimeSpan {
  readonly open?: boolean;
  readonly kind?: DiscrepancyKind;
  readonly orderIds?: readonly string[];
  readonly chargePointIds?: readonly string[];
  readonly transactionId?: string;
}

export interface LedgerFilter extends TimeSpan {
  readonly bapId?: string;
  readonly orderIds?: readonly string[];
  readonly becknTransactionId?: string;
  readonly providerId?: string;
  readonly kind?: PostingKind;
}

export interface LogEntryFilter extends TimeSpan {
  readonly chargePointId: string;
  readonly kind: LogEntryKind;
  /** The OCPP action. */
  readonly action?: string;
}

export interface RatingFilter extends TimeSpan {
  readonly orderId?: string;
  readonly network?: string;
  readonly bapId?: string;
  readonly becknTransactionId?: string;
  readonly ratedId?: string;
  readonly category?: string;
}

export interface AuditFilter extends TimeSpan {
  readonly who?: string;
  readonly address?: string;
  readonly act?: string;
  readonly targetKind?: string;
  readonly targetId?: string;
  readonly outcome?: AuditEntry['outcome'];
}
