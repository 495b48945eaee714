/** Defines the record of one run, from which alone the rules judge a buyer app. */
import type { ParsedSignature } from '../../../beckn/signing/signature.js';
import type { Json } from '../../runtime/json.js';
import type { Action, CallbackFlaw, ProviderProfile, ScenarioStep } from './provider-profiles.js';

/** The buyer app under test as the command line describes it, and the provider as announced to the app. */
export interface Expected {
  readonly subscriberId: string;
  /** If absent, any key id is accepted as long as it stays the same. */
  readonly keyId?: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Where the app receives callbacks. */
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  readonly domain: string;
  readonly version: string;
}

/** All fields are in ms. */
export interface Timing {
  /** How long to wait for a required request. */
  readonly timeoutMs: number;
  /** How long to wait for an optional request. */
  readonly optionalTimeoutMs: number;
  /** A repeat within this time after a refusal counts as automatic. */
  readonly repeatWindowMs: number;
  /**
   * How long the provider takes to send a callback. Without this delay, an app that does not wait would go unnoticed.
   */
  readonly processingMs: number;
  /** How much longer a late callback takes. */
  readonly lateByMs: number;
  /** How long the app may take to answer a callback. */
  readonly answerWithinMs: number;
}

export interface ReceivedRequest {
  readonly kind: 'request';
  /** Epoch ms. */
  readonly at: number;
  readonly action: Action;
  readonly raw: Buffer;
  readonly context: Json;
  readonly message: Json;
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly signature: ParsedSignature | { readonly problem: string };
  /** Why the signature does not match the body and the key; a guess. */
  readonly signatureMismatch?: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly reply: 'ack' | 'nack' | 'unavailable';
  readonly replyStatus: number;
}

/** Why a callback was sent, or what is unusual about it. */
export type CallbackLabel =
  'answer' | 'error' | 'late' | 'duplicate' | 'terminal' | 'after-end' | ScenarioStep | CallbackFlaw;

export interface SentCallback {
  readonly kind: 'callback';
  readonly label: CallbackLabel;
  /** The last part of the path, such as `on_select`. */
  readonly action: string;
  /** When it was sent, epoch ms. */
  readonly at: number;
  /** How long the app took to answer, ms. */
  readonly tookMs: number;
  readonly transactionId: string;
  readonly messageId: string;
  readonly orderId: string | undefined;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The body of the answer, or why there was none. */
  readonly text: string;
}

/** What the provider quoted, and which actions it has answered, in one transaction. */
export interface QuotedTransaction {
  readonly transactionId: string;
  /** Major units, as written in the quote. */
  readonly amount: string;
  readonly currency: string;
  readonly orderId: string;
  /** The callbacks without an error, in the order of sending. `at` is in epoch ms. */
  readonly answers: { readonly action: Action; readonly at: number }[];
}

/** The ids in the catalogue. */
export interface Offer {
  readonly providerId: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorIds: readonly [string, string];
}

export interface RunRecord {
  readonly profile: ProviderProfile;
  readonly expected: Expected;
  readonly offer: Offer;
  /** By transaction id. */
  readonly transactions: ReadonlyMap<string, QuotedTransaction>;
  readonly entries: readonly (ReceivedRequest | SentCallback)[];
  /** The action of each request that could not be read, and the reason. */
  readonly unreadable: readonly string[];
  /** As in `Timing`. */
  readonly repeatWindowMs: number;
  /** As in `Timing`. */
  readonly answerWithinMs: number;
  /** Why the run ended early; absent if it was complete. */
  readonly abortReason?: string;
}

export const requestsIn = (record: RunRecord): ReceivedRequest[] =>
  record.entries.filter((entry) => entry.kind === 'request');

export const callbacksIn = (record: RunRecord): SentCallback[] =>
  record.entries.filter((entry) => entry.kind === 'callback');
