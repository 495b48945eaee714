/** What charging costs. Integers only; the lines of every price sum to its total. */
import { chargingCost, type ChargingCost } from './charging-cost.js';
import { advanced, type Course, openCourse } from './charging-periods.js';
import { divideHalfUp } from '../model/money.js';
import type { Connector, Tariff } from '../model/network.js';
import type { Breakup, Limit, LineCode, PriceLine } from '../model/order.js';
import type { Refusal } from '../model/refusal.js';
import type { Tax, Taxable, Terms } from '../model/tariff.js';

/** Stands for "as much as you like" where energy is free; 1 GWh. */
const BOUNDLESS_WH = 1_000_000_000;
/** No amount is quoted for longer than this at full power. */
const LONGEST_S = 86_400;
const NO_TERMS: Terms = {};

/** The cost of some energy at the tariff's plain price, before taxes and fees, minor units, half up. */
export function energyCost(tariff: Tariff, energyWh: number): number {
  return divideHalfUp(energyWh * tariff.pricePerKwh, 1000);
}

/**
 * The full price of some energy, or of a session's course where the tariff has elements.
 * Nothing delivered costs nothing, whatever else the tariff says.
 */
export function price(tariff: Tariff, used: number | Course, terms: Terms = NO_TERMS): Breakup {
  return priceOfCost(tariff, costOfUse(tariff, used), energyOf(used), terms);
}

/** The same, with as much of the charging cost taken off as keeps it within `total`; and what was taken off in all. */
export function priceWithin(
  tariff: Tariff,
  used: number | Course,
  terms: Terms,
  total: number,
): { readonly breakup: Breakup; readonly unbilled: number } {
  const full = price(tariff, used, terms);
  if (full.total <= total) return { breakup: full, unbilled: 0 };
  const cost = costOfUse(tariff, used);
  const cut = (most: number): Breakup => priceOfCost(tariff, cost, energyOf(used), terms, most);
  const breakup = cut(largest(full.total, (most) => cut(most).total <= total));
  return { breakup, unbilled: full.total - breakup.total };
}

/** What the charging itself costs, before discounts, taxes and fees, minor units. */
export function chargingCostOf(tariff: Tariff, used: number | Course): number {
  return subtotalOf(costOfUse(tariff, used));
}

const energyOf = (used: number | Course): number => (typeof used === 'number' ? used : used.energyWh);
const NO_VAT: ReadonlyMap<number, number> = new Map();

function costOfUse(tariff: Tariff, used: number | Course): ChargingCost {
  if (typeof used !== 'number') return chargingCost(tariff, used);
  return plainCost(energyCost(tariff, used));
}

function plainCost(energy: number): ChargingCost {
  return { energy, time: 0, parking: 0, flat: 0, vat: NO_VAT };
}

function subtotalOf({ energy, time, parking, flat }: ChargingCost): number {
  return energy + time + parking + flat;
}

const TITLES = { time: 'Charging Time', parking: 'Parking Fee', flat: 'Session Fee' } as const;
const TYPES = { time: 'TIME', parking: 'PARKING_TIME', flat: 'FLAT' } as const;

function priceOfCost(tariff: Tariff, cost: ChargingCost, energyWh: number, terms: Terms, most = Infinity): Breakup {
  const due = energyWh > 0 || subtotalOf(cost) === cost.energy ? cost : plainCost(0);
  const subtotal = subtotalOf(due);
  const bounded =
    energyWh > 0 ? Math.max(tariff.minPrice ?? 0, Math.min(subtotal, tariff.maxPrice ?? Infinity)) : subtotal;
  const charged = Math.min(bounded, most);
  const discount = discountOn(charged, terms);
  const net = charged - discount;
  const once = (fee = 0): number => (energyWh > 0 ? fee : 0);
  const fees = { 'service-fee': once(tariff.serviceFee), 'platform-fee': once(tariff.platformFee) };
  const found = once(finderFee(net + fees['service-fee'] + fees['platform-fee'], terms));
  const amounts = { ...due, ...fees, 'buyer-finder-fee': found };
  const baseOf = (on: readonly Taxable[]): number => taxed(on, amounts, subtotal, net);
  const lines: PriceLine[] = [
    line('energy', 'Charging Cost', due.energy),
    ...(['time', 'parking', 'flat'] as const)
      .filter((kind) => due[kind] > 0 || prices(tariff, TYPES[kind]))
      .map((kind) => line(kind, TITLES[kind], due[kind])),
    ...(charged === subtotal
      ? []
      : [line('adjustment', adjustmentTitle(tariff, charged, subtotal), charged - subtotal)]),
    ...(terms.offer ? [line('discount', terms.offer.title, discount === 0 ? 0 : -discount)] : []),
    ...vatLines(due.vat, subtotal, net),
    ...tariff.taxes.flatMap((tax) => taxLines(tax, divideHalfUp(baseOf(tax.on) * tax.rateBps, 10_000))),
    line('service-fee', 'Service Fee', fees['service-fee']),
    ...(tariff.platformFee === undefined ? [] : [line('platform-fee', 'Platform Fee', fees['platform-fee'])]),
    ...(terms.buyerFinderFee ? [line('buyer-finder-fee', 'Buyer Finder Fee', found)] : []),
  ];
  return { currency: tariff.currency, lines, total: lines.reduce((sum, { amount }) => sum + amount, 0), energyWh };
}

