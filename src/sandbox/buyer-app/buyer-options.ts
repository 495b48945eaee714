/** Defines the options of a sandbox buyer app, and its records of requests and callbacks. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { Json } from '../runtime/json.js';
import type { Envelope } from './envelope.js';

export interface BuyerAppOptions {
  /** The app's `bap_id`. */
  readonly subscriberId: string;
  readonly keyId: string;
  /** libsodium's 64-byte form: the seed followed by the public key. */
  readonly secretKey: Uint8Array;
  readonly host: string;
  /** 0 picks any free port. */
  readonly port: number;
  /** The app's `bap_uri`; `http://host:port/bap` by default. */
  readonly publicBaseUrl?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly registryUrl: string;
  /** The provider's `bpp_uri`, to which requests are sent. */
  readonly bppUri: string;
  readonly bppId: string;
  /** Domain, version and spelling of the messages; `uei:charging` 1.0.0 by default. */
  readonly envelope?: Envelope;
  /** How long the client API waits for a callback, in ms of `clock`; 30,000 by default. */
  readonly callbackTimeoutMs?: number;
  /** How long the client API collects further answers to a search after the first, in ms of `clock`; 500 by default. */
  readonly searchWindowMs?: number;
  /** Called with each request, callback and acknowledgement. */
  onMessage?(message: BuyerAppMessage): void;
}

/** The body of a request, a callback or the acknowledgement of either. */
export interface BuyerAppMessage {
  /** `in` means towards the buyer app. */
  readonly direction: 'in' | 'out';
  /** An acknowledgement carries the action that it acknowledges. */
  readonly action: string;
  /** In an acknowledgement, the id of the acknowledged message; '' if there is none. */
  readonly messageId: string;
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
  /** Absent if the callback carries only an error. */
  readonly message?: Json;
  readonly error?: Json;
  /** Epoch ms by the buyer app's clock. */
  readonly at: number;
  /** True if the same body arrived before: providers may deliver a callback more than once. */
  readonly repeat: boolean;
}

/** A request and its synchronous answer. */
export interface SentRequest {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The parsed answer, its text if that is not JSON, or the reason why there was none. */
  readonly body: unknown;
  /** True if the answer was a 2xx with an ACK. */
  readonly ack: boolean;
  readonly context: Json;
  readonly messageId: string;
  readonly transactionId: string;
}

/** How one request differs from what the buyer app would otherwise send. */
export interface SendOverrides {
  readonly transactionId?: string;
  readonly messageId?: string;
  /** Context fields that replace the usual ones; `undefined` removes a field. */
  readonly context?: Json;
  /** Sends no Authorization header. */
  readonly unsigned?: boolean;
  /** Changes the body after it has been signed. */
  tamper?(text: string): string;
}
