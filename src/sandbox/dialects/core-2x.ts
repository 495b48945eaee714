/** Builds and reads what the dialects of Beckn 2.0 have in common: energy, prices, services and sessions. */
import { isJson, valueAt, type Json } from '../runtime/json.js';
import { CURRENCY, quoteValue, type QuotedOrder, type SessionSnapshot, type Step } from './dialect.js';

/** The actions that all dialects of Beckn 2.0 have in common. */
export const ACTIONS = {
  search: 'discover',
  select: 'select',
  init: 'init',
  confirm: 'confirm',
  start: 'update',
  status: 'status',
  track: 'track',
  support: 'support',
  stop: 'update',
  cancel: 'cancel',
} as const;

const PRICE_PER_KWH = 18;
export const ENERGY_KWH = 5;
export const MAX_POWER_KW = 60;
export const TARIFF_ID = 'check-tariff';
export const STATION_NAME = 'Check Station';

export const energyQuantity = (kwh: number): Json => ({
  unitText: 'Kilowatt Hour',
  unitCode: 'KWH',
  unitQuantity: kwh,
});

export const pricePerKwh: Json = { currency: CURRENCY, value: PRICE_PER_KWH, applicableQuantity: energyQuantity(1) };

/** Builds the fields of a `ChargingService`. In GeoJSON, the longitude comes first. */
export function serviceFields(connectorId: string, stationId: string, isTyped: boolean): Json {
  const geo = { type: 'Point', coordinates: [77.5946, 12.9716] };
  const address = { streetAddress: '1 Check Road', addressLocality: 'Bangalore', addressCountry: 'IND' };
  return {
    connectorType: 'CCS2',
    maxPowerKW: MAX_POWER_KW,
    evseId: connectorId,
    powerType: 'DC',
    chargingSpeed: 'FAST',
    chargingStation: {
      id: stationId,
      serviceLocation: { ...(isTyped && { '@type': 'beckn:Location' }), geo, address },
    },
  };
}

const SESSION_STATUS: Readonly<Record<Exclude<SessionSnapshot['phase'], 'quoted'>, string>> = {
  waiting: 'PENDING',
  charging: 'ACTIVE',
  stopping: 'ACTIVE',
  ended: 'COMPLETED',
};

/** Builds the fields of a `ChargingSession`; `undefined` before the order is confirmed. */
export function sessionFields({ phase, energyWh, elapsedS }: SessionSnapshot, now: number): Json | undefined {
  if (phase === 'quoted') return undefined;
  const fields = { sessionStatus: SESSION_STATUS[phase], connectorType: 'CCS2', maxPowerKW: MAX_POWER_KW };
  if (phase === 'waiting') return { ...fields, connectorStatus: 'PREPARING' };
  return {
    ...fields,
    meteredEnergyKWh: energyWh / 1_000,
    meteredDurationMinutes: Math.round(elapsedS / 60),
    lastUpdated: new Date(now).toISOString(),
  };
}

/** Any status other than STOP counts as a start, so that a misspelt status is reported as a faulty start. */
export const stepOfSessionStatus = (status: unknown): Step => (status === 'STOP' ? 'stop' : 'start');

/** @param path The path of the status, as the fault names it. */
export const findSessionStatusFault = (status: unknown, path: string): string | undefined =>
  status === 'PENDING' || status === 'STOP'
    ? undefined
    : `${path} is ${quoteValue(status)}; PENDING starts and STOP stops`;

/** Compares a stated payment with the quote. @param path The path of the amount, as the fault names it. */
export function findAmountFault(
  { value, currency }: { readonly value: unknown; readonly currency: unknown },
  quote: QuotedOrder | undefined,
  path: string,
): string | undefined {
  if (value === undefined) return `${path} is missing`;
  if (typeof value !== 'number') return `${path}.value is ${quoteValue(value)}; amounts are numbers`;
  if (quote === undefined) return `${path}.value is ${value}, but there was no quote`;
  // A sum of binary fractions may come out as 143.95000000000002.
  if (Number(value.toFixed(6)) !== Number(quote.amount))
    return `${path}.value is ${value}, but the quote is ${Number(quote.amount)}`;
  return currency === quote.currency
    ? undefined
    : `${path}.currency is ${quoteValue(currency)}, not ${quoteValue(quote.currency)}`;
}

/** Checks only that the field, if present, is an object: an empty discover asks for everything. */
export function findDiscoverFault(message: Json, field: string): string | undefined {
  const value = valueAt(message, field);
  return value === undefined || isJson(value) ? undefined : `message.${field} is not an object`;
}
