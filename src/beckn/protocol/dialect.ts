/** Defines the interface of a Beckn dialect, which reads requests and renders callbacks in one network's format. */
import type { BuyerRequest } from '../../ports/buyer-requests.js';
import type { CatalogueHit, CallbackContent } from '../../ports/callback-delivery.js';
import type { PeerSettings } from '../../config/config.js';
import type { AckFormat } from '../../config/peer-settings.js';
import type { Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import type { CallbackAction } from '../../domain/model/effect.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { becknCheck } from '../../schema/validators.js';
import type { ContextFieldNames } from './context-names.js';
import type { JsonObject, Subscriber, WireContext, WireError } from './wire.js';

/** Context fields that are stored with a request or an order and repeated in its callbacks. */
export interface ReplyContext {
  readonly [key: string]: Json;
}

export interface CallbackInput {
  readonly action: CallbackAction;
  /** Epoch ms. */
  readonly at: number;
  readonly content: CallbackContent;
  /** The sender of the callback. Required by the Beckn 2.x dialects. */
  readonly subscriber?: Subscriber;
  /** Subscriber id of the recipient. */
  readonly bapId?: string;
}

/** The body of a callback without its context. Some versions require a `message` even with an `error`. */
export interface RenderedCallback {
  readonly message?: JsonObject;
  /** A plain object in dialects whose errors have fields other than those of `WireError`. */
  readonly error?: WireError | JsonObject;
}

export type ReadResult = BuyerRequest | { readonly refusal: Refusal };

export interface BecknDialect {
  /** Stored with each order, so that its callbacks are rendered in the same dialect. */
  readonly name: string;
  /** Name of the folder with the dialect's schemas. */
  readonly family: Parameters<typeof becknCheck>[0];
  /** The actions of the requests that the dialect reads. */
  readonly actions: ReadonlySet<string>;
  /** Domain and version for display, such as `uei:charging 1.0.0`. */
  readonly displayName: string;
  /** How ACKs, and callbacks' signatures and contexts, differ from core 1.x. A peer's own settings take precedence. */
  readonly ackFormat?: Partial<AckFormat>;
  /** The setting under `beckn` that enables the dialect. A dialect without `optIn` is always enabled. */
  readonly optIn?: 'lts';
  /** Names of context fields, if they differ from core 1.x. */
  readonly contextFieldNames?: ContextFieldNames;
  /**
   * The request that stops a running session. `update`: a `cancel` stops it too, unless the peer setting
   * `cancelRunning` is `refuse`. `cancel`: only a cancel with the code `stop-charging` stops it; others are refused.
   */
  readonly stopsBy: 'update' | 'cancel';
  /** Format of order ids; short ids by default. */
  readonly orderIdFormat?: 'uuid';
  matches(context: WireContext): boolean;
  /** Whether a message whose context no dialect matches is probably written in this dialect. */
  resembles?(context: WireContext, message: JsonObject): boolean;
  /**
   * Reads a request with one of `actions` that has passed its schema.
   * @errors A refusal if the request cannot be read; it is answered with a NACK.
   */
  read(action: string, context: WireContext, message: JsonObject, peer: PeerSettings): ReadResult;
  replyContext(context: WireContext): ReplyContext;
  /** Rewrites a refusal's path with this dialect's field names. */
  translateRefusal?(refusal: Refusal): Refusal;
  render(callback: CallbackInput, peer: PeerSettings): RenderedCallback;
  /** Returns the action of the unsolicited callback that reports the end of an order; `undefined` means `on_status`. */
  terminalAction?(order: Order): CallbackAction | undefined;
  /**
   * Returns a predicate for the connectors that a catalogue may list. Results are split into pages after this filter.
   * @param filter An expression that `read` has accepted; `undefined` if the search has none.
   */
  catalogueFilter?(filter: string | undefined): (hit: CatalogueHit) => boolean;
}
