/** What charging costs. Integers only; the lines of every price sum to its total. */
import { chargingCost, type ChargingCost } from './charging-cost.js';
import { extendPeriods, openChargingPeriods } from './charging-periods.js';
import { type ChargingPeriods } from '../model/charging-period.js';
import { divideHalfUp } from '../model/money.js';
import type { Connector } from '../model/network.js';
import type { Tariff, Tax, Taxable } from '../model/tariff.js';
import type { QuoteTerms } from '../model/quote-terms.js';
import type { Breakup, PriceLine, LineCode, Limit } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';

/** Stands for "as much as you like" where energy is free; 1 GWh. */
const UNLIMITED_WH = 1_000_000_000;
/** No amount is quoted for longer than this at full power. */
const MAX_QUOTED_S = 86_400;
const NO_TERMS: QuoteTerms = {};

/** The cost of some energy at the tariff's plain price, before taxes and fees, minor units, half up. */
export function energyCost(tariff: Tariff, energyWh: number): number {
  return divideHalfUp(energyWh * tariff.pricePerKwh, 1000);
}

/**
 * The full price of some energy, or of a session's course where the tariff has elements.
 * Nothing delivered costs nothing, whatever else the tariff says.
 */
export function price(tariff: Tariff, used: number | ChargingPeriods, terms: QuoteTerms = NO_TERMS): Breakup {
  return breakupOf(tariff, usageCost(tariff, used), usageEnergyWh(used), terms);
}

/** The same, with as much of the charging cost taken off as keeps it within `total`; and what was taken off in all. */
export function priceWithin(
  tariff: Tariff,
  used: number | ChargingPeriods,
  terms: QuoteTerms,
  total: number,
): { readonly breakup: Breakup; readonly unbilled: number } {
  const full = price(tariff, used, terms);
  if (full.total <= total) return { breakup: full, unbilled: 0 };
  const cost = usageCost(tariff, used);
  const cut = (most: number): Breakup => breakupOf(tariff, cost, usageEnergyWh(used), terms, most);
  const breakup = cut(largestPassing(full.total, (most) => cut(most).total <= total));
  return { breakup, unbilled: full.total - breakup.total };
}

/** What the charging itself costs, before discounts, taxes and fees, minor units. */
export function chargingCostOf(tariff: Tariff, used: number | ChargingPeriods): number {
  return subtotalOf(usageCost(tariff, used));
}

const usageEnergyWh = (used: number | ChargingPeriods): number => (typeof used === 'number' ? used : used.energyWh);
const NO_VAT: ReadonlyMap<number, number> = new Map();

function usageCost(tariff: Tariff, used: number | ChargingPeriods): ChargingCost {
  if (typeof used !== 'number') return chargingCost(tariff, used);
  return energyOnlyCost(energyCost(tariff, used));
}

function energyOnlyCost(energy: number): ChargingCost {
  return { energy, time: 0, parking: 0, flat: 0, vat: NO_VAT };
}

function subtotalOf({ energy, time, parking, flat }: ChargingCost): number {
  return energy + time + parking + flat;
}

const TITLES = { time: 'Charging Time', parking: 'Parking Fee', flat: 'Session Fee' } as const;
const COMPONENT_TYPE = { time: 'TIME', parking: 'PARKING_TIME', flat: 'FLAT' } as const;

