/** A sandbox buyer app (BAP): signs requests, verifies callbacks, remembers its orders. */
import { authorizationHeader, loadSodium } from '../beckn/signing/signature.js';
import { demoBilling, paidPayment, selectedOrder, type Choice } from './buyer-app/request-messages.js';
import { createBuyerClient } from './buyer-app/client-api.js';
import {
  isJson,
  textOf,
  type BuyerAppOptions,
  type ReceivedCallback,
  type Json,
  type SendOverrides,
  type SentRequest,
} from './buyer-app/buyer-options.js';
import { createCallbackInbox, type CallbackInbox } from './buyer-app/callback-inbox.js';

export interface BuyerApp extends CallbackInbox {
  start(): Promise<{ url: string; bapUri: string }>;
  stop(): Promise<void>;
  /** Signs and posts one request. */
  /** @param message Absent for the meta API, whose requests have none. */
  send(action: string, message: Json | undefined, overrides?: SendOverrides): Promise<SentRequest>;
  /** A new journey; everything when no intent is given. */
  search(intent?: Json, overrides?: SendOverrides): Promise<SentRequest>;
  select(choice: Choice, overrides?: SendOverrides): Promise<SentRequest>;
  init(choice: Choice, overrides?: SendOverrides): Promise<SentRequest>;
  /** @param payment The quote's price as it was written: major units. */
  confirm(
    choice: Choice,
    payment: { value: string; currency: string },
    overrides?: SendOverrides,
  ): Promise<SentRequest>;
  status(orderId: string, overrides?: SendOverrides): Promise<SentRequest>;
  update(orderId: string, choice: Choice, overrides?: SendOverrides): Promise<SentRequest>;
  stopCharging(orderId: string, overrides?: SendOverrides): Promise<SentRequest>;
  cancel(orderId: string, overrides?: SendOverrides): Promise<SentRequest>;
  track(orderId: string, overrides?: SendOverrides): Promise<SentRequest>;
  support(orderId: string, overrides?: SendOverrides): Promise<SentRequest>;
  rating(orderId: string, value: string, overrides?: SendOverrides): Promise<SentRequest>;
}

const SIGNATURE_TTL_S = 300;

export function createBuyerApp(options: BuyerAppOptions): BuyerApp {
  const { clock, random } = options;
  let bapUri = options.publicBaseUrl ?? '';
  const inbox = createCallbackInbox(options, (incoming) => client(incoming));

  function contextFor(action: string, overrides: SendOverrides): Json {
    const provider = action === 'search' ? {} : { bpp_id: options.bppId, bpp_uri: options.bppUri };
    return {
      domain: 'uei:charging',
      location: { city: { name: 'Bangalore', code: 'std:080' }, country: { name: 'India', code: 'IND' } },
      action,
      version: '1.0.0',
      bap_id: options.subscriberId,
      bap_uri: bapUri,
      ...provider,
      transaction_id: overrides.transactionId ?? random.uuid(),
      message_id: overrides.messageId ?? random.uuid(),
      timestamp: new Date(clock.now()).toISOString(),
      ttl: 'PT10M',
      ...overrides.context,
    };
  }

  function sign(body: Uint8Array): string {
    const created = Math.floor(clock.now() / 1_000) - 5;
    const { subscriberId, keyId, secretKey } = options;
    return authorizationHeader({ subscriberId, keyId, secretKey, body, created, expires: created + SIGNATURE_TTL_S });
  }

  async function post(action: string, text: string, authorization: string | undefined) {
    const url = `${options.bppUri.replace(/\/$/, '')}/${action}`;
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    try {
      const response = await fetch(url, { method: 'POST', headers, body: text, signal: AbortSignal.timeout(15_000) });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: '', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async function send(action: string, message: Json | undefined, overrides: SendOverrides = {}): Promise<SentRequest> {
    const context = contextFor(action, overrides);
    const signed = JSON.stringify({ context, message });
    const text = overrides.tamper?.(signed) ?? signed;
    const messageId = textOf(context.message_id);
    options.onMessage?.('out', action, text, clock.now(), messageId);
    const answer = await post(action, text, overrides.unsigned ? undefined : sign(Buffer.from(signed)));
    if (answer.text) options.onMessage?.('in', action, answer.text, clock.now(), messageId);
    let body: unknown = answer.text;
    try {
      body = JSON.parse(answer.text);
    } catch {
      // Not JSON: kept as the text that it is.
    }
    const said = isJson(body) && isJson(body.message) && isJson(body.message.ack) ? body.message.ack.status : undefined;
    return {
      status: answer.status,
      body: answer.reason ?? body,
      ack: answer.status >= 200 && answer.status < 300 && said === 'ACK',
      context,
      messageId,
      transactionId: textOf(context.transaction_id),
    };
  }

  /** After the confirm an order is spoken of in the transaction that made it. */
  const about = (orderId: string, overrides: SendOverrides = {}): SendOverrides => {
    const transactionId = overrides.transactionId ?? inbox.orders.get(orderId)?.transactionId;
    return { ...overrides, ...(transactionId === undefined ? {} : { transactionId }) };
  };

  const client = createBuyerClient({ options, inbox, send, overridesForOrder: about });

  return {
    ...inbox,
    async start() {
      await loadSodium();
      const port = await inbox.open();
      const url = `http://${options.host}:${port}`;
      bapUri = options.publicBaseUrl ?? `${url}/bap`;
      return { url, bapUri };
    },
    stop: () => inbox.close(),
    send,
    search: (intent = {}, overrides) => send('search', { intent }, overrides),
    select: (choice, overrides) => send('select', { order: selectedOrder(choice) }, overrides),
    init: (choice, overrides) =>
      send('init', { order: { ...selectedOrder(choice), billing: demoBilling(clock.now()) } }, overrides),
    confirm(choice, payment, overrides) {
      const payments = [paidPayment(payment.value, payment.currency, `pay-${random.base32(10)}`)];
      const order = { ...selectedOrder(choice), billing: demoBilling(clock.now()), payments };
      return send('confirm', { order }, overrides);
    },
    status: (orderId, overrides) => send('status', { order_id: orderId }, about(orderId, overrides)),
    update(orderId, choice, overrides) {
      const order = { id: orderId, ...selectedOrder(choice) };
      return send('update', { update_target: 'item,billing,fulfillment', order }, about(orderId, overrides));
    },
    stopCharging(orderId, overrides) {
      const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
      return send('cancel', { order_id: orderId, descriptor }, about(orderId, overrides));
    },
    cancel(orderId, overrides) {
      const descriptor = { short_desc: 'The plan has changed' };
      return send('cancel', { order_id: orderId, cancellation_reason_id: '1', descriptor }, about(orderId, overrides));
    },
    track(orderId, overrides) {
      return send('track', { order_id: orderId, callback_url: `${bapUri}/on_track` }, about(orderId, overrides));
    },
    support: (orderId, overrides) => send('support', { support: { ref_id: orderId } }, about(orderId, overrides)),
    rating(orderId, value, overrides) {
      const ratings = [{ id: orderId, rating_category: 'Order', value }];
      return send('rating', { ratings }, about(orderId, overrides));
    },
  };
}

export type { ReceivedCallback as Callback };
