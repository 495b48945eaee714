/** Calculates the bill of an order from the metered energy, up to the authorised amount. */
import type { FinalEnergy } from '../metering/meter.js';
import { periodsSoFar } from '../metering/session-periods.js';
import type { DiscrepancyDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';
import type { Bill, LineCode } from '../model/quote.js';
import type { ChargingPeriods } from '../model/session.js';
import { payableAmount } from '../pricing/authorised-until.js';
import { capEnergy } from '../pricing/charging-periods.js';
import { chargingCostOf, price, priceWithin, type Usage } from '../pricing/pricing.js';

/**
 * Returns the final bill of an order.
 * @param chargingPeriods The session's charging periods, if the tariff has elements and there was a session.
 * @unit  Minor units and Wh.
 */
export function billFor(
  order: Order,
  final: Pick<FinalEnergy, 'energyWh' | 'confidence'>,
  chargingPeriods?: ChargingPeriods,
): Bill {
  const billedWh = Math.min(final.energyWh, order.caps.energyWh);
  const { breakup, unbilled } = chargingPeriods
    ? priceWithin(order.tariff, capEnergy(chargingPeriods, billedWh), order, payableAmount(order))
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

/** An overshoot within this energy and a twentieth of the limit is counted, but opens no discrepancy. */
const REPORTED_OVERSHOOT_WH = 100;
const REPORTED_OVERSHOOT_RATIO = 20;
/** The rounding error of two registers in whole Wh. */
const ROUNDING_WH = 2;
/** Unbilled cost up to a fiftieth of the bill is not reported: it may arise before the session can be stopped. */
const UNBILLED_REPORT_RATIO = 50;

/** Returns the discrepancies of a bill: impossible, contradictory or doubtful readings, and unbilled energy or cost. */
export function billDiscrepancies(bill: Bill, final: FinalEnergy, rejectedReadings: number): DiscrepancyDraft[] {
  return [...meterDiscrepancies(bill, final, rejectedReadings), ...overshootDiscrepancies(bill)];
}

/** Returns the energy delivered beyond the limit; `undefined` if it is within rounding errors. @unit Wh */
export function countedOvershootWh({ overshootWh }: Bill): number | undefined {
  return overshootWh > ROUNDING_WH ? overshootWh : undefined;
}

function meterDiscrepancies(bill: Bill, final: FinalEnergy, rejectedReadings: number): DiscrepancyDraft[] {
  const { implausibleWh, alternativeWh, disagreementWh, resetWh, assumedWh, suggestedQuirk } = final;
  const discrepancies: DiscrepancyDraft[] = [];
  if (implausibleWh !== undefined) {
    const asKwh = Math.round(implausibleWh / 1000);
    discrepancies.push({
      kind: 'meter-implausible',
      detail: `The stop reports ${implausibleWh} Wh, more than the connector can deliver (a thousandth would be ${asKwh} Wh); ${bill.energyWh} Wh were billed.`,
      amount: implausibleWh,
    });
  } else if (rejectedReadings > 0) {
    discrepancies.push({
      kind: 'meter-implausible',
      detail: `Impossible readings were rejected (${rejectedReadings}); ${bill.energyWh} Wh were billed.`,
      amount: rejectedReadings,
    });
  }
  if (alternativeWh !== undefined) {
    // Whole kWh below the energy only show it less exactly.
    const instead = alternativeWh > final.energyWh ? `, not ${alternativeWh}` : '';
    discrepancies.push({
      kind: 'meter-scale',
      detail: suggestedQuirk
        ? `${suggestedQuirk.evidence} ${bill.energyWh} Wh were billed${instead}; see the quirk ${suggestedQuirk.quirk}.`
        : `The meter reports ${bill.deliveredWh} Wh, but its power amounts to about ${alternativeWh} Wh; ${bill.energyWh} Wh were billed.`,
      amount: alternativeWh,
    });
  }
  if (resetWh !== undefined) {
    discrepancies.push({
      kind: 'meter-reset',
      detail: `The register fell or jumped during the session and ended at ${resetWh} Wh; what it did not show was not billed (${bill.energyWh} Wh were).`,
      amount: resetWh,
    });
  }
  if (assumedWh !== undefined) {
    discrepancies.push({
      kind: 'meter-assumed',
      detail: `The meter seems to count from the beginning of the session, although it started at another register; ${bill.energyWh} Wh were billed for that.`,
      amount: assumedWh,
    });
  }
  if (disagreementWh !== undefined) {
    discrepancies.push({
      kind: 'meter-mismatch',
      detail: `Samples showed ${disagreementWh} Wh that later ones or the end took back; the bill follows the end.`,
      amount: disagreementWh,
    });
  }
  return discrepancies;
}

function overshootDiscrepancies({ overshootWh, unbilled, total, deliveredWh }: Bill): DiscrepancyDraft[] {
  const discrepancies: DiscrepancyDraft[] = [];
  const limitWh = deliveredWh - overshootWh;
  const isReported = overshootWh > REPORTED_OVERSHOOT_WH || overshootWh * REPORTED_OVERSHOOT_RATIO > limitWh;
  if (isReported && overshootWh > ROUNDING_WH) {
    discrepancies.push({
      kind: 'overshoot',
      detail: `${overshootWh} Wh were delivered beyond what was authorised and are not billed.`,
      amount: overshootWh,
    });
  }
  if (unbilled !== undefined && unbilled * UNBILLED_REPORT_RATIO > total) {
    discrepancies.push({
      kind: 'overshoot',
      detail: `The session cost ${unbilled} minor units more than was authorised; they are not billed.`,
      amount: unbilled,
    });
  }
  return discrepancies;
}

/**
 * Returns what an order costs: the total of its bill, or the cost so far, up to the authorised amount.
 * @unit   Minor units.
 * @shape  `undefined` if there is no bill and no energy was delivered, because "no cost yet" does not mean "free".
 */
export function costSoFar(order: Order): { readonly amountMinor: number; readonly currency: string } | undefined {
  const { currency } = order.tariff;
  if (order.bill) return { amountMinor: order.bill.total, currency };
  const usage = usageSoFar(order);
  if ((typeof usage === 'number' ? usage : usage.energyWh) <= 0) return undefined;
  return { amountMinor: Math.min(price(order.tariff, usage, order).total, payableAmount(order)), currency };
}

/** Returns the energy delivered, in total or so far; `undefined` before the session. @unit Wh. */
export function energySoFar({ bill, session }: Pick<Order, 'bill' | 'session'>): number | undefined {
  return bill?.deliveredWh ?? session?.meter.energyWh;
}

/** Returns the charging cost, billed or so far, before price bounds, discounts, taxes and fees. @unit Minor units. */
export function chargingCostSoFar(order: Order): number {
  if (!order.bill) return chargingCostOf(order.tariff, usageSoFar(order));
  return order.bill.lines.reduce((sum, { code, amount }) => (CHARGING_LINES.has(code) ? sum + amount : sum), 0);
}

const CHARGING_LINES: ReadonlySet<LineCode> = new Set(['energy', 'time', 'parking', 'flat']);

function usageSoFar({ tariff, session, caps }: Order): Usage {
  if (session && tariff.elements) return capEnergy(periodsSoFar(tariff, session), caps.energyWh);
  return Math.min(session?.meter.energyWh ?? 0, caps.energyWh);
}
