/** Defines the requests of buyer apps, independently of the Beckn dialect, and the bridge's handlers for them. */
import type { Route } from '../domain/model/network.js';
import type { Box } from '../domain/model/network.js';
import type { Limit } from '../domain/model/quote.js';
import type { Json } from '../domain/model/object.js';
import type { Payment, PaymentTerms } from '../domain/model/payment.js';
import type { Slot } from '../domain/model/reservation.js';
import type { Refusal } from '../domain/model/refusal.js';
import type { BuyerFinderFee } from '../domain/model/tariff.js';

/** A request as a dialect reads it. Its item ids are as received; the bridge resolves them to a connector. */
export type BuyerRequest =
  | { readonly type: 'search'; readonly intent: SearchIntent }
  | {
      readonly type: 'select';
      readonly items: ItemRefs;
      readonly limit: RequestedLimit;
      readonly slot?: RequestedSlot;
      readonly buyerFinderFee?: StatedFee;
      /** The code of an offer. */
      readonly offer?: string;
      readonly passthrough?: Json;
    }
  | {
      readonly type: 'init';
      /** Holds the connector, or the slot, for this order until the quote expires. */
      readonly holdsConnector?: true;
      readonly items?: ItemRefs;
      readonly limit?: RequestedLimit;
      readonly slot?: RequestedSlot;
      readonly buyerFinderFee?: StatedFee;
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
      readonly buyerFinderFee?: StatedFee;
      /** The code of an offer. */
      readonly offer?: string;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly payment: StatedPayment | 'unpaid' | 'unstated';
      readonly paymentPreference?: PaymentPreference;
      /** `buyer`: a `start` request begins charging. By default, `confirm` does. */
      readonly startsBy?: 'buyer';
    }
  | ({ readonly type: 'status' } & OrderRef)
  | ({
      readonly type: 'update';
      readonly items?: ItemRefs;
      readonly limit?: RequestedLimit;
      readonly passthrough?: Json;
      readonly billing?: Json;
    } & OrderRef)
  /** `limit`: the limit, if the request repeats it; it must be the order's. */
  | ({ readonly type: 'start'; readonly limit?: RequestedLimit } & OrderRef)
  /** `at-end`: the callback waits for the end of the session, for a limited time. */
  | ({ readonly type: 'stop'; readonly reply?: 'at-end' } & OrderRef)
  | ({
      readonly type: 'cancel';
      /** The buyer's reason, as received. */
      readonly reason?: Json;
      /** `stop`: a running session is stopped. By default, cancelling a running session is refused. */
      readonly ifRunning?: 'stop';
    } & OrderRef)
  | ({ readonly type: 'track' } & OrderRef)
  /** A start, stop or cancel that is only tried. It changes nothing, and is answered with the order as it stands. */
  | ({ readonly type: 'preview' } & OrderRef)
  | { readonly type: 'support'; readonly refId?: string; readonly passthrough?: Json }
  /** Asks for the codes that later requests may use. */
  | { readonly type: 'meta'; readonly subject: MetaSubject }
  | {
      readonly type: 'rating';
      readonly ratings: readonly { readonly id: string; readonly category: string; readonly value: number }[];
      readonly passthrough?: Json;
    };

export type BuyerRequestOf<T extends BuyerRequest['type']> = Extract<BuyerRequest, { type: T }>;

export type MetaSubject = 'cancellation-reasons' | 'rating-categories';

/** How a buyer app wants to pay. If a field is absent, the bridge chooses. */
export type PaymentPreference = Partial<Pick<PaymentTerms, 'type' | 'collectedBy'>>;

/**
 * Refers to an order by its id or, if the id is absent, to the newest order of the Beckn transaction. An empty id
 * means that one was stated but cannot be read; it refers to no order.
 */
export interface OrderRef {
  readonly orderId?: string;
}

/** The items of an order as the buyer app referred to them. */
export interface ItemRefs {
  readonly providerId?: string;
  /** As listed in the message, each with its path in the message for error reports. */
  readonly itemIds: readonly ItemId[];
}

export interface ItemId {
  /** Empty if an id is stated but cannot be read; no item has it. */
  readonly id: string;
  readonly path: string;
  /** A known id narrows the choice; an unknown one is ignored instead of refused. */
  readonly hint?: true;
}

/** The requested slot, or a refusal if the request for it breaks a rule. */
export type RequestedSlot = { readonly slot: Slot } | { readonly refusal: Refusal };

