/** Where callbacks arrive: verified, kept, waited for; and where the buyer app misbehaves when it is told to. */
import { createHash } from 'node:crypto';
import { isJson, textOf, type BuyerAppOptions, type Callback, type Json } from './buyer-options.js';
import { createCallbackCheck } from './callback-verification.js';
import { isCallback } from './callback-actions.js';
import { createHttpListener, type Incoming, type Outgoing } from '../runtime/http-server.js';

export interface KnownOrder {
  readonly id: string;
  readonly transactionId: string;
  /** The order as the newest callback told it. */
  readonly order: Json;
  readonly at: number;
}

export interface CallbackInbox {
  /** Everything that was verified, oldest first, repeats included. */
  readonly callbacks: readonly Callback[];
  /** Why callbacks were not believed. */
  readonly rejected: readonly string[];
  readonly orders: ReadonlyMap<string, KnownOrder>;
  /** The newest catalogue. */
  catalogue(): Json | undefined;
  /**
   * The first callback, past or to come, that is so.
   * @errors Rejects after `ms` of the clock.
   */
  waitFor(so: (callback: Callback) => boolean, ms: number): Promise<Callback>;
  /** Answers the next `times` callbacks with 500. */
  refuse(times: number): void;
  /** Answers the next `times` callbacks with a NACK. */
  nack(times: number): void;
  /** Answers every callback so much later, ms of the clock; 0 is as usual. */
  slow(ms: number): void;
  /** Stops listening. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  open(): Promise<number>;
  close(): Promise<void>;
}

const ACK = '{"message":{"ack":{"status":"ACK"}}}';

function nackText(code: string, message: string): string {
  return JSON.stringify({ message: { ack: { status: 'NACK' } }, error: { code, message } });
}

export function createCallbackInbox(
  options: BuyerAppOptions,
  otherwise: (incoming: Incoming) => Promise<Outgoing | undefined>,
): CallbackInbox {
  const { clock } = options;
  const callbacks: Callback[] = [];
  const rejected: string[] = [];
  const orders = new Map<string, KnownOrder>();
  const watchers = new Set<(callback: Callback) => void>();
  const seen = new Set<string>();
  let catalogue: Json | undefined;
  let refusals = 0;
  let nacks = 0;
  let slowMs = 0;
  const { registryUrl, subscriberId, bppId } = options;
  const check = createCallbackCheck({ registryUrl, subscriberId, bppId, now: () => clock.now() });
  const listener = createHttpListener(options.host, options.port, serve);

  function keep(action: string, body: Json, context: Json, text: string): void {
    const print = createHash('sha256').update(text).digest('base64');
    const callback: Callback = {
      action,
      messageId: textOf(context.message_id),
      transactionId: textOf(context.transaction_id),
      context,
      ...(isJson(body.message) ? { message: body.message } : {}),
      ...(isJson(body.error) ? { error: body.error } : {}),
      at: clock.now(),
      repeat: seen.has(print),
    };
    seen.add(print);
    callbacks.push(callback);
    const { message, transactionId, at } = callback;
    if (isJson(message?.catalog)) catalogue = message.catalog;
    const order = message?.order;
    if (isJson(order) && textOf(order.id)) {
      const id = textOf(order.id);
      orders.set(id, { id, transactionId, order, at });
    }
    for (const watcher of [...watchers]) watcher(callback);
  }

  async function receive(action: string, incoming: Incoming): Promise<Outgoing> {
    if (slowMs > 0) await new Promise<void>((resolve) => clock.after(slowMs, resolve));
    if (refusals > 0) {
      refusals -= 1;
      return { status: 500, text: nackText('500', 'This buyer app was told to fail.') };
    }
    if (nacks > 0) {
      nacks -= 1;
      return { status: 200, text: nackText('400', 'This buyer app was told to refuse.') };
    }
    const verdict = await check(action, incoming.headers.authorization, incoming.raw);
    if ('reason' in verdict) {
      rejected.push(`${action}: ${verdict.reason}`);
      return { status: verdict.status, text: nackText(String(verdict.status), verdict.reason) };
    }
    keep(action, verdict.body, verdict.context, incoming.raw.toString('utf8'));
    return { status: 200, text: ACK };
  }

  async function serve(incoming: Incoming): Promise<Outgoing> {
    const action = incoming.path.slice(incoming.path.lastIndexOf('/') + 1);
    if (incoming.method === 'POST' && isCallback(action)) {
      const text = incoming.raw.toString('utf8');
      const messageId = /"message_id"\s*:\s*"([^"]{1,64})"/.exec(text)?.[1] ?? '';
      options.onMessage?.('in', action, text, clock.now(), messageId);
      const answer = await receive(action, incoming);
      options.onMessage?.('out', action, answer.text, clock.now(), messageId);
      return answer;
    }
    return (await otherwise(incoming)) ?? { status: 404, text: '{"error":"nothing here"}' };
  }

  return {
    callbacks,
    rejected,
    orders,
    catalogue: () => catalogue,
    waitFor(so, ms) {
      const past = callbacks.find(so);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const cancel = clock.after(ms, () => {
          watchers.delete(watcher);
          reject(new Error(`no such callback within ${ms} ms`));
        });
        const watcher = (callback: Callback): void => {
          if (!so(callback)) return;
          watchers.delete(watcher);
          cancel();
          resolve(callback);
        };
        watchers.add(watcher);
      });
    },
    refuse: (times) => void (refusals = times),
    nack: (times) => void (nacks = times),
    slow: (ms) => void (slowMs = ms),
    down: () => listener.close(),
    up: async () => void (await listener.open()),
    open: () => listener.open(),
    close: () => listener.close(),
  };
}