function breakupOf(tariff: Tariff, cost: ChargingCost, energyWh: number, terms: QuoteTerms, most = Infinity): Breakup {
  const due = energyWh > 0 || subtotalOf(cost) === cost.energy ? cost : energyOnlyCost(0);
  const subtotal = subtotalOf(due);
  const bounded =
    energyWh > 0 ? Math.max(tariff.minPrice ?? 0, Math.min(subtotal, tariff.maxPrice ?? Infinity)) : subtotal;
  const charged = Math.min(bounded, most);
  const discount = discountFor(charged, terms);
  const net = charged - discount;
  const once = (fee = 0): number => (energyWh > 0 ? fee : 0);
  const fees = { 'service-fee': once(tariff.serviceFee), 'platform-fee': once(tariff.platformFee) };
  const found = once(finderFee(net + fees['service-fee'] + fees['platform-fee'], terms));
  const amounts = { ...due, ...fees, 'buyer-finder-fee': found };
  const baseOf = (on: readonly Taxable[]): number => taxBase(on, amounts, subtotal, net);
  const lines: PriceLine[] = [
    priceLine('energy', 'Charging Cost', due.energy),
    ...(['time', 'parking', 'flat'] as const)
      .filter((kind) => due[kind] > 0 || hasComponent(tariff, COMPONENT_TYPE[kind]))
      .map((kind) => priceLine(kind, TITLES[kind], due[kind])),
    ...(charged === subtotal
      ? []
      : [priceLine('adjustment', adjustmentTitle(tariff, charged, subtotal), charged - subtotal)]),
    ...(terms.offer ? [priceLine('discount', terms.offer.title, discount === 0 ? 0 : -discount)] : []),
    ...vatLines(due.vat, subtotal, net),
    ...tariff.taxes.flatMap((tax) => taxLines(tax, divideHalfUp(baseOf(tax.on) * tax.rateBps, 10_000))),
    priceLine('service-fee', 'Service Fee', fees['service-fee']),
    ...(tariff.platformFee === undefined ? [] : [priceLine('platform-fee', 'Platform Fee', fees['platform-fee'])]),
    ...(terms.buyerFinderFee ? [priceLine('buyer-finder-fee', 'Buyer Finder Fee', found)] : []),
  ];
  return { currency: tariff.currency, lines, total: lines.reduce((sum, { amount }) => sum + amount, 0), energyWh };
}

function priceLine(code: LineCode, title: string, amount: number): PriceLine {
  return { code, title, amount };
}

function hasComponent({ elements = [] }: Tariff, type: (typeof COMPONENT_TYPE)[keyof typeof COMPONENT_TYPE]): boolean {
  return elements.some((element) => element.priceComponents.some((component) => component.type === type));
}

function adjustmentTitle({ minPrice, maxPrice }: Tariff, charged: number, subtotal: number): string {
  if (charged > subtotal && charged === minPrice) return 'To Minimum Price';
  return charged === maxPrice ? 'To Maximum Price' : 'Beyond Authorised Amount';
}

function discountFor(charged: number, { offer }: QuoteTerms): number {
  if (!offer) return 0;
  const { percentBps = 0, amount = 0 } = offer;
  return Math.min(charged, divideHalfUp(charged * percentBps, 10_000) + amount);
}

function finderFee(base: number, { buyerFinderFee }: QuoteTerms): number {
  if (!buyerFinderFee) return 0;
  const { kind, value } = buyerFinderFee;
  return kind === 'amount' ? value : divideHalfUp(base * value, 10_000);
}

const CHARGING_TAXABLES: ReadonlySet<Taxable> = new Set(['energy', 'time', 'parking', 'flat']);

/** What a tax is computed on: of the charging cost the part that is left when it was adjusted and discounted. */
function taxBase(
  on: readonly Taxable[],
  amounts: Readonly<Record<Taxable, number>>,
  subtotal: number,
  net: number,
): number {
  let [charging, fees] = [0, 0];
  for (const kind of on) {
    if (CHARGING_TAXABLES.has(kind)) charging += amounts[kind];
    else fees += amounts[kind];
  }
  // What nothing was used for is there by a minimum alone: it is taxed like the energy.
  if (subtotal === 0) return fees + (on.includes('energy') ? net : 0);
  return fees + proportionOf(charging, subtotal, net);
}

function proportionOf(part: number, subtotal: number, net: number): number {
  return part === subtotal ? net : divideHalfUp(part * net, subtotal);
}

