/**
 * Verifies and records callbacks, and lets callers wait for them. On request, it answers late, or with errors or NACKs.
 */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../runtime/http-server.js';
import { isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import type { BuyerAppOptions, ReceivedCallback } from './buyer-options.js';
import { CallbackVerifier } from './callback-verification.js';
import { ackBody, UEI_CHARGING_ENVELOPE, type Envelope } from './envelope.js';

export interface OrderSnapshot {
  readonly id: string;
  readonly transactionId: string;
  /** The order as in the latest callback about it. */
  readonly order: Json;
  /** When that callback arrived, epoch ms. */
  readonly at: number;
}

export class CallbackInbox {
  readonly #callbacks: ReceivedCallback[] = [];
  readonly #rejected: string[] = [];
  readonly #orders = new Map<string, OrderSnapshot>();
  readonly #options: BuyerAppOptions;
  readonly #envelope: Envelope;
  readonly #verifier: CallbackVerifier;
  readonly #watchers = new Set<(callback: ReceivedCallback) => void>();
  /** SHA-256 of the verified bodies so far, in base64. */
  readonly #bodyHashes = new Set<string>();
  #catalogue: Json | undefined;
  #failuresLeft = 0;
  #nacksLeft = 0;
  #answerDelayMs = 0;

  constructor(options: BuyerAppOptions) {
    const { clock, registryUrl, subscriberId, bppId, envelope = UEI_CHARGING_ENVELOPE } = options;
    const { names } = envelope;
    this.#options = options;
    this.#envelope = envelope;
    this.#verifier = new CallbackVerifier({ registryUrl, subscriberId, bppId, names, now: () => clock.now() });
  }

  /** All verified callbacks, oldest first, repeats included. */
  get callbacks(): readonly ReceivedCallback[] {
    return this.#callbacks;
  }

  /** The action of each callback that failed verification, and the reason. */
  get rejected(): readonly string[] {
    return this.#rejected;
  }

  get orders(): ReadonlyMap<string, OrderSnapshot> {
    return this.#orders;
  }

  /** Returns the latest catalogue; `undefined` before the first one. */
  catalogue(): Json | undefined {
    return this.#catalogue;
  }

  /**
   * Returns the first matching callback, after waiting for it if none has arrived yet.
   * @errors Rejects if none arrives within `ms`, measured by the app's clock.
   */
  waitFor(matches: (callback: ReceivedCallback) => boolean, ms: number): Promise<ReceivedCallback> {
    const arrived = this.#callbacks.find(matches);
    if (arrived) return Promise.resolve(arrived);
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#options.clock.callLater(ms, () => {
        this.#watchers.delete(watcher);
        reject(new Error(`no matching callback came within ${ms} ms`));
      });
      const watcher = (callback: ReceivedCallback): void => {
        if (!matches(callback)) return;
        this.#watchers.delete(watcher);
        cancelTimeout();
        resolve(callback);
      };
      this.#watchers.add(watcher);
    });
  }

  /** Answers the next `times` callbacks with 500. */
  failNext(times: number): void {
    this.#failuresLeft = times;
  }

  /** Answers the next `times` callbacks with a NACK. */
  nackNext(times: number): void {
    this.#nacksLeft = times;
  }

  /** Delays every answer by `ms`, measured by the app's clock; 0 ends the delay. */
  delayAnswers(ms: number): void {
    this.#answerDelayMs = ms;
  }

  /** Answers one callback, and records it if it can be verified. */
  async receive(action: string, { headers, raw }: HttpRequest): Promise<HttpResponse> {
    const { clock } = this.#options;
    if (this.#answerDelayMs > 0) await new Promise<void>((resolve) => clock.callLater(this.#answerDelayMs, resolve));
    if (this.#failuresLeft > 0) {
      this.#failuresLeft -= 1;
      return this.#nack(500, '500', 'This buyer app was set to fail.');
    }
    if (this.#nacksLeft > 0) {
      this.#nacksLeft -= 1;
      return this.#nack(200, '400', 'This buyer app was set to refuse.');
    }
    const result = await this.#verifier.verify(action, headers.authorization, raw);
    if ('reason' in result) {
      this.#rejected.push(`${action}: ${result.reason}`);
      return this.#nack(result.status, String(result.status), result.reason);
    }
    this.#record(action, result.body, result.context, raw);
    return { status: 200, text: ackBody(this.#envelope.ackForm, 'ACK') };
  }

  #nack(status: number, code: string, message: string): HttpResponse {
    return { status, text: ackBody(this.#envelope.ackForm, 'NACK', { code, message }) };
  }

  #record(action: string, body: Json, context: Json, raw: Buffer): void {
    const { names } = this.#envelope;
    const hash = createHash('sha256').update(raw).digest('base64');
    const callback: ReceivedCallback = {
      action,
      messageId: textOf(context[names.messageId]),
      transactionId: textOf(context[names.transactionId]),
      context,
      ...(isJson(body.message) ? { message: body.message } : {}),
      ...(isJson(body.error) ? { error: body.error } : {}),
      at: this.#options.clock.now(),
      repeat: this.#bodyHashes.has(hash),
    };
    this.#bodyHashes.add(hash);
    this.#callbacks.push(callback);
    const { message, transactionId, at } = callback;
    if (isJson(message?.catalog)) this.#catalogue = message.catalog;
    const order = message?.order ?? message?.contract;
    const id = orderIdIn(order);
    if (isJson(order) && id !== '') this.#orders.set(id, { id, transactionId, order, at });
    for (const watcher of [...this.#watchers]) watcher(callback);
  }
}

/** Returns the id of an order or contract in any dialect, or '' if it has none. */
export const orderIdIn = (order: unknown): string => textOf(valueAt(order, 'id')) || textOf(valueAt(order, 'beckn:id'));
