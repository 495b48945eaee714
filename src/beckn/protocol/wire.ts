/** Defines the JSON types that the whole Beckn edge shares. */
import type { Json } from '../../domain/model/object.js';

export type JsonObject = { readonly [key: string]: Json };

/** The `context` of a message. */
export type WireContext = JsonObject;

/** The `Error` object of core 1.x. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  /** Path into the request, such as `message.order.items[2].id`. */
  readonly paths?: string;
  /** Replaces `paths` in Beckn 2.x. */
  readonly details?: JsonObject;
}

/** This provider platform as a subscriber of a network. */
export interface Subscriber {
  readonly bppId: string;
  readonly bppUri: string;
}
