/** One buyer's journey: search, select, init, confirm, and then what the provider tells until it is over. */
import {
  at,
  connectorsOf,
  hundredths,
  list,
  tagValues,
  type OfferedConnector,
} from '../buyer-app/catalogue-reading.js';
import type { BuyerApp } from '../buyer-app.js';
import { intentAround, type Choice } from '../buyer-app/request-messages.js';
import { isJson, textOf, type Callback, type Json, type Sent } from '../buyer-app/buyer-options.js';

export interface PlacedOrder {
  readonly orderId: string;
  readonly transactionId: string;
  readonly place: OfferedConnector;
  readonly choice: Choice;
  /** Minor units. */
  readonly paid: number;
  /** Minor units of charging cost, before taxes and fees. */
  readonly authorisedCost: number;
}

/** The journey ended early: a refusal, or an answer that did not come. */
export class JourneyFault extends Error {
  override readonly name = 'JourneyFault';
}

/** Of the sandbox's clock; generous, because a busy machine is slow and the clock is not. */
const PATIENCE_MS = 20 * 60_000;

async function answered(buyer: BuyerApp, action: string, sent: Sent): Promise<Json> {
  if (!sent.ack) throw new JourneyFault(`${action} was not acknowledged: ${sent.status} ${JSON.stringify(sent.body)}`);
  const callback = await buyer
    .waitFor((one) => one.action === `on_${action}` && one.messageId === sent.messageId, PATIENCE_MS)
    .catch(() => undefined);
  if (!callback) throw new JourneyFault(`${action} was acknowledged, but on_${action} did not come`);
  if (callback.error) throw new JourneyFault(`${action} was refused: ${JSON.stringify(callback.error)}`);
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
  const searched = await buyer.search(intentAround(gps, 25));
  const { transactionId } = searched;
  const { catalog } = await answered(buyer, 'search', searched);
  const place = connectorsOf(catalog).find((one) => one.connectorId === wanted && isFree(one));
  if (!place) throw new JourneyFault(`${wanted} is not on offer: ${JSON.stringify(connectorsOf(catalog))}`);
  const { providerId, stationId, chargePointId, connectorId } = place;
  const option = { code: 'amount', value: String(amount) } as const;
  const choice: Choice = { providerId, stationId, chargePointId, connectorId, option };

  await answered(buyer, 'select', await buyer.select(choice, { transactionId }));
  const { order: draft } = await answered(buyer, 'init', await buyer.init(choice, { transactionId }));
  const value = textOf(at(draft, 'quote', 'price', 'value'));
  const currency = textOf(at(draft, 'quote', 'price', 'currency'));
  const confirmed = await buyer.confirm(choice, { value, currency }, { transactionId });
  const { order } = await answered(buyer, 'confirm', confirmed);
  const orderId = textOf(at(order, 'id'));
  if (!orderId) throw new JourneyFault('on_confirm carried no order id');
  const cost = hundredths(textOf(at(list(at(draft, 'quote', 'breakup'))[0], 'price', 'value')));
  return { orderId, transactionId, place, choice, paid: hundredths(value) ?? 0, authorisedCost: cost ?? 0 };
}

export const orderOf = (callback: Callback): Json | undefined =>
  isJson(callback.message?.order) ? callback.message.order : undefined;

const tellsEnd = (callback: Callback, orderId: string): boolean => {
  const order = orderOf(callback);
  return callback.action === 'on_status' && order?.id === orderId && textOf(order.status) !== 'ACTIVE';
};

/** The callback that says that it is over. @errors JourneyFault */
export async function untilEnded(buyer: BuyerApp, orderId: string, withinMs: number): Promise<Callback> {
  const ended = await buyer.waitFor((one) => tellsEnd(one, orderId), withinMs).catch(() => undefined);
  if (!ended) throw new JourneyFault(`order ${orderId} was never told as ended`);
  return ended;
}

/** How often the end was told, and the energies told on the way, hundredths of a kWh. */
export function storyOf(buyer: BuyerApp, orderId: string): { endings: number; told: number[] } {
  const fresh = buyer.callbacks.filter((one) => !one.repeat);
  const told = fresh
    .filter((one) => one.action === 'on_status' && orderOf(one)?.id === orderId)
    .flatMap((one) => tagValues(orderOf(one), 'charging-session-details').get('energy_delivered') ?? [])
    .flatMap((text) => hundredths(text) ?? []);
  return { endings: fresh.filter((one) => tellsEnd(one, orderId)).length, told };
}
