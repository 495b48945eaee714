/**
 * `uei:charging` 1.0.0 as its first platform's samples have it. The context cannot tell it from the other spelling, so
 * a buyer app speaks it by its setting `dialect`.
 */
import type { PeerSettings } from '../../../config/config.js';
import type { BecknDialect, RenderedCallback } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { isObject, readList } from '../../protocol/json-reading.js';
import { ueiCharging } from './index.js';

/** kWh, minutes, lower-case codes, one flattened sample. What else the peer's settings say stays. */
function pulseSettings(peer: PeerSettings): PeerSettings {
  return { ...peer, units: 'kWh', time: 'min', optionCase: 'lower', sessionDetails: 'sampled-value' };
}

export const ueiChargingPulse: BecknDialect = {
  ...ueiCharging,
  name: 'uei-charging-pulse',
  displayName: `${ueiCharging.displayName} in the spelling of its samples (by setting)`,
  matches: () => false,
  read(action, context, message, peer) {
    const request = ueiCharging.read(action, context, message, pulseSettings(peer));
    // Its answer to a stop shows how the session ended.
    return 'type' in request && request.type === 'stop' ? { ...request, reply: 'at-end' } : request;
  },
  render: (telling, peer) => withBankFields(ueiCharging.render(telling, pulseSettings(peer))),
};

/** Its apps find all fields of a payment, empty ones too. */
function withBankFields(told: RenderedCallback): RenderedCallback {
  const { message } = told;
  const order = message?.['order'];
  if (!message || !isObject(order) || order['payments'] === undefined) return told;
  const payments = readList(order['payments']).filter(isObject);
  return { ...told, message: { ...message, order: { ...order, payments: payments.map(withEmptyFields) } } };
}

function withEmptyFields(payment: JsonObject): JsonObject {
  const params = payment['params'];
  const empty = { bank_code: '', bank_account_number: '', virtual_payment_address: '' };
  return { ...payment, params: { ...empty, ...(isObject(params) && params) } };
}
