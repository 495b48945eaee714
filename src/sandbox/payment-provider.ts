/**
 * A payment provider on a desk: links that "buyers" pay, holds, captures, refunds, and a signed webhook. It keeps what
 * it did under each idempotency key, and misbehaves as it is told: refuses, delays, repeats, loses its answers.
 */
import { createHmac } from 'node:crypto';
import type { Clock, Random } from '../ports/runtime.js';
import { createHttpListener, type HttpRequest, type HttpResponse } from './runtime/http-server.js';

export interface PaymentProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** What callers must bear, and what webhooks are signed with. */
  readonly key: string;
  readonly webhookSecret: string;
  /** Every link is paid as soon as it is made. */
  readonly payImmediately?: boolean;
}

/** How it misbehaves from now on. */
export interface PaymentMisbehaviour {
  /** Answers that many errands with 402. */
  refuseNext: number;
  /** Answers that many errands with 503, nothing done. */
  failNext: number;
  /** Does that many errands, and cuts the connection instead of answering. */
  dropNextAnswers: number;
  /** Sends each webhook so often. 0 sends none. */
  copiesPerWebhook: number;
  /** Waits so long before it tells, ms. */
  webhookDelayMs: number;
  /** Takes, or gives back, so much more than was asked, minor units. */
  amountError: number;
}

export interface SandboxPayment {
  readonly id: string;
  readonly order_id: string;
  readonly currency: string;
  /** What was asked, and how. */
  readonly amount: number;
  readonly mode: string;
  readonly notifyUrl: string;
  readonly state: 'open' | 'held' | 'paid' | 'released' | 'failed';
  readonly held: number;
  readonly paid: number;
  readonly refunded: number;
  readonly expiresAt: number;
}

export interface SandboxPaymentProvider {
  start(): Promise<{ readonly url: string }>;
  stop(): Promise<void>;
  readonly misbehaviour: PaymentMisbehaviour;
  payments(): readonly SandboxPayment[];
  /** Refunds that were really made, one entry each. */
  readonly refunds: readonly { readonly id: string; readonly key: string; readonly amount: number }[];
  /** The buyer pays a link. @errors When it takes no money any more. */
  pay(id: string): Promise<void>;
  /** Webhooks that were taken, and all that were sent. */
  readonly webhooks: { accepted: number; sent: number };
}

const WEBHOOK_RETRY_MS = 500;
const WEBHOOK_ATTEMPTS = 20;

