/** The payment provider's edge against the sandbox's provider, over real sockets: payment requests and webhooks. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UndiciHttpClient } from '../../../src/beckn/outbound/http-undici.js';
import type { PaymentProvider, PaymentResult } from '../../../src/ports/payment-provider.js';
import { StoreFault } from '../../../src/ports/store.js';
import type { ProviderPayment } from '../../../src/domain/model/payment.js';
import { systemClock } from '../../../src/observe/system-clock.js';
import { HttpPaymentProvider, type HttpProviderOptions } from '../../../src/payments/http-provider.js';
import { readProviderPayment } from '../../../src/payments/provider-payment.js';
import { PaymentWebhook } from '../../../src/payments/webhook.js';
import { createEventLog, type EventLog } from '../../fakes/event-log.js';
import { HttpServer } from '../../../src/sandbox/runtime/http-server.js';
import { createSandboxPaymentProvider, type SandboxPaymentProvider } from '../../../src/sandbox/payment-provider.js';
import { realClock } from '../../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../../src/sandbox/runtime/seeded-random.js';
import { eventually } from '../../e2e/waiting.js';

const SECRET = 'hook-secret';
const REQUEST = { key: 'k-1', orderId: 'o-1', amount: 12_345, currency: 'INR' };

let sandbox: SandboxPaymentProvider;
let provider: PaymentProvider;
let webhook: PaymentWebhook;
let listener: HttpServer;
let http: UndiciHttpClient;
let updates: { readonly orderId: string; readonly payment: ProviderPayment }[];
let storeAway: boolean;
let events: EventLog;

beforeEach(async () => {
  updates = [];
  storeAway = false;
  events = createEventLog();
  const paymentUpdated = (orderId: string, payment: ProviderPayment): Promise<void> => {
    if (storeAway) return Promise.reject(new StoreFault('away'));
    updates.push({ orderId, payment });
    return Promise.resolve();
  };
  webhook = new PaymentWebhook(SECRET, { paymentUpdated }, events);
  listener = new HttpServer('127.0.0.1', 0, async ({ raw, headers, path }) => {
    const signature = headers['x-payment-signature'];
    const status =
      path === `/payments/${webhook.token}` ? await webhook.handleNotification(raw, String(signature)) : 404;
    return { status, text: '' };
  });
  const port = await listener.open();
  sandbox = createSandboxPaymentProvider({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    random: createSeededRandom(7),
    key: 'bearer',
    webhookSecret: SECRET,
  });
  const { url } = await sandbox.start();
  http = new UndiciHttpClient(systemClock);
  provider = new HttpPaymentProvider({
    http,
    url: `${url}/`,
    key: 'bearer',
    timeoutMs: 5000,
    notifyUrl: () => `http://127.0.0.1:${port}/payments/${webhook.token}`,
  });
});
afterEach(async () => {
  await sandbox.stop();
  await listener.close();
  await http.close();
});

const request = (key = 'k-1', mode: 'charge' | 'hold' = 'charge') =>
  provider.requestPayment({ ...REQUEST, key, mode, until: systemClock.now() + 60_000 });
async function made(mode: 'charge' | 'hold' = 'charge'): Promise<string> {
  const answer = await request('k-1', mode);
  if (answer.kind !== 'succeeded') throw new Error(answer.reason);
  return answer.payment.reference;
}
const totals = async (reference: string) => {
  const answer = await provider.lookUp({ orderId: 'o-1', reference });
  if (answer.kind !== 'succeeded') throw new Error(answer.reason);
  const { state, authorisedAmount, paid, refunded } = answer.payment;
  return { state, authorisedAmount, paid, refunded };
};

describe('a payment request', () => {
  it('makes a link; its key again makes no other', async () => {
    const first = await request();
    expect(first).toMatchObject({ kind: 'succeeded', payment: { state: 'open', currency: 'INR', paid: 0 } });
    expect(await request()).toEqual(first);
    expect(sandbox.payments()).toHaveLength(1);
    expect(sandbox.payments()[0]).toMatchObject({ order_id: 'o-1', amount: 12_345, mode: 'charge' });
  });

  it('whose answer is lost was done, and done once when it is asked again', async () => {
    const reference = await made();
    await sandbox.pay(reference);
    sandbox.misbehaviour.dropNextAnswers = 2;
    const back = { ...REQUEST, key: 'r-1', reference, amount: 345 };
    expect(await provider.refund(back)).toMatchObject({ kind: 'failed' });
    expect(await provider.refund(back)).toMatchObject({ kind: 'succeeded', payment: { refunded: 345 } });
    expect(sandbox.refunds).toEqual([{ id: reference, key: 'r-1', amount: 345 }]);
  });

  it('takes the bill of what is held and lets the rest go; nothing of it lets go of all', async () => {
    const reference = await made('hold');
    await sandbox.pay(reference);
    expect(await totals(reference)).toEqual({ state: 'held', authorisedAmount: 12_345, paid: 0, refunded: 0 });
    await provider.capture({ ...REQUEST, key: 'c-1', reference, amount: 5000 });
    expect(await totals(reference)).toMatchObject({ state: 'paid', paid: 5000 });
    const other = await request('k-2', 'hold');
    if (other.kind !== 'succeeded') throw new Error(other.reason);
    await sandbox.pay(other.payment.reference);
    await provider.capture({ ...REQUEST, key: 'c-2', reference: other.payment.reference, amount: 0 });
    expect(await totals(other.payment.reference)).toMatchObject({ state: 'released', paid: 0 });
  });

  it('is closed when nobody pays it, and stays paid when somebody did', async () => {
    const reference = await made();
    const closed = await provider.closeLink({ orderId: 'o-1', reference }, 'x-1');
    expect(closed).toMatchObject({ kind: 'succeeded', payment: { state: 'failed', paid: 0 } });
    await expect(sandbox.pay(reference)).rejects.toThrow('cannot be paid');
    const other = await request('k-2');
    if (other.kind !== 'succeeded') throw new Error(other.reason);
    await sandbox.pay(other.payment.reference);
    await provider.closeLink({ orderId: 'o-1', reference: other.payment.reference }, 'x-2');
    expect(await totals(other.payment.reference)).toMatchObject({ state: 'paid', paid: 12_345 });
  });

  it('that is refused is told from one that may be tried again', async () => {
    sandbox.misbehaviour.refuseNext = 1;
    expect(await request()).toEqual({ kind: 'refused', reason: 'HTTP 402' });
    sandbox.misbehaviour.failNext = 1;
    expect(await request()).toEqual({ kind: 'failed', reason: 'HTTP 503' });
    expect(await request()).toMatchObject({ kind: 'succeeded' });
    expect(await provider.lookUp({ orderId: 'o-1', reference: 'nobody/../x' })).toMatchObject({ kind: 'refused' });
    await sandbox.stop();
    expect(await request('k-3')).toMatchObject({ kind: 'failed' });
  });
});

describe('an answer about', () => {
  const answer = { id: 'p-1', order_id: 'o-1', state: 'open', currency: 'INR' };
  const answering = (body: object): PaymentProvider =>
    new HttpPaymentProvider({
      http: { send: () => Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(body) }) },
      url: 'https://pay.example',
      key: 'bearer',
      timeoutMs: 5000,
      notifyUrl: () => 'https://bpp.example/payments/x',
    });
  const each = (to: PaymentProvider): Promise<PaymentResult>[] => {
    const known = { ...REQUEST, reference: 'p-1' };
    return [to.capture(known), to.refund(known), to.closeLink(known, 'x'), to.lookUp(known)];
  };
  const link = { ...REQUEST, mode: 'charge', until: 0 } as const;

  it('another order pays for none', async () => {
    const other = answering({ ...answer, order_id: 'o-2', state: 'paid', paid: 12_345 });
    for (const result of await Promise.all([other.requestPayment(link), ...each(other)]))
      expect(result).toEqual({ kind: 'failed', reason: 'unreadable response: order_id is that of another order' });
  });

  it('another payment of the order, such as its refund, is none about this one', async () => {
    const other = answering({ ...answer, id: 'refund-1' });
    expect(await other.requestPayment(link)).toMatchObject({ kind: 'succeeded' });
    for (const result of await Promise.all(each(other)))
      expect(result).toEqual({ kind: 'failed', reason: 'unreadable response: id is that of another payment' });
  });

  it('the payment that was asked for succeeds', async () => {
    for (const result of await Promise.all(each(answering(answer)))) expect(result.kind).toBe('succeeded');
  });
});

describe('a payment request that fails on our side', () => {
  const broken = (options: Partial<HttpProviderOptions>): PaymentProvider =>
    new HttpPaymentProvider({
      http,
      url: 'http://127.0.0.1:9',
      key: 'bearer',
      timeoutMs: 5000,
      notifyUrl: () => 'http://127.0.0.1:9/payments',
      ...options,
    });
  const made = { ...REQUEST, mode: 'charge', until: systemClock.now() + 60_000 } as const;
  const throwing = (): never => {
    throw new TypeError('not known yet');
  };
  const failed = { kind: 'failed', reason: expect.any(String) as unknown };

  it('is failed, and never throws or rejects', async () => {
    expect(await broken({ notifyUrl: throwing }).requestPayment(made)).toEqual({
      kind: 'failed',
      reason: 'not known yet',
    });
    expect(await broken({}).requestPayment({ ...made, until: NaN })).toEqual(failed);
    expect(await broken({}).capture({ ...REQUEST, reference: '\uD800', amount: 1 })).toEqual(failed);
    const unsendable = broken({ http: { send: () => Promise.reject(new TypeError('bad header')) } });
    expect(await unsendable.requestPayment(made)).toEqual({ kind: 'failed', reason: 'bad header' });
  });
});

describe('the webhook', () => {
  it('is told what the buyer did, as often as the provider likes to say it', async () => {
    sandbox.misbehaviour.copiesPerWebhook = 3;
    const reference = await made();
    await sandbox.pay(reference);
    await eventually('six words', () => updates.length === 6);
    expect(updates.at(-1)).toMatchObject({ orderId: 'o-1', payment: { reference, state: 'paid', paid: 12_345 } });
  });

  it('is told again when it could not be kept', async () => {
    storeAway = true;
    await made();
    await eventually('a first try', () => sandbox.webhooks.sent > 0);
    storeAway = false;
    await eventually('a second one', () => updates.length > 0);
  });

  it('believes nobody without the secret, and nothing that was changed on the way', async () => {
    const body = Buffer.from('{"id":"p","order_id":"o","state":"paid","currency":"INR","paid":5}');
    const signed = (secret: string, data: Buffer): string =>
      `sha256=${createHmac('sha256', secret).update(data).digest('hex')}`;
    expect(await webhook.handleNotification(body, undefined)).toBe(401);
    expect(await webhook.handleNotification(body, 'sha256=00')).toBe(401);
    expect(await webhook.handleNotification(body, signed('guess', body))).toBe(401);
    expect(await webhook.handleNotification(Buffer.from(`${body.toString()} `), signed(SECRET, body))).toBe(401);
    expect(updates).toEqual([]);
    expect(await webhook.handleNotification(body, signed(SECRET, body))).toBe(204);
    expect(updates).toHaveLength(1);
    expect(events.all).toEqual([]);
  });

  it.each([
    ['[1', 'not valid JSON'],
    ['{"id":"p","order_id":"o","state":"paid","currency":"INR","paid":1e300}', 'whole minor units'],
  ])('that is signed and cannot be read is refused and logged: %s', async (text, problem) => {
    const body = Buffer.from(text);
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    expect(await webhook.handleNotification(body, signature)).toBe(400);
    expect(events.of('payment.unreadable')).toEqual([{ problem: expect.stringContaining(problem) as unknown }]);
    expect(updates).toEqual([]);
  });

  it('has an address that the secret makes and does not tell', () => {
    const other = new PaymentWebhook('another', { paymentUpdated: () => Promise.resolve() }, events);
    expect(webhook.token).toMatch(/^[0-9a-f]{40}$/);
    expect(other.token).not.toBe(webhook.token);
  });
});

describe('a payment as it is written', () => {
  const good = { id: 'p', order_id: 'o', state: 'paid', currency: 'INR', paid: 5 };
  it.each([
    [{ ...good, id: '' }, 'id'],
    [{ ...good, order_id: 7 }, 'order_id'],
    [{ ...good, state: 'done' }, 'state'],
    [{ ...good, currency: 'rupees' }, 'currency'],
    [{ ...good, paid: 1.5 }, 'minor units'],
    [{ ...good, paid: -1 }, 'minor units'],
    [{ ...good, refunded: '5' }, 'minor units'],
    [{ ...good, paid: 2 ** 53 }, 'minor units'],
    [{ ...good, held: 1e300 }, 'minor units'],
    [{ ...good, paid: undefined }, 'amount of a payment that is paid'],
    [{ ...good, state: 'held' }, 'amount of a payment that is held'],
    [null, 'id'],
  ])('%j is not read', (value, word) => {
    expect(readProviderPayment(value)).toEqual({ fault: expect.stringContaining(word) as unknown });
  });

  it('keeps no link that is none', () => {
    expect(readProviderPayment({ ...good, url: 'javascript:alert(1)' })).not.toHaveProperty('payment.url');
    expect(readProviderPayment({ ...good, url: 'https://pay.example/1' })).toHaveProperty(
      'payment.url',
      'https://pay.example/1',
    );
  });
});
