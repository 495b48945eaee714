/** Calculates prices in integers of minor units. The lines of a price add up exactly to its total. */
import { divideHalfUp } from '../model/money.js';
import type { Connector } from '../model/network.js';
import type { Breakup, Limit, PriceLine, QuoteTerms } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';
import type { ChargingPeriods } from '../model/session.js';
import type { Tariff, Taxable } from '../model/tariff.js';
import { chargingCost, type ChargingCost, hasSteps } from './charging-cost.js';
import { extendPeriods, openChargingPeriods } from './charging-periods.js';
import { largestPassing } from './largest-passing.js';
import { priceLine, taxBase, taxLines, vatLines } from './tax.js';

/** 1 GWh, which stands for unlimited energy. */
const UNLIMITED_WH = 1_000_000_000;
/** The longest session, at full power, that an amount is quoted for. */
const MAX_QUOTED_S = 86_400;
const NO_TERMS: QuoteTerms = {};

/** Returns the cost of energy at `pricePerKwh`, rounded half up. @unit Wh in, minor units out. */
export function energyCost(tariff: Tariff, energyWh: number): number {
  return divideHalfUp(energyWh * tariff.pricePerKwh, 1000);
}

/** What a session used: its energy in Wh, or its charging periods if the tariff has elements. */
export type Usage = number | ChargingPeriods;

/**
 * Returns the full price of what a session used.
 * @unit   Minor units.
 * @shape  Zero if no energy was delivered, even if the tariff prices time or has fees.
 */
export function price(tariff: Tariff, usage: Usage, terms: QuoteTerms = NO_TERMS): Breakup {
  return breakupOf(tariff, usageCost(tariff, usage), terms);
}

/**
 * Returns the price with the charging cost reduced as far as needed to stay within `maxTotal`. Fees are never reduced.
 * @unit   Minor units; `unbilled` is the difference from the full price.
 */
export function priceWithin(
  tariff: Tariff,
  usage: Usage,
  terms: QuoteTerms,
  maxTotal: number,
): { readonly breakup: Breakup; readonly unbilled: number } {
  const full = price(tariff, usage, terms);
  if (full.total <= maxTotal) return { breakup: full, unbilled: 0 };
  const cost = usageCost(tariff, usage);
  const reducedTo = (maxCharge: number): Breakup => breakupOf(tariff, cost, terms, maxCharge);
  const breakup = reducedTo(largestPassing(full.total, (maxCharge) => reducedTo(maxCharge).total <= maxTotal) ?? 0);
  return { breakup, unbilled: full.total - breakup.total };
}

/** Returns the charging cost, before price bounds, discounts, taxes and fees. @unit Minor units. */
export function chargingCostOf(tariff: Tariff, usage: Usage): number {
  return subtotalOf(usageCost(tariff, usage).cost);
}

interface UsageCost {
  readonly cost: ChargingCost;
  readonly energyWh: number;
}

const NO_VAT: ReadonlyMap<number, number> = new Map();

function usageCost(tariff: Tariff, usage: Usage): UsageCost {
  return typeof usage === 'number'
    ? { cost: energyOnlyCost(energyCost(tariff, usage)), energyWh: usage }
    : { cost: chargingCost(tariff, usage), energyWh: usage.energyWh };
}

function energyOnlyCost(energy: number): ChargingCost {
  return { energy, time: 0, parking: 0, flat: 0, vat: NO_VAT };
}

function subtotalOf({ energy, time, parking, flat }: ChargingCost): number {
  return energy + time + parking + flat;
}

const TITLES = { time: 'Charging Time', parking: 'Parking Fee', flat: 'Session Fee' } as const;
const COMPONENT_TYPE = { time: 'TIME', parking: 'PARKING_TIME', flat: 'FLAT' } as const;

function breakupOf(tariff: Tariff, { cost, energyWh }: UsageCost, terms: QuoteTerms, maxCharge = Infinity): Breakup {
  const isDelivered = energyWh > 0;
  const due = isDelivered || subtotalOf(cost) === cost.energy ? cost : energyOnlyCost(0);
  const subtotal = subtotalOf(due);
  const { minPrice = 0, maxPrice = Infinity } = tariff;
  const bounded = isDelivered ? Math.max(minPrice, Math.min(subtotal, maxPrice)) : subtotal;
  const charged = Math.min(bounded, maxCharge);
  const discount = discountFor(charged, terms);
  const net = charged - discount;
  const oncePerSession = (fee = 0): number => (isDelivered ? fee : 0);
  const serviceFee = oncePerSession(tariff.serviceFee);
  const platformFee = oncePerSession(tariff.platformFee);
  const buyerFinderFee = oncePerSession(finderFee(Math.min(due.energy + due.time, charged), terms));
  const fees = { 'service-fee': serviceFee, 'platform-fee': platformFee, 'buyer-finder-fee': buyerFinderFee };
  const amounts = { ...due, ...fees };
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
    priceLine('service-fee', 'Service Fee', serviceFee),
    ...(tariff.platformFee === undefined ? [] : [priceLine('platform-fee', 'Platform Fee', platformFee)]),
    ...(terms.buyerFinderFee ? [priceLine('buyer-finder-fee', 'Buyer Finder Fee', buyerFinderFee)] : []),
  ];
  return { currency: tariff.currency, lines, total: lines.reduce((sum, { amount }) => sum + amount, 0), energyWh };
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

/**
 * Returns the most energy that an amount pays for at `pricePerKwh`, before taxes and fees.
 * @unit Minor units in, Wh out, rounded down.
 */
