/** A golden exchange for the dialects of Beckn core 1.x. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { valueAt, readList } from '../../../src/beckn/protocol/json-reading.js';
import type { PeerSettings } from '../../../src/config/config.js';
import { becknCheck } from '../../../src/schema/validators.js';
import { createBridgeHarness } from '../../fakes/bridge-harness.js';
import { NETWORK, PEER } from '../../unit/beckn/samples.js';
import { openExchange, type GoldenExchange } from './golden.js';
import { BAP, SELF } from './open-pipeline.js';

export type { GoldenExchange } from './golden.js';

const TRANSACTION = 'edea17fa-b5c4-48c9-86dd-1b80dda67d37';

export async function createExchange(
  folder: string,
  wire: { readonly domain: string; readonly version: string },
  settings: Partial<PeerSettings> = {},
): Promise<GoldenExchange> {
  const peer = { ...PEER, ...settings };
  const family = wire.domain === 'uei:charging' ? 'uei-charging-1.0.0' : 'ev-charging-1.1.0';
  return openExchange(await createBridgeHarness(NETWORK, undefined, { peer }), {
    folder: join(import.meta.dirname, folder),
    peer,
    transaction: TRANSACTION,
    context: (action, messageId, timestamp) => ({
      ...wire,
      action,
      location: { city: { code: 'std:080' }, country: { code: 'IND' } },
      bap_id: BAP,
      bap_uri: 'https://bap.example/beckn',
      bpp_id: SELF.bppId,
      bpp_uri: SELF.bppUri,
      transaction_id: TRANSACTION,
      message_id: messageId,
      timestamp,
    }),
    words: (order) => [[order?.quote.id, '<quote>']],
    check(action, body) {
      const { domain, version } = (body as { context: { domain: string; version: string } }).context;
      expect({ domain, version }, `the context of ${action}`).toEqual(wire);
      expect(becknCheck(family, action)?.(body)).toBeUndefined();
    },
    /** Returns the status and price of an order, and the state of its first fulfilment or else of its connector. */
    shortly(message) {
      const order = valueAt(message, 'order');
      const state = valueAt(readList(valueAt(order, 'fulfillments'))[0], 'state', 'descriptor', 'code');
      const connector = valueAt(
        readList(valueAt(readList(valueAt(readList(valueAt(order, 'items'))[2], 'tags'))[1], 'list'))[0],
        'value',
      );
      return {
        status: valueAt(order, 'status'),
        state: state ?? connector,
        price: valueAt(order, 'quote', 'price', 'value'),
      };
    },
  });
}
