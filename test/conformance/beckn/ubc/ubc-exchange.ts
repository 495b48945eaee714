/** A golden exchange in the dialect of Unified Bharat e-Charge. */
import { join } from 'node:path';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { PaymentProvider } from '../../../../src/ports/payment-provider.js';
import { createCore2xExchange, type Language, type GoldenExchange, TRANSACTION } from '../core-2x-exchange.js';
import { BAP, SELF } from '../open-pipeline.js';

export { NETWORK, type GoldenExchange } from '../core-2x-exchange.js';

const LANGUAGE: Language = {
  folder: join(import.meta.dirname, 'golden'),
  family: 'ubc-2.0.0',
  context: (action, messageId, timestamp) => ({
    domain: 'beckn.one:deg:ev-charging',
    version: '2.0.0',
    action,
    bap_id: BAP,
    bap_uri: 'https://bap.example/beckn',
    ...(action !== 'discover' && { bpp_id: SELF.bppId, bpp_uri: SELF.bppUri }),
    transaction_id: TRANSACTION,
    message_id: messageId,
    timestamp,
    ttl: 'PT30S',
  }),
  shortly(message) {
    const order = valueAt(message, 'order');
    const delivery = valueAt(order, 'beckn:fulfillment', 'beckn:deliveryAttributes');
    return {
      order: valueAt(order, 'beckn:orderStatus'),
      session: valueAt(delivery, 'sessionStatus'),
      connector: valueAt(delivery, 'connectorStatus'),
      payment: valueAt(order, 'beckn:payment', 'beckn:paymentStatus'),
      value: valueAt(order, 'beckn:orderValue', 'value'),
    };
  },
};

/** @param payments The payment provider; without one, the BPP collects no payments. */
export function createExchange(payments?: PaymentProvider): Promise<GoldenExchange> {
  return createCore2xExchange(LANGUAGE, payments);
}
