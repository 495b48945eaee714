/** What may be asked of an order. Imperatives; every one carries what the decision needs and nothing more. */
import type { KeptLimit } from '../metering/charger-capabilities.js';
import type { ConnectorState, Site } from './network.js';
import type { PaymentErrand, PaymentTerms, PaymentTold } from './payment.js';
import type { Json, Limit, Payment, SeenRequest, Slot, StopReason } from './order.js';
import type { AskedTerms } from '../pricing/resolve-terms.js';

/** The request that a command answers; its callback carries the same message id. */
export interface Asked extends SeenRequest {
  readonly at: number;
}

/** One reading of a meter, normalised by the version that read it. Absent means not measured. */
export interface MeterSample {
  /** Charger time, epoch ms. */
  readonly at: number;
  /** Our time, epoch ms, when that is not now: a reading that is read again after a restart. */
  readonly receivedAt?: number;
  /** Energy.Active.Import.Register, Wh, rounded half up. */
  readonly registerWh?: number;
  /** Energy.Active.Import.Interval, Wh: what flowed since the sample before. */
  readonly intervalWh?: number;
  readonly powerW?: number;
  readonly voltage?: number;
  readonly current?: number;
  /** Percent. */
  readonly soc?: number;
}

export type OrderCommand =
  // from a buyer app
  | {
      readonly type: 'select';
      readonly asked: Asked;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: AskedTerms;
      readonly echo?: Json;
    }
  | {
      readonly type: 'init';
      readonly asked: Asked;
      /** Its connector is kept for it while its quote stands. */
      readonly holds?: true;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: AskedTerms;
      readonly echo?: Json;
      readonly billing?: Json;
      /** How it will be paid, where that is not to the buyer app beforehand. */
      readonly paymentTerms?: PaymentTerms;
    }
  | {
      readonly type: 'confirm';
      readonly asked: Asked;
      /** What the confirm itself names; must agree with the draft, or makes one. */
      readonly site?: Site;
      readonly limit?: Limit;
      readonly slot?: Slot;
      readonly terms?: AskedTerms;
      /** Fresh, from the store's sequence, where there is a slot. */
      readonly reservationId?: number;
      readonly echo?: Json;
      readonly billing?: Json;
      readonly payment: Payment | 'unpaid' | 'unstated';
      readonly paymentTerms?: PaymentTerms;
      /** `buyer`: a `start` will say when; else it starts at once. */
      readonly startsBy?: 'buyer';
      /** Fresh, from the random port. */
      readonly idTag: string;
      /** Whether the charger's socket is up now, and the connector's last word. */
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'update';
      readonly asked: Asked;
      readonly limit?: Limit;
      readonly echo?: Json;
      readonly billing?: Json;
      /** Another connector was named: only lawful before a session runs. */
      readonly site?: Site;
    }
  | {
      readonly type: 'start';
      readonly asked: Asked;
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'stop';
      readonly asked?: Asked;
      readonly reason: StopReason;
      /** `when-over`: the answer tells the end, as far as it comes soon. At once unless said. */
      readonly answered?: 'when-over';
    }
  | {
      readonly type: 'cancel';
      readonly asked?: Asked;
      readonly by: 'buyer' | 'operator';
      readonly reason?: Json;
      /** What becomes of a session that runs: refused unless it may be stopped; the answer then tells its end. */
      readonly running?: 'stop';
    }
  // from a charger
  | { readonly type: 'charger-connected' }
  /** `restarted`: it is we who were away. */
  | { readonly type: 'charger-disconnected'; readonly restarted?: true }
  | { readonly type: 'charger-booted' }
  | {
      readonly type: 'connector-changed';
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'start-answered';
      /** `barred`: nothing may be started there until an operator says so. */
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent' | 'barred';
      readonly detail?: string;
      /** The transaction that was there already, when the charger says so (2.x). */
      readonly transactionId?: string;
    }
  | {
      readonly type: 'stop-answered';
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent';
    }
  | {
      readonly type: 'plan-answered';
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent';
    }
  | {
      readonly type: 'reserve-answered';
      /** `unable`: it has no reservations at all. */
      readonly answer: 'accepted' | 'refused' | 'unable' | 'unknown' | 'not-sent';
      readonly detail?: string;
    }
  /** The charger does not keep the connector any more, in its own word for why. */
  | { readonly type: 'reserve-ended'; readonly word: string }
  /** The slot has begun, and somebody else still holds the connector. */
  | { readonly type: 'slot-blocked' }
  /** A 2.1 station says which limits it keeps by itself now, or that one of them is reached. */
  | { readonly type: 'limits-kept'; readonly limits: readonly KeptLimit[] }
  | { readonly type: 'limit-hit'; readonly limit: KeptLimit }
  | {
      readonly type: 'record-start';
      readonly transactionId: string;
      readonly startKey: string;
      readonly connectorId: number;
      /** Absent when the start did not say: the session counts from its first reading. */
      readonly meterStartWh?: number;
      /** Charger time, epoch ms. */
      readonly at: number;
      /** Said when it began on another connector than ordered: whether that one may serve instead. */
      readonly elsewhere?: {
        readonly free: boolean;
        readonly sameTariff: boolean;
      };
    }
  /** What the charger says of a transaction whose end is suspected: whether it goes on, whether messages of it wait. */
  | { readonly type: 'session-checked'; readonly ongoing: boolean; readonly queued: boolean }
  | {
      readonly type: 'record-sample';
      readonly samples: readonly MeterSample[];
      readonly journalSeq: number;
    }
  | {
      readonly type: 'record-stop';
      /** Absent or negative when the charger does not know. */
      readonly meterStopWh?: number;
      readonly at: number;
      readonly reason: string;
      readonly samples: readonly MeterSample[];
    }
  /** Another transaction began on the connector while this one was open: its end was lost. */
  | {
      readonly type: 'superseded';
      readonly meterStartWh: number;
      readonly at: number;
    }
  /** Somebody else's transaction began on the connector that this order was waiting for. */
  | { readonly type: 'connector-lost' }
  // from a payment provider
  | {
      readonly type: 'payment-changed';
      readonly told: PaymentTold;
      /** It answers the request with this key. */
      readonly request?: string;
    }
  /** It will not, or could not be reached for too long. */
  | {
      readonly type: 'payment-refused';
      readonly errand: PaymentErrand;
      /** Under which it was asked. */
      readonly key: string;
      readonly amount: number;
      readonly reason: string;
    }
  | { readonly type: 'unlock-answered'; readonly released: boolean; readonly detail: string }
  // from time
  | { readonly type: 'wake' };
