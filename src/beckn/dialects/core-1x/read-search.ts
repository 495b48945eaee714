/** Reads the intent of a `search`, which core 1.x networks write in several ways. */
import type { SearchIntent } from '../../../ports/buyer-requests.js';
import type { WireContext } from '../../protocol/wire.js';
import { valueAt, readCode, readId, readMeasure, readText } from '../../protocol/json-reading.js';
import { MAX_LIST, placesOf, type Point, readGps, readMaxPrice, readRadius, readWantedEnergy } from './read-filters.js';
import { readWindow } from './slot.js';
import { readGroups, type TagEntry } from './tags.js';

/** Item codes that name a kind of item rather than an individual item. */
const ITEM_KINDS = new Set(['charging-station', 'charge-point', 'connector', 'energy']);

/** Reads a search intent. Ignores unknown and empty filters. */
export function readIntent(context: WireContext, intent: unknown): SearchIntent {
  const circle = readCircle(intent);
  const tags = readFilterTags(intent);
  const itemId = readItem(valueAt(intent, 'item'));
  const position = tags.position ?? circle?.centre;
  const text = readText(valueAt(intent, 'descriptor', 'name'));
  const provider = readId(valueAt(intent, 'provider', 'id'));
  const names = [readText(valueAt(intent, 'provider', 'descriptor', 'name')), ...tags.brands].filter(
    (name) => name !== undefined,
  );
  const categories = readCategories(valueAt(intent, 'category'));
  const window = readWindow(intent);
  const minEnergyWh = readWantedEnergy(intent);
  const maxPrice = readMaxPrice(intent);
  const city = readId(valueAt(context, 'location', 'city', 'code')) ?? readId(valueAt(context, 'city'));
  // A circle with a radius, or an item id, is more specific than the city, which is then ignored.
  const cityCode = circle?.radiusM === undefined && itemId === undefined && city !== '*' ? city : undefined;
  return {
    ...(circle?.radiusM !== undefined && { circle: { ...circle.centre, radiusM: circle.radiusM } }),
    ...(position && { position }),
    ...(text !== undefined && { text }),
    ...(tags.connectorTypes.length > 0 && { connectorTypes: tags.connectorTypes }),
    ...(provider !== undefined && { providerIds: [provider] }),
    ...(names.length > 0 && { providerNames: names }),
    ...(itemId !== undefined && { itemId }),
    ...(tags.powerType && { powerType: tags.powerType }),
    ...(tags.minPowerW !== undefined && { minPowerW: tags.minPowerW }),
    ...(cityCode !== undefined && { cityCode }),
    ...(minEnergyWh !== undefined && { minEnergyWh }),
    ...(maxPrice && { maxPrice }),
    ...(tags.availableOnly && { availableOnly: true }),
    ...(window && { window }),
    ...(categories.length > 0 && { categories }),
  };
}

interface Place {
  readonly centre: Point;
  readonly radiusM?: number;
}

/**
 * Reads the first place with a radius; senders put it in various fields. If no place has a radius, the first place is
 * read, which serves only to measure distances.
 */
function readCircle(intent: unknown): Place | undefined {
  const places = placesOf(intent).flatMap(({ place }): Place[] => {
    const circle = valueAt(place, 'circle');
    const centre = readGps(valueAt(circle, 'gps')) ?? readGps(valueAt(place, 'gps'));
    const radiusM = readRadius(valueAt(circle, 'radius') ?? valueAt(place, 'radius'));
    return centre ? [{ centre, ...(radiusM !== undefined && { radiusM }) }] : [];
  });
  return places.find(({ radiusM }) => radiusM !== undefined) ?? places[0];
}

/** Codes of tag entries that filter by availability. */
const AVAILABILITY_CODES: ReadonlySet<string | undefined> = new Set(['availability', 'status', 'connector-status']);

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
  for (const tags of [
    valueAt(intent, 'tags'),
    valueAt(intent, 'fulfillment', 'tags'),
    valueAt(intent, 'item', 'tags'),
  ]) {
    for (const { code: group, entries } of readGroups(tags, 'message.intent.tags').slice(0, MAX_LIST)) {
      for (const entry of entries.slice(0, MAX_LIST)) {
        if (group === 'connector-types' || group === 'connector-type') pushName(connectorTypes, entry);
        else if (group === 'brands' || group === 'brand') pushName(brands, entry);
        else if (entry.code === 'connector-type') pushText(connectorTypes, entry.value);
        else if (entry.code === 'coordinates') position ??= readGps(entry.value);
        else if (entry.code === 'charger-type') powerType ??= readPowerType(entry.value);
        else if (entry.code === 'power-rating') minPowerW ??= readPower(entry.value);
        else if (AVAILABILITY_CODES.has(entry.code)) availableOnly ||= readCode(entry.value) === 'available';
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

// In a list of names, an entry's code is the name, unless the code only says what kind of value the entry has.
function pushName(names: string[], entry: TagEntry): void {
  const name = readText(valueAt(entry.raw, 'descriptor', 'code')) ?? readText(valueAt(entry.raw, 'descriptor', 'name'));
  const isKind = name === undefined || ['connector-type', 'brand', 'type', 'name'].includes(readCode(name) ?? '');
  pushText(names, isKind ? entry.value : name);
}

function pushText(texts: string[], value: unknown): void {
  const text = readText(value);
  if (text !== undefined && texts.length < MAX_LIST) texts.push(text);
}

function readPowerType(value: unknown): 'AC' | 'DC' | undefined {
  const type = readText(value)?.toUpperCase();
  return type === 'AC' || type === 'DC' ? type : undefined;
}

/** @unit Watts out; `"30kW"` and a bare `"30"` are read as kilowatts, `"7400 W"` as watts. */
function readPower(value: unknown): number | undefined {
  const measure = readMeasure(value);
  if (measure === undefined || measure.value <= 0) return undefined;
  return measure.unit === 'w' ? measure.value : measure.value * 1000;
}

function readItem(item: unknown): string | undefined {
  const code = readId(valueAt(item, 'descriptor', 'code'));
  return (
    readId(valueAt(item, 'id')) ?? (code !== undefined && !ITEM_KINDS.has(readCode(code) ?? '') ? code : undefined)
  );
}

/** Reads the code and the id of a station category, but not those that name a kind of item. */
function readCategories(category: unknown): string[] {
  const codes = [readId(valueAt(category, 'descriptor', 'code')), readId(valueAt(category, 'id'))];
  return [...new Set(codes.filter((code) => code !== undefined))].filter(
    (code) => !ITEM_KINDS.has(readCode(code) ?? ''),
  );
}
