/** Defines a store's records besides orders and ledger entries, and its lists' conditions. Units: epoch ms and Wh. */
import type { DiscrepancyKind } from '../domain/model/decision.js';
import type { CallbackAction } from '../domain/model/effect.js';
import type { ConnectorState } from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';
import type { OrderState } from '../domain/model/order.js';
import type { PostingKind } from '../domain/model/posting.js';
import type { AuthorizationStatus } from './charger-events.js';

/** An acknowledged Beckn request, and its response until that is delivered or given up. */
export interface RequestRecord {
  /** Buyer app, action and message id, encoded by `requestKey`. */
  readonly key: string;
  /** base64 of BLAKE2b-512 over the raw body: tells a repeat from another message with the same id. */
  readonly digest: string;
  /** Name of the Beckn network that it came from. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly dialect: string;
  readonly action: string;
  readonly messageId: string;
  readonly becknTransactionId: string;
  readonly orderId?: string;
  readonly receivedAt: number;
  /** base64 signature of the request, in dialects whose responses quote it. */
  readonly signature?: string;
  /** Subscriber id of the gateway that takes the response instead of the buyer app. */
  readonly gatewayId?: string;
  /** Absent once the response is delivered or given up, or if it is a callback effect of the order. */
  readonly owed?: OwedResponse;
}

export interface OwedResponse {
  readonly action: CallbackAction;
  readonly attempts: number;
  readonly dueAt: number;
  readonly giveUpAt: number;
  /** The content of the response, stored by the bridge as JSON. */
  readonly responsePlan: Json;
  /** The message, if it was rendered when it was decided. Otherwise it is rendered when it is sent. */
  readonly rendered?: { readonly body: string; readonly at: number };
  readonly lastError?: string;
}

/** One OCPP transaction as the charge point reported it, whether or not an order paid for it. */
export interface TransactionRecord {
  readonly chargePointId: string;
  readonly transactionId: string;
  /** Identifies the start, so that a repeat is recognised; built from its content (1.6) or the transaction id (2.x). */
  readonly startKey: string;
  readonly connectorId: number;
  readonly idTag: string;
  /** Absent for an unmatched transaction. */
  readonly orderId?: string;
  readonly meterStartWh: number;
  /** By the charge point's clock, like `stop.at`. */
  readonly startedAt: number;
  readonly receivedAt: number;
  readonly stop?: {
    readonly meterStopWh?: number;
    readonly at: number;
    readonly receivedAt: number;
    readonly reason: string;
  };
  /** Set once another transaction has begun on the connector. Messages without an id then do not belong to this one. */
  readonly followed?: true;
  /** Set if the start was refused, so that we send RemoteStops for it; 1.6 only. */
  readonly refused?: true;
  /** As received: StartTransaction and StopTransaction, or the TransactionEvents that began, matched and ended it. */
  readonly raw: readonly string[];
  /** What the events have shown; 2.x only. */
  readonly eventRecord?: TransactionEventRecord;
}

/** What the events of a 2.x transaction have shown. Saved only with the record, so it may be behind the journal. */
export interface TransactionEventRecord {
  /** The highest `seqNo` received. */
  readonly seqNo: number;
  /** Lower numbers that have not been received. */
  readonly missingSeqNos: readonly number[];
  /** Time of the newest event by the charge point's clock, epoch ms. */
  readonly lastEventAt: number;
  /** Set while no Started event has been received. */
  readonly startMissing?: true;
  /** Set once a discrepancy reports that the transaction belongs to no order. */
  readonly reported?: true;
  /** Set if an operator vouched for its tag when the transaction began, so that no order is expected. */
  readonly vouched?: true;
  /** The first register value, and the last one before the transaction was matched to an order, Wh. */
  readonly firstRegisterWh?: number;
  readonly registerWh?: number;
  /** The tag status that answers every further event; set once no order may match the transaction any more. */
  readonly refusedStatus?: AuthorizationStatus;
  /** When the authorisation ended, by the charge point's clock. The first reading from then on ends the session. */
  readonly authorizationEnd?: { readonly at: number; readonly reason: string };
  /** The order of the earlier transaction that had the same id. */
  readonly earlierOrderId?: string;
}

/** One MeterValues or TransactionEvent payload, as received. */
export interface MeterEntry {
  /** Ascending over the whole store; issued by `nextJournalSeq`. */
  readonly seq: number;
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly orderId?: string;
  readonly receivedAt: number;
  /** JSON text of the payload, byte for byte. */
  readonly raw: string;
}

export interface ChargePointRecord {
  readonly id: string;
  /** True once a BootNotification of this identity was accepted; survives reconnects without a boot. */
  readonly accepted: boolean;
  /** The answer to the last BootNotification, unless it was Accepted. */
  readonly bootStatus?: 'Pending' | 'Rejected';
  readonly version?: string;
  readonly boot?: Json;
  readonly bootedAt?: number;
  readonly lastSeenAt?: number;
  readonly connectors: { readonly [connectorId: string]: ConnectorState };
  /** Configuration keys or variables, as read after connecting and as reported since. */
  readonly configuration?: { readonly [key: string]: string };
  /** Times from RemoteStop to the end of energy in the latest sessions, ms. */
  readonly stopLatenciesMs?: readonly number[];
  /** The register of each connector when its last transaction ended, and when that was reported. */
  readonly registers?: { readonly [connectorId: string]: { readonly wh: number; readonly at: number } };
  /** Whether a session on a connector has ever reported a state of charge; absent while that is not known. */
  readonly reportsSoc?: { readonly [connectorId: string]: boolean };
}

