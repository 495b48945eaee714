/** The synchronous client: a local developer's unsigned request in, the callbacks that answered it out. */
import {
  isJson,
  textOf,
  type BuyerAppOptions,
  type Callback,
  type Json,
  type SendOverrides,
  type Sent,
} from './buyer-options.js';
import type { CallbackInbox } from './callback-inbox.js';
import type { Incoming, Outgoing } from '../runtime/http-server.js';

export interface BuyerClientDeps {
  readonly options: BuyerAppOptions;
  readonly inbox: CallbackInbox;
  send(action: string, message: Json, overrides?: SendOverrides): Promise<Sent>;
  about(orderId: string): SendOverrides;
}

const ACTIONS = ['search', 'select', 'init', 'confirm', 'status', 'update', 'cancel', 'track', 'support', 'rating'];

/** Ours to say, whatever was pasted: who we are, whom we call, and when. */
const OURS = ['action', 'bap_id', 'bap_uri', 'bpp_id', 'bpp_uri', 'timestamp', 'transaction_id', 'message_id'];

const json = (status: number, value: unknown): Outgoing => ({ status, text: JSON.stringify(value) });

/** A value that a person filled in: `{{placeholders}}` of request collections are not. */
const filled = (value: unknown): string | undefined => {
  const text = textOf(value);
  return text === '' || /^\{\{.*\}\}$/.test(text) ? undefined : text;
};

export function createBuyerClient(deps: BuyerClientDeps): (incoming: Incoming) => Promise<Outgoing | undefined> {
  const { options, inbox, send } = deps;
  const { clock, patienceMs = 30_000, searchWindowMs = 500 } = options;
  const used = new Set<string>();

  /** The pasted context where it says something, ours where it must be. */
  function overridesFor(context: Json, message: Json): SendOverrides {
    const orderId = textOf(message.order_id) || (isJson(message.order) ? textOf(message.order.id) : '');
    const known = deps.about(orderId).transactionId;
    const transactionId = known ?? filled(context.transaction_id);
    const messageId = filled(context.message_id);
    // A pasted request is often sent twice; with the same id it would be a changed repeat.
    const fresh = messageId !== undefined && !used.has(messageId);
    if (messageId !== undefined) used.add(messageId);
    const kept = Object.entries(context).filter(([key, value]) => !OURS.includes(key) && filled(value) !== undefined);
    const location = isJson(context.location) ? { location: context.location } : {};
    return {
      context: { ...Object.fromEntries(kept), ...location },
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(fresh ? { messageId } : {}),
    };
  }

  /** The callbacks with this message id: the first, and for a search those that come shortly after. */
  async function collect(action: string, messageId: string): Promise<Callback[]> {
    const ours = (callback: Callback): boolean => callback.messageId === messageId && !callback.repeat;
    await inbox.waitFor(ours, patienceMs).catch(() => undefined);
    if (action === 'search' && inbox.callbacks.some(ours)) {
      await new Promise<void>((resolve) => clock.after(searchWindowMs, resolve));
    }
    return inbox.callbacks.filter(ours);
  }

  async function run(action: string, raw: Buffer): Promise<Outgoing> {
    let body: unknown;
    try {
      body = raw.length === 0 ? {} : JSON.parse(raw.toString('utf8'));
    } catch (error) {
      return json(400, { error: { code: '400', message: `The body is no JSON: ${String(error)}` } });
    }
    if (!isJson(body)) return json(400, { error: { code: '400', message: 'The body is no JSON object.' } });
    const context = isJson(body.context) ? body.context : {};
    const message = isJson(body.message) ? body.message : action === 'search' ? { intent: {} } : {};
    const sent = await send(action, message, overridesFor(context, message));
    if (!sent.ack) {
      const error = isJson(sent.body) && isJson(sent.body.error) ? sent.body.error : { message: textOf(sent.body) };
      return json(sent.status >= 400 ? sent.status : 502, { context: sent.context, responses: [], error });
    }
    const found = await collect(action, sent.messageId);
    const responses = found.map(({ context: said, message: told, error }) => ({
      context: said,
      ...(told ? { message: told } : {}),
      ...(error ? { error } : {}),
    }));
    return json(found.length > 0 ? 200 : 504, { context: sent.context, responses });
  }

  function look(path: string): Outgoing | undefined {
    if (path === '/client/catalog') return json(200, inbox.catalogue() ?? {});
    if (path === '/client/callbacks') return json(200, inbox.callbacks);
    if (path !== '/client/orders') return undefined;
    const rows = [...inbox.orders.values()].map(({ id, transactionId, order, at }) => ({
      id,
      transaction_id: transactionId,
      status: order.status,
      at: new Date(at).toISOString(),
      order,
    }));
    return json(200, rows);
  }

  return async ({ method, path, raw }) => {
    const action = /^\/client\/([a-z]+)$/.exec(path)?.[1];
    if (method === 'POST' && action !== undefined && ACTIONS.includes(action)) return run(action, raw);
    if (method === 'GET') return look(path);
    return undefined;
  };
}
