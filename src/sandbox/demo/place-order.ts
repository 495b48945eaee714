/** One buyer's journey: search, select, init, confirm, and then what the provider tells until it is over. */
import { readConnectors, parseHundredths, tagValues, type OfferedConnector } from '../buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, isJson, type Json } from '../runtime/json.js';
import type { BuyerApp } from '../buyer-app.js';
import { searchIntent, type Choice } from '../buyer-app/request-messages.js';
import { type ReceivedCallback, type SentRequest } from '../buyer-app/buyer-options.js';

export interface PlacedOrder {
  readonly orderId: string;
  readonly transactionId: string;
  readonly connector: OfferedConnector;
  readonly choice: Choice;
  /** Minor units. */
  readonly paid: number;
  /** Minor units of charging cost, before taxes and fees. */
  readonly authorisedCost: number;
}

/** The journey ended early: a refusal, or an answer that did not come. */
export class JourneyError extends Error {
  override readonly name = 'JourneyError';
}

/** Of the sandbox's clock; generous, because a busy machine is slow and the clock is not. */
const CALLBACK_TIMEOUT_MS = 20 * 60_000;

async function callbackFor(buyer: BuyerApp, action: string, sent: SentRequest): Promise<Json> {
  if (!sent.ack) throw new JourneyError(`${action} was not acknowledged: ${sent.status} ${JSON.stringify(sent.body)}`);
  const callback = await buyer
    .waitFor((one) => one.action === `on_${action}` && one.messageId === sent.messageId, CALLBACK_TIMEOUT_MS)
    .catch(() => undefined);
  if (!callback) throw new JourneyError(`${action} was acknowledged, but on_${action} did not come`);
  if (callback.error) throw new JourneyError(`${action} was refused: ${JSON.stringify(callback.error)}`);
  return callback.message ?? {};
}

const isFree = (one: OfferedConnector): boolean => one.status === 'Available' || one.status === 'Preparing';

/**
 * Orders and pays. The charger starts because of the confirm.
 * @param wanted The connector's item id.
 * @param amount Rupees of charging, before taxes and fees.
 * @errors JourneyFault
 */
export async function placeOrder(buyer: BuyerApp, gps: string, wanted: string, amount: number): Promise<PlacedOrder> {
  const searched = await buyer.search(searchIntent(gps, 25));
  const { transactionId } = searched;
  const { catalog } = await callbackFor(buyer, 'search', searched);
  const place = readConnectors(catalog).find((one) => one.connectorId === wanted && isFree(one));
  if (!place) throw new JourneyError(`${wanted} is not on offer: ${JSON.stringify(readConnectors(catalog))}`);
  const { providerId, stationId, chargePointId, connectorId } = place;
  const option = { code: 'amount', value: String(amount) } as const;
  const choice: Choice = { providerId, stationId, chargePointId, connectorId, option };

  await callbackFor(buyer, 'select', await buyer.select(choice, { transactionId }));
  const { order: draft } = await callbackFor(buyer, 'init', await buyer.init(choice, { transactionId }));
  const value = textOf(valueAt(draft, 'quote', 'price', 'value'));
  const currency = textOf(valueAt(draft, 'quote', 'price', 'currency'));
  const confirmed = await buyer.confirm(choice, { value, currency }, { transactionId });
  const { order } = await callbackFor(buyer, 'confirm', confirmed);
  const orderId = textOf(valueAt(order, 'id'));
  if (!orderId) throw new JourneyError('on_confirm carried no order id');
  const cost = parseHundredths(textOf(valueAt(asList(valueAt(draft, 'quote', 'breakup'))[0], 'price', 'value')));
  return {
    orderId,
    transactionId,
    connector: place,
    choice,
    paid: parseHundredths(value) ?? 0,
    authorisedCost: cost ?? 0,
  };
}

export const orderOf = (callback: ReceivedCallback): Json | undefined =>
  isJson(callback.message?.order) ? callback.message.order : undefined;

const isTerminalStatus = (callback: ReceivedCallback, orderId: string): boolean => {
  const order = orderOf(callback);
  return callback.action === 'on_status' && order?.id === orderId && textOf(order.status) !== 'ACTIVE';
};

/** The callback that says that it is over. @errors JourneyFault */
export async function waitForEnd(buyer: BuyerApp, orderId: string, withinMs: number): Promise<ReceivedCallback> {
  const ended = await buyer.waitFor((one) => isTerminalStatus(one, orderId), withinMs).catch(() => undefined);
  if (!ended) throw new JourneyError(`order ${orderId} was never told as ended`);
  return ended;
}

/** How often the end was told, and the energies told on the way, hundredths of a kWh. */
export function deliveryHistory(
  buyer: BuyerApp,
  orderId: string,
): { terminalCallbacks: number; reportedEnergies: number[] } {
  const fresh = buyer.callbacks.filter((one) => !one.repeat);
  const told = fresh
    .filter((one) => one.action === 'on_status' && orderOf(one)?.id === orderId)
    .flatMap((one) => tagValues(orderOf(one), 'charging-session-details').get('energy_delivered') ?? [])
    .flatMap((text) => parseHundredths(text) ?? []);
  return { terminalCallbacks: fresh.filter((one) => isTerminalStatus(one, orderId)).length, reportedEnergies: told };
}
