/**
 * A golden exchange in Beckn 2.0.0 LTS. Callbacks are also checked against the published schemas where these are
 * present.
 */
import { join } from 'node:path';
import { valueAt, readList } from '../../../../src/beckn/protocol/json-reading.js';
import type { PaymentProvider } from '../../../../src/ports/payment-provider.js';
import { ltsProblem, publishedLts } from '../../../property/published.js';
import {
  createCore2xExchange,
  type Json,
  type Language,
  type GoldenExchange,
  TRANSACTION,
} from '../core-2x-exchange.js';
import { BAP, SELF } from '../open-pipeline.js';

export type { GoldenExchange } from '../core-2x-exchange.js';

export function ltsContext(action: string, messageId: string, timestamp: string): { readonly [key: string]: Json } {
  return {
    version: '2.0.0',
    action,
    networkId: 'nfh.global/testnet-evcharging',
    bapId: BAP,
    bapUri: 'https://bap.example/beckn',
    ...(action !== 'discover' && { bppId: SELF.bppId, bppUri: SELF.bppUri }),
    transactionId: TRANSACTION,
    messageId,
    timestamp,
    ttl: 'PT30S',
  };
}

function shortly(message: unknown): { readonly [said: string]: unknown } {
  const contract = valueAt(message, 'contract');
  const session = valueAt(readList(valueAt(contract, 'performance'))[0], 'performanceAttributes');
  return {
    contract: valueAt(contract, 'status', 'code'),
    session: valueAt(session, 'sessionStatus'),
    connector: valueAt(session, 'connectorStatus'),
    settled: readList(valueAt(contract, 'settlements')).map((one) => valueAt(one, 'status')),
    total: valueAt(readList(valueAt(contract, 'consideration'))[0], 'considerationAttributes', 'totalAmount'),
  };
}

const LANGUAGE: Language = {
  folder: join(import.meta.dirname, 'golden'),
  family: 'lts-2.0.0',
  context: ltsContext,
  shortly,
  ...(publishedLts && { published: ltsProblem }),
};

/** @param payments The payment provider; without one, the BPP collects no payments. */
export function createExchange(payments?: PaymentProvider): Promise<GoldenExchange> {
  return createCore2xExchange(LANGUAGE, payments);
}
