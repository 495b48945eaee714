/** Prepares prices and bills for a charger's display, as numbers and as text. */
import { exponentOf, formatMinor } from '../model/money.js';
import type { Order } from '../model/order.js';
import { elementIndexesAt, componentOf, COMPONENT_TYPES, type SessionPoint } from './tariff-restrictions.js';
import type { DisplayPrices, Tariff, Taxable } from '../model/tariff.js';

/** Decimal digits of `DisplayPrices` below the minor unit. */
const FRACTION_DIGITS = 4;
const BASIS_POINTS = 10_000;

/** Returns the prices, with taxes, that apply at a point in a session. @unit Ten-thousandths of a minor unit. */
export function pricesAt(tariff: Tariff, point: SessionPoint): DisplayPrices {
  const elementIndexes = elementIndexesAt(tariff, point);
  const [energy, time, parking, flat] = COMPONENT_TYPES.map((type, index) => {
    const component = componentOf(tariff.elements?.[elementIndexes[index] ?? -1], type);
    return component && withTaxes(tariff, TAXABLE_BY_TYPE[type], component.price, component.vatBps);
  });
  const { pricePerKwh, serviceFee, platformFee = 0 } = tariff;
  const fees = withTaxes(tariff, 'service-fee', serviceFee) + withTaxes(tariff, 'platform-fee', platformFee);
  const oncePerSession = (flat ?? 0) + fees;
  return {
    perKwh: energy ?? withTaxes(tariff, 'energy', pricePerKwh),
    ...(time !== undefined && { perHour: time }),
    ...(parking !== undefined && { perIdleHour: parking }),
    ...(oncePerSession > 0 && { flat: oncePerSession }),
  };
}

const TAXABLE_BY_TYPE = { ENERGY: 'energy', TIME: 'time', PARKING_TIME: 'parking', FLAT: 'flat' } as const;

function withTaxes({ taxes }: Tariff, taxable: Taxable, price: number, vatBps = 0): number {
  const rate = taxes.reduce((sum, { on, rateBps }) => (on.includes(taxable) ? sum + rateBps : sum), vatBps);
  return price * (BASIS_POINTS + rate);
}

/**
 * Formats `118000` INR as `"0.118"`.
 * @unit  Ten-thousandths of a minor unit in.
 * @shape At least all decimal digits of the currency; further digits only if needed.
 */
export function formatFraction(amount: number, currency: string): string {
  const minDigits = exponentOf(currency);
  const digits = minDigits + FRACTION_DIGITS;
  const text = String(amount).padStart(digits + 1, '0');
  const [whole, part] = [text.slice(0, -digits), text.slice(-digits)];
  const decimals = part.slice(0, minDigits) + part.slice(minDigits).replace(/0+$/, '');
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

/** Formats prices: `INR 11.80/kWh + INR 2.00/h, taxes included`. */
export function formatPrices({ currency }: Pick<Tariff, 'currency'>, prices: DisplayPrices): string {
  const priceText = (amount: number | undefined, per: string): string[] =>
    amount === undefined ? [] : [`${currency} ${formatFraction(amount, currency)}${per}`];
  const parts = [
    ...priceText(prices.perKwh, '/kWh'),
    ...priceText(prices.perHour, '/h'),
    ...priceText(prices.perIdleHour, '/h while no energy flows'),
    ...priceText(prices.flat, ' once'),
  ];
  return `${parts.join(' + ')}, taxes included`;
}

/** Formats a bill with its lines: `INR 59.00 for 5.000 kWh: Charging Cost 50.00, GST 9.00.` */
export function formatBill({ bill, tariff }: Pick<Order, 'bill' | 'tariff'>): string {
  const { currency } = tariff;
  const { total = 0, energyWh = 0, lines = [] } = bill ?? {};
  const kwh = `${Math.floor(energyWh / 1000)}.${String(energyWh % 1000).padStart(3, '0')}`;
  const parts = lines.map(({ title, amount }) => `${title} ${formatMinor(amount, currency)}`);
  return `${currency} ${formatMinor(total, currency)} for ${kwh} kWh${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
}
