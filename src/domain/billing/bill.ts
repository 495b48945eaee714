/** The end of a session in money: billed to the meter, never above what was authorised. */
import { type Course, withAtMost } from '../pricing/charging-periods.js';
import type { WantedRow } from '../model/decision.js';
import type { FinalEnergy } from '../metering/meter.js';
import type { Bill, LineCode, Order } from '../model/order.js';
import { courseOf } from '../metering/session-periods.js';
import { chargingCostOf, price, priceWithin } from '../pricing/pricing.js';

/**
 * The final bill of an order. `paid = total + refund`, `total ≤ authorised`.
 * @param course Of the session, where the tariff has elements and one ran.
 */
export function billFor(
  order: Order,
  final: Pick<FinalEnergy, 'energyWh' | 'confidence'>,
  course: Course | undefined = undefined,
): Bill {
  const billedWh = Math.min(final.energyWh, order.caps.energyWh);
  const { breakup, unbilled } = course
    ? priceWithin(order.tariff, withAtMost(course, billedWh), order, order.authorised)
    : { breakup: price(order.tariff, billedWh, order), unbilled: 0 };
  return {
    ...breakup,
    refund: Math.max(0, (order.payment?.paid ?? order.authorised) - breakup.total),
    deliveredWh: final.energyWh,
    overshootWh: Math.max(0, final.energyWh - order.caps.energyWh),
    ...(unbilled > 0 && { unbilled }),
    confidence: final.confidence,
  };
}

/** What a person is told of from here on: what the last readings cost more is nobody's concern. */
const UNBILLED_SHARE = 50;

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
  if (bill.unbilled !== undefined && bill.unbilled * UNBILLED_SHARE > bill.total) {
    rows.push({
      kind: 'overshoot',
      detail: `The session came to ${bill.unbilled} minor units more than was authorised; not billed.`,
      amount: bill.unbilled,
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
  const used = usedSoFar(order);
  if ((typeof used === 'number' ? used : used.energyWh) <= 0) return undefined;
  return { minor: Math.min(price(order.tariff, used, order).total, order.authorised), currency };
}

/** What the charging itself has cost so far, or was billed at, before discounts, taxes and fees; minor units. */
export function chargedSoFar(order: Order): number {
  if (!order.bill) return chargingCostOf(order.tariff, usedSoFar(order));
  return order.bill.lines.reduce((sum, { code, amount }) => (CHARGING.has(code) ? sum + amount : sum), 0);
}

const CHARGING: ReadonlySet<LineCode> = new Set(['energy', 'time', 'parking', 'flat']);

function usedSoFar({ tariff, session, caps }: Order): number | Course {
  if (session && tariff.elements) return withAtMost(courseOf(tariff, session), caps.energyWh);
  return Math.min(session?.meter.energyWh ?? 0, caps.energyWh);
}
