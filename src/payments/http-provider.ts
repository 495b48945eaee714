/** A payment provider over HTTP: JSON, a bearer key, and an idempotency key on everything that moves money. */
import { type HttpClient, HttpFault, type HttpRequest } from '../ports/http.js';
import type { PaymentResult, PaymentReferenceRequest, PaymentProvider } from '../ports/payment-provider.js';
import { readProviderPayment } from './told.js';

export interface HttpProviderOptions {
  readonly http: HttpClient;
  /** Its API's base. */
  readonly url: string;
  readonly key: string;
  readonly timeoutMs: number;
  /** Where it tells of changes; asked at each call, since our own address may be known late. */
  readonly notifyUrl: () => string;
}

const MAX_RESPONSE_BYTES = 65_536;
/** Statuses of the 4xx that are about the moment, not about what was asked. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([401, 408, 425, 429]);

export function createHttpPaymentProvider(options: HttpProviderOptions): PaymentProvider {
  const { http, key: bearer, timeoutMs, notifyUrl } = options;
  const base = options.url.replace(/\/+$/, '');

  async function callProvider(path: string, key?: string, body?: object): Promise<PaymentResult> {
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
      maxBytes: MAX_RESPONSE_BYTES,
    };
    try {
      const { status, body: text } = await http.send(request);
      return readProviderResponse(status, text);
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      return { kind: 'failed', reason: `${error.reason}: ${error.message}` };
    }
  }

  const paymentPath = (reference: string): string => `/payments/${encodeURIComponent(reference)}`;
  const moveMoney = (part: string) => (order: PaymentReferenceRequest) =>
    callProvider(`${paymentPath(order.reference)}/${part}`, order.key, {
      amount: order.amount,
      currency: order.currency,
    });

  return {
    requestPayment: ({ key, orderId, amount, currency, mode, until }) =>
      callProvider('/payments', key, {
        order_id: orderId,
        amount,
        currency,
        mode,
        expires_at: new Date(until).toISOString(),
        notify_url: notifyUrl(),
      }),
    capture: moveMoney('capture'),
    refund: moveMoney('refunds'),
    lookUp: (reference) => callProvider(paymentPath(reference)),
  };
}

function readProviderResponse(status: number, text: string): PaymentResult {
  if (status >= 200 && status < 300) {
    const read = readProviderPayment(parseJsonOrUndefined(text));
    // Its answer cannot be read, but what it answers to may well be done: asked again, it says the same.
    return 'fault' in read
      ? { kind: 'failed', reason: `unreadable answer: ${read.fault}` }
      : { kind: 'succeeded', payment: read.payment };
  }
  const reason = `HTTP ${status}`;
  return status >= 400 && status < 500 && !RETRYABLE_STATUSES.has(status)
    ? { kind: 'refused', reason }
    : { kind: 'failed', reason };
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
