/**
 * Simulates a buyer app (BAP) that signs requests, verifies callbacks, keeps the latest state of its orders and serves
 * the client API.
 */
import { authorizationHeader, loadSodium } from '../beckn/signing/signature.js';
import type { BuyerAppOptions, SendOverrides, SentRequest } from './buyer-app/buyer-options.js';
import { isCallback } from './buyer-app/callback-actions.js';
import { CallbackInbox } from './buyer-app/callback-inbox.js';
import { ClientApi } from './buyer-app/client-api.js';
import { readAcknowledgement, UEI_CHARGING_ENVELOPE, type Envelope } from './buyer-app/envelope.js';
import { demoBilling, paidPayment, selectedOrder, type Choice } from './buyer-app/request-messages.js';
import { HttpServer, jsonResponse, type HttpRequest, type HttpResponse } from './runtime/http-server.js';
import { parseJson, textOf, type Json } from './runtime/json.js';

const SIGNATURE_TTL_S = 300;
/** How far `created` is backdated, because receivers without a clock tolerance refuse a time in their future. */
const CREATED_OFFSET_S = 5;
const REQUEST_TIMEOUT_MS = 15_000;

export function createBuyerApp(options: BuyerAppOptions): BuyerApp {
  return new BuyerApp(options);
}

/** Each action method (`search`, `select`, …) sends one request. `overrides` change parts of that request. */
export class BuyerApp extends CallbackInbox {
  readonly #options: BuyerAppOptions;
  readonly #envelope: Envelope;
  readonly #server: HttpServer;
  readonly #clientApi: ClientApi;
  #bapUri: string;

