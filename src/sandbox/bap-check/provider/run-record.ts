/** Defines the record of one run. The rules judge a buyer app by this record alone. */
import type { ParsedSignature } from '../../../beckn/signing/signature.js';
import type { DialectName } from '../../dialects/all.js';
import type { Dialect, Offer, QuotedOrder, Step } from '../../dialects/dialect.js';
import type { Json } from '../../runtime/json.js';
import { CALLBACK_FLAWS, type CallbackFlaw, type ProviderProfile, type ScenarioStep } from './provider-profiles.js';

/** The buyer app under test as the command line describes it, and the provider as announced to the app. */
export interface Expected {
  readonly subscriberId: string;
  /** If absent, any key id is accepted as long as it stays the same. */
  readonly keyId?: string;
  /** The app's raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Where the app receives callbacks. */
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  /** The provider's key id in the registry. */
  readonly bppKeyId: string;
  readonly registryUrl: string;
}

/** The delays and time limits of a run, in ms. */
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
  /** How long the app may take to answer a callback without breaking a rule. */
  readonly answerWithinMs: number;
  /** How long to wait for the answer to a callback before giving up. */
  readonly answerTimeoutMs: number;
}

export interface ReceivedRequest {
  readonly kind: 'request';
  /** Epoch ms. */
  readonly at: number;
  /** The last part of the path, such as `select`. */
  readonly action: string;
  readonly step: Step;
  readonly raw: Buffer;
  readonly context: Json;
  readonly message: Json;
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly signature: ParsedSignature | { readonly problem: string };
  /** The probable reason why the signature does not match the body and the key. */
  readonly signatureMismatch?: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly reply: 'ack' | 'nack' | 'unavailable';
  readonly replyStatus: number;
}

/** Why a callback was sent, or what is unusual about it. */
export type CallbackLabel =
  | 'answer'
  | 'error'
  | 'late'
  | 'duplicate'
  | 'terminal'
  | 'after-end'
  | ScenarioStep
  | CallbackFlaw;

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

/** What the provider quoted, and which steps it has answered, in one transaction. */
export interface QuotedTransaction extends QuotedOrder {
  readonly transactionId: string;
  /** The callbacks without an error, in the order of sending. `at` is in epoch ms. */
  readonly answers: { readonly step: Step; readonly at: number }[];
}

/**
 * Why a run ended early.
 * - `interrupted`: a person stopped it.
 * - `driver`: the trigger URL does not work.
 * - `other-dialect`: the app speaks another dialect.
 * - `unacknowledged`: the app acknowledged no callback.
 * - `no-request`: no readable request came.
 * - `stopped`: a required request did not come.
 */
export type AbortKind = 'interrupted' | 'driver' | 'other-dialect' | 'unacknowledged' | 'no-request' | 'stopped';

export interface Abort {
  readonly kind: AbortKind;
  /** A sentence without a full stop. */
  readonly reason: string;
}

export interface RunRecord {
  readonly dialect: Dialect;
  readonly profile: ProviderProfile;
  readonly expected: Expected;
  readonly offer: Offer;
  /** Keyed by transaction id. */
  readonly transactions: ReadonlyMap<string, QuotedTransaction>;
  readonly entries: readonly (ReceivedRequest | SentCallback)[];
  /** The action of each request that could not be read, and the reason. */
  readonly unreadable: readonly string[];
  /** As in `Timing`. */
  readonly repeatWindowMs: number;
  /** As in `Timing`. */
  readonly answerWithinMs: number;
  /** Method and path of the first 20 requests that are not a POST to the bpp_uri plus an action of the dialect. */
  readonly strayPaths: readonly string[];
  /** The dialect that the app speaks, if bap-check knows it and it is not the tested one. */
  readonly otherDialect?: DialectName;
  /** The error in the latest answer of the app's trigger URL or client API, if any. */
  readonly driverProblem?: string;
  /** Absent if the run was complete. */
  readonly abort?: Abort;
}

export const requestsIn = (record: RunRecord): ReceivedRequest[] =>
  record.entries.filter((entry) => entry.kind === 'request');

export const callbacksIn = (record: RunRecord): SentCallback[] =>
  record.entries.filter((entry) => entry.kind === 'callback');

const isForged = ({ label }: SentCallback): boolean => CALLBACK_FLAWS.some((flaw) => flaw === label);

export const genuineCallbacksIn = (entries: RunRecord['entries']): SentCallback[] =>
  entries.filter((entry) => entry.kind === 'callback').filter((callback) => !isForged(callback));
