/**
 * Serves the client API: it has a developer's request signed and sent to the provider, and returns the resulting
 * callbacks. It also shows the catalogue, the orders and all callbacks received so far.
 */
import { jsonResponse, type HttpRequest, type HttpResponse } from '../runtime/http-server.js';
import { isJson, parseJson, textOf, type Json } from '../runtime/json.js';
import type { BuyerAppOptions, ReceivedCallback, SendOverrides, SentRequest } from './buyer-options.js';
import { orderIdIn, type CallbackInbox } from './callback-inbox.js';
import { UEI_CHARGING_ENVELOPE, type ContextNames } from './envelope.js';

export interface ClientApiDeps {
  readonly options: BuyerAppOptions;
  readonly inbox: CallbackInbox;
  send(action: string, message: Json, overrides?: SendOverrides): Promise<SentRequest>;
  /** Returns the overrides that put a request into the transaction of an order; none if the order is unknown. */
  overridesForOrder(orderId: string): SendOverrides;
}

const SEARCHES: readonly string[] = ['search', 'discover'];
const ACTIONS = [
  ...SEARCHES,
  'select',
  'init',
  'confirm',
  'status',
  'update',
  'cancel',
  'track',
  'support',
  'rating',
  'rate',
];

/**
 * Returns the context fields that are not copied from a pasted request. The transaction and message ids are among them,
 * because they are handled separately.
 */
function overwrittenFields({ domain: _domain, ...ids }: ContextNames): string[] {
  return ['action', 'timestamp', ...Object.values(ids as { readonly [name: string]: string })];
}

const DEFAULT_CALLBACK_TIMEOUT_MS = 30_000;
const DEFAULT_SEARCH_WINDOW_MS = 500;

/**
 * Returns the text of a field, or `undefined` if it is empty or an unfilled `{{placeholder}}` of a request collection.
 */
const filledText = (value: unknown): string | undefined => {
  const text = textOf(value);
  return text === '' || /^\{\{.*\}\}$/.test(text) ? undefined : text;
};

const badRequest = (message: string): HttpResponse => jsonResponse(400, { error: { code: '400', message } });

export class ClientApi {
  readonly #deps: ClientApiDeps;
  readonly #usedMessageIds = new Set<string>();

  constructor(deps: ClientApiDeps) {
    this.#deps = deps;
  }

  /** @returns `undefined` if the API does not serve this method and path. */
  async handle({ method, path, raw }: HttpRequest): Promise<HttpResponse | undefined> {
    const action = /^\/client\/([a-z]+)$/.exec(path)?.[1];
    if (method === 'POST' && action !== undefined && ACTIONS.includes(action)) return this.#request(action, raw);
    return method === 'GET' ? this.#view(path) : undefined;
  }

  async #request(action: string, raw: Buffer): Promise<HttpResponse> {
    const body = raw.length === 0 ? {} : parseJson(raw.toString('utf8'));
    if (body === undefined) return badRequest('The body is not JSON.');
    if (!isJson(body)) return badRequest('The body is not a JSON object.');
    const context = isJson(body.context) ? body.context : {};
    const message = isJson(body.message) ? body.message : action === 'search' ? { intent: {} } : {};
    const sent = await this.#deps.send(action, message, this.#overridesFor(context, message));
    if (!sent.ack) {
      const error = isJson(sent.body) && isJson(sent.body.error) ? sent.body.error : { message: textOf(sent.body) };
      return jsonResponse(sent.status >= 400 ? sent.status : 502, { context: sent.context, responses: [], error });
    }
    const callbacks = await this.#collect(action, sent.messageId);
    const responses = callbacks.map(({ context: callbackContext, message: answer, error }) => ({
      context: callbackContext,
      ...(answer ? { message: answer } : {}),
      ...(error ? { error } : {}),
    }));
    return jsonResponse(callbacks.length > 0 ? 200 : 504, { context: sent.context, responses });
  }

  /**
   * Builds the overrides for a pasted request. They keep the text fields and the location of its context, except those
   * that the buyer app must set itself. The message id is kept only on its first use, and a known order decides the
   * transaction.
   */
  #overridesFor(context: Json, message: Json): SendOverrides {
    const { names } = this.#deps.options.envelope ?? UEI_CHARGING_ENVELOPE;
    const overwritten = overwrittenFields(names);
    const orderId = textOf(message.order_id) || orderIdIn(message.order ?? message.contract);
    const knownId = this.#deps.overridesForOrder(orderId).transactionId;
    const transactionId = knownId ?? filledText(context[names.transactionId]);
    const messageId = filledText(context[names.messageId]);
    // A pasted request is often sent twice. Under the same message id the second would be refused as a changed repeat.
    const isFirstUse = messageId !== undefined && !this.#usedMessageIds.has(messageId);
    if (messageId !== undefined) this.#usedMessageIds.add(messageId);
    const filledFields = Object.entries(context).filter(
      ([key, value]) => !overwritten.includes(key) && filledText(value) !== undefined,
    );
    const location = isJson(context.location) ? { location: context.location } : {};
    return {
      context: { ...Object.fromEntries(filledFields), ...location },
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(isFirstUse ? { messageId } : {}),
    };
  }

  /** Waits for the callback to a request and, after a search, for those that follow it within the search window. */
  async #collect(action: string, messageId: string): Promise<ReceivedCallback[]> {
    const { inbox, options } = this.#deps;
    const {
      clock,
      callbackTimeoutMs = DEFAULT_CALLBACK_TIMEOUT_MS,
      searchWindowMs = DEFAULT_SEARCH_WINDOW_MS,
    } = options;
    const isAnswer = (callback: ReceivedCallback): boolean => callback.messageId === messageId && !callback.repeat;
    await inbox.waitFor(isAnswer, callbackTimeoutMs).catch(() => undefined);
    if (SEARCHES.includes(action) && inbox.callbacks.some(isAnswer)) {
      await new Promise<void>((resolve) => clock.callLater(searchWindowMs, resolve));
    }
    return inbox.callbacks.filter(isAnswer);
  }

  #view(path: string): HttpResponse | undefined {
    const { inbox } = this.#deps;
    if (path === '/client/catalog') return jsonResponse(200, inbox.catalogue() ?? {});
    if (path === '/client/callbacks') return jsonResponse(200, inbox.callbacks);
    if (path !== '/client/orders') return undefined;
    const orders = [...inbox.orders.values()].map(({ id, transactionId, order, at }) => ({
      id,
      transaction_id: transactionId,
      status: order.status,
      at: new Date(at).toISOString(),
      order,
    }));
    return jsonResponse(200, orders);
  }
}
