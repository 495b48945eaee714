/** The end of a session in money: billed to the meter, never above what was authorised. */
import { capEnergy } from '../pricing/charging-periods.js';
import { type ChargingPeriods } from '../model/charging-period.js';
import type { DiscrepancyDraft } from '../model/decision.js';
import type { FinalEnergy } from '../metering/meter.js';
import type { Order } from '../model/order.js';
import type { Bill, LineCode } from '../model/quote.js';
import { periodsSoFar } from '../metering/session-periods.js';
import { chargingCostOf, price, priceWithin } from '../pricing/pricing.js';

/**
 * The final bill of an order. `paid = total + refund`, `total ≤ authorised`.
 * @param course Of the session, where the tariff has elements and one ran.
 */
export function billFor(
  order: Order,
  final: Pick<FinalEnergy, 'energyWh' | 'confidence'>,
  course: ChargingPeriods | undefined = undefined,
): Bill {
  const billedWh = Math.min(final.energyWh, order.caps.energyWh);
  const { breakup, unbilled } = course
    ? priceWithin(order.tariff, capEnergy(course, billedWh), order, order.authorised)
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
const UNBILLED_REPORT_RATIO = 50;

/** The rows a final energy asks for: what was held back, what disagreed, what ran over. */
export function billDiscrepancies(bill: Bill, final: FinalEnergy, heldSamples: number): DiscrepancyDraft[] {
  const rows: DiscrepancyDraft[] = [];
  if (final.implausibleWh !== undefined) {
    rows.push({
      kind: 'meter-implausible',
      detail: `The stop claims ${final.implausibleWh} Wh, more than the connector can deliver (a thousandth would be ${Math.round(final.implausibleWh / 1000)} Wh); billed ${bill.energyWh} Wh.`,
      amount: final.implausibleWh,
    });
  } else if (heldSamples > 0) {
    rows.push({
      kind: 'meter-implausible',
      detail: `${heldSamples} impossible reading(s) were held back; billed ${bill.energyWh} Wh.`,
      amount: heldSamples,
    });
  }
  if (final.powerBasedWh !== undefined) {
    rows.push({
      kind: 'meter-scale',
      detail: `The meter tells ${bill.deliveredWh} Wh, its own power about ${final.powerBasedWh} Wh: perhaps kWh that are called Wh; billed ${bill.energyWh} Wh.`,
      amount: final.powerBasedWh,
    });
  }
  if (final.disagreementWh !== undefined) {
    rows.push({
      kind: 'meter-mismatch',
      detail: `The stop reads ${final.disagreementWh} Wh less than the last sample; billed by the stop.`,
      amount: final.disagreementWh,
    });
  }
  if (bill.overshootWh > 100) {
    rows.push({
      kind: 'overshoot',
      detail: `Delivered ${bill.overshootWh} Wh beyond what was authorised; not billed.`,
      amount: bill.overshootWh,
    });
  }
  if (bill.unbilled !== undefined && bill.unbilled * UNBILLED_REPORT_RATIO > bill.total) {
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
export function costSoFar(order: Order): { readonly amountMinor: number; readonly currency: string } | undefined {
  const { currency } = order.tariff;
  if (order.bill) return { amountMinor: order.bill.total, currency };
  const used = usageSoFar(order);
  if ((typeof used === 'number' ? used : used.energyWh) <= 0) return undefined;
  return { amountMinor: Math.min(price(order.tariff, used, order).total, order.authorised), currency };
}

/** What the charging itself has cost so far, or was billed at, before discounts, taxes and fees; minor units. */
export function chargingCostSoFar(order: Order): number {
  if (!order.bill) return chargingCostOf(order.tariff, usageSoFar(order));
  return order.bill.lines.reduce((sum, { code, amount }) => (CHARGING_LINES.has(code) ? sum + amount : sum), 0);
}

const CHARGING_LINES: ReadonlySet<LineCode> = new Set(['energy', 'time', 'parking', 'flat']);

function usageSoFar({ tariff, session, caps }: Order): number | ChargingPeriods {
  if (session && tariff.elements) return capEnergy(periodsSoFar(tariff, session), caps.energyWh);
  return Math.min(session?.meter.energyWh ?? 0, caps.energyWh);
}
