/** What the simulation must know of a Beckn dialect: how a buyer app writes its requests, and what callbacks say in it. */
import type { ConnectorSpec } from '../node/network.js';

/** What a driver wants to buy. @unit `value`: Wh, rupees, seconds or percent. */
export interface Option {
  readonly kind: 'energy' | 'amount' | 'time' | 'soc';
  readonly value: number;
}

export interface Purchase {
  readonly connector: ConnectorSpec;
  readonly option: Option;
  /** The booked time, epoch ms. */
  readonly slot?: { readonly from: number; readonly until: number };
  /** Who collects the money: the buyer app by default. */
  readonly collector?: 'BAP' | 'BPP';
}

/** An order as its buyer app names it. */
export interface OrderRef {
  /** Absent in a request about the newest order of its transaction. */
  readonly orderId?: string;
  readonly purchase: Purchase;
}

export interface Message {
  readonly action: string;
  readonly message: object;
}

/** The requests of one journey. Those that are absent do not exist in the dialect. */
export interface Requests {
  readonly search: () => Message;
  readonly select: (purchase: Purchase) => Message;
  readonly init: (purchase: Purchase) => Message;
  /** @param amount What was paid, in rupees, as a buyer app writes it. */
  readonly confirm: (order: OrderRef, amount: string) => Message;
  readonly start?: (order: OrderRef) => Message;
  readonly stop: (order: OrderRef) => Message;
  readonly cancel: (order: OrderRef) => Message;
  /** Changes what is bought. */
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

/** An order as a callback states it. @unit Money in minor units, energy in Wh; `undefined` or `NaN` if not stated. */
export interface StatedOrder {
  /** Empty before the order has one. */
  readonly id: string;
  readonly status: 'draft' | 'active' | 'complete' | 'cancelled';
  /** Empty in a dialect whose quotes have no ids. */
  readonly quoteId: string;
  /** The price of the quote, and after the end that of the bill. */
  readonly total: number;
  /** What the quote was, where the dialect states it beside the bill. */
  readonly quoted?: number | undefined;
  /** The lines of the total; absent where only the refund is stated. */
  readonly lines?: { readonly energy: number; readonly tax: number; readonly fee: number };
  readonly refund: number;
  readonly pricePerKwh: number | undefined;
  readonly deliveredWh: number | undefined;
  readonly limit: Option | undefined;
}

/** How an order ended, in the words of the store. */
interface End {
  readonly state: string;
  readonly outcome: string;
}

export interface BuyerDialect {
  /** As in `src/beckn/dialects/all.ts`. */
  readonly name: string;
  readonly options: readonly Option['kind'][];
  /** True if on_init states the id of the order, so that it can be asked for before its confirm. */
  readonly statesIdAtInit: boolean;
  readonly requests: Requests;
  context(envelope: Envelope): object;
  /** Whether a callback with this context is one of this dialect. */
  speaks(context: unknown): boolean;
  /** The order in the message of a callback; `undefined` if there is none. */
  readOrder(message: unknown): StatedOrder | undefined;
  /** The telephone number in an on_support. */
  readPhone(message: unknown): string;
  /** The action of the terminal callback. */
  terminalAction(end: End): string;
}

/** True once the figures of an order are final. */
export const isFinal = ({ status }: StatedOrder): boolean => status === 'complete' || status === 'cancelled';