export function createSandboxPaymentProvider(options: PaymentProviderOptions): SandboxPaymentProvider {
  const { host, clock, random, key: bearer, webhookSecret } = options;
  const quirks: PaymentMisbehaviour = {
    refuseNext: 0,
    failNext: 0,
    dropNextAnswers: 0,
    copiesPerWebhook: 1,
    webhookDelayMs: 0,
    amountError: 0,
  };
  const payments = new Map<string, SandboxPayment>();
  const done = new Map<string, { readonly text: string; readonly id: string }>();
  const refunds: { id: string; key: string; amount: number }[] = [];
  const told = { accepted: 0, sent: 0 };
  let url = '';
  let running = false;

  function shown(payment: SandboxPayment): object {
    const { id, order_id, state, currency, held, paid, refunded } = payment;
    return { id, order_id, state, currency, held, paid, refunded, url: `${url}/pay/${id}` };
  }

  function keep(payment: SandboxPayment): SandboxPayment {
    payments.set(payment.id, payment);
    const body = JSON.stringify(shown(payment));
    for (let copy = 0; copy < quirks.copiesPerWebhook; copy++)
      clock.callLater(quirks.webhookDelayMs + copy, () => void tell(payment, body, 1));
    return payment;
  }

  async function tell(payment: SandboxPayment, body: string, attempt: number): Promise<void> {
    if (!running) return;
    told.sent += 1;
    const signature = `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`;
    const headers = { 'content-type': 'application/json', 'x-payment-signature': signature };
    const answer = await fetch(payment.notifyUrl, { method: 'POST', headers, body }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) told.accepted += 1;
    else if (attempt < WEBHOOK_ATTEMPTS) clock.callLater(WEBHOOK_RETRY_MS, () => void tell(payment, body, attempt + 1));
  }

  function make(body: Body): SandboxPayment {
    const id = `pay_${random.base32(16).toLowerCase()}`;
    const { order_id = '', currency = '', amount = 0, mode = 'charge', notify_url = '', expires_at = '' } = body;
    const nothing = { state: 'open', held: 0, paid: 0, refunded: 0 } as const;
    const made = { id, order_id, currency, amount, mode, notifyUrl: notify_url, expiresAt: Date.parse(expires_at) };
    return options.payImmediately ? paid({ ...made, ...nothing }) : keep({ ...made, ...nothing });
  }

  function paid(payment: SandboxPayment): SandboxPayment {
    const amount = payment.amount + quirks.amountError;
    return keep(
      payment.mode === 'hold'
        ? { ...payment, state: 'held', held: amount }
        : { ...payment, state: 'paid', paid: amount },
    );
  }

  function capture(payment: SandboxPayment, { amount = 0 }: Body): SandboxPayment | undefined {
    if (payment.state !== 'held' || amount > payment.held) return undefined;
    return keep({ ...payment, state: amount === 0 ? 'released' : 'paid', paid: amount });
  }

  function refund(payment: SandboxPayment, { amount = 0 }: Body, key: string): SandboxPayment | undefined {
    const given = amount + quirks.amountError;
    if (payment.refunded + given > payment.paid) return undefined;
    refunds.push({ id: payment.id, key, amount: given });
    return keep({ ...payment, refunded: payment.refunded + given });
  }

  function errand(path: string, body: Body, key: string): SandboxPayment | undefined {
    if (path === '/payments') return make(body);
    const [, id = '', what] = /^\/payments\/([^/]+)\/(capture|refunds)$/.exec(path) ?? [];
    const payment = payments.get(id);
    if (!payment) return undefined;
    return what === 'capture' ? capture(payment, body) : refund(payment, body, key);
  }

  async function answer({ method, path, headers, raw }: HttpRequest): Promise<HttpResponse> {
    const [, buyer] = /^\/pay\/(.+)$/.exec(path) ?? [];
    if (buyer !== undefined) {
      await api.pay(buyer);
      return { status: 200, text: '{"thanks":true}' };
    }
    if (headers.authorization !== `Bearer ${bearer}`) return problem(401, 'no such key');
    if (method === 'GET') {
      const payment = payments.get(path.replace('/payments/', ''));
      return payment ? { status: 200, text: JSON.stringify(shown(payment)) } : problem(404, 'no such payment');
    }
    if (quirks.failNext > 0 && quirks.failNext--) return problem(503, 'come again');
    const key = String(headers['idempotency-key'] ?? '');
    const before = done.get(key);
    if (before) return { status: 200, text: before.text };
    if (quirks.refuseNext > 0 && quirks.refuseNext--) return problem(402, 'not with us');
    const found = errand(path, JSON.parse(raw.toString('utf8')) as Body, key);
    if (!found) return problem(422, 'that cannot be done');
    const text = JSON.stringify(shown(found));
    done.set(key, { text, id: found.id });
    if (quirks.dropNextAnswers > 0 && quirks.dropNextAnswers--) throw new Error('the answer is lost');
    return { status: 201, text };
  }

  const listener = createHttpListener(host, options.port, answer);
  const api: SandboxPaymentProvider = {
    misbehaviour: quirks,
    refunds,
    webhooks: told,
    payments: () => [...payments.values()],
    async start() {
      running = true;
      url = `http://${host}:${await listener.open()}`;
      return { url };
    },
    async stop() {
      running = false;
      await listener.close();
    },
    pay(id) {
      const payment = payments.get(id);
      if (payment?.state !== 'open' || payment.expiresAt < clock.now())
        return Promise.reject(new Error('it takes no money'));
      paid(payment);
      return Promise.resolve();
    },
  };
  return api;
}

interface Body {
  readonly order_id?: string;
  readonly currency?: string;
  readonly amount?: number;
  readonly mode?: string;
  readonly notify_url?: string;
  readonly expires_at?: string;
}

function problem(status: number, error: string): HttpResponse {
  return { status, text: JSON.stringify({ error }) };
}
