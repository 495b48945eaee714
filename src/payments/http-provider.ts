/** Calls a payment provider's HTTP API: JSON, a bearer key, and an idempotency key on each POST. */
import { type HttpClient, HttpFault, type HttpRequest, isRetryableStatus } from '../ports/http.js';
import type {
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
      this.#call('/payments', key, {
        order_id: orderId,
        amount,
        currency,
        mode,
        expires_at: new Date(until).toISOString(),
        notify_url: this.#options.notifyUrl(),
      }),
    );
  }

  capture({ reference, key, amount, currency }: PaymentReferenceRequest): Promise<PaymentResult> {
    return attempt(() => this.#call(`${paymentPath(reference)}/capture`, key, { amount, currency }));
  }

  refund({ reference, key, amount, currency }: PaymentReferenceRequest): Promise<PaymentResult> {
    return attempt(() => this.#call(`${paymentPath(reference)}/refunds`, key, { amount, currency }));
  }

  closeLink(reference: string, key: string): Promise<PaymentResult> {
    return attempt(() => this.#call(`${paymentPath(reference)}/close`, key, {}));
  }

  lookUp(reference: string): Promise<PaymentResult> {
    return attempt(() => this.#call(paymentPath(reference)));
  }

  async #call(path: string, key?: string, body?: object): Promise<PaymentResult> {
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
    return readProviderResponse(response.status, response.body);
  }
}

/** Makes a call; an error counts as an unknown outcome, also one that prevented the request from being written. */
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

function readProviderResponse(status: number, text: string): PaymentResult {
  if (status >= 200 && status < 300) {
    const parsed = parseJson(text, JSON_LIMITS);
    const message = readProviderPayment(parsed.ok ? parsed.value : undefined);
    // The request may have been carried out although its response is unreadable, so it is repeated with the same key.
    return 'fault' in message
      ? { kind: 'failed', reason: `unreadable response: ${message.fault}` }
      : { kind: 'succeeded', payment: message.payment };
  }
  const reason = `HTTP ${status}`;
  return isRetryableStatus(status) ? { kind: 'failed', reason } : { kind: 'refused', reason };
}
