/** The end of a session in money: billed to the meter, never above what was authorised. */
import type { WantedRow } from './decision.js';
import type { FinalEnergy } from './meter.js';
import type { Bill, Order } from './order.js';
import { price } from './tariff.js';

/** The final bill of an order. `paid = total + refund`, `total ≤ authorised`. */
export function billFor(order: Order, final: Pick<FinalEnergy, 'energyWh' | 'confidence'>): Bill {
  const billedWh = Math.min(final.energyWh, order.caps.energyWh);
  const breakup = price(order.tariff, billedWh);
  return {
    ...breakup,
    refund: Math.max(0, (order.payment?.paid ?? order.authorised) - breakup.total),
    deliveredWh: final.energyWh,
    overshootWh: Math.max(0, final.energyWh - order.caps.energyWh),
    confidence: final.confidence,
  };
}

/** The rows a final energy asks for: what was held back, what disagreed, what ran over. */
export function rowsOf(bill: Bill, final: FinalEnergy, heldSamples: number): WantedRow[] {
  const rows: WantedRow[] = [];
  if (final.heldWh !== undefined) {
    rows.push({
      kind: 'meter-held',
      detail: `The stop claims ${final.heldWh} Wh, more than the connector can deliver (a thousandth would be ${Math.round(final.heldWh / 1000)} Wh); billed ${bill.energyWh} Wh.`,
      amount: final.heldWh,
    });
  } else if (heldSamples > 0) {
    rows.push({
      kind: 'meter-held',
      detail: `${heldSamples} impossible reading(s) were held back; billed ${bill.energyWh} Wh.`,
      amount: heldSamples,
    });
  }
  if (final.scaleWh !== undefined) {
    rows.push({
      kind: 'meter-scale',
      detail: `The meter tells ${bill.deliveredWh} Wh, its own power about ${final.scaleWh} Wh: perhaps kWh that are called Wh; billed ${bill.energyWh} Wh.`,
      amount: final.scaleWh,
    });
  }
  if (final.apartWh !== undefined) {
    rows.push({
      kind: 'meter-disagrees',
      detail: `The stop reads ${final.apartWh} Wh less than the last sample; billed by the stop.`,
      amount: final.apartWh,
    });
  }
  if (bill.overshootWh > 100) {
    rows.push({
      kind: 'overshoot',
      detail: `Delivered ${bill.overshootWh} Wh beyond what was authorised; not billed.`,
      amount: bill.overshootWh,
    });
  }
  return rows;
}

/**
 * What an order costs: its bill, or what has run up so far within what was authorised.
 * @unit   Minor units.
 * @shape  `undefined` while nothing has been delivered: no cost yet is not the same as free of charge.
 */
export function costOf(order: Order): { readonly minor: number; readonly currency: string } | undefined {
  const { currency } = order.tariff;
  if (order.bill) return { minor: order.bill.total, currency };
  const energyWh = Math.min(order.session?.meter.energyWh ?? 0, order.caps.energyWh);
  return energyWh > 0 ? { minor: price(order.tariff, energyWh).total, currency } : undefined;
}
