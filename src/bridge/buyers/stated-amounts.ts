/** Converts the amounts of money in a request to minor units of the currency in which its order is quoted. */
import { exponentOf, floorMinor, parseMinor } from '../../domain/model/money.js';
import type { Payment } from '../../domain/model/payment.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { BuyerFinderFee } from '../../domain/model/tariff.js';
import type { StatedAmount, StatedFee, StatedPayment } from '../../ports/buyer-requests.js';

/**
 * Converts an amount to minor units of `currency`. It never rounds.
 * @errors `currency-mismatch` if the amount states another currency; `amount-invalid` if it is too large to be exact or
 *         has decimals, other than zeros, that `currency` does not have.
 */
export function toMinorUnits(stated: StatedAmount, currency: string): number | Refusal {
  const { decimal, path } = stated;
  if (stated.currency !== undefined && stated.currency !== currency) {
    return { code: 'currency-mismatch', path, detail: `${stated.currency} for ${currency}` };
  }
  const minor = parseMinor(decimal, currency);
  return minor ?? { code: 'amount-invalid', path, detail: `${decimal}: ${whyInvalid(decimal, currency)}` };
}

function whyInvalid(decimal: string, currency: string): string {
  if (floorMinor(decimal, currency) === undefined) return 'too large';
  const digits = exponentOf(currency);
  return `${currency} has ${digits === 0 ? 'no decimals' : `at most ${digits} decimals`}`;
}

export function toBuyerFinderFee(fee: StatedFee, currency: string): BuyerFinderFee | Refusal {
  if (!('amount' in fee)) return fee;
  const value = toMinorUnits(fee.amount, currency);
  return typeof value === 'number' ? { kind: 'amount', value } : value;
}

export function toPayment({ paid: stated, ...details }: StatedPayment, currency: string): Payment | Refusal {
  const paid = toMinorUnits(stated, currency);
  return typeof paid === 'number' ? { paid, ...details } : paid;
}
