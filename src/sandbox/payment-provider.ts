/**
 * Simulates a payment provider. It issues and closes payment links, takes holds, captures and refunds, and posts signed
 * webhooks. Requests with the same idempotency key get the same answer. On request, it misbehaves: it refuses requests,
 * fails, loses answers, answers before it has acted, loses, repeats or delays webhooks, and books wrong amounts. It can
 * also simulate a buyer's bank that takes a payment back or returns a refund.
 */
import { createHmac } from 'node:crypto';
import type { Clock, Random } from '../ports/runtime.js';
import { HttpServer, jsonResponse, type HttpRequest, type HttpResponse } from './runtime/http-server.js';

export interface PaymentProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** The bearer token that API callers must present. */
  readonly key: string;
  /** The HMAC-SHA-256 key of the webhook signatures. */
  readonly webhookSecret: string;
  /** Whether every link is paid as soon as it is issued. */
  readonly payImmediately?: boolean;
}

/**
 * How the provider misbehaves from now on. Tests set these fields; the provider counts down those with `Next` in their
 * name.
 */
export interface PaymentMisbehaviour {
  /** The number of POST requests still to be refused with 402. Repeats of an answered request do not count. */
  refuseNext: number;
  /** The number of POST requests still to be answered with 503, without any effect. */
  failNext: number;
  /** The number of POST requests still to be carried out without an answer: the connection is cut instead. */
  dropNextAnswers: number;
  /** If true, every API call is answered with 503. Buyers can still pay links. */
  away: boolean;
  /**
   * How long captures and refunds stay pending, ms. Meanwhile, answers show the old totals. `Infinity` means forever.
   */
  pendingMs: number;
  /** How many times each webhook is sent; 0 sends none. */
  copiesPerWebhook: number;
  /** How many of the next webhooks are never sent. */
  loseNextWebhooks: number;
  /** The delay of each webhook, ms. */
  webhookDelayMs: number;
  /** Added to the amount of every payment, hold and refund, but not of captures; minor units. */
  amountError: number;
}

/** A payment as the provider stores it. Amounts are in minor units. */
export interface SandboxPayment {
  readonly id: string;
  readonly order_id: string;
  readonly currency: string;
  /** The requested amount. */
  readonly amount: number;
  /** `hold` or `charge`. */
  readonly mode: string;
  readonly notifyUrl: string;
  readonly state: 'open' | 'held' | 'paid' | 'released' | 'failed';
  readonly held: number;
  readonly paid: number;
  readonly refunded: number;
  /** Epoch ms; NaN if the link never expires. */
  readonly expiresAt: number;
}

interface RequestBody {
  readonly order_id?: string;
  readonly currency?: string;
  readonly amount?: number;
  readonly mode?: string;
  readonly notify_url?: string;
  readonly expires_at?: string;
}

const WEBHOOK_RETRY_MS = 500;
const WEBHOOK_ATTEMPTS = 20;

export function createSandboxPaymentProvider(options: PaymentProviderOptions): SandboxPaymentProvider {
  return new SandboxPaymentProvider(options);
}

export class SandboxPaymentProvider {
  readonly misbehaviour: PaymentMisbehaviour = {
    refuseNext: 0,
    failNext: 0,
    dropNextAnswers: 0,
    away: false,
    pendingMs: 0,
    copiesPerWebhook: 1,
    loseNextWebhooks: 0,
    webhookDelayMs: 0,
    amountError: 0,
  };
  /** Every refund carried out. Repeats under the same idempotency key add none. */
  readonly refunds: { id: string; key: string; amount: number }[] = [];
  /** Counts the attempts to send webhooks, retries included, and those answered with a 2xx status. */
  readonly webhooks = { accepted: 0, sent: 0 };
  readonly #options: PaymentProviderOptions;
  readonly #server: HttpServer;
  readonly #payments = new Map<string, SandboxPayment>();
  /** The answers given, keyed by idempotency key. */
  readonly #answers = new Map<string, string>();
  #url = '';
  #running = false;

  constructor(options: PaymentProviderOptions) {
    this.#options = options;
    this.#server = new HttpServer(options.host, options.port, (request) => this.#answer(request));
  }

