/** Calculates the charging cost: energy, time, parking and flat, before taxes and fees. */
import { divideHalfUp } from '../model/money.js';
import type { ChargingPeriod, ChargingPeriods } from '../model/session.js';
import type { PriceComponent, Tariff } from '../model/tariff.js';
import { COMPONENT_TYPES, componentOf } from './tariff-restrictions.js';

/** Minor units by kind of cost, each rounded half up once. */
export interface ChargingCost {
  readonly energy: number;
  readonly time: number;
  readonly parking: number;
  readonly flat: number;
  /** Cost of the components that have a VAT rate, by that rate in hundredths of a percent. */
  readonly vat: ReadonlyMap<number, number>;
}

const [ENERGY, TIME, PARKING, FLAT] = [0, 1, 2, 3] as const;
const HOUR_MS = 3_600_000;

/**
 * Calculates the charging cost of a session from its charging periods.
 * @unit   Minor units.
 * @shape  Energy is rounded up once, to whole steps. So is the idle time or, if none is priced, the charging time. The
 *         last component used sets the step and the price of what rounding adds.
 * @source OCPI 2.2.1 §11 (step_size)
 */
export function chargingCost(tariff: Tariff, { periods }: ChargingPeriods): ChargingCost {
  const tally = new CostTally();
  const usageOf = (kind: number, amount: (period: ChargingPeriod) => number, fallback?: PriceComponent): PricedUsage =>
    usageByComponent(pricedAmounts(tariff, periods, kind, amount), fallback);
  const energy = usageOf(ENERGY, (period) => period.energyWh, { type: 'ENERGY', price: tariff.pricePerKwh });
  const parking = usageOf(PARKING, (period) => period.idleMs);
  const time = usageOf(TIME, (period) => period.chargingMs);
  const flat = periods
    .map(({ elementIndexes }) => componentOf(tariff.elements?.[elementIndexes[FLAT]], 'FLAT'))
    .find((component) => component !== undefined);
  return {
    energy: tally.charge(roundUpToStep(energy, 1), 1000),
    time: tally.charge(parking.total > 0 ? time : roundUpToStep(time, 1000), HOUR_MS),
    parking: tally.charge(roundUpToStep(parking, 1000), HOUR_MS),
    flat: tally.charge({ total: 1, byComponent: flat ? new Map([[flat, 1]]) : new Map(), lastComponent: flat }, 1),
    vat: tally.vat,
  };
}

/** Usage, Wh or ms, by the price component that applies to it. */
interface PricedUsage {
  readonly total: number;
  readonly byComponent: ReadonlyMap<PriceComponent, number>;
  readonly lastComponent: PriceComponent | undefined;
}

interface PricedAmount {
  readonly component: PriceComponent | undefined;
  /** Wh or ms. */
  readonly amount: number;
}

function pricedAmounts(
  tariff: Tariff,
  periods: readonly ChargingPeriod[],
  kind: number,
  amount: (period: ChargingPeriod) => number,
): PricedAmount[] {
  const type = COMPONENT_TYPES[kind] ?? 'ENERGY';
  return periods.map((period) => ({
    component: componentOf(tariff.elements?.[period.elementIndexes[kind] ?? -1], type),
    amount: amount(period),
  }));
}

function usageByComponent(amounts: readonly PricedAmount[], fallback: PriceComponent | undefined): PricedUsage {
  const byComponent = new Map<PriceComponent, number>();
  let total = 0;
  let lastComponent: PriceComponent | undefined;
  for (const { component = fallback, amount } of amounts) {
    if (!component || amount === 0) continue;
    byComponent.set(component, (byComponent.get(component) ?? 0) + amount);
    total += amount;
    lastComponent = component;
  }
  return { total, byComponent, lastComponent };
}

/** Rounds the usage up to whole steps of the last component. */
function roundUpToStep(usage: PricedUsage, unit: number): PricedUsage {
  const { total, byComponent, lastComponent } = usage;
  if (!lastComponent) return usage;
  const step = (lastComponent.stepSize ?? 1) * unit;
  const added = Math.ceil(total / step) * step - total;
  if (added === 0) return usage;
  const lastUsage = (byComponent.get(lastComponent) ?? 0) + added;
  return { total: total + added, byComponent: new Map(byComponent).set(lastComponent, lastUsage), lastComponent };
}

class CostTally {
  readonly vat = new Map<number, number>();

  charge({ byComponent }: PricedUsage, per: number): number {
    let sum = 0;
    for (const [{ price, vatBps }, amount] of byComponent) {
      const due = price * amount;
      sum += due;
      if (vatBps !== undefined) this.vat.set(vatBps, (this.vat.get(vatBps) ?? 0) + divideHalfUp(due, per));
    }
    return divideHalfUp(sum, per);
  }
}

/** Checks whether time or energy is billed in whole steps of several units. The cost may then fall in a session. */
export function hasSteps({ elements = [] }: Tariff): boolean {
  return elements.some(({ priceComponents }) => priceComponents.some(({ stepSize = 1 }) => stepSize > 1));
}