function line(code: LineCode, title: string, amount: number): PriceLine {
  return { code, title, amount };
}

function prices({ elements = [] }: Tariff, type: (typeof TYPES)[keyof typeof TYPES]): boolean {
  return elements.some((element) => element.priceComponents.some((component) => component.type === type));
}

function adjustmentTitle({ minPrice, maxPrice }: Tariff, charged: number, subtotal: number): string {
  if (charged > subtotal && charged === minPrice) return 'To Minimum Price';
  return charged === maxPrice ? 'To Maximum Price' : 'Beyond Authorised Amount';
}

function discountOn(charged: number, { offer }: Terms): number {
  if (!offer) return 0;
  const { percentBps = 0, amount = 0 } = offer;
  return Math.min(charged, divideHalfUp(charged * percentBps, 10_000) + amount);
}

function finderFee(base: number, { buyerFinderFee }: Terms): number {
  if (!buyerFinderFee) return 0;
  const { kind, value } = buyerFinderFee;
  return kind === 'amount' ? value : divideHalfUp(base * value, 10_000);
}

const CHARGING: ReadonlySet<Taxable> = new Set(['energy', 'time', 'parking', 'flat']);

/** What a tax is computed on: of the charging cost the part that is left when it was adjusted and discounted. */
function taxed(
  on: readonly Taxable[],
  amounts: Readonly<Record<Taxable, number>>,
  subtotal: number,
  net: number,
): number {
  let [charging, fees] = [0, 0];
  for (const kind of on) {
    if (CHARGING.has(kind)) charging += amounts[kind];
    else fees += amounts[kind];
  }
  // What nothing was used for is there by a minimum alone: it is taxed like the energy.
  if (subtotal === 0) return fees + (on.includes('energy') ? net : 0);
  return fees + shareOf(charging, subtotal, net);
}

function shareOf(part: number, subtotal: number, net: number): number {
  return part === subtotal ? net : divideHalfUp(part * net, subtotal);
}

function vatLines(vat: ReadonlyMap<number, number>, subtotal: number, net: number): PriceLine[] {
  return [...vat].map(([rateBps, base]) => {
    const due = subtotal === 0 ? 0 : divideHalfUp(shareOf(base, subtotal, net) * rateBps, 10_000);
    return line('tax', `VAT ${rateBps / 100} %`, due);
  });
}

/** One line, or one for each equal part; a unit that cannot be shared goes to the first. */
function taxLines({ name, split = [name] }: Tax, due: number): PriceLine[] {
  const part = Math.floor(due / split.length);
  const over = due - part * split.length;
  return split.map((title, index) => line('tax', title, part + (index < over ? 1 : 0)));
}

/** The largest whole number up to `high` that is good, where all below a good one are. */
function largest(high: number, good: (value: number) => boolean): number {
  let low = 0;
  let above = high;
  while (low < above) {
    const middle = Math.ceil((low + above) / 2);
    if (good(middle)) low = middle;
    else above = middle - 1;
  }
  return low;
}

/** The most energy whose charging cost (before taxes and fees) stays within `amount` at the plain price, Wh, rounded down. */
export function energyForCost(tariff: Tariff, amount: number): number {
  return tariff.pricePerKwh === 0 ? BOUNDLESS_WH : Math.floor((amount * 1000) / tariff.pricePerKwh);
}