/** A mismatch that stays open until a person closes it, or a later message resolves it. */
export interface Discrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly at: number;
  readonly detail: string;
  /** In a unit that depends on the kind (see `DiscrepancyDraft`). */
  readonly amount?: number;
  readonly orderId?: string;
  readonly chargePointId?: string;
  readonly transactionId?: string;
  readonly closedAt?: number;
  readonly closedNote?: string;
}

/** An entry in a charge point's log: a notification from it, or an operator's command to it. */
export interface LogEntry {
  /** Unique; a later entry with the same id replaces the earlier one. */
  readonly id: string;
  readonly chargePointId: string;
  readonly at: number;
  readonly kind: LogEntryKind;
  /** The OCPP action. */
  readonly action: string;
  readonly detail: Json;
}

export type LogEntryKind = 'notification' | 'command';

/** One rating by a buyer app. */
export interface RatingRecord {
  /** Built from buyer app, Beckn transaction, category and rated id, so that a later rating replaces an earlier one. */
  readonly id: string;
  readonly at: number;
  /** Name of the Beckn network that it came from. */
  readonly network: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  /** The rated order, or the order of the Beckn transaction in which something else was rated. */
  readonly orderId?: string;
  /** The id of what was rated, as the buyer app wrote it: for example an order, an item or a provider. */
  readonly ratedId: string;
  readonly category: string;
  /** From 0 to 10, on the buyer app's own scale. */
  readonly value: number;
}

/** One act of a person through the operator's API. Stored before the act, and again with its outcome. */
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  /** The name of the token. */
  readonly who: string;
  /** The network address of the client. */
  readonly address: string;
  /** What was done, such as `order.close`. */
  readonly act: string;
  /** The target of the act: a kind such as `order`, and an id. */
  readonly targetKind: string;
  readonly targetId: string;
  /**
   * `begun`: the outcome is not known, as after a crash. `refused`: nothing was changed. `failed`: something may have
   * been changed.
   */
  readonly outcome: 'begun' | 'done' | 'refused' | 'failed';
  /** The code of a refusal. */
  readonly code?: string;
  /** The content of the request, without secrets. */
  readonly request?: Json;
  /** The target before and after the act, as far as the act concerns it. */
  readonly before?: Json;
  readonly after?: Json;
}

// Conditions that select the items of a list. An item must meet every condition that is present.

/** Our time, epoch ms. Applies to the time by which the list is sorted. */
export interface TimeSpan {
  /** Inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly until?: number;
}

export interface OrderFilter extends TimeSpan {
  readonly ids?: readonly string[];
  readonly state?: OrderState;
  /** Whether the order is open, as `isOpen` defines it. */
  readonly open?: boolean;
  readonly network?: string;
  readonly bapId?: string;
  readonly becknTransactionId?: string;
  /** The id of the OCPP transaction. */
  readonly transactionId?: string;
  readonly providerId?: string;
  readonly stationId?: string;
  readonly chargePointId?: string;
  readonly connectorId?: number;
  /** Keys of connectors, from `connectorKey`. */
  readonly connectors?: readonly string[];
}

/** Conditions on the order to which a record belongs. A record without an order meets none. */
export type OfOrder = Omit<OrderFilter, 'ids' | 'state' | 'open' | 'transactionId' | keyof TimeSpan>;

export interface TransactionFilter extends TimeSpan {
  readonly chargePointId?: string;
  readonly chargePointIds?: readonly string[];
  readonly connectorId?: number;
  /** Keys of connectors, from `connectorKey`. */
  readonly connectors?: readonly string[];
  readonly transactionId?: string;
  readonly orderIds?: readonly string[];
  /** Whether the transaction has no stop yet. */
  readonly open?: boolean;
  /** Whether the transaction has no order. */
  readonly unmatched?: boolean;
  readonly order?: OfOrder;
}

export interface DiscrepancyFilter extends TimeSpan {
  readonly open?: boolean;
  readonly kind?: DiscrepancyKind;
  readonly orderIds?: readonly string[];
  readonly chargePointIds?: readonly string[];
  readonly transactionId?: string;
  readonly order?: OfOrder;
  /** The connector of its order or, if it has no order, of its transaction. */
  readonly connectorId?: number;
  /** Keys of such connectors, from `connectorKey`. */
  readonly connectors?: readonly string[];
}

export interface LedgerFilter extends TimeSpan {
  readonly bapId?: string;
  readonly orderIds?: readonly string[];
  readonly becknTransactionId?: string;
  readonly providerId?: string;
  readonly kind?: PostingKind;
  readonly order?: OfOrder;
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
  readonly order?: OfOrder;
}

export interface AuditFilter extends TimeSpan {
  readonly who?: string;
  readonly address?: string;
  readonly act?: string;
  readonly targetKind?: string;
  readonly targetId?: string;
  readonly outcome?: AuditEntry['outcome'];
}