/**
 * A limit, an amount of money that will be converted to a limit, the largest amount of energy that the connector sells,
 * or a refusal if the request breaks a rule.
 */
export type RequestedLimit =
  | { readonly limit: Limit }
  | { readonly amount: StatedAmount }
  | { readonly maximum: 'energy' }
  | { readonly refusal: Refusal };

/** An amount of money as a request states it. The bridge converts it once it knows the currency of the order. */
export interface StatedAmount {
  /** Major units, as the text of a decimal such as `"100.50"`. */
  readonly decimal: string;
  /** The currency stated with the amount, in upper case; absent if the request states none. */
  readonly currency?: string;
  readonly path: string;
}

/** A payment that the buyer app has collected. */
export interface StatedPayment extends Pick<Payment, 'method' | 'reference'> {
  readonly paid: StatedAmount;
}

export type StatedFee = BuyerFinderFee | { readonly kind: 'amount'; readonly amount: StatedAmount };

/**
 * The conditions of a search. A connector must meet all that are present, except that a circle, box or route overrides
 * `cityCode`, and `categories` are ignored if the network defines none. One matching value of a list is enough.
 */
export interface SearchIntent {
  readonly circle?: { readonly latitude: number; readonly longitude: number; readonly radiusM: number };
  /** The place from which the buyer app measures distances; not a condition. */
  readonly position?: { readonly latitude: number; readonly longitude: number };
  /** Words that must all occur in the texts of the station or the connector; stop words are ignored. */
  readonly text?: string;
  /** Connector codes in any known spelling. */
  readonly connectorTypes?: readonly string[];
  readonly providerIds?: readonly string[];
  /** Provider names or ids; case is ignored. */
  readonly providerNames?: readonly string[];
  /** An item id, a UBC id, a QR code, a charge point code or a station id. */
  readonly itemId?: string;
  readonly powerType?: 'AC' | 'DC';
  readonly minPowerW?: number;
  /** The energy that the connector must be able to sell, Wh. */
  readonly minEnergyWh?: number;
  /** `*` stands for any city. */
  readonly cityCode?: string;
  /** An expression in the dialect's own filter language; `CallbackRenderer.catalogueFilter` evaluates it. */
  readonly filter?: string;
  readonly box?: Box;
  readonly route?: Route;
  /** Upper bound on the tariff's highest price per kWh; if no currency is stated, in the currency of each tariff. */
  readonly maxPrice?: Omit<StatedAmount, 'path'>;
  /** Only connectors that are available now. */
  readonly availableOnly?: boolean;
  /** Only connectors without a booking in this period, epoch ms. */
  readonly window?: Slot;
  /** Category codes of the station, such as `green-tariff`. */
  readonly categories?: readonly string[];
}

/** A request whose signature, context and schema have been checked. */
export interface VerifiedRequest<R extends BuyerRequest = BuyerRequest> {
  /** Name of the Beckn network that it came from. The same `bapId` in another network is another buyer app. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly dialect: string;
  readonly action: string;
  readonly messageId: string;
  readonly becknTransactionId: string;
  /** base64 of BLAKE2b-512 over the raw body. */
  readonly digest: string;
  /** base64 signature of the request, if its callbacks must repeat it. */
  readonly signature?: string;
  /** Subscriber id of the gateway that receives the callback instead of the buyer app. */
  readonly gatewayId?: string;
  /** What the dialect needs to answer; stored with the request or the order. */
  readonly replyContext: Json;
  /** Format that the dialect requires of order ids; a short id by default. */
  readonly orderIdFormat?: 'uuid';
  readonly receivedAt: number;
  /** `timestamp + ttl`, epoch ms; absent if either cannot be read. */
  readonly expiresAt?: number;
  readonly request: R;
}

export type Acknowledgement =
  /** The request is durable and its callback will be sent. */
  | { readonly ack: true; /** Set if the request was acknowledged before. */ readonly repeated?: true }
  /** Nothing was changed and no callback will be sent. */
  | { readonly ack: false; readonly refusal: Refusal }
  /** The message id was used before with another body. */
  | { readonly ack: false; readonly contentDiffers: true };

/**
 * One handler for each type of request. Implemented by the bridge.
 * @errors StoreFault: the Beckn edge answers 503.
 */
export type BuyerRequests = {
  readonly [T in BuyerRequest['type']]: (request: VerifiedRequest<BuyerRequestOf<T>>) => Promise<Acknowledgement>;
};
