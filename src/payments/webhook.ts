/** What the provider tells unasked: at an address that only it was told, under its signature over the raw bytes. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { StoreFault } from '../ports/store.js';
import type { PaymentUpdates } from '../ports/payment-provider.js';
import { parseJson } from '../schema/json-guard.js';
import { readProviderPayment } from './told.js';

export interface PaymentWebhook {
  /** The last part of its address: 160 bits out of the secret. */
  readonly token: string;
  /**
   * @param signature `sha256=` and the hex HMAC-SHA256 of the body.
   * @returns The HTTP status: 204 durable, 401 not from the provider, 400 unreadable, 503 to be told again.
   */
  handleNotification(rawBody: Buffer, signature: string | undefined): Promise<204 | 400 | 401 | 503>;
}

export function createPaymentWebhook(secret: string, intake: PaymentUpdates): PaymentWebhook {
  const mac = (data: string | Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  return {
    token: mac('webhook address').toString('hex').slice(0, 40),
    async handleNotification(rawBody, signature) {
      const given = Buffer.from(/^sha256=([0-9a-f]{64})$/i.exec(signature ?? '')?.[1] ?? '', 'hex');
      const right = mac(rawBody);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return 401;
      const parsed = parseJson(rawBody.toString('utf8'), { maxDepth: 8, maxKeys: 200 });
      const read = readProviderPayment(parsed.ok ? parsed.value : undefined);
      if ('fault' in read) return 400;
      try {
        await intake.paymentUpdated(read.orderId, read.payment);
        return 204;
      } catch (error) {
        if (error instanceof StoreFault) return 503;
        throw error;
      }
    },
  };
}
