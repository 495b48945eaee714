/** How a sandbox buyer app is described, and the words it uses. */
import type { Clock, Random } from '../../ports/runtime.js';

export type Json = { [key: string]: unknown };

export interface BuyerAppOptions {
  /** Its `bap_id`. */
  readonly subscriberId: string;
  readonly keyId: string;
  /** libsodium's 64 bytes. */
  readonly secretKey: Uint8Array;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Its `bap_uri` when that is not `http://host:port/bap`. */
  readonly publicBaseUrl?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly registryUrl: string;
  /** Where requests go: the provider's `bpp_uri`. */
  readonly bppUri: string;
  readonly bppId: string;
  /** How long the synchronous client waits for a callback, ms of the clock. */
  readonly callbackTimeoutMs?: number;
  /** How long it goes on collecting answers to a search after the first, ms of the clock. */
  readonly searchWindowMs?: number;
  /** Every body on the wire as its text; answers carry the request's action. `in` is towards the buyer app. */
  onMessage?(direction: 'in' | 'out', action: string, body: string, at: number, messageId: string): void;
}

/** A callback that was verified, kept as it came. */
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
  /** True when this very body had come before: providers deliver at least once. */
  readonly repeat: boolean;
}

export interface SentRequest {
  /** HTTP status; 0 when nobody answered. */
  readonly status: number;
  readonly body: unknown;
  readonly ack: boolean;
  readonly context: Json;
  readonly messageId: string;
  readonly transactionId: string;
}

export interface SendOverrides {
  readonly transactionId?: string;
  readonly messageId?: string;
  /** Fields of the context that replace the usual ones; `undefined` removes one. */
  readonly context?: Json;
  /** Leaves the signature out. */
  readonly unsigned?: boolean;
  /** Changes the text after it was signed. */
  tamper?(text: string): string;
}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
