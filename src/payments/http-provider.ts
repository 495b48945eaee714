/** Calls a payment provider's HTTP API: JSON, a bearer key, and an idempotency key on each POST. */
import { type HttpClient, HttpFault, type HttpRequest, isRetryableStatus } from '../ports/http.js';
import type {
  KnownPayment,
  PaymentResult,
  PaymentReferenceRequest,
  PaymentProvider,
  PaymentRequest,
} from '../ports/payment-provider.js';
import { parseJson } from '../schema/json-guard.js';
import { readProviderPayment } from './provider-payment.js';

export interface HttpProviderOptions {
  readonly http: HttpClient;
  /** The base URL of the provider's API. */
  readonly url: string;
  readonly key: string;
  readonly timeoutMs: number;
  /** Returns the URL of our webhook. This is a function, because the URL may not be known yet at startup. */
  readonly notifyUrl: () => string;
}

const MAX_RESPONSE_BYTES = 65_536;
const JSON_LIMITS = { maxDepth: 64, maxKeys: 10_000 };

export class HttpPaymentProvider implements PaymentProvider {
  readonly #options: HttpProviderOptions;
  readonly #baseUrl: string;

  constructor(options: HttpProviderOptions) {
    this.#options = options;
    this.#baseUrl = options.url.replace(/\/+$/, '');
  }

  requestPayment({ key, orderId, amount, currency, mode, until }: PaymentRequest): Promise<PaymentResult> {
    return attempt(() =>
      this.#call('/payments', { orderId }, key, {
        order_id: orderId,
        amount,
        currency,
        mode,
        expires_at: new Date(until).toISOString(),
        notify_url: this.#options.notifyUrl(),
      }),
    );
  }

  capture({ reference, orderId, key, amount, currency }: PaymentReferenceRequest): Promise<PaymentResult> {
    return attempt(() =>
      this.#call(`${paymentPath(reference)}/capture`, { orderId, reference }, key, { amount, currency }),
    );
  }

  refund({ reference, orderId, key, amount, currency }: PaymentReferenceRequest): Promise<PaymentResult> {
    return attempt(() =>
      this.#call(`${paymentPath(reference)}/refunds`, { orderId, reference }, key, { amount, currency }),
    );
  }

  closeLink(asked: KnownPayment, key: string): Promise<PaymentResult> {
    return attempt(() => this.#call(`${paymentPath(asked.reference)}/close`, asked, key, {}));
  }

  lookUp(asked: KnownPayment): Promise<PaymentResult> {
    return attempt(() => this.#call(paymentPath(asked.reference), asked));
  }

  async #call(path: string, asked: AskedPayment, key?: string, body?: object): Promise<PaymentResult> {
    const { http, key: apiKey, timeoutMs } = this.#options;
    const request: HttpRequest = {
      method: body ? 'POST' : 'GET',
      url: `${this.#baseUrl}${path}`,
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs,
      maxBytes: MAX_RESPONSE_BYTES,
    };
    const response = await http.send(request);
    return readProviderResponse(response.status, response.body, asked);
  }
}

/** Makes a call. An error counts as an unknown outcome, even if it prevented the request from being written. */
async function attempt(call: () => Promise<PaymentResult>): Promise<PaymentResult> {
  try {
    return await call();
  } catch (error) {
    const kind = error instanceof HttpFault ? `${error.reason}: ` : '';
    return { kind: 'failed', reason: kind + (error instanceof Error ? error.message : String(error)) };
  }
}

function paymentPath(reference: string): string {
  return `/payments/${encodeURIComponent(reference)}`;
}

/** The order whose payment a call concerns, and the payment's id if the provider has given one. */
type AskedPayment = Pick<KnownPayment, 'orderId'> & Partial<KnownPayment>;

function readProviderResponse(status: number, text: string, asked: AskedPayment): PaymentResult {
  if (status >= 200 && status < 300) {
    const parsed = parseJson(text, JSON_LIMITS);
    const message = readAnswer(parsed.ok ? parsed.value : undefined, asked);
    // The request may have been carried out although its response is unreadable, so it is repeated with the same key.
    return 'fault' in message
      ? { kind: 'failed', reason: `unreadable response: ${message.fault}` }
      : { kind: 'succeeded', payment: message.payment };
  }
  const reason = `HTTP ${status}`;
  return isRetryableStatus(status) ? { kind: 'failed', reason } : { kind: 'refused', reason };
}

/**
 * Reads the payment in an answer.
 * @errors A `fault` if the payment cannot be read, or is another one, whose money does not pay for this order.
 */
function readAnswer(value: unknown, { orderId, reference }: AskedPayment): ReturnType<typeof readProviderPayment> {
  const message = readProviderPayment(value);
  if ('fault' in message) return message;
  if (message.orderId !== orderId) return { fault: 'order_id is that of another order' };
  const isOther = reference !== undefined && message.payment.reference !== reference;
  return isOther ? { fault: 'id is that of another payment' } : message;
}