function vatLines(vat: ReadonlyMap<number, number>, subtotal: number, net: number): PriceLine[] {
  return [...vat].map(([rateBps, base]) => {
    const due = subtotal === 0 ? 0 : divideHalfUp(proportionOf(base, subtotal, net) * rateBps, 10_000);
    return priceLine('tax', `VAT ${rateBps / 100} %`, due);
  });
}

/** One line, or one for each equal part; a unit that cannot be shared goes to the first. */
function taxLines({ name, split = [name] }: Tax, due: number): PriceLine[] {
  const part = Math.floor(due / split.length);
  const over = due - part * split.length;
  return split.map((title, index) => priceLine('tax', title, part + (index < over ? 1 : 0)));
}

/** The largest whole number up to `high` that is good, where all below a good one are. */
function largestPassing(high: number, good: (value: number) => boolean): number {
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
  return tariff.pricePerKwh === 0 ? UNLIMITED_WH : Math.floor((amount * 1000) / tariff.pricePerKwh);
}

/**
 * The most energy whose full price can stay within `total`, Wh. Where the tariff has elements, at the lowest price of
 * energy that it knows and as if nothing else was paid for: no session that is paid for is held back by it.
 */
export function energyForTotal(tariff: Tariff, total: number, terms: QuoteTerms = NO_TERMS): number {
  const plain = tariff.elements ? cheapestPlainTariff(tariff) : tariff;
  // Half a unit is rounded away: a little more energy than the total buys may still cost no more.
  const bounded = terms.offer === undefined && tariff.maxPrice === undefined;
  const high = bounded ? Math.min(UNLIMITED_WH, energyForCost(plain, total + 1)) : UNLIMITED_WH;
  return largestPassing(high, (energyWh) => price(plain, energyWh, terms).total <= total);
}

function cheapestPlainTariff(tariff: Tariff): Tariff {
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

type PricedConnector = Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>;

/**
 * The energy a limit stands for at a connector, Wh: what it is quoted for.
 * @param at When it would begin, epoch ms; only a tariff with elements looks at it.
 */
export function energyOfLimit(connector: PricedConnector, limit: Limit, at = 0): number {
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

function energyOfAmount(connector: PricedConnector, amount: number, at: number): number {
  const { tariff, maxPowerW } = connector;
  if (!tariff.elements) return energyForCost(tariff, amount);
  const most = Math.floor((maxPowerW * MAX_QUOTED_S) / 3600);
  return largestPassing(
    most,
    (energyWh) => chargingCostOf(tariff, fullPowerPeriods(connector, energyWh, at)) <= amount,
  );
}

/** A session that takes all that the connector can give, and is unplugged at once: what time is quoted by. */
function fullPowerPeriods({ tariff, maxPowerW }: PricedConnector, energyWh: number, at: number): ChargingPeriods {
  const until = at + Math.ceil((energyWh * 3_600_000) / maxPowerW);
  return extendPeriods(tariff, openChargingPeriods(at), until, energyWh, false);
}

/**
 * The price of a limit. By energy alone it is the most that the limit can come to, and an amount is quoted to the last
 * minor unit, whatever energy it buys. Where the tariff has elements it is an estimate: a session from `at` (epoch ms) on
 * at the connector's full power. The bill is made from the real course, and ends at what was authorised.
 */
export function priceOfLimit(connector: PricedConnector, limit: Limit, terms: QuoteTerms = NO_TERMS, at = 0): Breakup {
  const { tariff } = connector;
  const energyWh = energyOfLimit(connector, limit, at);
  const used = tariff.elements ? fullPowerPeriods(connector, energyWh, at) : energyWh;
  if (limit.kind !== 'amount') return price(tariff, used, terms);
  const cost = usageCost(tariff, used);
  const spent = { ...cost, energy: cost.energy + limit.value - subtotalOf(cost) };
  return breakupOf(tariff, tariff.elements ? spent : energyOnlyCost(limit.value), energyWh, terms);
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
