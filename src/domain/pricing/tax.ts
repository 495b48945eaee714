/** Calculates the amounts that taxes are charged on, and splits taxes into lines. */
import { divideHalfUp } from '../model/money.js';
import type { LineCode, PriceLine } from '../model/quote.js';
import type { Tax, Taxable } from '../model/tariff.js';

const CHARGING_TAXABLES: ReadonlySet<Taxable> = new Set(['energy', 'time', 'parking', 'flat']);

/** Returns the amount that is taxed. `subtotal` is the charging cost, `net` the same after adjustment and discount. */
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
  // If charging itself was free, a minimum price is taxed like energy.
  if (subtotal === 0) return fees + (on.includes('energy') ? net : 0);
  return fees + proportionOf(charging, subtotal, net);
}

function proportionOf(part: number, subtotal: number, net: number): number {
  return part === subtotal ? net : divideHalfUp(part * net, subtotal);
}

/** Returns the VAT of tariff elements, one line per rate. */
export function vatLines(vat: ReadonlyMap<number, number>, subtotal: number, net: number): PriceLine[] {
  return [...vat].map(([rateBps, base]) => {
    const due = subtotal === 0 ? 0 : divideHalfUp(proportionOf(base, subtotal, net) * rateBps, 10_000);
    return priceLine('tax', `VAT ${rateBps / 100} %`, due);
  });
}

/** Returns one line, or one per equal part, such as CGST and SGST. Minor units left over go to the first parts. */
export function taxLines({ name, split = [name] }: Tax, due: number): PriceLine[] {
  const part = Math.floor(due / split.length);
  const remainder = due - part * split.length;
  return split.map((title, index) => priceLine('tax', title, part + (index < remainder ? 1 : 0)));
}

export function priceLine(code: LineCode, title: string, amount: number): PriceLine {
  return { code, title, amount };
}
