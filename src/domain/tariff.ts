/** What energy costs. Integers only; the lines of every price sum to its total. */
import { divideHalfUp } from './money.js';
import type { Connector, Tariff } from './network.js';
import type { Breakup, Limit, PriceLine } from './order.js';
import type { Refusal } from './refusal.js';

/** Stands for "as much as you like" where energy is free; 1 GWh. */
const BOUNDLESS_WH = 1_000_000_000;

/** The charging cost of some energy before taxes and fees, minor units, half up. */
export function energyCost(tariff: Tariff, energyWh: number): number {
  return divideHalfUp(energyWh * tariff.pricePerKwh, 1000);
}

/** The full price of some energy. Nothing delivered costs nothing, the service fee included. */
export function price(tariff: Tariff, energyWh: number): Breakup {
  return priceOfCost(tariff, energyCost(tariff, energyWh), energyWh);
}

function priceOfCost(tariff: Tariff, cost: number, energyWh: number): Breakup {
  const fee = energyWh > 0 ? tariff.serviceFee : 0;
  const taxes = tariff.taxes.map((tax): PriceLine => {
    const base = (tax.on.includes('energy') ? cost : 0) + (tax.on.includes('service-fee') ? fee : 0);
    return {
      code: 'tax',
      title: tax.name,
      amount: divideHalfUp(base * tax.rateBps, 10_000),
    };
  });
  const lines: PriceLine[] = [
    { code: 'energy', title: 'Charging Cost', amount: cost },
    ...taxes,
    { code: 'service-fee', title: 'Service Fee', amount: fee },
  ];
  return {
    currency: tariff.currency,
    lines,
    total: lines.reduce((sum, line) => sum + line.amount, 0),
    energyWh,
  };
}

/** The most energy whose charging cost (before taxes and fees) stays within `amount`, Wh, rounded down. */
export function energyForCost(tariff: Tariff, amount: number): number {
  return tariff.pricePerKwh === 0 ? BOUNDLESS_WH : Math.floor((amount * 1000) / tariff.pricePerKwh);
}

/** The most energy whose full price stays within `total`, Wh. */
export function energyForTotal(tariff: Tariff, total: number): number {
  let low = 0;
  // Half a unit is rounded away: a little more energy than the total buys may still cost no more.
  let high = Math.min(BOUNDLESS_WH, energyForCost(tariff, total + 1));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (price(tariff, middle).total <= total) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The energy a limit stands for at a connector, Wh: what it is quoted for. */
export function energyOfLimit(connector: Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>, limit: Limit): number {
  switch (limit.kind) {
    case 'energy':
      return limit.value;
    case 'amount':
      return energyForCost(connector.tariff, limit.value);
    case 'time':
      return Math.floor((connector.maxPowerW * limit.value) / 3600);
    case 'soc':
      return Math.ceil((connector.socQuoteWh * limit.value) / 100);
  }
}

/** The price of a limit, the most it can come to. An amount is quoted to the last minor unit, whatever energy it buys. */
export function priceOfLimit(connector: Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>, limit: Limit): Breakup {
  const energyWh = energyOfLimit(connector, limit);
  return limit.kind === 'amount'
    ? priceOfCost(connector.tariff, limit.value, energyWh)
    : price(connector.tariff, energyWh);
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
