/** What happened in one run, kept as it was: the rules judge from nothing else. */
import type { ParsedSignature } from '../../../beckn/signing/signature.js';
import type { Json } from '../../runtime/json.js';
import type { Action, ScenarioStep, CallbackFlaw, ProviderProfile } from './provider-profiles.js';

/** What the buyer app was said to be, and what it was told of us. */
export interface Expected {
  readonly subscriberId: string;
  /** Absent, any id will do that stays the same. */
  readonly keyId?: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Where its callbacks go. */
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  readonly domain: string;
  readonly version: string;
}

export interface ReceivedRequest {
  readonly kind: 'request';
  /** Epoch ms. */
  readonly at: number;
  readonly action: Action;
  readonly raw: Buffer;
  readonly context: Json;
  readonly message: Json;
  readonly authorization: string | undefined;
  readonly signature: ParsedSignature | { readonly problem: string };
  /** Absent when the signature fits the bytes and the key; else what is known about why. */
  readonly signatureMismatch?: string;
  readonly transactionId: string;
  readonly messageId: string;
  /** How it was answered. */
  readonly reply: 'ack' | 'nack' | 'unavailable';
  readonly replyStatus: number;
}

/** Why a callback was sent. */
export type CallbackLabel =
  'answer' | 'error' | 'late' | 'duplicate' | 'terminal' | 'after-end' | ScenarioStep | CallbackFlaw;

export interface SentCallback {
  readonly kind: 'callback';
  readonly label: CallbackLabel;
  /** As in the path: `on_select`. */
  readonly action: string;
  /** When it left, epoch ms. */
  readonly at: number;
  readonly tookMs: number;
  readonly transactionId: string;
  readonly messageId: string;
  readonly orderId: string | undefined;
  /** 0 when nobody answered. */
  readonly status: number;
  /** The body as it came; the reason when nobody answered. */
  readonly text: string;
}

/** What a provider gave in one transaction. */
export interface QuotedTransaction {
  readonly transactionId: string;
  /** Major units, as written in the quote. */
  readonly amount: string;
  readonly currency: string;
  readonly orderId: string;
  /** The answers whose delivery was begun, in order, without those that carried an error. */
  readonly answers: { readonly action: Action; readonly at: number }[];
}

/** The ids of the catalogue. */
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
  readonly transactions: ReadonlyMap<string, QuotedTransaction>;
  readonly entries: readonly (ReceivedRequest | SentCallback)[];
  /** Why requests could not be read, and so not be answered. */
  readonly unreadable: readonly string[];
  /** What a request may be repeated within and count as a reflex, ms. */
  readonly repeatWindowMs: number;
  /** What an answer to a callback may take, ms. */
  readonly answerWithinMs: number;
  /** Why the run ended before its end, a sentence. */
  readonly abortReason?: string;
}

export const requestsIn = (record: RunRecord): ReceivedRequest[] =>
  record.entries.filter((one) => one.kind === 'request');

export const callbacksIn = (record: RunRecord): SentCallback[] =>
  record.entries.filter((one) => one.kind === 'callback');
/** All ms. */

export interface Timing {
  /** How long to wait for a request that must come. */
  readonly timeoutMs: number;
  /** How long to wait for one that may come. */
  readonly optionalTimeoutMs: number;
  /** Within this time after a refusal a repeat is a reflex. */
  readonly repeatWindowMs: number;
  /** What the provider seems to work before it answers: without it an app that does not wait goes unnoticed. */
  readonly processingMs: number;
  /** How much later a late callback is. */
  readonly lateByMs: number;
  /** What an answer to a callback may take. */
  readonly answerWithinMs: number;
}
