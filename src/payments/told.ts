/** A payment as the provider's API writes it. */
import type { ProviderPayment } from '../domain/model/payment.js';

export interface ProviderPaymentMessage {
  readonly orderId: string;
  readonly payment: ProviderPayment;
}

const STATES: ReadonlySet<unknown> = new Set<ProviderPayment['state']>(['open', 'held', 'paid', 'released', 'failed']);
const MAX_ID_LENGTH = 255;

/**
 * @unit   Minor units of `currency`, totals since the payment was made.
 * @shape  `{id, order_id, state, currency, held?, paid?, refunded?, url?}`; an absent total is 0.
 * @errors The field that cannot be read, as `fault`.
 */
export function readProviderPayment(value: unknown): ProviderPaymentMessage | { readonly fault: string } {
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const amount = (name: string): number => {
    const found = field(name) ?? 0;
    return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : NaN;
  };
  const [id, orderId, state, currency, url] = ['id', 'order_id', 'state', 'currency', 'url'].map(field);
  if (!isText(id)) return { fault: 'id is missing' };
  if (!isText(orderId)) return { fault: 'order_id is missing' };
  if (!isState(state)) return { fault: 'state is not one of open, held, paid, released, failed' };
  if (!isText(currency) || !/^[A-Z]{3}$/.test(currency)) return { fault: 'currency is no ISO 4217 code' };
  const [held, paid, refunded] = [amount('held'), amount('paid'), amount('refunded')];
  if (Number.isNaN(held + paid + refunded)) return { fault: 'held, paid and refunded are whole minor units' };
  const link = isText(url) && /^https?:\/\//.test(url) && URL.canParse(url) ? { url } : {};
  return { orderId, payment: { reference: id, state, currency, authorisedAmount: held, paid, refunded, ...link } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH * 8;
}

function isState(value: unknown): value is ProviderPayment['state'] {
  return STATES.has(value);
}
