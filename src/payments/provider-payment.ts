/** Reads a payment in the format of the payment provider's API. */
import type { ProviderPayment } from '../domain/model/payment.js';

export interface ProviderPaymentMessage {
  readonly orderId: string;
  readonly payment: ProviderPayment;
}

const STATES: ReadonlySet<unknown> = new Set<ProviderPayment['state']>(['open', 'held', 'paid', 'released', 'failed']);
/** The maximum length of a text field, such as an id or a link, in characters. */
const MAX_TEXT_LENGTH = 2040;

/**
 * Reads and checks a payment.
 * @unit   Amounts are totals since the payment was created, in minor units of `currency`.
 * @shape  `{id, order_id, state, currency, held?, paid?, refunded?, url?}`; an absent total is 0.
 * @errors Returns a `fault` that names the fields that cannot be read, or the amount that is missing although the
 *         payment is paid or held. An unusable `url` is ignored.
 */
export function readProviderPayment(value: unknown): ProviderPaymentMessage | { readonly fault: string } {
  const fieldOf = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const amountOf = (name: string): number => {
    const amount = fieldOf(name) ?? 0;
    return typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0 ? amount : NaN;
  };
  const [id, orderId, state, currency, url] = ['id', 'order_id', 'state', 'currency', 'url'].map(fieldOf);
  if (!isText(id)) return { fault: 'id is missing' };
  if (!isText(orderId)) return { fault: 'order_id is missing' };
  if (!isState(state)) return { fault: 'state is not one of open, held, paid, released, failed' };
  if (!isText(currency) || !/^[A-Z]{3}$/.test(currency)) return { fault: 'currency is not an ISO 4217 code' };
  const [authorisedAmount, paid, refunded] = [amountOf('held'), amountOf('paid'), amountOf('refunded')];
  if (Number.isNaN(authorisedAmount + paid + refunded)) {
    return { fault: 'held, paid and refunded must be whole minor units' };
  }
  // An amount of 0 would be taken for an unpaid link, and the money would silently be kept.
  if (state === 'paid' && paid === 0) return { fault: 'paid must state the amount of a payment that is paid' };
  if (state === 'held' && authorisedAmount === 0)
    return { fault: 'held must state the amount of a payment that is held' };
  const link = isText(url) && /^https?:\/\//.test(url) && URL.canParse(url) ? { url } : {};
  return { orderId, payment: { reference: id, state, currency, authorisedAmount, paid, refunded, ...link } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH;
}

function isState(value: unknown): value is ProviderPayment['state'] {
  return STATES.has(value);
}
