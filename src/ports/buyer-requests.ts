/** The buyer side, in words that no Beckn dialect owns. */
import type { Box, Route } from '../domain/locations/geography.js';
import type { Network, ConnectorState } from '../domain/model/network.js';
import type { Order } from '../domain/model/order.js';
import type { Limit } from '../domain/model/quote.js';
import type { Json } from '../domain/model/object.js';
import type { CallbackAction } from '../domain/model/effect.js';
import type { Payment, PaymentTerms } from '../domain/model/payment.js';
import type { Slot } from '../domain/model/reservation.js';
import type { Refusal } from '../domain/model/refusal.js';
import type { BuyerFinderFee } from '../domain/model/tariff.js';

/** What a request asks, read by a dialect. Item ids are Beckn's; the bridge finds the connector. */
export type BuyerRequest =
  | { readonly type: 'search'; readonly intent: SearchIntent }
  | {
      readonly type: 'select';
      readonly items: ItemRefs;
      readonly limit: RequestedLimit;
      readonly slot?: RequestedSlot;
      readonly buyerFinderFee?: BuyerFinderFee;
      /** The code of an offer. */
      readonly offer?: string;
      readonly passthrough?: Json;
    }
  | {
      readonly type: 'init';
      /** The connector, or its slot, is kept from others until the quote has run out. */
      readonly holdsConnector?: true;
      readonly items?: ItemRefs;
      readonly limit?: RequestedLimit;
      readonly slot?: RequestedSlot;
      readonly buyerFinderFee?: BuyerFinderFee;
      /** The code of an offer. */
      readonly offer?: string;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly paymentPreference?: PaymentPreference;
    }
  | {
      readonly type: 'confirm';
      readonly items?: ItemRefs;
      readonly limit?: RequestedLimit;
      readonly slot?: RequestedSlot;
      readonly buyerFinderFee?: BuyerFinderFee;
      /** The code of an offer. */
      readonly offer?: string;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly payment: Payment | 'unpaid' | 'unstated';
      readonly paymentPreference?: PaymentPreference;
      /** `buyer`: a `start` will say when charging begins; else the confirm does. */
      readonly startsBy?: 'buyer';
      /** Currency of the payment, when it said one. */
      readonly currency?: string;
    }
  | ({ readonly type: 'status' } & OrderRef)
  | ({
      readonly type: 'update';
      readonly items?: ItemRefs;
      readonly limit?: RequestedLimit;
      readonly passthrough?: Json;
      readonly billing?: Json;
    } & OrderRef)
  | ({ readonly type: 'start' } & OrderRef)
  /** `when-over`: the answer tells the end, as far as it comes soon. */
  | ({ readonly type: 'stop'; readonly reply?: 'at-end' } & OrderRef)
  | ({
      readonly type: 'cancel';
      /** The buyer's reason in its own words. */
      readonly reason?: Json;
      /** A session that runs is stopped; refused unless said. */
      readonly ifRunning?: 'stop';
    } & OrderRef)
  | ({ readonly type: 'track' } & OrderRef)
  /** What a change would come to, without making it. */
  | ({ readonly type: 'preview' } & OrderRef)
  | { readonly type: 'support'; readonly refId?: string; readonly passthrough?: Json }
  /** What may be said in a later request: asked once, and kept by the buyer app. */
  | { readonly type: 'meta'; readonly subject: MetaSubject }
  | {
      readonly type: 'rating';
      readonly ratings: readonly { readonly id: string; readonly category: string; readonly value: number }[];
      readonly passthrough?: Json;
    };

export type MetaSubject = 'cancellation-reasons' | 'rating-categories';

/** How a buyer app says that it wants to pay; what it leaves out is ours to choose. */
export type PaymentPreference = Partial<Pick<PaymentTerms, 'type' | 'collectedBy'>>;

/** Which order is meant: its id, or without one the order of the Beckn transaction. */
export interface OrderRef {
  readonly orderId?: string;
}

/** The items of an order as the buyer named them, whichever of them it named. */
export interface ItemRefs {
  readonly providerId?: string;
  /** In the order of the message, with their paths in it, for error messages. */
  readonly itemIds: readonly ItemId[];
}

export interface ItemId {
  readonly id: string;
  readonly path: string;
  /** Only a help: one that is known narrows the choice, one that is not is passed over. */
  readonly hint?: true;
}

/** A booked time, or the rule that the request broke. */
export type RequestedSlot = { readonly slot: Slot } | { readonly refusal: Refusal };

/** A limit, as much energy as the connector sells, or the rule that the request broke. */
export type RequestedLimit = { readonly limit: Limit } | { readonly maximum: 'energy' } | { readonly refusal: Refusal };

