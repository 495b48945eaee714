import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { readRequest } from '../../../../src/beckn/inbound/read-request.js';
import type { PeerSettings } from '../../../../src/config/config.js';
import type { Json } from '../../../../src/domain/model/object.js';
import { AT, contextOf, PEER } from '../samples.js';

const STOP: { readonly [name: string]: readonly [action: string, message: Json] } = {
  'uei-charging-1.0.0': ['cancel', { order_id: 'o-1', descriptor: { code: 'stop-charging' } }],
  'uei-charging-pulse': ['cancel', { order_id: 'o-1', descriptor: { code: 'stop-charging' } }],
  'dent-ev-charging': ['update', endCharging()],
  'uei-ev-charging': ['update', endCharging()],
  'ev-charging-uei': ['update', endCharging()],
  'ubc-2.0.0': [
    'update',
    { order: { 'beckn:id': 'o-1', 'beckn:fulfillment': { 'beckn:deliveryAttributes': { sessionStatus: 'STOP' } } } },
  ],
  'lts-2.0.0': [
    'update',
    { contract: { id: 'o-1', performance: [{ performanceAttributes: { sessionStatus: 'STOP' } }] } },
  ],
};

function endCharging(): Json {
  const fulfillments = [{ state: { descriptor: { code: 'end-charging' } } }];
  return { update_target: 'order.fulfillments[0].state', order: { id: 'o-1', fulfillments } };
}

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('in %s', (name, dialect) => {
  function read(action: string, message: Json, peer: Partial<PeerSettings> = {}): unknown {
    const sender = { ok: true, subscriberId: 'bap.example', keyId: 'k1', digest: 'd' } as never;
    const { context, ...own } = contextFor(action);
    const result = readRequest(
      {
        dialects: DIALECTS,
        peerSettings: () => ({ ...PEER, ...peer, dialect: name }),
        subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
        options: { domains: [], staleness: 'warn' },
      },
      { action, body: { context, message, ...own }, sender, receivedAt: AT },
    );
    return 'request' in result ? result.request : result;
  }

  function contextFor(action: string): { readonly context: Json } {
    const { bap_id, bap_uri, bpp_id, bpp_uri, transaction_id, message_id, ...shared } = contextOf(action);
    if (!dialect.contextFieldNames) return { context: contextOf(action) };
    const ids = { bapId: bap_id, bapUri: bap_uri, bppId: bpp_id, bppUri: bpp_uri };
    const uuids = { transactionId: transaction_id, messageId: message_id, networkId: 'n', version: '2.0.0' };
    return { context: { ...shared, ...ids, ...uuids } as Json };
  }

  const CANCEL = { order_id: 'o-1', order: { 'beckn:id': 'o-1' }, contract: { id: 'o-1' } };

  it('a stop is the request that the dialect says', () => {
    const [action, message] = STOP[name] ?? ['', {}];
    expect(action).toBe(dialect.stopsBy);
    expect(read(action, message)).toMatchObject({ type: 'stop', orderId: 'o-1' });
  });

  it('any other cancel stops what runs if an update is a stop, unless the peer’s setting has it refused', () => {
    const cancel = { type: 'cancel', orderId: 'o-1' };
    const stops = dialect.stopsBy === 'update' ? { ...cancel, ifRunning: 'stop' } : cancel;
    expect(read('cancel', CANCEL)).toEqual(stops);
    expect(read('cancel', CANCEL, { cancelRunning: 'stop' })).toEqual(stops);
    expect(read('cancel', CANCEL, { cancelRunning: 'refuse' })).toEqual(cancel);
  });
});
