/** `search`: what a buyer looks for, in every spelling met on these networks. */
import type { SearchIntent } from '../../../ports/buyer-requests.js';
import { parseMinor } from '../../../domain/model/money.js';
import type { WireContext } from '../../protocol/dialect.js';
import { at, codeOf, decimal, id, list, text } from '../../protocol/json-reading.js';
import { CURRENCY } from '../uei-charging/options.js';
import { readWindow } from '../uei-charging/slot.js';
import { readGroups, type FoundEntry } from './tags.js';

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** Longest list of any one filter; the rest is ignored. */
const MAX_LIST = 50;
/** Item codes that name a kind of item, not one item. */
const KINDS_OF_ITEM = new Set(['charging-station', 'charge-point', 'connector', 'energy']);
const METRES: Readonly<Record<string, number>> = {
  m: 1,
  km: 1000,
  kms: 1000,
  mi: 1609.344,
  mile: 1609.344,
  miles: 1609.344,
};

/** Unknown filters are passed over, empty ones are no filter. */
export function readIntent(context: WireContext, intent: unknown): SearchIntent {
  const circle = readCircle(intent);
  const tags = readFilterTags(intent);
  const item = readItem(at(intent, 'item'));
  const position = tags.position ?? circle?.centre;
  const words = text(at(intent, 'descriptor', 'name'));
  const provider = id(at(intent, 'provider', 'id'));
  const names = [text(at(intent, 'provider', 'descriptor', 'name')), ...tags.brands].filter(
    (name) => name !== undefined,
  );
  const categories = readCategories(at(intent, 'category'));
  const window = readWindow(intent);
  const price = text(at(intent, 'item', 'price', 'maximum_value'));
  const maxPricePerKwh = price === undefined ? undefined : parseMinor(price, CURRENCY);
  const city = id(at(context, 'location', 'city', 'code')) ?? id(at(context, 'city'));
  // A circle or one named item says more than the city of the app.
  const cityCode = circle?.radiusM === undefined && item === undefined && city !== '*' ? city : undefined;
  return {
    ...(circle?.radiusM !== undefined && { circle: { ...circle.centre, radiusM: circle.radiusM } }),
    ...(position && { position }),
    ...(words !== undefined && { text: words }),
    ...(tags.connectorTypes.length > 0 && { connectorTypes: tags.connectorTypes }),
    ...(provider !== undefined && { providerIds: [provider] }),
    ...(names.length > 0 && { providerNames: names }),
    ...(item !== undefined && { itemId: item }),
    ...(tags.powerType && { powerType: tags.powerType }),
    ...(tags.minPowerW !== undefined && { minPowerW: tags.minPowerW }),
    ...(cityCode !== undefined && { cityCode }),
    ...(maxPricePerKwh !== undefined && { maxPricePerKwh }),
    ...(tags.availableOnly && { availableOnly: true }),
    ...(window && { window }),
    ...(categories.length > 0 && { categories }),
  };
}

/** A circle from wherever it is said; without a radius it is only a place to measure distances from. */
function readCircle(intent: unknown): { readonly centre: Point; readonly radiusM?: number } | undefined {
  const stops = list(at(intent, 'fulfillment', 'stops')).slice(0, MAX_LIST);
  const places = [
    ...stops.map((stop) => at(stop, 'location')),
    at(intent, 'fulfillment', 'start', 'location'),
    at(intent, 'fulfillment', 'end', 'location'),
    at(intent, 'location'),
  ];
  for (const place of places) {
    const inner = at(place, 'circle');
    const centre = readGps(at(inner, 'gps')) ?? readGps(at(place, 'gps'));
    if (!centre) continue;
    const radiusM = readRadius(at(inner, 'radius') ?? at(place, 'radius'));
    return { centre, ...(radiusM !== undefined && { radiusM }) };
  }
  return undefined;
}

/** Metres; kilometres where no unit is said. */
function readRadius(radius: unknown): number | undefined {
  const value = decimal(at(radius, 'value') ?? radius);
  if (value === undefined || value <= 0) return undefined;
  const said = text(at(radius, 'unit')) ?? /[a-z]+\s*$/i.exec(text(radius) ?? '')?.[0];
  const unit = said?.trim().toLowerCase() ?? 'km';
  return value * ((Object.hasOwn(METRES, unit) ? METRES[unit] : undefined) ?? 1000);
}