/** AND across kinds, OR inside a list; absent is no filter. */
export interface SearchIntent {
  readonly circle?: { readonly latitude: number; readonly longitude: number; readonly radiusM: number };
  /** For distances only. */
  readonly position?: { readonly latitude: number; readonly longitude: number };
  readonly text?: string;
  /** Connector codes in any known spelling. */
  readonly connectorTypes?: readonly string[];
  readonly providerIds?: readonly string[];
  /** Provider names, compared without case. */
  readonly providerNames?: readonly string[];
  /** An item id or a printed code. */
  readonly itemId?: string;
  readonly powerType?: 'AC' | 'DC';
  readonly minPowerW?: number;
  readonly cityCode?: string;
  /** An expression of the dialect's own: `CallbackWriter.tellsOf` applies it. */
  readonly filter?: string;
  readonly box?: Box;
  readonly route?: Route;
  /** Minor units: the dearest kWh of the tariff costs no more. */
  readonly maxPricePerKwh?: number;
  /** Only connectors that are free as they last said. */
  readonly availableOnly?: boolean;
  /** Not booked by somebody else in this time, epoch ms. */
  readonly window?: Slot;
  /** Codes of the station, such as `green-tariff`. */
  readonly categories?: readonly string[];
}

/** A verified, parsed and schema-checked request. */
export interface VerifiedRequest {
  /** The Beckn network that it came from; absent for the first one. A buyer app of another is another buyer app. */
  readonly network?: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly dialect: string;
  readonly action: string;
  readonly messageId: string;
  readonly becknTransactionId: string;
  /** base64 of BLAKE2b-512 over the raw body. */
  readonly digest: string;
  /** base64 signature of the request, where its answers are to name it. */
  readonly signature?: string;
  /** Subscriber id of the gateway that takes the answer instead of the buyer app. */
  readonly gatewayId?: string;
  /** What the dialect needs to answer: kept with the request or the order. */
  readonly replyContext: Json;
  /** What id an order of it must have; a short one unless said. */
  readonly orderIdFormat?: 'uuid';
  readonly receivedAt: number;
  /** `timestamp + ttl`, epoch ms, when both could be read. */
  readonly expiresAt?: number;
  readonly request: BuyerRequest;
}

export type Acknowledgement =
  /** Durable: the callback will come. */
  | { readonly ack: true }
  /** No side effect, and no callback will come. */
  | { readonly ack: false; readonly refusal: Refusal }
  /** Same message id, other content. */
  | { readonly ack: false; readonly contentDiffers: true };

/** Implemented by the bridge. @errors StoreFault: the door answers 503. */
export interface BuyerRequests {
  handleRequest(request: VerifiedRequest): Promise<Acknowledgement>;
}

/** What a callback tells, besides its own action. */
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
      /** What was asked about, where that is known: dialects whose errors carry an order need it. */
      readonly subject?: { readonly order: Order; readonly site: SiteView } | { readonly passthrough: Json };
    };

/** The order's place, for its names; absent parts are gone from the configuration since. */
export interface SiteView {
  readonly provider?: import('../domain/model/network.js').Provider;
  readonly station?: import('../domain/model/network.js').Station;
  readonly chargePoint?: import('../domain/model/network.js').ChargePoint;
  readonly connector?: import('../domain/model/network.js').Connector;
}

export interface CatalogueHit {
  readonly site: import('../domain/model/network.js').Site;
  readonly state: ConnectorState;
  readonly distanceM?: number;
  /** When it is to be had, as far ahead as it may be booked; nothing while it cannot charge anybody. */
  readonly freeSlots?: readonly Slot[];
}

/** Everything a callback needs but its signature. */
export interface CallbackDraft {
  readonly network?: string;
  readonly action: CallbackAction;
  readonly dialect: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly replyContext: Json;
  readonly becknTransactionId: string;
  readonly messageId: string;
  /** base64 of BLAKE2b-512 over the request that is answered, where it is known. */
  readonly requestDigest?: string;
  /** Epoch ms: the context's timestamp. */
  readonly at: number;
  readonly content: CallbackContent;
}

/** Implemented by the Beckn edge. */
export interface CallbackRenderer {
  /** JSON text of `{context, message | error}`. @errors RenderFault: the message would break its own schema, our bug. */
  render(order: CallbackDraft): string;
  /** The action that tells the end of an order unasked, in dialects that have another than on_status for it. */
  terminalAction?(order: Order): CallbackAction | undefined;
  /** Which connectors a catalogue tells of; absent where a dialect has words for all of them and no filter of its own. */
  catalogueFilter?(
    by: { readonly network?: string; readonly dialect: string },
    filter: string | undefined,
  ): ((hit: CatalogueHit) => boolean) | undefined;
}

/** A message of ours that fails its own schema: not sent, alarmed, parked. */
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
  /** The peer said NACK, or a 4xx that a repeat will not change. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Network, 5xx, 408, 425, 429, 401. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** Signs and posts one callback. Implemented by the Beckn edge. Never rejects. */
export interface CallbackSender {
  send(callback: {
    readonly network?: string;
    readonly bapId: string;
    readonly bapUri: string;
    readonly dialect: string;
    readonly action: CallbackAction;
    readonly messageId: string;
    /** Subscriber id of the gateway that it goes to instead of `bapUri`. */
    readonly gatewayId?: string;
    readonly body: string;
  }): Promise<Delivery>;
}
