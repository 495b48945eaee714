/** Describes discrepancies of payment requests that were refused or unconfirmed, and of links that stay open. */
import type { CommandOf } from '../model/command.js';
import type { DiscrepancyDraft } from '../model/decision.js';
import type { PaymentEffect } from '../model/effect.js';
import type { Order } from '../model/order.js';
import { amountMissing, isPaymentEffect } from './payment-result.js';

type FailedRequest = CommandOf<'payment-request-failed'>;

/**
 * Returns the discrepancy of a failed request. Its amount is what the newest totals show as missing or, for a release,
 * as still held.
 */
export function requestDiscrepancy(order: Order, command: FailedRequest): DiscrepancyDraft {
  const { requestKind, key, amount, reason, answered } = command;
  const request = order.effects.filter(isPaymentEffect).find((effect) => effect.key === key);
  const missing = request ? amountMissing(request) : amount;
  if (requestKind === 'payment-look-up') {
    const detail = `Lower totals were reported for the payment, and the provider has not confirmed or denied them: ${reason}`;
    return { kind: 'payment-pending', detail, amount: missing };
  }
  if (request?.leftOpen) return linkLeftOpen(order, request);
  const what = `The ${describeRequest(command, missing)}`;
  if (!answered) return { kind: 'payment-failed', detail: `${what} failed: ${reason}`, amount: missing, key };
  const isSeen = requestKind === 'payment-refund' && missing === 0;
  const outcome = isSeen
    ? 'showed at the provider, which could not be looked up a day later; a second refund beside it would not be known'
    : 'was answered and never showed at the provider';
  return { kind: 'payment-pending', detail: `${what} ${outcome}: ${reason}`, amount: missing, key };
}

function describeRequest({ requestKind, amount }: FailedRequest, missing: number): string {
  if (requestKind === 'payment-capture' && amount === 0) return `release of ${missing} (minor units)`;
  const part = missing === amount || missing === 0 ? '' : `, of which ${missing} are open,`;
  return `${requestKind} of ${amount} (minor units)${part}`;
}

/** Returns the discrepancy of a link that stays open. One covers all such links, because it is about the provider. */
function linkLeftOpen({ id }: Order, { reference = '', amount }: PaymentEffect): DiscrepancyDraft {
  const detail = `The provider shows payment ${reference} of order ${id} as open a day after its end and did not close it; a payment of such a link shows by its webhook or in the statement alone.`;
  return { kind: 'payment-link-open', detail, amount, key: 'any-link' };
}
