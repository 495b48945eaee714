/** Defines callbacks as the bridge hands them to the Beckn edge, and the ports that render and send them. */
import type { CallbackAction } from '../domain/model/effect.js';
import type {
  ChargePoint,
  Connector,
  ConnectorState,
  Network,
  Provider,
  Site,
  Station,
} from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';
import type { Order } from '../domain/model/order.js';
import type { Refusal } from '../domain/model/refusal.js';
import type { Slot } from '../domain/model/reservation.js';
import type { MetaSubject } from './buyer-requests.js';

/** The content of a callback, apart from its action. */
export type CallbackContent =
  | { readonly type: 'order'; readonly order: Order; readonly site: SiteView }
  | {
      readonly type: 'catalogue';
      readonly network: Network;
      readonly hits: readonly CatalogueHit[];
      readonly position?: { readonly latitude: number; readonly longitude: number };
    }
  | {
      readonly type: 'tracking';
      readonly order: Order;
      readonly site?: SiteView;
      readonly url: string;
      readonly active: boolean;
    }
  | {
      readonly type: 'support';
      readonly refId?: string;
      readonly name?: string;
      readonly phone?: string;
      readonly email?: string;
      readonly url?: string;
    }
  | { readonly type: 'rating'; readonly formUrl?: string; readonly passthrough?: Json }
  | { readonly type: 'meta'; readonly subject: MetaSubject }
  | {
      readonly type: 'error';
      readonly refusal: Refusal;
      /** The order or the request's passthrough, if known; some dialects include an order with every error. */
      readonly subject?: { readonly order: Order; readonly site: SiteView } | { readonly passthrough: Json };
    };

/** The configured site of an order. A member is absent if it is no longer configured. */
export interface SiteView {
  readonly provider?: Provider;
  readonly station?: Station;
  readonly chargePoint?: ChargePoint;
  readonly connector?: Connector;
}

export interface CatalogueHit {
  readonly site: Site;
  readonly state: ConnectorState;
  readonly distanceM?: number;
  /** Why the connector is not on sale at present; its state is then Unavailable. */
  readonly outOfSale?: string;
  /** Periods in which the connector can be booked, up to the booking horizon; empty while it is unusable. */
  readonly freeSlots?: readonly Slot[];
}

/** A callback before it is rendered and signed. */
export interface CallbackDraft {
  /** Name of the Beckn network in which the callback is sent. */
  readonly network: string;
  readonly action: CallbackAction;
  readonly dialect: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly replyContext: Json;
  readonly becknTransactionId: string;
  readonly messageId: string;
  /** base64 of BLAKE2b-512 over the body of the answered request; absent if there is no such request or digest. */
  readonly requestDigest?: string;
  /** The timestamp of the context, epoch ms. */
  readonly at: number;
  readonly content: CallbackContent;
}

/** Renders callbacks as Beckn messages. Implemented by the Beckn edge. */
export interface CallbackRenderer {
  /**
   * Returns the JSON text of `{context, message | error}`.
   * @errors RenderFault if its dialect cannot render the message, if the message fails its own schema, or if its
   *   network is no longer configured.
   */
  render(callback: CallbackDraft): string;
  /** Returns the action of the unsolicited callback that reports the end of an order; `undefined` means `on_status`. */
  terminalAction?(order: Order): CallbackAction | undefined;
  /**
   * Returns a filter for the connectors that a catalogue may list.
   * @param filter The search's expression in the dialect's own filter language.
   * @returns `undefined` if the dialect can describe every connector and the search has no such expression.
   */
  catalogueFilter?(
    recipient: { readonly network: string; readonly dialect: string },
    filter: string | undefined,
  ): ((hit: CatalogueHit) => boolean) | undefined;
}

/** Thrown if a callback cannot be rendered. It is not sent, and a discrepancy is opened. */
export class RenderFault extends Error {
  constructor(
    message: string,
    readonly body: string,
  ) {
    super(message);
    this.name = 'RenderFault';
  }
}

export type Delivery =
  | { readonly kind: 'delivered' }
  /** The peer answered with a NACK, an error without an ACK or a permanent 4xx status, or its URL is not allowed. */
  | { readonly kind: 'refused'; readonly reason: string; /** Set if its URL is not allowed. */ readonly notSent?: true }
  /**
   * The target could not be looked up or reached, or the response was late, too long, a redirect, or had status 401,
   * 408, 425, 429 or 5xx.
   */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** A rendered callback and its destination. */
export interface OutboundCallback {
  /** Name of the Beckn network whose key signs it. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly dialect: string;
  readonly action: CallbackAction;
  readonly messageId: string;
  /** Subscriber id of the gateway that receives it instead of `bapUri`. */
  readonly gatewayId?: string;
  readonly body: string;
}

/** Signs and posts one callback. Implemented by the Beckn edge. Never rejects. */
export interface CallbackSender {
  send(callback: OutboundCallback): Promise<Delivery>;
}
