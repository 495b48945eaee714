/** The interface of a Beckn dialect: one way to write charging orders on the wire, with a reader and a renderer. */
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
  /** The sender; catalogues of Beckn 2.x name their provider platform. */
  readonly subscriber?: Subscriber;
  /** The recipient. */
  readonly bapId?: string;
}

/** The body of a callback without its context. Some versions require a `message` beside an `error`. */
export interface RenderedCallback {
  readonly message?: JsonObject;
  /** A plain object in dialects whose errors have other fields. */
  readonly error?: WireError | JsonObject;
}

export type ReadResult = BuyerRequest | { readonly refusal: Refusal };

export interface BecknDialect {
  /** Stored with each order; the order's callbacks are written in the dialect of this name. */
  readonly name: string;
  /** The folder of its schemas. */
  readonly family: Parameters<typeof becknCheck>[0];
  /** Actions of the requests that it reads. */
  readonly actions: ReadonlySet<string>;
  /** Domain and version for people: `uei:charging 1.0.0`. */
  readonly displayName: string;
  /** Format of its ACKs and callback signatures where it differs from core 1.x. A peer's own setting wins. */
  readonly ackFormat?: Partial<AckFormat>;
  /** The setting below `beckn` that switches it on. A dialect without one is always served. */
  readonly optIn?: 'lts';
  /** Names of its context fields if they differ from core 1.x. */
  readonly contextFieldNames?: ContextFieldNames;
  /** Format of its order ids; a short id by default. */
  readonly orderIdFormat?: 'uuid';
  matches(context: WireContext): boolean;
  /** Whether a message of an unknown domain is probably written in this dialect. */
  resembles?(context: WireContext, message: JsonObject): boolean;
  /**
   * Reads a request that passed its schema. Never throws.
   * @errors A refusal for a request that cannot be read; it is answered with a NACK.
   */
  read(action: string, context: WireContext, message: JsonObject, peer: PeerSettings): ReadResult;
  replyContext(context: WireContext): ReplyContext;
  /** Rewrites the path of a refusal to this dialect's field names. */
  translateRefusal?(refusal: Refusal): Refusal;
  render(callback: CallbackInput, peer: PeerSettings): RenderedCallback;
  /** The action of the unsolicited callback that reports the end of an order; `undefined` means `on_status`. */
  terminalAction?(order: Order): CallbackAction | undefined;
  /**
   * Selects the connectors that a catalogue may list. Search pages are counted after this filter.
   * @param filter An expression that `read` has accepted.
   */
  catalogueFilter?(filter: string | undefined): (hit: CatalogueHit) => boolean;
}