export function energyForCost(tariff: Tariff, amount: number): number {
  return tariff.pricePerKwh === 0 ? UNLIMITED_WH : Math.floor((amount * 1000) / tariff.pricePerKwh);
}

/**
 * Returns the most energy whose full price can stay within a total.
 * @unit   Minor units in, Wh out.
 * @shape  If the tariff has elements, at its lowest energy price, without its VAT and minimum price, and as if time,
 *         parking and flat were free, so that no session within the total is cut short.
 */
export function energyForTotal(tariff: Tariff, total: number, terms: QuoteTerms = NO_TERMS): number {
  const plain = tariff.elements ? cheapestPlainTariff(tariff) : tariff;
  const isCostRising = terms.offer === undefined && tariff.maxPrice === undefined;
  // One minor unit more, because rounding may let slightly more energy fit into the total.
  const maxWh = isCostRising ? Math.min(UNLIMITED_WH, energyForCost(plain, total + 1)) : UNLIMITED_WH;
  return largestPassing(maxWh, (energyWh) => price(plain, energyWh, terms).total <= total) ?? 0;
}

function cheapestPlainTariff(tariff: Tariff): Tariff {
  const { elements: _elements, minPrice: _minPrice, ...plain } = tariff;
  return { ...plain, pricePerKwh: energyPrices(tariff).low };
}

/** Returns the lowest and the highest energy price of a tariff. @unit Minor units per kWh. */
export function energyPrices({ pricePerKwh, elements = [] }: Tariff): { readonly low: number; readonly high: number } {
  const energyComponents = elements.flatMap(({ priceComponents }) =>
    priceComponents.filter(({ type }) => type === 'ENERGY'),
  );
  const isAlwaysPriced = elements.some(
    ({ restrictions, priceComponents }) => !restrictions && priceComponents.some(({ type }) => type === 'ENERGY'),
  );
  const prices = [...(isAlwaysPriced ? [] : [pricePerKwh]), ...energyComponents.map((component) => component.price)];
  return { low: Math.min(...prices), high: Math.max(...prices) };
}

type PricedConnector = Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>;

/**
 * Returns the energy for which a limit is quoted at a connector.
 * @param at When the session would begin, epoch ms; matters only if the tariff has elements.
 * @unit  Wh out.
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
  const maxWh = Math.min(
    Math.floor((maxPowerW * MAX_QUOTED_S) / 3600),
    // One minor unit more, because the cost is rounded.
    energyForCost(cheapestPlainTariff(tariff), amount + 1),
  );
  const costs = (energyWh: number): number => chargingCostOf(tariff, fullPowerPeriods(connector, energyWh, at));
  // Where another component begins to price a step that has begun, the cost may fall.
  const restarts: number[] = [];
  let changeWh = 0;
  for (const period of hasSteps(tariff) ? fullPowerPeriods(connector, maxWh, at).periods : []) {
    changeWh += period.energyWh;
    if (changeWh + 1 < maxWh) restarts.push(changeWh + 1);
  }
  return largestPassing(maxWh, (energyWh) => costs(energyWh) <= amount, { restarts }) ?? 0;
}

/**
 * Returns the charging periods on which a quote is based: a session at full power without idle time.
 * @param lastsMs How long the session lasts: as long as the energy takes, unless time is ordered.
 */
function fullPowerPeriods(
  { tariff, maxPowerW }: PricedConnector,
  energyWh: number,
  at: number,
  lastsMs = Math.ceil((energyWh * 3_600_000) / maxPowerW),
): ChargingPeriods {
  return extendPeriods(tariff, openChargingPeriods(at), { at: at + lastsMs, energyWh, idle: false });
}

/**
 * Returns the price for which a limit is quoted.
 * @unit   Minor units; `at` in epoch ms.
 * @shape  If only energy is priced, the most that will be billed. If there are elements, an estimate for a session at
 *         full power from `at`; the bill depends on the actual charging periods, up to the authorised amount. If the
 *         limit is an amount, the charging cost is that amount.
 */
export function priceOfLimit(connector: PricedConnector, limit: Limit, terms: QuoteTerms = NO_TERMS, at = 0): Breakup {
  const { tariff } = connector;
  const energyWh = energyOfLimit(connector, limit, at);
  const lastsMs = limit.kind === 'time' ? limit.value * 1000 : undefined;
  const usage = tariff.elements ? fullPowerPeriods(connector, energyWh, at, lastsMs) : energyWh;
  if (limit.kind !== 'amount') return price(tariff, usage, terms);
  const { cost } = usageCost(tariff, usage);
  const spent = { ...cost, energy: cost.energy + limit.value - subtotalOf(cost) };
  return breakupOf(tariff, { cost: tariff.elements ? spent : energyOnlyCost(limit.value), energyWh }, terms);
}

/** Returns a refusal if the connector does not offer this option or this value, otherwise `undefined`. */
export function checkLimit(connector: Connector, limit: Limit): Refusal | undefined {
  const maximum = connector.options[limit.kind];
  if (maximum === undefined) return { code: 'option-unsupported', detail: limit.kind };
  if (limit.value > 0 && limit.value <= maximum) return undefined;
  return {
    code: 'option-out-of-range',
    detail: `${limit.kind} ${limit.value} is not within 1 to ${maximum}`,
  };
}

/**
 * Returns a refusal if a quoted limit buys no energy, otherwise `undefined`. Such a quote has no fees, but any energy
 * would be billed with them.
 */
export function checkQuote({ kind, value }: Limit, { energyWh }: Breakup): Refusal | undefined {
  if (energyWh > 0) return undefined;
  return {
    code: 'option-out-of-range',
    path: 'message.order.tags',
    detail: `${kind} ${value} buys no energy at this tariff`,
  };
}
