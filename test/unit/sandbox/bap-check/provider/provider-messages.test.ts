import { describe, expect, it } from 'vitest';
import { buildAnswer, buildSessionOrder } from '../../../../../src/sandbox/bap-check/provider/provider-messages.js';
import { ACTIONS } from '../../../../../src/sandbox/bap-check/provider/provider-profiles.js';
import { becknCheck } from '../../../../../src/schema/validators.js';

const NOW = 1_700_000_000_000;
const offer = {
  providerId: 'cpo-1',
  stationId: 'st-1',
  chargePointId: 'cp-1',
  connectorIds: ['cp-1-1', 'cp-1-2'],
} as const;
const transaction = { transactionId: 't', amount: '123.45', currency: 'INR', orderId: 'ORD-1', answers: [] };
const session = { status: 'ACTIVE', connector: 'Charging', energyWh: 1_230, elapsedS: 300 } as const;
const contextOf = (action: string) => ({
  domain: 'uei:charging',
  version: '1.0.0',
  action,
  location: { city: { code: 'std:080' }, country: { code: 'IND' } },
  bap_id: 'shop.example',
  bap_uri: 'http://shop.example/bap',
  bpp_id: 'bap-check.example',
  bpp_uri: 'http://bap-check.example/bpp',
  transaction_id: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10',
  message_id: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01',
  timestamp: '2026-03-02T08:11:09.120Z',
  ttl: 'PT10M',
});

describe('the callbacks of the bap-check provider', () => {
  it.each(ACTIONS)('satisfy the schema of on_%s', (action) => {
    const message = buildAnswer(action, { request: {}, offer, transaction, session, now: NOW });
    const check = becknCheck('uei-charging-1.0.0', `on_${action}`);
    expect(check).toBeTypeOf('function');
    expect(check?.({ context: contextOf(`on_${action}`), message })).toBeUndefined();
  });

  it('satisfy the schema of on_status at the end of the session', () => {
    const ended = { ...session, status: 'COMPLETE', connector: 'Finishing' } as const;
    const message = buildSessionOrder(offer, transaction, ended, NOW);
    const check = becknCheck('uei-charging-1.0.0', 'on_status');
    expect(check?.({ context: contextOf('on_status'), message })).toBeUndefined();
  });
});