function readGps(value: unknown): Point | undefined {
  const found = /^\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*,\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*$/.exec(text(value) ?? '');
  if (!found) return undefined;
  const latitude = Number(found[1]);
  const longitude = Number(found[2]);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

/** Entries of a connector's tags that say whether it is free. */
const STATUS: ReadonlySet<string | undefined> = new Set(['availability', 'status', 'connector-status']);

interface FilterTags {
  readonly connectorTypes: readonly string[];
  readonly brands: readonly string[];
  readonly position?: Point;
  readonly powerType?: 'AC' | 'DC';
  readonly minPowerW?: number;
  readonly availableOnly: boolean;
}

function readFilterTags(intent: unknown): FilterTags {
  const connectorTypes: string[] = [];
  const brands: string[] = [];
  let position: Point | undefined;
  let powerType: 'AC' | 'DC' | undefined;
  let minPowerW: number | undefined;
  let availableOnly = false;
  for (const tags of [at(intent, 'tags'), at(intent, 'fulfillment', 'tags'), at(intent, 'item', 'tags')]) {
    for (const { code: group, entries } of readGroups(tags, 'message.intent.tags').slice(0, MAX_LIST)) {
      for (const entry of entries.slice(0, MAX_LIST)) {
        if (group === 'connector-types' || group === 'connector-type') pushNamed(connectorTypes, entry);
        else if (group === 'brands' || group === 'brand') pushNamed(brands, entry);
        else if (entry.code === 'connector-type') pushText(connectorTypes, entry.value);
        else if (entry.code === 'coordinates') position ??= readGps(entry.value);
        else if (entry.code === 'charger-type') powerType ??= readPowerType(entry.value);
        else if (entry.code === 'power-rating') minPowerW ??= readPower(entry.value);
        else if (STATUS.has(entry.code)) availableOnly ||= codeOf(entry.value) === 'available';
      }
    }
  }
  return {
    connectorTypes,
    brands,
    ...(position && { position }),
    ...(powerType && { powerType }),
    ...(minPowerW !== undefined && { minPowerW }),
    availableOnly,
  };
}

// A list of names: the code of each entry, or its value where the code only says what kind of value it is.
function pushNamed(into: string[], entry: FoundEntry): void {
  const named = text(at(entry.raw, 'descriptor', 'code')) ?? text(at(entry.raw, 'descriptor', 'name'));
  const generic = named === undefined || ['connector-type', 'brand', 'type', 'name'].includes(codeOf(named) ?? '');
  pushText(into, generic ? entry.value : named);
}

function pushText(into: string[], value: unknown): void {
  const word = text(value);
  if (word !== undefined && into.length < MAX_LIST) into.push(word);
}

function readPowerType(value: unknown): 'AC' | 'DC' | undefined {
  const word = text(value)?.toUpperCase();
  return word === 'AC' || word === 'DC' ? word : undefined;
}

/** Watts; `"30kW"` and a bare `"30"` are kilowatts, `"7400 W"` is not. */
function readPower(value: unknown): number | undefined {
  const number = decimal(value);
  if (number === undefined || number <= 0) return undefined;
  return typeof value === 'string' && /\d\s*w\s*$/i.test(value) ? number : number * 1000;
}

function readItem(item: unknown): string | undefined {
  const code = id(at(item, 'descriptor', 'code'));
  return id(at(item, 'id')) ?? (code !== undefined && !KINDS_OF_ITEM.has(codeOf(code) ?? '') ? code : undefined);
}

/** Codes of what the stations are to be; a word for a kind of item is none. */
function readCategories(category: unknown): string[] {
  const named = [id(at(category, 'descriptor', 'code')), id(at(category, 'id'))];
  return [...new Set(named.filter((code) => code !== undefined))].filter(
    (code) => !KINDS_OF_ITEM.has(codeOf(code) ?? ''),
  );
}
