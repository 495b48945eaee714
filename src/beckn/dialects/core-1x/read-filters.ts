/**
 * Reads the place, energy and price filters of a search. Unreadable ones are refused, because a search that ignored
 * them would find too much.
 */
import type { SearchIntent } from '../../../ports/buyer-requests.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import {
  NUMBER_RULE,
  valueAt,
  isStated,
  readDecimal,
  readList,
  readMeasure,
  readText,
} from '../../protocol/json-reading.js';
import { readAmount } from '../../protocol/stated-amount.js';
import { readGroups } from './tags.js';

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** Maximum number of stops, tag groups, tag entries, and names of each kind; further ones are ignored. */
export const MAX_LIST = 50;
const METRES_PER_UNIT: Readonly<Record<string, number>> = {
  m: 1,
  km: 1000,
  kms: 1000,
  mi: 1609.344,
  mile: 1609.344,
  miles: 1609.344,
};
const WH_PER_UNIT: Readonly<Record<string, number>> = { kwh: 1000, wh: 1 };
/** Fields of `item.quantity` in which senders state the energy that they want. */
const QUANTITY_FIELDS = ['available', 'selected', 'minimum'] as const;

/**
 * @errors `filter-unreadable` if a place, an energy or a price is stated but cannot be read, or if a radius is stated
 *         without a position. An empty value counts as not stated.
 */
export function checkFilters(intent: unknown): Refusal | undefined {
  return checkPlaces(intent) ?? checkCoordinates(intent) ?? checkEnergy(intent) ?? checkPrice(intent);
}

function unreadable(path: string, detail: string): Refusal {
  return { code: 'filter-unreadable', path: `message.intent.${path}`, detail };
}

/** Returns the parts of an intent in which senders may state a circle. */
export function placesOf(intent: unknown): readonly { readonly place: unknown; readonly path: string }[] {
  const stops = readList(valueAt(intent, 'fulfillment', 'stops')).slice(0, MAX_LIST);
  return [
    ...stops.map((stop, index) => ({
      place: valueAt(stop, 'location'),
      path: `fulfillment.stops[${index}].location`,
    })),
    { place: valueAt(intent, 'fulfillment', 'start', 'location'), path: 'fulfillment.start.location' },
    { place: valueAt(intent, 'fulfillment', 'end', 'location'), path: 'fulfillment.end.location' },
    { place: valueAt(intent, 'location'), path: 'location' },
  ];
}

function checkPlaces(intent: unknown): Refusal | undefined {
  for (const { place, path } of placesOf(intent)) {
    const circle = valueAt(place, 'circle');
    const positions = [valueAt(circle, 'gps'), valueAt(place, 'gps')].filter(isStated);
    if (positions.some((gps) => !readGps(gps))) {
      return unreadable(
        `${path}.gps`,
        'it must be a latitude from -90 to 90, a comma and a longitude from -180 to 180',
      );
    }
    const radius = valueAt(circle, 'radius') ?? valueAt(place, 'radius');
    const isRadiusStated = isStated(valueAt(radius, 'value') ?? (typeof radius === 'object' ? undefined : radius));
    if (isRadiusStated && (positions.length === 0 || readRadius(radius) === undefined)) {
      return unreadable(`${path}.radius`, 'it must be a number above 0, around a position');
    }
  }
  return undefined;
}

function checkCoordinates(intent: unknown): Refusal | undefined {
  for (const path of ['tags', 'fulfillment.tags', 'item.tags']) {
    const groups = readGroups(valueAt(intent, ...path.split('.')), path).slice(0, MAX_LIST);
    const isUnreadable = groups.some(({ entries }) =>
      entries
        .slice(0, MAX_LIST)
        .some(({ code, value }) => code === 'coordinates' && isStated(value) && !readGps(value)),
    );
    if (isUnreadable) return unreadable(path, 'coordinates must be a latitude, a comma and a longitude');
  }
  return undefined;
}

function checkEnergy(intent: unknown): Refusal | undefined {
  for (const field of QUANTITY_FIELDS) {
    const measure = valueAt(intent, 'item', 'quantity', field, 'measure');
    if (!isStated(valueAt(measure, 'value')) || readEnergy(measure) !== undefined) continue;
    return unreadable(`item.quantity.${field}.measure`, 'it must be a number of kWh or Wh above 0');
  }
  return undefined;
}

function checkPrice(intent: unknown): Refusal | undefined {
  if (!isStated(valueAt(intent, 'item', 'price', 'maximum_value')) || readMaxPrice(intent)) return undefined;
  return unreadable('item.price.maximum_value', NUMBER_RULE);
}

/** Reads the upper bound on the price per kWh. @shape The currency may include the unit: `INR/kWh`. */
export function readMaxPrice(intent: unknown): SearchIntent['maxPrice'] {
  const price = valueAt(intent, 'item', 'price');
  const currency = readText(valueAt(price, 'currency'))?.replace(/ ?\/ ?kwh$/i, '');
  const amount = readAmount(valueAt(price, 'maximum_value'), currency, '');
  return amount && { decimal: amount.decimal, ...(amount.currency !== undefined && { currency: amount.currency }) };
}

/** Reads the energy that a connector must be able to sell. @unit Wh out; kWh in, unless the unit is Wh. */
export function readWantedEnergy(intent: unknown): number | undefined {
  const quantity = valueAt(intent, 'item', 'quantity');
  return QUANTITY_FIELDS.map((field) => readEnergy(valueAt(quantity, field, 'measure'))).find(
    (energy) => energy !== undefined,
  );
}

function readEnergy(measure: unknown): number | undefined {
  const value = readDecimal(valueAt(measure, 'value'));
  const unit = (readText(valueAt(measure, 'unit')) ?? 'kWh').toLowerCase();
  const whPer = Object.hasOwn(WH_PER_UNIT, unit) ? WH_PER_UNIT[unit] : undefined;
  return value === undefined || value <= 0 || whPer === undefined ? undefined : Math.ceil(value * whPer);
}

/** @unit Metres out. A radius with an unknown unit, or with none, is read as kilometres. */
export function readRadius(radius: unknown): number | undefined {
  const measure = readMeasure(valueAt(radius, 'value') ?? radius);
  if (measure === undefined || measure.value <= 0) return undefined;
  const { value } = measure;
  const unit = readText(valueAt(radius, 'unit'))?.trim().toLowerCase() ?? measure.unit ?? 'km';
  return value * ((Object.hasOwn(METRES_PER_UNIT, unit) ? METRES_PER_UNIT[unit] : undefined) ?? 1000);
}

export function readGps(value: unknown): Point | undefined {
  const match = /^\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*,\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*$/.exec(readText(value) ?? '');
  if (!match) return undefined;
  const latitude = Number(match[1]);
  const longitude = Number(match[2]);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}
