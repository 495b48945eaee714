/** The synchronous client: a local developer's unsigned request in, the callbacks that answered it out. */
import {
  isJson,
  textOf,
  type BuyerAppOptions,
  type ReceivedCallback,
  type Json,
  type SendOverrides,
  type SentRequest,
} from './buyer-options.js';
import type { CallbackInbox } from './callback-inbox.js';
import type { HttpRequest, HttpResponse } from '../runtime/http-server.js';

export interface BuyerClientDeps {
  readonly options: BuyerAppOptions;
  readonly inbox: CallbackInbox;
  send(action: string, message: Json, overrides?: SendOverrides): Promise<SentRequest>;
  overridesForOrder(orderId: string): SendOverrides;
}

const ACTIONS = ['search', 'select', 'init', 'confirm', 'status', 'update', 'cancel', 'track', 'support', 'rating'];

/** Ours to say, whatever was pasted: who we are, whom we call, and when. */
const OVERWRITTEN_FIELDS = [
  'action',
  'bap_id',
  'bap_uri',
  'bpp_id',
  'bpp_uri',
  'timestamp',
  'transaction_id',
  'message_id',
];

const jsonResponse = (status: number, value: unknown): HttpResponse => ({ status, text: JSON.stringify(value) });

/** A value that a person filled in: `{{placeholders}}` of request collections are not. */
const filledText = (value: unknown): string | undefined => {
  const text = textOf(value);
  return text === '' || /^\{\{.*\}\}$/.test(text) ? undefined : text;
};

export function createBuyerClient(deps: BuyerClientDeps): (incoming: HttpRequest) => Promise<HttpResponse | undefined> {
  const { options, inbox, send } = deps;
  const { clock, callbackTimeoutMs: patienceMs = 30_000, searchWindowMs = 500 } = options;
  const used = new Set<string>();

  /** The pasted context where it says something, ours where it must be. */
  function overridesFor(context: Json, message: Json): SendOverrides {
    const orderId = textOf(message.order_id) || (isJson(message.order) ? textOf(message.order.id) : '');
    const known = deps.overridesForOrder(orderId).transactionId;
    const transactionId = known ?? filledText(context.transaction_id);
    const messageId = filledText(context.message_id);
    // A pasted request is often sent twice; with the same id it would be a changed repeat.
    const fresh = messageId !== undefined && !used.has(messageId);
    if (messageId !== undefined) used.add(messageId);
    const kept = Object.entries(context).filter(
      ([key, value]) => !OVERWRITTEN_FIELDS.includes(key) && filledText(value) !== undefined,
    );
    const location = isJson(context.location) ? { location: context.location } : {};
    return {
      context: { ...Object.fromEntries(kept), ...location },
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(fresh ? { messageId } : {}),
    };
  }

  /** The callbacks with this message id: the first, and for a search those that come shortly after. */
  async function collect(action: string, messageId: string): Promise<ReceivedCallback[]> {
    const ours = (callback: ReceivedCallback): boolean => callback.messageId === messageId && !callback.repeat;
    await inbox.waitFor(ours, patienceMs).catch(() => undefined);
    if (action === 'search' && inbox.callbacks.some(ours)) {
      await new Promise<void>((resolve) => clock.callLater(searchWindowMs, resolve));
    }
    return inbox.callbacks.filter(ours);
  }

  async function run(action: string, raw: Buffer): Promise<HttpResponse> {
    let body: unknown;
    try {
      body = raw.length === 0 ? {} : JSON.parse(raw.toString('utf8'));
    } catch (error) {
      return jsonResponse(400, { error: { code: '400', message: `The body is no JSON: ${String(error)}` } });
    }
    if (!isJson(body)) return jsonResponse(400, { error: { code: '400', message: 'The body is no JSON object.' } });
    const context = isJson(body.context) ? body.context : {};
    const message = isJson(body.message) ? body.message : action === 'search' ? { intent: {} } : {};
    const sent = await send(action, message, overridesFor(context, message));
    if (!sent.ack) {
      const error = isJson(sent.body) && isJson(sent.body.error) ? sent.body.error : { message: textOf(sent.body) };
      return jsonResponse(sent.status >= 400 ? sent.status : 502, { context: sent.context, responses: [], error });
    }
    const found = await collect(action, sent.messageId);
    const responses = found.map(({ context: said, message: told, error }) => ({
      context: said,
      ...(told ? { message: told } : {}),
      ...(error ? { error } : {}),
    }));
    return jsonResponse(found.length > 0 ? 200 : 504, { context: sent.context, responses });
  }

  function look(path: string): HttpResponse | undefined {
    if (path === '/client/catalog') return jsonResponse(200, inbox.catalogue() ?? {});
    if (path === '/client/callbacks') return jsonResponse(200, inbox.callbacks);
    if (path !== '/client/orders') return undefined;
    const rows = [...inbox.orders.values()].map(({ id, transactionId, order, at }) => ({
      id,
      transaction_id: transactionId,
      status: order.status,
      at: new Date(at).toISOString(),
      order,
    }));
    return jsonResponse(200, rows);
  }

  return async ({ method, path, raw }) => {
    const action = /^\/client\/([a-z]+)$/.exec(path)?.[1];
    if (method === 'POST' && action !== undefined && ACTIONS.includes(action)) return run(action, raw);
    if (method === 'GET') return look(path);
    return undefined;
  };
}
