/** Taxes of a price: what each is computed on, and how it is divided into lines. */
import { divideHalfUp } from '../model/money.js';
import type { LineCode, PriceLine } from '../model/quote.js';
import type { Tax, Taxable } from '../model/tariff.js';

const CHARGING_TAXABLES: ReadonlySet<Taxable> = new Set(['energy', 'time', 'parking', 'flat']);

/** What a tax is computed on. Its share of the charging cost is reduced like the cost by bounds and discount. */
export function taxBase(
  on: readonly Taxable[],
  amounts: Readonly<Record<Taxable, number>>,
  subtotal: number,
  net: number,
): number {
  let charging = 0;
  let fees = 0;
  for (const kind of on) {
    if (CHARGING_TAXABLES.has(kind)) charging += amounts[kind];
    else fees += amounts[kind];
  }
  // A minimum price without any usage is taxed like energy.
  if (subtotal === 0) return fees + (on.includes('energy') ? net : 0);
  return fees + proportionOf(charging, subtotal, net);
}

function proportionOf(part: number, subtotal: number, net: number): number {
  return part === subtotal ? net : divideHalfUp(part * net, subtotal);
}

/** VAT of tariff elements, a line for each rate. */
export function vatLines(vat: ReadonlyMap<number, number>, subtotal: number, net: number): PriceLine[] {
  return [...vat].map(([rateBps, base]) => {
    const due = subtotal === 0 ? 0 : divideHalfUp(proportionOf(base, subtotal, net) * rateBps, 10_000);
    return priceLine('tax', `VAT ${rateBps / 100} %`, due);
  });
}

/**
 * One line, or one for each equal part (CGST and SGST, say); the first parts get the minor units that cannot be divided.
 */
export function taxLines({ name, split = [name] }: Tax, due: number): PriceLine[] {
  const part = Math.floor(due / split.length);
  const remainder = due - part * split.length;
  return split.map((title, index) => priceLine('tax', title, part + (index < remainder ? 1 : 0)));
}

export function priceLine(code: LineCode, title: string, amount: number): PriceLine {
  return { code, title, amount };
}
