/** What charging itself costs by its course: energy, time, parking and flat, before taxes and fees. */
import type { Course, Stretch } from './charging-periods.js';
import { divideHalfUp } from '../model/money.js';
import { componentOf, KINDS } from './tariff-restrictions.js';
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
export function chargingCost(tariff: Tariff, course: Course): ChargingCost {
  const bill = new Tally();
  const paidFor = (kind: number, amount: (stretch: Stretch) => number, base?: PriceComponent): Paid =>
    gather(tariff, course, kind, amount, base);
  const energy = paidFor(ENERGY, (stretch) => stretch.energyWh, { type: 'ENERGY', price: tariff.pricePerKwh });
  const parking = paidFor(PARKING, (stretch) => stretch.idleMs);
  const time = paidFor(TIME, (stretch) => stretch.chargingMs);
  const flat = course.stretches
    .map(({ applies }) => componentOf(tariff.elements?.[applies[FLAT]], 'FLAT'))
    .find((component) => component !== undefined);
  return {
    energy: bill.charge(rounded(energy, 1), 1000),
    time: bill.charge(parking.total > 0 ? time : rounded(time, 1000), HOUR_MS),
    parking: bill.charge(rounded(parking, 1000), HOUR_MS),
    flat: bill.charge({ total: 1, by: flat ? new Map([[flat, 1]]) : new Map(), last: flat }, 1),
    vat: bill.vat,
  };
}

/** Wh or ms by the component that prices them. */
interface Paid {
  readonly total: number;
  readonly by: ReadonlyMap<PriceComponent, number>;
  readonly last: PriceComponent | undefined;
}

function gather(
  tariff: Tariff,
  course: Course,
  kind: number,
  amount: (stretch: Stretch) => number,
  base: PriceComponent | undefined,
): Paid {
  const by = new Map<PriceComponent, number>();
  let [total, last] = [0, undefined as PriceComponent | undefined];
  for (const stretch of course.stretches) {
    const type = KINDS[kind] ?? 'ENERGY';
    const component = componentOf(tariff.elements?.[stretch.applies[kind] ?? -1], type) ?? base;
    const used = amount(stretch);
    if (!component || used === 0) continue;
    by.set(component, (by.get(component) ?? 0) + used);
    total += used;
    last = component;
  }
  return { total, by, last };
}

/** Filled up to a whole number of the last one's steps. */
function rounded(paid: Paid, unit: number): Paid {
  const { total, by, last } = paid;
  if (!last) return paid;
  const step = (last.stepSize ?? 1) * unit;
  const more = Math.ceil(total / step) * step - total;
  return more === 0 ? paid : { total: total + more, by: new Map(by).set(last, (by.get(last) ?? 0) + more), last };
}

class Tally {
  readonly vat = new Map<number, number>();

  charge({ by }: Paid, per: number): number {
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
