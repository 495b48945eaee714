/** Defines a dialect as both sides speak it: the requests of a buyer app, and the callbacks of a provider. */
import type { Envelope } from '../buyer-app/envelope.js';
import type { Json } from '../runtime/json.js';

/** The purposes of requests, in their usual order. Each dialect has its own actions for them, and may lack some. */
export const STEPS = [
  'search',
  'select',
  'init',
  'confirm',
  'start',
  'status',
  'update',
  'track',
  'support',
  'stop',
  'cancel',
  'rating',
] as const;
export type Step = (typeof STEPS)[number];

/** The currency of the prices that bap-check states. */
export const CURRENCY = 'INR';

/** The ids in the catalogue. */
export interface Offer {
  readonly providerId: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorIds: readonly [string, string];
}

export interface QuotedOrder {
  readonly orderId: string;
  /** Major units, as written in the quote. */
  readonly amount: string;
  readonly currency: string;
}

/** The state of an order and its session at the time of a callback. */
export interface SessionSnapshot {
  readonly phase: 'quoted' | 'waiting' | 'charging' | 'stopping' | 'ended';
  /** The energy delivered so far. */
  readonly energyWh: number;
  /** The time since the start of the session. */
  readonly elapsedS: number;
}

export interface RequestDetails {
  readonly offer: Offer;
  /** `undefined` before the first search. */
  readonly order: QuotedOrder | undefined;
  /** Epoch ms. */
  readonly now: number;
}

export interface CallbackDetails {
  /** The `message` of the request; empty for an unsolicited callback. */
  readonly request: Json;
  readonly provider: { readonly bppId: string; readonly bppUri: string; readonly bapId: string };
  readonly offer: Offer;
  readonly order: QuotedOrder;
  readonly session: SessionSnapshot;
  /** Epoch ms. */
  readonly now: number;
}

export interface Dialect {
  readonly envelope: Envelope;
  /** The name of the core specification in reports, such as `core 1.x`. */
  readonly specification: string;
  /** The action of each step. A step without one does not exist in the dialect. */
  readonly actions: Readonly<Partial<Record<Step, string>>>;
  /**
   * What the request of each step must contain, in words for reports, such as `an order with an item`.
   * `findMissingField` checks it. A step without such a text has no rule.
   */
  readonly contents: Readonly<Partial<Record<Step, string>>>;
  /** The choice that a person makes in the app, such as `the first connector and 5 kWh`. */
  readonly choice: string;
  /** The action of the unsolicited callback that reports the end of an order. */
  readonly terminalAction: 'on_status' | 'on_update';
  /** Whether order ids must be UUIDs. */
  readonly hasUuidOrders: boolean;
  /** The names of the fields with the error code and the error text. */
  readonly errorNames: { readonly code: string; readonly message: string };

  /** Builds the `message` of a buyer app's request. */
  buildRequest(step: Step, details: RequestDetails): Json;
  /** Builds the `message` of the callback to a request. */
  buildAnswer(step: Step, details: CallbackDetails): Json;
  /** Builds the `message` of an unsolicited callback about an order. */
  buildReport(details: CallbackDetails): Json;
  /** Returns the step of a request; `undefined` if the dialect has no such action. */
  stepOf(action: string, message: Json): Step | undefined;
  /** Returns the order id in a request, or '' if it has none. */
  readOrderId(message: Json): string;
  /** @returns Which of the main fields is missing, if any. */
  findMissingField(step: Step, message: Json): string | undefined;
  /** @returns Which part of the selection is not in the catalogue, if any. */
  findUnofferedItem(message: Json, offer: Offer): string | undefined;
  /** @returns How the payment of a confirm differs from the quote, if it does. */
  findPaymentFault(message: Json, quote: QuotedOrder | undefined): string | undefined;
  /** Checks whether an init asks the provider to collect the payment. */
  asksProviderToCollect?(message: Json): boolean;
}

/** Formats a value for the text of a fault. */
export const quoteValue = (value: unknown): string => JSON.stringify(value) ?? 'absent';

/** Finds the step of an action that serves only one step. */
export function stepOfAction(actions: Dialect['actions'], action: string): Step | undefined {
  return STEPS.find((step) => actions[step] === action);
}

/** Checks that the ids in a request are on offer. @param path The path of the items, as the fault names it. */
export function findUnofferedId(ids: readonly unknown[], offered: readonly string[], path: string): string | undefined {
  if (ids.length === 0) return `${path} is empty`;
  if (ids.includes(undefined)) return `an item in ${path} has no id`;
  const unoffered = ids.find((id) => !offered.some((known) => known === id));
  return unoffered === undefined ? undefined : `the item ${quoteValue(unoffered)} is not in the catalogue`;
}
