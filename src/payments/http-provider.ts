/** A payment provider over HTTP: JSON, a bearer key, and an idempotency key on everything that moves money. */
import { type HttpClient, HttpFault, type HttpRequest } from '../ports/http.js';
import type { PaymentAnswer, PaymentOrder, PaymentProvider } from '../ports/payment-provider.js';
import { readPayment } from './told.js';

export interface HttpProviderOptions {
  readonly http: HttpClient;
  /** Its API's base. */
  readonly url: string;
  readonly key: string;
  readonly timeoutMs: number;
  /** Where it tells of changes; asked at each call, since our own address may be known late. */
  readonly notifyUrl: () => string;
}

const MAX_BYTES = 65_536;
/** Statuses of the 4xx that are about the moment, not about what was asked. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 425, 429]);

export function createHttpProvider(options: HttpProviderOptions): PaymentProvider {
  const { http, key: bearer, timeoutMs, notifyUrl } = options;
  const base = options.url.replace(/\/+$/, '');

  async function ask(path: string, key?: string, body?: object): Promise<PaymentAnswer> {
    const request: HttpRequest = {
      method: body ? 'POST' : 'GET',
      url: `${base}${path}`,
      headers: {
        authorization: `Bearer ${bearer}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs,
      maxBytes: MAX_BYTES,
    };
    try {
      const { status, body: text } = await http.send(request);
      return answerOf(status, text);
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      return { kind: 'failed', reason: `${error.reason}: ${error.message}` };
    }
  }

  const named = (reference: string): string => `/payments/${encodeURIComponent(reference)}`;
  const about = (part: string) => (order: PaymentOrder) =>
    ask(`${named(order.reference)}/${part}`, order.key, { amount: order.amount, currency: order.currency });

  return {
    request: ({ key, orderId, amount, currency, mode, until }) =>
      ask('/payments', key, {
        order_id: orderId,
        amount,
        currency,
        mode,
        expires_at: new Date(until).toISOString(),
        notify_url: notifyUrl(),
      }),
    capture: about('capture'),
    refund: about('refunds'),
    lookUp: (reference) => ask(named(reference)),
  };
}

function answerOf(status: number, text: string): PaymentAnswer {
  if (status >= 200 && status < 300) {
    const read = readPayment(parsed(text));
    // Its answer cannot be read, but what it answers to may well be done: asked again, it says the same.
    return 'fault' in read
      ? { kind: 'failed', reason: `unreadable answer: ${read.fault}` }
      : { kind: 'told', told: read.told };
  }
  const reason = `HTTP ${status}`;
  return status >= 400 && status < 500 && !PASSING.has(status)
    ? { kind: 'refused', reason }
    : { kind: 'failed', reason };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
