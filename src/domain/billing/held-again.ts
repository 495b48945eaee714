/** Recognises money that the provider holds again after the hold of an order was over. */
import type { DiscrepancyDraft, EffectDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';
import { amountHeld, type Payment, type ProviderPayment } from '../model/payment.js';

/**
 * Returns the request to release what is held again, and its discrepancy; `undefined` if nothing is held, if the hold
 * is not over, or if a capture or release is still open.
 * @param now Distinguishes this hold from earlier ones of the payment. @unit Epoch ms.
 */
export function heldAgain(
  { id, payment, effects }: Pick<Order, 'id' | 'effects'> & { readonly payment: Payment | undefined },
  report: ProviderPayment,
  now: number,
): { readonly release: EffectDraft; readonly discrepancy: DiscrepancyDraft } | undefined {
  const amount = amountHeld(report);
  if (!payment || amount === 0 || !isHoldSettled(payment)) return undefined;
  if (effects.some(({ kind }) => kind === 'payment-capture')) return undefined;
  const { reference } = report;
  const detail = `Payment ${reference} still holds, or holds again, ${amount} (minor units); it is released.`;
  return {
    release: {
      kind: 'payment-capture',
      key: `${id}:release-again:${reference}:${now}`,
      reference,
      amount: 0,
      missing: amount,
    },
    discrepancy: { kind: 'payment-unmatched', detail, amount, key: `${reference}:held-again:${now}` },
  };
}

/** Checks whether everything that we asked the provider to capture or release has been captured or released. */
function isHoldSettled({ mode, status, paid, captureRequested }: Payment): boolean {
  if (mode !== 'hold' || captureRequested === undefined) return false;
  return captureRequested === 0 ? status === 'released' : paid >= captureRequested;
}
