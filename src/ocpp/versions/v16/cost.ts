/**
 * Encodes prices and costs for a charger's display as OCPP 1.6 DataTransfers, as an Open Charge Alliance application
 * note defines them.
 */
import type { CostCommand } from '../../../ports/cost.js';
import { formatMinor } from '../../../domain/model/money.js';
import type { DisplayPrices } from '../../../domain/model/tariff.js';
import { formatFraction } from '../../../domain/pricing/price-display.js';
import type { Payload } from '../../frames/payload.js';
import { formatTime } from '../timestamps.js';

const COST_VENDOR_ID = 'org.openchargealliance.costmsg';

/**
 * Builds the payload of a DataTransfer whose data is JSON text.
 * @unit   `meterValue` is the register in Wh, `atEnergykWh` the register in kWh; money is in major units of the
 *         currency.
 * @source OCA, "OCPP & California Pricing Requirements", for 1.6; `atEnergykWh` as libocpp reads it
 */
export function costDataTransfer(command: CostCommand): Payload {
  const [messageId, data] = costMessage(command);
  return { vendorId: COST_VENDOR_ID, messageId, data: JSON.stringify(data) };
}

function costMessage(command: CostCommand): [string, Payload] {
  switch (command.type) {
    case 'show-price':
      return ['SetUserPrice', { idToken: command.idTag, priceText: command.text }];
    case 'show-cost': {
      const { transactionId, at, registerWh, cost, currency, idle, prices, readingAtWh } = command;
      return [
        'RunningCost',
        {
          transactionId: Number(transactionId),
          timestamp: formatTime(at),
          meterValue: registerWh,
          cost: toMajorUnits(cost, currency),
          state: idle ? 'Idle' : 'Charging',
          ...pricePayload(prices, currency),
          ...(readingAtWh !== undefined && { triggerMeterValue: { atEnergykWh: toKwh(readingAtWh) } }),
        },
      ];
    }
    case 'show-final-cost': {
      const { transactionId, cost, currency, text } = command;
      return [
        'FinalCost',
        { transactionId: Number(transactionId), cost: toMajorUnits(cost, currency), priceText: text },
      ];
    }
  }
}

function pricePayload({ perKwh, perHour = 0, flat = 0, perIdleHour }: DisplayPrices, currency: string): Payload {
  const toMajor = (amount: number): number => Number(formatFraction(amount, currency));
  return {
    chargingPrice: { kWhPrice: toMajor(perKwh), hourPrice: toMajor(perHour), flatFee: toMajor(flat) },
    ...(perIdleHour !== undefined && { idlePrice: { hourPrice: toMajor(perIdleHour) } }),
  };
}

/** Converts by way of decimal text, because arithmetic on fractions is inexact. */
function toMajorUnits(minor: number, currency: string): number {
  return Number(formatMinor(minor, currency));
}

function toKwh(wh: number): number {
  return Number(`${Math.floor(wh / 1000)}.${String(wh % 1000).padStart(3, '0')}`);
}
