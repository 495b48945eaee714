/**
 * A simulated payment provider. Its refunds may be late or never come, its notifications may be lost, and a bank may
 * reverse a payment.
 */
import { createHmac } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../../src/ports/http.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import type { Node } from '../node/node.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import { PAYMENT_SECRETS, PAYMENTS_URL } from '../node/settings.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';
import { at, text } from '../runtime/json.js';

export interface ProviderEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
  readonly node: () => Node;
}

/** A payment. Amounts are in minor units, totals since its creation. */
interface Payment {
  readonly id: string;
  readonly order: string;
  readonly amount: number;
  state: 'open' | 'paid' | 'failed';
  paid: number;
  refunded: number;
}

export class SimulatedPaymentProvider {
  readonly #environment: ProviderEnvironment;
  readonly #payments = new Map<string, Payment>();
  /** The payment id for each idempotency key. */
  readonly #byKey = new Map<string, string>();
  readonly #doneKeys = new Set<string>();
  /** The number of notifications that are still being delivered. */
  #owed = 0;

  constructor(environment: ProviderEnvironment) {
    this.#environment = environment;
  }

  get isSettled(): boolean {
    return this.#owed === 0;
  }

  serves(url: string): boolean {
    return url.startsWith(PAYMENTS_URL);
  }

  handle({ method, url, headers = {}, body = '' }: HttpRequest): HttpResponse {
    const [, , id, request] = new URL(url).pathname.split('/');
    const key = text(headers['idempotency-key']);
    const message: unknown = body === '' ? {} : JSON.parse(body);
    if (method === 'POST' && id === undefined) return this.#answer(this.#create(key, message));
    const payment = this.#payments.get(decodeURIComponent(id ?? ''));
    if (!payment) return { status: 404, headers: {}, body: '{}' };
    if (method === 'POST' && request === 'refunds' && !this.#doneKeys.has(key)) {
      this.#doneKeys.add(key);
      this.#refund(payment, Number(at(message, 'amount')));
    }
    if (method === 'POST' && request === 'close' && payment.state === 'open') payment.state = 'failed';
    return this.#answer(payment);
  }

  #create(key: string, message: unknown): Payment {
    const known = this.#payments.get(this.#byKey.get(key) ?? '');
    if (known) return known;
    const id = `pay-${this.#payments.size + 1}`;
    const payment: Payment = {
      id,
      order: text(at(message, 'order_id')),
      amount: Number(at(message, 'amount')),
      state: 'open',
      paid: 0,
      refunded: 0,
    };
    this.#payments.set(id, payment);
    this.#byKey.set(key, id);
    return payment;
  }

  /** Carries out a refund at once, later, or never. */
  #refund(payment: Payment, amount: number): void {
    const { faults, random, time } = this.#environment;
    const carryOut = (): void => {
      payment.refunded += Math.min(amount, payment.paid - payment.refunded);
      this.#changed(payment);
    };
    if (!faults.strikes('answers-pending', random, 0.7)) carryOut();
    else if (random.happens(0.6)) time.after(random.between(60_000, 6 * 3_600_000), carryOut);
  }

  /** The driver pays. Returns false if the payment is not open. */
  pay(id: string): boolean {
    const payment = this.#payments.get(id);
    if (payment?.state !== 'open') return false;
    payment.paid = payment.amount;
    payment.state = 'paid';
    this.#changed(payment);
    return true;
  }

  /** The bank reverses the payment if it is paid and no part of it has been refunded. */
  takeBack(id: string): void {
    const payment = this.#payments.get(id);
    if (payment?.state !== 'paid' || payment.refunded > 0) return;
    this.#environment.faults.count('chargeback');
    payment.paid = 0;
    payment.state = 'failed';
    // This notification is never lost: it is repeated until the bridge takes it, however long the bridge is down.
    this.#changed(payment, Infinity);
  }

  /** Records the change and notifies the bridge, unless the notification is lost. */
  #changed(payment: Payment, tries = 4): void {
    const { time, random, faults, history } = this.#environment;
    const { id: reference, order, paid, refunded } = payment;
    history.add({ kind: 'money', reference, order, paid, refunded });
    if (tries === 4 && faults.strikes('webhook-lost', random, 0.6)) return;
    this.#owed += 1;
    time.after(random.between(50, 3000), () => this.#notify(payment, tries));
  }

  #notify(payment: Payment, tries: number): void {
    const { time, node } = this.#environment;
    const webhook = node().parts?.webhook;
    const rawBody = Buffer.from(this.#bodyOf(payment));
    const mac = createHmac('sha256', PAYMENT_SECRETS.webhookSecret).update(rawBody).digest('hex');
    const done = (): void => {
      this.#owed -= 1;
    };
    const again = (): void => {
      if (tries > 1) time.after(60_000, () => this.#notify(payment, tries - 1));
      else done();
    };
    if (!webhook) return again();
    void webhook
      .handleNotification(rawBody, `sha256=${mac}`)
      .then((status) => (status === 503 ? again() : done()), again);
  }

  #answer(payment: Payment): HttpResponse {
    return { status: 200, headers: {}, body: this.#bodyOf(payment) };
  }

  #bodyOf({ id, order, state, paid, refunded }: Payment): string {
    const url = `${PAYMENTS_URL}/links/${id}`;
    return JSON.stringify({ id, order_id: order, state, currency: 'INR', paid, refunded, url });
  }
}
