/** A Beckn dialect as the simulation sees it: how a buyer app writes requests, and how it reads callbacks. */
import type { ConnectorSpec } from '../node/network.js';

/**
 * What a driver buys, which limits the session.
 * @unit `value`: Wh, rupees, seconds or percent.
 */
export interface Option {
  readonly kind: 'energy' | 'amount' | 'time' | 'soc';
  readonly value: number;
}

export interface Purchase {
  readonly connector: ConnectorSpec;
  readonly option: Option;
  /** The booked time, epoch ms. */
  readonly slot?: { readonly from: number; readonly until: number };
  /** Who collects the payment; by default the buyer app. */
  readonly collector?: 'BAP' | 'BPP';
}

/** An order as its buyer app refers to it. */
export interface OrderRef {
  /** Absent if the request means the newest order of its transaction. */
  readonly orderId?: string;
  readonly purchase: Purchase;
}

export interface Message {
  readonly action: string;
  readonly message: object;
}

/** The requests of one journey. A dialect does not have those that are absent. */
export interface Requests {
  readonly search: () => Message;
  readonly select: (purchase: Purchase) => Message;
  readonly init: (purchase: Purchase) => Message;
  /** @param amount The paid amount in rupees, as a buyer app writes it. */
  readonly confirm: (order: OrderRef, amount: string) => Message;
  readonly start?: (order: OrderRef) => Message;
  readonly stop: (order: OrderRef) => Message;
  readonly cancel: (order: OrderRef) => Message;
  /** Changes the purchase of a confirmed order. */
  readonly change?: (order: OrderRef) => Message;
  readonly status: (order: OrderRef) => Message;
  readonly track: (order: OrderRef) => Message;
  readonly support: (reference: string) => Message;
  readonly rate: (order: OrderRef) => Message;
  readonly meta?: () => Message;
}

export type Step = keyof Requests;

export interface Envelope {
  readonly action: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly transactionId: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/**
 * An order as a callback states it.
 * @unit Money in minor units, energy in Wh; `undefined` or `NaN` if not stated.
 */
export interface StatedOrder {
  /** Empty while the order has no id. */
  readonly id: string;
  readonly status: 'draft' | 'active' | 'complete' | 'cancelled';
  /** Empty if the dialect's quotes have no ids. */
  readonly quoteId: string;
  /** The price of the quote; after the end, that of the bill. */
  readonly total: number;
  /** The price of the quote, if the dialect states it next to the bill. */
  readonly quoted?: number | undefined;
  /** The price lines of the total. Absent if the callback states only a refund. */
  readonly lines?: { readonly energy: number; readonly tax: number; readonly fee: number };
  readonly refund: number;
  readonly pricePerKwh: number | undefined;
  readonly deliveredWh: number | undefined;
  readonly limit: Option | undefined;
}

/** The state and outcome of an ended order in the store. */
interface End {
  readonly state: string;
  readonly outcome: string;
}

export interface BuyerDialect {
  /** The dialect's name in `src/beckn/dialects/all.ts`. */
  readonly name: string;
  readonly options: readonly Option['kind'][];
  /** Whether on_init states the order's id, so that requests can use it before the confirm. */
  readonly statesIdAtInit: boolean;
  readonly requests: Requests;
  context(envelope: Envelope): object;
  /** Checks whether a callback with this context belongs to this dialect. */
  speaks(context: unknown): boolean;
  /** Reads the order from a callback's message; `undefined` if it has none. */
  readOrder(message: unknown): StatedOrder | undefined;
  /** Reads the telephone number from the message of an on_support. */
  readPhone(message: unknown): string;
  /** Returns the action of the terminal callback. */
  terminalAction(end: End): string;
}

/** Checks whether the figures of an order are final. */
export const isFinal = ({ status }: StatedOrder): boolean => status === 'complete' || status === 'cancelled';
