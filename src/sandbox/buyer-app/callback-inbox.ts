/** Where callbacks arrive: verified, kept, waited for; and where the buyer app misbehaves when it is told to. */
import { createHash } from 'node:crypto';
import { isJson, textOf, type BuyerAppOptions, type ReceivedCallback, type Json } from './buyer-options.js';
import { createCallbackVerifier } from './callback-verification.js';
import { isCallback } from './callback-actions.js';
import { createHttpListener, type HttpRequest, type HttpResponse } from '../runtime/http-server.js';

export interface OrderSnapshot {
  readonly id: string;
  readonly transactionId: string;
  /** The order as the newest callback told it. */
  readonly order: Json;
  readonly at: number;
}

export interface CallbackInbox {
  /** Everything that was verified, oldest first, repeats included. */
  readonly callbacks: readonly ReceivedCallback[];
  /** Why callbacks were not believed. */
  readonly rejected: readonly string[];
  readonly orders: ReadonlyMap<string, OrderSnapshot>;
  /** The newest catalogue. */
  catalogue(): Json | undefined;
  /**
   * The first callback, past or to come, that is so.
   * @errors Rejects after `ms` of the clock.
   */
  waitFor(so: (callback: ReceivedCallback) => boolean, ms: number): Promise<ReceivedCallback>;
  /** Answers the next `times` callbacks with 500. */
  failNext(times: number): void;
  /** Answers the next `times` callbacks with a NACK. */
  nackNext(times: number): void;
  /** Answers every callback so much later, ms of the clock; 0 is as usual. */
  delayAnswers(ms: number): void;
  /** Stops listening. */
  stopListening(): Promise<void>;
  /** Listens again, on the same port. */
  resumeListening(): Promise<void>;
  open(): Promise<number>;
  close(): Promise<void>;
}

const ACK = '{"message":{"ack":{"status":"ACK"}}}';

function nackBody(code: string, message: string): string {
  return JSON.stringify({ message: { ack: { status: 'NACK' } }, error: { code, message } });
}

export function createCallbackInbox(
  options: BuyerAppOptions,
  otherwise: (incoming: HttpRequest) => Promise<HttpResponse | undefined>,
): CallbackInbox {
  const { clock } = options;
  const callbacks: ReceivedCallback[] = [];
  const rejected: string[] = [];
  const orders = new Map<string, OrderSnapshot>();
  const watchers = new Set<(callback: ReceivedCallback) => void>();
  const seen = new Set<string>();
  let catalogue: Json | undefined;
  let refusals = 0;
  let nacks = 0;
  let slowMs = 0;
  const { registryUrl, subscriberId, bppId } = options;
  const check = createCallbackVerifier({ registryUrl, subscriberId, bppId, now: () => clock.now() });
  const listener = createHttpListener(options.host, options.port, serve);

  function keep(action: string, body: Json, context: Json, text: string): void {
    const print = createHash('sha256').update(text).digest('base64');
    const callback: ReceivedCallback = {
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

  async function receive(action: string, incoming: HttpRequest): Promise<HttpResponse> {
    if (slowMs > 0) await new Promise<void>((resolve) => clock.callLater(slowMs, resolve));
    if (refusals > 0) {
      refusals -= 1;
      return { status: 500, text: nackBody('500', 'This buyer app was told to fail.') };
    }
    if (nacks > 0) {
      nacks -= 1;
      return { status: 200, text: nackBody('400', 'This buyer app was told to refuse.') };
    }
    const verdict = await check(action, incoming.headers.authorization, incoming.raw);
    if ('reason' in verdict) {
      rejected.push(`${action}: ${verdict.reason}`);
      return { status: verdict.status, text: nackBody(String(verdict.status), verdict.reason) };
    }
    keep(action, verdict.body, verdict.context, incoming.raw.toString('utf8'));
    return { status: 200, text: ACK };
  }

  async function serve(incoming: HttpRequest): Promise<HttpResponse> {
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
        const cancel = clock.callLater(ms, () => {
          watchers.delete(watcher);
          reject(new Error(`no such callback within ${ms} ms`));
        });
        const watcher = (callback: ReceivedCallback): void => {
          if (!so(callback)) return;
          watchers.delete(watcher);
          cancel();
          resolve(callback);
        };
        watchers.add(watcher);
      });
    },
    failNext: (times) => void (refusals = times),
    nackNext: (times) => void (nacks = times),
    delayAnswers: (ms) => void (slowMs = ms),
    stopListening: () => listener.close(),
    resumeListening: async () => void (await listener.open()),
    open: () => listener.open(),
    close: () => listener.close(),
  };
}
