/**
 * Plays the buyer of the demo and of a trial: sends search (in the demo), select, init and confirm, waits for the end
 * of the session, and reads what was reported about it.
 */
import type { BuyerApp } from '../buyer-app.js';
import type { ReceivedCallback, SentRequest } from '../buyer-app/buyer-options.js';
import {
  parseHundredths,
  readAmount,
  readConnectors,
  tagValues,
  type OfferedConnector,
} from '../buyer-app/catalogue-reading.js';
import { searchIntent, type Choice } from '../buyer-app/request-messages.js';
import { ProgramFailure } from '../runtime/failure.js';
import { asList, isJson, textOf, valueAt, type Json } from '../runtime/json.js';

export interface PlacedOrder {
  readonly orderId: string;
  readonly transactionId: string;
  readonly connector: OfferedConnector;
  readonly choice: Choice;
  /** The amount paid, minor units. */
  readonly paid: number;
  readonly currency: string;
  /** The highest charging cost before taxes and fees, minor units. */
  readonly authorisedCost: number;
}

export interface OrderRequest {
  /** The place to search around, `latitude,longitude`. */
  readonly gps: string;
  /** The item id of the connector. */
  readonly connectorId: string;
  /** How much charging to order, before taxes and fees, in the currency's major unit. */
  readonly amount: number;
}

/** Thrown if an order fails, for example because a request was refused or a callback did not come. */
class OrderError extends ProgramFailure {
  override readonly name = 'OrderError';
}

const SEARCH_RADIUS_KM = 25;
/** How long to wait for a callback, ms of the sandbox's clock, which does not slow down when the machine is busy. */
const CALLBACK_TIMEOUT_MS = 20 * 60_000;

/**
 * Places an order and pays for it. `confirm` makes the charge point start charging.
 * @errors Rejects with an OrderError.
 */
export async function placeOrder(buyer: BuyerApp, request: OrderRequest): Promise<PlacedOrder> {
  const search = await buyer.search(searchIntent(request.gps, SEARCH_RADIUS_KM));
  const { transactionId } = search;
  const { catalog } = await callbackFor(buyer, 'search', search);
  const connector = findFreeConnector(catalog, request.connectorId);
  const option = { code: 'amount', value: String(request.amount) } as const;
  return placeOrderAt(buyer, connector, option, transactionId);
}

/**
 * Places and pays for an order at a known connector, without a search.
 * @errors Rejects with an OrderError.
 */
export async function placeOrderAt(
  buyer: BuyerApp,
  connector: OfferedConnector,
  option: Choice['option'],
  transactionId: string,
): Promise<PlacedOrder> {
  const { providerId, stationId, chargePointId, connectorId } = connector;
  const choice: Choice = { providerId, stationId, chargePointId, connectorId, option };
  await callbackFor(buyer, 'select', await buyer.select(choice, { transactionId }));
  const { order: draft } = await callbackFor(buyer, 'init', await buyer.init(choice, { transactionId }));
  const value = textOf(valueAt(draft, 'quote', 'price', 'value'));
  const currency = textOf(valueAt(draft, 'quote', 'price', 'currency'));
  const confirm = await buyer.confirm(choice, { value, currency }, { transactionId });
  const { order } = await callbackFor(buyer, 'confirm', confirm);
  const orderId = textOf(valueAt(order, 'id'));
  if (!orderId) throw new OrderError('on_confirm carried no order id');
  const [costLine] = asList(valueAt(draft, 'quote', 'breakup'));
  return {
    orderId,
    transactionId,
    connector,
    choice,
    paid: readAmount(value, currency),
    currency,
    authorisedCost: readAmount(textOf(valueAt(costLine, 'price', 'value')), currency),
  };
}

async function callbackFor(buyer: BuyerApp, action: string, sent: SentRequest): Promise<Json> {
  if (!sent.ack) throw new OrderError(`${action} was not acknowledged: ${sent.status} ${JSON.stringify(sent.body)}`);
  const callback = await buyer
    .waitFor((one) => one.action === `on_${action}` && one.messageId === sent.messageId, CALLBACK_TIMEOUT_MS)
    .catch(() => undefined);
  if (!callback) throw new OrderError(`${action} was acknowledged, but on_${action} did not come`);
  if (callback.error) throw new OrderError(`${action} was refused: ${JSON.stringify(callback.error)}`);
  return callback.message ?? {};
}

function findFreeConnector(catalogue: unknown, connectorId: string): OfferedConnector {
  const connectors = readConnectors(catalogue);
  const connector = connectors.find(
    (one) => one.connectorId === connectorId && (one.status === 'Available' || one.status === 'Preparing'),
  );
  if (!connector) throw new OrderError(`connector ${connectorId} is not on offer: ${JSON.stringify(connectors)}`);
  return connector;
}

export const orderOf = (callback: ReceivedCallback): Json | undefined =>
  isJson(callback.message?.order) ? callback.message.order : undefined;

const isTerminalStatus = (callback: ReceivedCallback, orderId: string): boolean => {
  const order = orderOf(callback);
  return callback.action === 'on_status' && order?.id === orderId && textOf(order.status) !== 'ACTIVE';
};

/** Waits for the callback that reports the end of an order. @errors Rejects with an OrderError after `withinMs`. */
export async function waitForEnd(buyer: BuyerApp, orderId: string, withinMs: number): Promise<ReceivedCallback> {
  const callback = await buyer.waitFor((one) => isTerminalStatus(one, orderId), withinMs).catch(() => undefined);
  if (!callback) throw new OrderError(`no on_status reported the end of order ${orderId}`);
  return callback;
}

export interface DeliveryHistory {
  /** The number of callbacks that reported the end, repeats excluded. */
  readonly terminalCallbacks: number;
  /** The reported energies in the order of arrival, in hundredths of a kWh. */
  readonly reportedEnergies: readonly number[];
}

export function deliveryHistory(buyer: BuyerApp, orderId: string): DeliveryHistory {
  const callbacks = buyer.callbacks.filter(({ repeat }) => !repeat);
  const reportedEnergies = callbacks
    .filter((callback) => callback.action === 'on_status' && orderOf(callback)?.id === orderId)
    .flatMap((callback) => tagValues(orderOf(callback), 'charging-session-details').get('energy_delivered') ?? [])
    .flatMap((energy) => parseHundredths(energy) ?? []);
  const terminalCallbacks = callbacks.filter((callback) => isTerminalStatus(callback, orderId)).length;
  return { terminalCallbacks, reportedEnergies };
}
