/**
 * Defines the variant of `uei:charging` 1.0.0 that the samples of its first platform use. The context of a request does
 * not show the variant, so a buyer app gets it only through the peer setting `dialect`.
 */
import type { PeerSettings } from '../../../config/config.js';
import type { BecknDialect, RenderedCallback } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { isObject, readList } from '../../protocol/json-reading.js';
import { ueiCharging } from './index.js';

/** Sets kWh, minutes, option codes in lower case and session details as one sample; keeps the peer's other settings. */
function pulseSettings(peer: PeerSettings): PeerSettings {
  return { ...peer, units: 'kWh', time: 'min', optionCase: 'lower', sessionDetails: 'sampled-value' };
}

export const ueiChargingPulse: BecknDialect = {
  ...ueiCharging,
  name: 'uei-charging-pulse',
  displayName: `${ueiCharging.displayName} as in its samples (by setting)`,
  matches: () => false,
  read: (action, context, message, peer) => ueiCharging.read(action, context, message, pulseSettings(peer)),
  render: (callback, peer) => withBankFields(ueiCharging.render(callback, pulseSettings(peer))),
};

/** Adds missing bank fields to payments as empty strings, because buyer apps of this variant expect all of them. */
function withBankFields(rendered: RenderedCallback): RenderedCallback {
  const { message } = rendered;
  const order = message?.['order'];
  if (!message || !isObject(order) || order['payments'] === undefined) return rendered;
  const payments = readList(order['payments']).filter(isObject);
  return { ...rendered, message: { ...message, order: { ...order, payments: payments.map(withEmptyFields) } } };
}

function withEmptyFields(payment: JsonObject): JsonObject {
  const params = payment['params'];
  const empty = { bank_code: '', bank_account_number: '', virtual_payment_address: '' };
  return { ...payment, params: { ...empty, ...(isObject(params) && params) } };
}
