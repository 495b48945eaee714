/** What charging itself costs by its course: energy, time, parking and flat, before taxes and fees. */
import type { ChargingPeriods, ChargingPeriod } from '../model/charging-period.js';
import { divideHalfUp } from '../model/money.js';
import { componentOf, COMPONENT_TYPES } from './tariff-restrictions.js';
import type { PriceComponent, Tariff } from '../model/tariff.js';

export interface ChargingCost {
  /** Minor units by kind of cost; each is rounded once, half up. */
  readonly energy: number;
  readonly time: number;
  readonly parking: number;
  readonly flat: number;
  /** Of these, what each rate of a component's own tax (hundredths of a percent) is computed on. */
  readonly vat: ReadonlyMap<number, number>;
}

const [ENERGY, TIME, PARKING, FLAT] = [0, 1, 2, 3] as const;
const HOUR_MS = 3_600_000;

/**
 * Step sizes round up once: the energy, and the idle time where any is paid for, else the charging time; in the step
 * and at the price of the component that was the last to count.
 * @source OCPI 2.2.1 §11.4.3 (step_size)
 */
export function chargingCost(tariff: Tariff, course: ChargingPeriods): ChargingCost {
  const bill = new CostTally();
  const paidFor = (kind: number, amount: (stretch: ChargingPeriod) => number, base?: PriceComponent): PricedUsage =>
    usageByComponent(tariff, course, kind, amount, base);
  const energy = paidFor(ENERGY, (stretch) => stretch.energyWh, { type: 'ENERGY', price: tariff.pricePerKwh });
  const parking = paidFor(PARKING, (stretch) => stretch.idleMs);
  const time = paidFor(TIME, (stretch) => stretch.chargingMs);
  const flat = course.periods
    .map(({ elementIndexes: applies }) => componentOf(tariff.elements?.[applies[FLAT]], 'FLAT'))
    .find((component) => component !== undefined);
  return {
    energy: bill.charge(roundUpToStep(energy, 1), 1000),
    time: bill.charge(parking.total > 0 ? time : roundUpToStep(time, 1000), HOUR_MS),
    parking: bill.charge(roundUpToStep(parking, 1000), HOUR_MS),
    flat: bill.charge({ total: 1, byComponent: flat ? new Map([[flat, 1]]) : new Map(), lastComponent: flat }, 1),
    vat: bill.vat,
  };
}

/** Wh or ms by the component that prices them. */
interface PricedUsage {
  readonly total: number;
  readonly byComponent: ReadonlyMap<PriceComponent, number>;
  readonly lastComponent: PriceComponent | undefined;
}

function usageByComponent(
  tariff: Tariff,
  course: ChargingPeriods,
  kind: number,
  amount: (stretch: ChargingPeriod) => number,
  base: PriceComponent | undefined,
): PricedUsage {
  const by = new Map<PriceComponent, number>();
  let [total, last] = [0, undefined as PriceComponent | undefined];
  for (const stretch of course.periods) {
    const type = COMPONENT_TYPES[kind] ?? 'ENERGY';
    const component = componentOf(tariff.elements?.[stretch.elementIndexes[kind] ?? -1], type) ?? base;
    const used = amount(stretch);
    if (!component || used === 0) continue;
    by.set(component, (by.get(component) ?? 0) + used);
    total += used;
    last = component;
  }
  return { total, byComponent: by, lastComponent: last };
}

/** Filled up to a whole number of the last one's steps. */
function roundUpToStep(paid: PricedUsage, unit: number): PricedUsage {
  const { total, byComponent: by, lastComponent: last } = paid;
  if (!last) return paid;
  const step = (last.stepSize ?? 1) * unit;
  const more = Math.ceil(total / step) * step - total;
  return more === 0
    ? paid
    : { total: total + more, byComponent: new Map(by).set(last, (by.get(last) ?? 0) + more), lastComponent: last };
}

class CostTally {
  readonly vat = new Map<number, number>();

  charge({ byComponent: by }: PricedUsage, per: number): number {
    let sum = 0;
    for (const [component, used] of by) {
      const due = component.price * used;
      sum += due;
      if (component.vatBps === undefined) continue;
      this.vat.set(component.vatBps, (this.vat.get(component.vatBps) ?? 0) + divideHalfUp(due, per));
    }
    return divideHalfUp(sum, per);
  }
}