  constructor(options: BuyerAppOptions) {
    super(options);
    this.#options = options;
    this.#envelope = options.envelope ?? UEI_CHARGING_ENVELOPE;
    this.#bapUri = options.publicBaseUrl ?? '';
    this.#server = new HttpServer(options.host, options.port, (request) => this.#serve(request));
    this.#clientApi = new ClientApi({
      options,
      inbox: this,
      send: (action, message, overrides) => this.send(action, message, overrides),
      overridesForOrder: (orderId) => this.#overridesForOrder(orderId),
    });
  }

  async start(): Promise<{ url: string; bapUri: string }> {
    await loadSodium();
    const url = `http://${this.#options.host}:${await this.#server.open()}`;
    this.#bapUri = this.#options.publicBaseUrl ?? `${url}/bap`;
    return { url, bapUri: this.#bapUri };
  }

  stop(): Promise<void> {
    return this.#server.close();
  }

  stopListening(): Promise<void> {
    return this.#server.close();
  }

  /** Listens again on the same port. */
  async resumeListening(): Promise<void> {
    await this.#server.open();
  }

  /** Sends a search in a new transaction, unless `overrides` name one. An empty intent asks for the whole catalogue. */
  search(intent: Json = {}, overrides?: SendOverrides): Promise<SentRequest> {
    return this.send('search', { intent }, overrides);
  }

  select(choice: Choice, overrides?: SendOverrides): Promise<SentRequest> {
    return this.send('select', { order: selectedOrder(choice) }, overrides);
  }

  init(choice: Choice, overrides?: SendOverrides): Promise<SentRequest> {
    const billing = demoBilling(this.#options.clock.now());
    return this.send('init', { order: { ...selectedOrder(choice), billing } }, overrides);
  }

  /** @param price The quoted price in major units, exactly as the provider wrote it. */
  confirm(choice: Choice, price: { value: string; currency: string }, overrides?: SendOverrides): Promise<SentRequest> {
    const { clock, random } = this.#options;
    const payments = [paidPayment(price.value, price.currency, `pay-${random.base32(10)}`)];
    const order = { ...selectedOrder(choice), billing: demoBilling(clock.now()), payments };
    return this.send('confirm', { order }, overrides);
  }

  status(orderId: string, overrides?: SendOverrides): Promise<SentRequest> {
    return this.send('status', { order_id: orderId }, this.#overridesForOrder(orderId, overrides));
  }

  update(orderId: string, choice: Choice, overrides?: SendOverrides): Promise<SentRequest> {
    const order = { id: orderId, ...selectedOrder(choice) };
    const message = { update_target: 'item,billing,fulfillment', order };
    return this.send('update', message, this.#overridesForOrder(orderId, overrides));
  }

  /** Sends the `cancel` that ends a running session. */
  stopCharging(orderId: string, overrides?: SendOverrides): Promise<SentRequest> {
    const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
    return this.send('cancel', { order_id: orderId, descriptor }, this.#overridesForOrder(orderId, overrides));
  }

  cancel(orderId: string, overrides?: SendOverrides): Promise<SentRequest> {
    const descriptor = { short_desc: 'The plan has changed' };
    const message = { order_id: orderId, cancellation_reason_id: '1', descriptor };
    return this.send('cancel', message, this.#overridesForOrder(orderId, overrides));
  }

  track(orderId: string, overrides?: SendOverrides): Promise<SentRequest> {
    const message = { order_id: orderId, callback_url: `${this.#bapUri}/on_track` };
    return this.send('track', message, this.#overridesForOrder(orderId, overrides));
  }

  support(orderId: string, overrides?: SendOverrides): Promise<SentRequest> {
    return this.send('support', { support: { ref_id: orderId } }, this.#overridesForOrder(orderId, overrides));
  }

  rating(orderId: string, value: string, overrides?: SendOverrides): Promise<SentRequest> {
    const ratings = [{ id: orderId, rating_category: 'Order', value }];
    return this.send('rating', { ratings }, this.#overridesForOrder(orderId, overrides));
  }

  /**
   * Signs and posts one request.
   * @param message `undefined` for meta API requests, which have none.
   * @errors Never rejects; a request without an answer has status 0.
   */
  async send(action: string, message: Json | undefined, overrides: SendOverrides = {}): Promise<SentRequest> {
    const { clock } = this.#options;
    const context = this.#buildContext(action, overrides);
    const signedText = JSON.stringify({ context, message });
    const text = overrides.tamper?.(signedText) ?? signedText;
    const { names, ackForm } = this.#envelope;
    const messageId = textOf(context[names.messageId]);
    this.#options.onMessage?.({ direction: 'out', action, messageId, text, at: clock.now() });
    const answer = await this.#post(action, text, overrides.unsigned ? undefined : this.#sign(Buffer.from(signedText)));
    if (answer.text)
      this.#options.onMessage?.({ direction: 'in', action, messageId, text: answer.text, at: clock.now() });
    const body = parseJson(answer.text) ?? answer.text;
    return {
      status: answer.status,
      body: answer.reason ?? body,
      ack: answer.status >= 200 && answer.status < 300 && readAcknowledgement(body, ackForm)?.status === 'ACK',
      context,
      messageId,
      transactionId: textOf(context[names.transactionId]),
    };
  }

  /** Assigns a request to the transaction of a known order, unless `overrides` name another transaction. */
  #overridesForOrder(orderId: string, overrides: SendOverrides = {}): SendOverrides {
    const transactionId = overrides.transactionId ?? this.orders.get(orderId)?.transactionId;
    return { ...overrides, ...(transactionId === undefined ? {} : { transactionId }) };
  }

  #buildContext(action: string, overrides: SendOverrides): Json {
    const { bppId, bppUri, subscriberId, random, clock } = this.#options;
    const { domain, version, names } = this.#envelope;
    const location = { city: { name: 'Bangalore', code: 'std:080' }, country: { name: 'India', code: 'IND' } };
    return {
      [names.domain]: domain,
      ...(version.startsWith('1.') && { location }),
      action,
      version,
      [names.bapId]: subscriberId,
      [names.bapUri]: this.#bapUri,
      ...(action !== 'search' && action !== 'discover' && { [names.bppId]: bppId, [names.bppUri]: bppUri }),
      [names.transactionId]: overrides.transactionId ?? random.uuid(),
      [names.messageId]: overrides.messageId ?? random.uuid(),
      timestamp: new Date(clock.now()).toISOString(),
      ttl: 'PT10M',
      ...overrides.context,
    };
  }

  #sign(body: Uint8Array): string {
    const { subscriberId, keyId, secretKey, clock } = this.#options;
    const created = Math.floor(clock.now() / 1_000) - CREATED_OFFSET_S;
    return authorizationHeader({ subscriberId, keyId, secretKey, body, created, expires: created + SIGNATURE_TTL_S });
  }

  async #post(
    action: string,
    body: string,
    authorization: string | undefined,
  ): Promise<{ status: number; text: string; reason?: string }> {
    const url = `${this.#options.bppUri.replace(/\/$/, '')}/${action}`;
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: '', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #serve(request: HttpRequest): Promise<HttpResponse> {
    const action = request.path.slice(request.path.lastIndexOf('/') + 1);
    if (request.method !== 'POST' || !isCallback(action))
      return (await this.#clientApi.handle(request)) ?? jsonResponse(404, { error: 'this path does not exist' });
    const { clock } = this.#options;
    const text = request.raw.toString('utf8');
    const messageId = /"message(?:_id|Id)"\s*:\s*"([^"]{1,64})"/.exec(text)?.[1] ?? '';
    this.#options.onMessage?.({ direction: 'in', action, messageId, text, at: clock.now() });
    const response = await this.receive(action, request);
    this.#options.onMessage?.({ direction: 'out', action, messageId, text: response.text, at: clock.now() });
    return response;
  }
}
