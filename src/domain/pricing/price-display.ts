/** Prices and bills for a charger's display: a few numbers, and a sentence. */
import { exponentOf, formatMinor } from '../model/money.js';
import type { Order } from '../model/order.js';
import { elementIndexesAt, componentOf, COMPONENT_TYPES, type SessionPoint } from './tariff-restrictions.js';
import type { Tariff, Taxable } from '../model/tariff.js';

/** Taxes included, before any discount. @unit Ten-thousandths of a minor unit: a tax makes fractions of one. */
export interface DisplayPrices {
  readonly perKwh: number;
  /** While energy flows, and while none does. */
  readonly perHour?: number;
  readonly perIdleHour?: number;
  /** Once a session. */
  readonly flat?: number;
}

/** Parts of a minor unit in `Prices`, as decimal digits. */
const FRACTION_DIGITS = 4;
const BASIS_POINTS = 10_000;

/** What is in force at a place along a session. */
export function pricesAt(tariff: Tariff, moment: SessionPoint): DisplayPrices {
  const applies = elementIndexesAt(tariff, moment);
  const [energy, time, parking, flat] = COMPONENT_TYPES.map((kind, index) => {
    const found = componentOf(tariff.elements?.[applies[index] ?? -1], kind);
    return found && withTaxes(tariff, TAXABLE_BY_TYPE[kind], found.price, found.vatBps);
  });
  const { pricePerKwh, serviceFee, platformFee = 0 } = tariff;
  const once =
    (flat ?? 0) + withTaxes(tariff, 'service-fee', serviceFee) + withTaxes(tariff, 'platform-fee', platformFee);
  return {
    perKwh: energy ?? withTaxes(tariff, 'energy', pricePerKwh),
    ...(time !== undefined && { perHour: time }),
    ...(parking !== undefined && { perIdleHour: parking }),
    ...(once > 0 && { flat: once }),
  };
}

const TAXABLE_BY_TYPE = { ENERGY: 'energy', TIME: 'time', PARKING_TIME: 'parking', FLAT: 'flat' } as const;

function withTaxes({ taxes }: Tariff, as: Taxable, price: number, vatBps = 0): number {
  return price * taxes.reduce((sum, { on, rateBps }) => (on.includes(as) ? sum + rateBps : sum), BASIS_POINTS + vatBps);
}

/** `118000` INR → `"0.118"`: at least the digits of the currency, and no zero beyond them. */
export function formatFraction(amount: number, currency: string): string {
  const least = exponentOf(currency);
  const digits = least + FRACTION_DIGITS;
  const text = String(amount).padStart(digits + 1, '0');
  const [whole, part] = [text.slice(0, -digits), text.slice(-digits)];
  const kept = part.slice(0, least) + part.slice(least).replace(/0+$/, '');
  return kept === '' ? whole : `${whole}.${kept}`;
}

/** `INR 11.80/kWh + INR 2.00/h, taxes included`. */
export function formatPrices({ currency }: Pick<Tariff, 'currency'>, prices: DisplayPrices): string {
  const said = (amount: number | undefined, per: string): string[] =>
    amount === undefined ? [] : [`${currency} ${formatFraction(amount, currency)}${per}`];
  const parts = [
    ...said(prices.perKwh, '/kWh'),
    ...said(prices.perHour, '/h'),
    ...said(prices.perIdleHour, '/h while no energy flows'),
    ...said(prices.flat, ' once'),
  ];
  return `${parts.join(' + ')}, taxes included`;
}

/** `INR 59.00 for 5.000 kWh: Energy 50.00, GST 9.00.` What it came to, line by line. */
export function formatBill({ bill, tariff }: Pick<Order, 'bill' | 'tariff'>): string {
  const { currency } = tariff;
  const { total = 0, energyWh = 0, lines = [] } = bill ?? {};
  const kwh = `${Math.floor(energyWh / 1000)}.${String(energyWh % 1000).padStart(3, '0')}`;
  const parts = lines.map(({ title, amount }) => `${title} ${formatMinor(amount, currency)}`);
  return `${currency} ${formatMinor(total, currency)} for ${kwh} kWh${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
}
