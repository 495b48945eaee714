/** Receives the payment provider's notifications. They arrive at a secret address and are signed over the raw bytes. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Events } from '../ports/events.js';
import { StoreFault } from '../ports/store.js';
import type { PaymentUpdates } from '../ports/payment-provider.js';
import { parseJson } from '../schema/json-guard.js';
import { readProviderPayment } from './provider-payment.js';

const JSON_LIMITS = { maxDepth: 8, maxKeys: 200 };

export class PaymentWebhook {
  readonly #secret: string;
  readonly #updates: PaymentUpdates;
  readonly #events: Events;
  /** The last path segment of the webhook's address. */
  readonly token: string;

  constructor(secret: string, updates: PaymentUpdates, events: Events) {
    this.#secret = secret;
    this.#updates = updates;
    this.#events = events;
    this.token = webhookToken(secret);
  }

  /**
   * @param signature `sha256=` and the hex HMAC-SHA256 of the body.
   * @returns The HTTP status: 204 if the update was handled, 401 for a wrong signature, 400 for an unreadable body, or
   *          503 if the provider should send the notification again.
   */
  async handleNotification(rawBody: Buffer, signature: string | undefined): Promise<204 | 400 | 401 | 503> {
    const given = Buffer.from(/^sha256=([0-9a-f]{64})$/i.exec(signature ?? '')?.[1] ?? '', 'hex');
    const expected = hmac(this.#secret, rawBody);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 401;
    const parsed = parseJson(rawBody.toString('utf8'), JSON_LIMITS);
    const message = parsed.ok ? readProviderPayment(parsed.value) : { fault: parsed.message };
    if ('fault' in message) {
      this.#events.emit('payment.unreadable', { problem: message.fault });
      return 400;
    }
    try {
      await this.#updates.paymentUpdated(message.orderId, message.payment);
      return 204;
    } catch (error) {
      if (error instanceof StoreFault) return 503;
      throw error;
    }
  }
}

/** Returns the secret part of the webhook's address: 160 bits derived from the webhook secret, as hex. */
export function webhookToken(secret: string): string {
  return hmac(secret, 'webhook address').toString('hex').slice(0, 40);
}

function hmac(secret: string, data: string | Buffer): Buffer {
  return createHmac('sha256', secret).update(data).digest();
}