/**
 * The most energy whose full price can stay within `total`, Wh. Where the tariff has elements, at the lowest price of
 * energy that it knows and as if nothing else was paid for: no session that is paid for is held back by it.
 */
export function energyForTotal(tariff: Tariff, total: number, terms: Terms = NO_TERMS): number {
  const plain = tariff.elements ? cheapest(tariff) : tariff;
  // Half a unit is rounded away: a little more energy than the total buys may still cost no more.
  const bounded = terms.offer === undefined && tariff.maxPrice === undefined;
  const high = bounded ? Math.min(BOUNDLESS_WH, energyForCost(plain, total + 1)) : BOUNDLESS_WH;
  return largest(high, (energyWh) => price(plain, energyWh, terms).total <= total);
}

function cheapest(tariff: Tariff): Tariff {
  const { elements: _elements, minPrice: _minPrice, ...plain } = tariff;
  return { ...plain, pricePerKwh: energyPrices(tariff).low };
}

/** The lowest and the highest price of energy that a tariff knows, minor units per kWh. */
export function energyPrices({ pricePerKwh, elements = [] }: Tariff): { readonly low: number; readonly high: number } {
  const all = elements.flatMap((element) => element.priceComponents.filter(({ type }) => type === 'ENERGY'));
  const always = elements.some(
    ({ restrictions, priceComponents }) => !restrictions && priceComponents.some(({ type }) => type === 'ENERGY'),
  );
  const known = [...(always ? [] : [pricePerKwh]), ...all.map((component) => component.price)];
  return { low: Math.min(...known), high: Math.max(...known) };
}

type Priced = Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>;

/**
 * The energy a limit stands for at a connector, Wh: what it is quoted for.
 * @param at When it would begin, epoch ms; only a tariff with elements looks at it.
 */
export function energyOfLimit(connector: Priced, limit: Limit, at = 0): number {
  switch (limit.kind) {
    case 'energy':
      return limit.value;
    case 'amount':
      return energyOfAmount(connector, limit.value, at);
    case 'time':
      return Math.floor((connector.maxPowerW * limit.value) / 3600);
    case 'soc':
      return Math.ceil((connector.socQuoteWh * limit.value) / 100);
  }
}

function energyOfAmount(connector: Priced, amount: number, at: number): number {
  const { tariff, maxPowerW } = connector;
  if (!tariff.elements) return energyForCost(tariff, amount);
  const most = Math.floor((maxPowerW * LONGEST_S) / 3600);
  return largest(most, (energyWh) => chargingCostOf(tariff, atFullPower(connector, energyWh, at)) <= amount);
}

/** A session that takes all that the connector can give, and is unplugged at once: what time is quoted by. */
function atFullPower({ tariff, maxPowerW }: Priced, energyWh: number, at: number): Course {
  const until = at + Math.ceil((energyWh * 3_600_000) / maxPowerW);
  return advanced(tariff, openCourse(at), until, energyWh, false);
}

/**
 * The price of a limit. By energy alone it is the most that the limit can come to, and an amount is quoted to the last
 * minor unit, whatever energy it buys. Where the tariff has elements it is an estimate: a session from `at` (epoch ms) on
 * at the connector's full power. The bill is made from the real course, and ends at what was authorised.
 */
export function priceOfLimit(connector: Priced, limit: Limit, terms: Terms = NO_TERMS, at = 0): Breakup {
  const { tariff } = connector;
  const energyWh = energyOfLimit(connector, limit, at);
  const used = tariff.elements ? atFullPower(connector, energyWh, at) : energyWh;
  if (limit.kind !== 'amount') return price(tariff, used, terms);
  const cost = costOfUse(tariff, used);
  const spent = { ...cost, energy: cost.energy + limit.value - subtotalOf(cost) };
  return priceOfCost(tariff, tariff.elements ? spent : plainCost(limit.value), energyWh, terms);
}

/** Whether a connector offers a limit, and this much of it. */
export function checkLimit(connector: Connector, limit: Limit): Refusal | undefined {
  const most = connector.options[limit.kind];
  if (most === undefined) return { code: 'option-unsupported', detail: limit.kind };
  if (limit.value > 0 && limit.value <= most) return undefined;
  return {
    code: 'option-out-of-range',
    detail: `${limit.kind} ${limit.value} is not within 1 to ${most}`,
  };
}
