/** Lists the kinds of discrepancies and the units of their amounts. */
import type { DiscrepancyKind } from '../../domain/model/decision.js';

type AmountUnit = 'Wh' | 'W' | 'minutes' | 'messages' | 'minor-units';

/**
 * `varies` means that the unit depends on the case: the amount may be energy, money or a number of readings, and the
 * detail says which.
 */
const AMOUNTS: { readonly [kind in DiscrepancyKind]: AmountUnit | 'none' | 'varies' } = {
  'unmatched-transaction': 'Wh',
  'unmatched-stop': 'none',
  'transaction-contradiction': 'none',
  'duplicate-start': 'Wh',
  'late-start': 'Wh',
  'late-stop': 'Wh',
  'meter-implausible': 'varies',
  'meter-mismatch': 'Wh',
  'meter-missing': 'Wh',
  'messages-missing': 'messages',
  'meter-scale': 'Wh',
  'meter-reset': 'Wh',
  'meter-assumed': 'Wh',
  'power-rating-contradicted': 'W',
  'clock-stepped': 'minutes',
  'meter-gap': 'Wh',
  'end-inferred': 'Wh',
  'reservation-not-accepted': 'none',
  'slot-lost': 'none',
  overshoot: 'varies',
  'stop-not-obeyed': 'none',
  'closed-by-operator': 'Wh',
  'start-assumed': 'none',
  'stop-assumed': 'none',
  'store-damaged': 'none',
  'payment-mismatch': 'minor-units',
  'payment-unmatched': 'minor-units',
  'payment-failed': 'minor-units',
  'payment-pending': 'minor-units',
  'payment-reversed': 'minor-units',
  'payment-overdue': 'minor-units',
  'payment-link-open': 'minor-units',
  'statement-payment-unknown': 'minor-units',
  'statement-payment-missing': 'minor-units',
  'statement-amount-differs': 'minor-units',
  'statement-currency-differs': 'minor-units',
  'statement-refund-unknown': 'minor-units',
  'statement-refund-missing': 'minor-units',
  'cable-locked': 'none',
  'charger-quarantined': 'none',
  'message-set-aside': 'none',
  'callback-undeliverable': 'none',
  'callback-refused': 'messages',
  'callback-invalid': 'none',
  'catalogue-rejected': 'none',
};

export const DISCREPANCY_KINDS = Object.keys(AMOUNTS) as readonly DiscrepancyKind[];

export const AMOUNT_UNITS: readonly AmountUnit[] = ['Wh', 'W', 'minutes', 'messages', 'minor-units'];

/** Returns the unit of a discrepancy's amount; `undefined` if it has none or only its detail states it. */
export function amountUnitOf(kind: DiscrepancyKind): AmountUnit | undefined {
  const unit = AMOUNTS[kind];
  return unit === 'none' || unit === 'varies' ? undefined : unit;
}
