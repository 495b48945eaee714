/** What a Beckn dialect is: one way of spelling charging orders on the wire, in both directions. */
import type { BuyerRequest, CallbackContent, CatalogueHit } from '../../ports/buyer-requests.js';
import type { PeerSettings } from '../../config/config.js';
import type { AckFormat } from '../../config/peer-settings.js';
import type { Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import type { CallbackAction } from '../../domain/model/effect.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { becknCheck } from '../../schema/validators.js';
import type { Subscriber } from './context.js';
import type { ContextFieldNames } from './context-names.js';

export type JsonObject = { readonly [key: string]: Json };

/** The part of a request's context that a dialect is chosen by and that every answer repeats. */
export type WireContext = JsonObject;

/** What is kept with a request or an order so that it can be answered later. All of it is echoed. */
export interface ReplyContext {
  readonly [key: string]: Json;
}

/** What a callback tells, and when (epoch ms). */
export interface CallbackInput {
  readonly action: CallbackAction;
  readonly at: number;
  readonly content: CallbackContent;
  /** Who tells it: catalogues of 2.x name their provider platform. */
  readonly subscriber?: Subscriber;
  /** Whom it is told. */
  readonly bapId?: string;
}

/** The body of a callback beside its context. `message` may accompany `error` where the core demands it. */
export interface RenderedCallback {
  readonly message?: JsonObject;
  /** An object of another kind in dialects that name its parts otherwise. */
  readonly error?: WireError | JsonObject;
}

/** The `Error` object of core 1.x. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  /** Path into the request, such as `message.order.items[2].id`. */
  readonly paths?: string;
  /** 2.x has it instead of `paths`. */
  readonly details?: JsonObject;
}

export interface BecknDialect {
  /** Kept with each order; unsolicited callbacks go out in it. */
  readonly name: string;
  /** The folder of its schemas. */
  readonly family: Parameters<typeof becknCheck>[0];
  /** Requests that it reads. */
  readonly actions: ReadonlySet<string>;
  /** What it answers to, for a human: `uei:charging 1.0.0`. */
  readonly displayName: string;
  /** How its ACKs look and what its callbacks are signed over, where that is not core 1.x and the peer says nothing. */
  readonly ackFormat?: Partial<AckFormat>;
  /** The switch in `beckn` of the settings that it is served under; without one it always is. */
  readonly optIn?: 'lts';
  /** How its contexts spell their names, where that is not as in core 1.x. */
  readonly contextFieldNames?: ContextFieldNames;
  /** What ids its orders must have; short ones unless said. */
  readonly orderIdFormat?: 'uuid';
  matches(context: WireContext): boolean;
  /** Whether a message of a domain that nobody answers to is probably in this dialect. */
  resembles?(context: WireContext, message: JsonObject): boolean;
  /** Reads a request that passed its schema. Never throws; what cannot be read is a refusal, and becomes a NACK. */
  read(
    action: string,
    context: WireContext,
    message: JsonObject,
    peer: PeerSettings,
  ): BuyerRequest | { readonly refusal: Refusal };
  replyContext(context: WireContext): ReplyContext;
  /** A refusal of the house with its path as this dialect spells it. */
  translateRefusal?(refusal: Refusal): Refusal;
  render(telling: CallbackInput, peer: PeerSettings): RenderedCallback;
  /** The action that tells the end of an order unasked, where it is another than on_status. */
  terminalAction?(order: Order): CallbackAction | undefined;
  /**
   * Which connectors its catalogues tell of, where it has no words for some or a filter of its own. A search is paged
   * after it.
   * @param filter An expression that `read` has taken.
   */
  catalogueFilter?(filter: string | undefined): (hit: CatalogueHit) => boolean;
}