  async start(): Promise<{ readonly url: string }> {
    this.#running = true;
    this.#url = `http://${this.#options.host}:${await this.#server.open()}`;
    return { url: this.#url };
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#server.close();
  }

  payments(): readonly SandboxPayment[] {
    return [...this.#payments.values()];
  }

  /** Simulates a buyer who pays a link. @errors Rejects if the link is unknown, expired or no longer open. */
  pay(id: string): Promise<void> {
    const payment = this.#payments.get(id);
    if (payment?.state !== 'open' || payment.expiresAt < this.#options.clock.now())
      return Promise.reject(new Error(`payment ${id} cannot be paid`));
    this.#markPaid(payment);
    return Promise.resolve();
  }

  /** Simulates a buyer's bank that takes the money back. @errors Throws for an unknown payment. */
  chargeBack(id: string): void {
    this.#save({ ...this.#find(id), state: 'failed', held: 0, paid: 0 });
  }

  /** Simulates refunds that the buyer's bank returns. @errors Throws for an unknown payment. */
  undoRefunds(id: string): void {
    this.#save({ ...this.#find(id), refunded: 0 });
  }

  #find(id: string): SandboxPayment {
    const payment = this.#payments.get(id);
    if (!payment) throw new Error(`there is no payment ${id}`);
    return payment;
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    const { method, path, headers } = request;
    const [, paidId] = /^\/pay\/(.+)$/.exec(path) ?? [];
    if (paidId !== undefined) {
      await this.pay(paidId);
      return jsonResponse(200, { thanks: true });
    }
    if (headers.authorization !== `Bearer ${this.#options.key}`)
      return jsonResponse(401, { error: 'the API key is wrong' });
    if (this.misbehaviour.away) return jsonResponse(503, { error: 'try again later' });
    if (method !== 'GET') return this.#answerOnce(request);
    const payment = this.#payments.get(path.replace('/payments/', ''));
    return payment ? jsonResponse(200, this.#view(payment)) : jsonResponse(404, { error: 'no such payment' });
  }

  /** Carries out a request, or repeats the stored answer for its idempotency key, if it has one. */
  #answerOnce({ path, headers, raw }: HttpRequest): HttpResponse {
    const { misbehaviour } = this;
    if (misbehaviour.failNext > 0 && misbehaviour.failNext--) return jsonResponse(503, { error: 'try again later' });
    const key = String(headers['idempotency-key'] ?? '');
    const earlier = this.#answers.get(key);
    if (earlier !== undefined) return { status: 200, text: earlier };
    if (misbehaviour.refuseNext > 0 && misbehaviour.refuseNext--)
      return jsonResponse(402, { error: 'the payment was declined' });
    const payment = this.#carryOut(path, JSON.parse(raw.toString('utf8')) as RequestBody, key);
    if (!payment) return jsonResponse(422, { error: 'the payment does not allow that' });
    const text = JSON.stringify(this.#view(payment));
    if (key !== '') this.#answers.set(key, text);
    if (misbehaviour.dropNextAnswers > 0 && misbehaviour.dropNextAnswers--) throw new Error('the answer is lost');
    return { status: 201, text };
  }

  #carryOut(path: string, body: RequestBody, key: string): SandboxPayment | undefined {
    if (path === '/payments') return this.#issueLink(body);
    const [, id = '', action] = /^\/payments\/([^/]+)\/(capture|refunds|close)$/.exec(path) ?? [];
    const payment = this.#payments.get(id);
    if (!payment) return undefined;
    if (action === 'close') return payment.state === 'open' ? this.#save({ ...payment, state: 'failed' }) : payment;
    const changed = action === 'capture' ? this.#captured(payment, body) : this.#refunded(payment, body, key);
    const { pendingMs } = this.misbehaviour;
    if (!changed || pendingMs === 0) return changed && this.#save(changed);
    const { state, paid } = changed;
    const complete = (): void => {
      const current = this.#find(id);
      const refunded = current.refunded + changed.refunded - payment.refunded;
      this.#save({ ...current, ...(action === 'capture' && { state, paid }), refunded });
    };
    if (Number.isFinite(pendingMs)) this.#options.clock.callLater(pendingMs, complete);
    return payment;
  }

  #issueLink(body: RequestBody): SandboxPayment {
    const { order_id = '', currency = '', amount = 0, mode = 'charge', notify_url = '', expires_at = '' } = body;
    const payment: SandboxPayment = {
      id: `pay_${this.#options.random.base32(16).toLowerCase()}`,
      order_id,
      currency,
      amount,
      mode,
      notifyUrl: notify_url,
      expiresAt: Date.parse(expires_at),
      state: 'open',
      held: 0,
      paid: 0,
      refunded: 0,
    };
    return this.#options.payImmediately ? this.#markPaid(payment) : this.#save(payment);
  }

  #markPaid(payment: SandboxPayment): SandboxPayment {
    const amount = payment.amount + this.misbehaviour.amountError;
    return this.#save(
      payment.mode === 'hold'
        ? { ...payment, state: 'held', held: amount }
        : { ...payment, state: 'paid', paid: amount },
    );
  }

  /** Captures all or part of a hold; the amount 0 releases it. `undefined` if the payment does not allow it. */
  #captured(payment: SandboxPayment, { amount = 0 }: RequestBody): SandboxPayment | undefined {
    if (payment.state !== 'held' || amount > payment.held) return undefined;
    return { ...payment, state: amount === 0 ? 'released' : 'paid', paid: amount };
  }

  #refunded(payment: SandboxPayment, { amount = 0 }: RequestBody, key: string): SandboxPayment | undefined {
    const refunded = amount + this.misbehaviour.amountError;
    if (payment.refunded + refunded > payment.paid) return undefined;
    this.refunds.push({ id: payment.id, key, amount: refunded });
    return { ...payment, refunded: payment.refunded + refunded };
  }

  #save(payment: SandboxPayment): SandboxPayment {
    this.#payments.set(payment.id, payment);
    if (this.misbehaviour.loseNextWebhooks > 0 && this.misbehaviour.loseNextWebhooks--) return payment;
    const body = JSON.stringify(this.#view(payment));
    const { copiesPerWebhook, webhookDelayMs } = this.misbehaviour;
    for (let copy = 0; copy < copiesPerWebhook; copy++)
      this.#options.clock.callLater(webhookDelayMs + copy, () => void this.#sendWebhook(payment, body, 1));
    return payment;
  }

  /** Converts a payment to the form in which the API and the webhooks show it. */
  #view({ id, order_id, state, currency, held, paid, refunded }: SandboxPayment): object {
    return { id, order_id, state, currency, held, paid, refunded, url: `${this.#url}/pay/${id}` };
  }

  async #sendWebhook(payment: SandboxPayment, body: string, attempt: number): Promise<void> {
    if (!this.#running) return;
    const { clock, webhookSecret } = this.#options;
    this.webhooks.sent += 1;
    const signature = `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`;
    const headers = { 'content-type': 'application/json', 'x-payment-signature': signature };
    const answer = await fetch(payment.notifyUrl, { method: 'POST', headers, body }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) this.webhooks.accepted += 1;
    else if (attempt < WEBHOOK_ATTEMPTS)
      clock.callLater(WEBHOOK_RETRY_MS, () => void this.#sendWebhook(payment, body, attempt + 1));
  }
}
