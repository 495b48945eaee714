/** The options of a sandbox buyer app, and its records of requests and callbacks. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { Json } from '../runtime/json.js';

export interface BuyerAppOptions {
  /** Its `bap_id`. */
  readonly subscriberId: string;
  readonly keyId: string;
  /** libsodium's 64 bytes: seed and public key. */
  readonly secretKey: Uint8Array;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Its `bap_uri`, unless that is `http://host:port/bap`. */
  readonly publicBaseUrl?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly registryUrl: string;
  /** The provider's `bpp_uri`, where requests go. */
  readonly bppUri: string;
  readonly bppId: string;
  /** How long the client API waits for a callback, ms of the clock; 30,000 when absent. */
  readonly callbackTimeoutMs?: number;
  /** How long the client API collects further answers to a search after the first, ms of the clock; 500 when absent. */
  readonly searchWindowMs?: number;
  /** Receives every message on the wire. */
  onMessage?(message: BuyerAppMessage): void;
}

/** One body on the wire: a request, a callback, or the acknowledgement of either. */
export interface BuyerAppMessage {
  /** `in` is towards the buyer app. */
  readonly direction: 'in' | 'out';
  /** An acknowledgement carries the action that it acknowledges. */
  readonly action: string;
  /** '' when the body contains none. */
  readonly messageId: string;
  /** The body as it was sent. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A callback whose signature and context were verified. */
export interface ReceivedCallback {
  readonly action: string;
  readonly messageId: string;
  readonly transactionId: string;
  readonly context: Json;
  /** Absent in an error callback. */
  readonly message?: Json;
  readonly error?: Json;
  /** Epoch ms of the buyer app's clock. */
  readonly at: number;
  /** True when the same body arrived before: providers deliver at least once. */
  readonly repeat: boolean;
}

/** A request and its synchronous answer. */
export interface SentRequest {
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The parsed answer, its text when that is not JSON, or why there was none. */
  readonly body: unknown;
  /** True for a 2xx answer with an ACK. */
  readonly ack: boolean;
  readonly context: Json;
  readonly messageId: string;
  readonly transactionId: string;
}

/** What one request does differently from the usual. */
export interface SendOverrides {
  readonly transactionId?: string;
  readonly messageId?: string;
  /** Context fields that replace the usual ones; `undefined` removes a field. */
  readonly context?: Json;
  /** Sends no Authorization header. */
  readonly unsigned?: boolean;
  /** Changes the text after it was signed. */
  tamper?(text: string): string;
}
