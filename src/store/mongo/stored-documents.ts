/** Defines the documents of the MongoDB collections. */

/**
 * A stored record: searchable values as typed fields, the record itself as JSON text in `doc`. It is text because ids
 * from outside become member names in the record. They may contain `$`, dots or `__proto__`, and must come back
 * unchanged.
 */
export interface Stored {
  readonly _id: string;
  readonly doc: string;
}

/** The values by which an operator filters a list, by name; see `filter-keys.ts`. */
export interface Filtered {
  readonly keys?: { readonly [name: string]: string | number };
}

export interface StoredOrder extends Stored, Filtered {
  readonly version: number;
  readonly state: string;
  /** The buyer app's `buyerKey`. */
  readonly buyer: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  /** In upper case. */
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
  /** The request that this version accepts; present until the request's own document records the acceptance. */
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
  /** The order whose write decides whether the request is accepted; present until then. See `accepted-requests.ts`. */
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

export interface StoredTransaction extends Stored, Filtered {
  readonly chargePointId: string;
  readonly startKey: string;
  readonly open: boolean;
  readonly unmatched: boolean;
  readonly receivedAt: number;
}

/** Meter entries that were written together; see `journal-records.ts` for head and body. */
export interface StoredJournalRecord {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly orderIds: readonly string[];
  readonly head: string;
  readonly body: string;
}

export interface StoredDiscrepancy extends Stored, Filtered {
  readonly at: number;
  readonly open: boolean;
}

export interface StoredLogEntry extends Stored, Filtered {
  readonly chargePointId: string;
  readonly kind: string;
  readonly at: number;
}

export interface StoredRating extends Stored, Filtered {
  readonly orderId?: string;
  readonly at: number;
}

export interface StoredAuditEntry extends Stored, Filtered {
  readonly at: number;
  readonly outcome: string;
}

export interface StoredNumber {
  readonly _id: string;
  /** How many numbers have been handed out or reserved. */
  readonly taken: number;
}

/**
 * The position of a decision among all decisions: the epoch of the process that made it, and its number within that
 * process. A write whose connection broke may arrive after later ones, and must not undo them.
 */
export type WriteNumber = readonly [epoch: number, count: number];

/** The records of a decision that neither changes an order nor accepts a request; see `pending.ts`. */
export interface PendingBatch {
  readonly _id: string;
  /** JSON. Absent if the document only blocks a late write with this id. */
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
export interface StoredLayout {
  readonly _id: 'layout';
  readonly version: number;
}
