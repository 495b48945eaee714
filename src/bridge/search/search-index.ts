/**
 * Indexes the catalogue for searches: stations by place, connectors in columns. The index never changes; live
 * availability is checked only for connectors that pass all other conditions.
 */
import { type CatalogueLookup, standardOf } from '../../domain/locations/catalogue.js';
import { isInBox } from '../../domain/locations/geography.js';
import {
  type ConnectorRef,
  connectorRefOf,
  type Provider,
  type Site,
  type Station,
} from '../../domain/model/network.js';
import { overlappingSlot } from '../../domain/locations/reservation-slots.js';
import { type Slot } from '../../domain/model/reservation.js';
import { floorMinor } from '../../domain/model/money.js';
import { atOnce, type Steps } from '../../domain/model/object.js';
import { energyPrices } from '../../domain/pricing/pricing.js';
import { type StationMatch, SpatialIndex } from './spatial-index.js';
import { searchTermsOf } from './search-terms.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';

/** The changing facts about connectors that a search needs in addition to the index. */
export interface LiveAvailability {
  isAvailable(chargePointId: string, connectorId: number): boolean;
  bookedSlots(chargePointId: string, connectorId: number): readonly Slot[];
}

/** The last connector of a page; the next page starts after it. It is JSON-safe, because it is stored. */
export interface SearchCursor {
  readonly key: number;
  /** The connector's number in the index that found it. */
  readonly ordinal: number;
  /** Finds the connector again if the network is replaced between two pages. Absent in plans stored before 0.3.0. */
  readonly connector?: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>;
}

export interface SearchHit {
  readonly site: Site;
  /** The cursor to continue a search after this hit. */
  readonly cursor: SearchCursor;
  /** Metres from the centre of the circle, or from the route. */
  readonly distanceM?: number;
}

export interface SearchHits {
  readonly hits: readonly SearchHit[];
  /** Present if there are more hits. */
  readonly next?: SearchCursor;
}

interface StationEntry {
  readonly provider: Provider;
  readonly station: Station;
  /** The provider's name and the station's name, address and city, in lower case. */
  readonly text: string;
  /** The station's connectors have consecutive numbers; `endConnector` is exclusive. */
  readonly firstConnector: number;
  endConnector: number;
}

/** The indexed facts: about stations, and about connectors by their number. */
interface Columns {
  readonly stations: readonly StationEntry[];
  readonly stationNumbers: ReadonlyMap<string, number>;
  readonly standardNumbers: ReadonlyMap<string, number>;
  readonly standardOf: Uint16Array;
  readonly isDc: Uint8Array;
  readonly powerW: Float64Array;
  readonly pricePerKwh: Float64Array;
}

interface SearchFilter {
  readonly matchesStation: (entry: StationEntry) => boolean;
  readonly matchesConnector: (ordinal: number, entry: StationEntry) => boolean;
}

export class SearchIndex {
  readonly #sites: readonly Site[];
  readonly #columns: Columns;
  readonly #spatialIndex: SpatialIndex;
  readonly #hasCategories: boolean;
  readonly #catalogue: CatalogueLookup;

  /** @param columns The catalogue's columns, if they were built in steps; see `inSteps`. */
  constructor(catalogue: CatalogueLookup, columns: Columns = atOnce(columnsOf(catalogue.sites))) {
    const { stations } = columns;
    this.#catalogue = catalogue;
    this.#sites = catalogue.sites;
    this.#columns = columns;
    this.#hasCategories = stations.some(({ station }) => station.categories !== undefined);
    this.#spatialIndex = new SpatialIndex(stations.map(({ station }) => station));
  }

  /** Builds an index, with one step for each station. */
  static *inSteps(catalogue: CatalogueLookup): Steps<SearchIndex> {
    return new SearchIndex(catalogue, yield* columnsOf(catalogue.sites));
  }

  /**
   * Returns one page of hits. In a circle, the nearest come first; along a route, they come in travel order; otherwise,
   * they come in the order of the network file.
   * @param maxHits  The largest number of connectors to return.
   * @param after    The cursor of the previous page.
   */
  search(intent: SearchIntent, live: LiveAvailability, maxHits: number, after?: SearchCursor): SearchHits {
    const hits: SearchHit[] = [];
    for (const hit of this.eachHit(intent, live, after)) {
      const last = hits.at(-1)?.cursor;
      if (hits.length === maxHits) return { hits, ...(last && { next: last }) };
      hits.push(hit);
    }
    return { hits };
  }

  /** Yields the hits of `search` one by one, so that a caller can stop early without searching the rest. */
  *eachHit(intent: SearchIntent, live: LiveAvailability, after?: SearchCursor): Generator<SearchHit, void> {
    const filter = this.#buildFilter(intent, live);
    if (!filter) return;
    const last = after ? { key: after.key, ordinal: this.#ordinalOf(after) } : { key: -1, ordinal: -1 };
    for (const { station, sortKey: key, distanceM } of this.#candidates(intent)) {
      const entry = this.#columns.stations[station];
      if (!entry || key < last.key || !filter.matchesStation(entry)) continue;
      const from = key === last.key ? Math.max(entry.firstConnector, last.ordinal + 1) : entry.firstConnector;
      for (let ordinal = from; ordinal < entry.endConnector; ordinal++) {
        const site = this.#sites[ordinal];
        if (!site || !filter.matchesConnector(ordinal, entry)) continue;
        const { chargePointId, connectorId } = connectorRefOf(site);
        const cursor = { key, ordinal, connector: { chargePointId, connectorId } };
        yield { site, cursor, ...(distanceM !== undefined && { distanceM }) };
      }
    }
  }

  /** Returns the number of a cursor's connector in this index; if it is no longer sold, its earlier number. */
  #ordinalOf({ ordinal, connector }: SearchCursor): number {
    const site = connector && this.#catalogue.site(connector);
    const entry = site && this.#columns.stations[this.#columns.stationNumbers.get(site.station.id) ?? -1];
    if (!entry) return ordinal;
    const found = this.#sites.indexOf(site, entry.firstConnector);
    return found >= 0 && found < entry.endConnector ? found : ordinal;
  }

  /** Returns the stations that may match, in the order of the response. */
  #candidates({ circle, route, box, itemId }: SearchIntent): Iterable<StationMatch> {
    if (circle) return this.#spatialIndex.withinCircle(circle, circle.radiusM);
    if (route) return this.#spatialIndex.alongRoute(route.points, route.corridorM);
    if (box) return toStationMatches(this.#spatialIndex.withinBox(box));
    if (itemId !== undefined) {
      const stations = this.#catalogue
        .sitesOfItem(itemId)
        .map(({ station }) => this.#columns.stationNumbers.get(station.id) ?? 0);
      return toStationMatches([...new Set(stations)].sort((a, b) => a - b));
    }
    return toStationMatches(this.#columns.stations.keys());
  }

  #buildFilter(intent: SearchIntent, live: LiveAvailability): SearchFilter | undefined {
    const { powerType, minPowerW = 0, minEnergyWh = 0, maxPrice } = intent;
    const { itemId, window, box, route, circle } = intent;
    const standardNumbers = intent.connectorTypes?.flatMap(
      (code) => this.#columns.standardNumbers.get(standardOf(code)) ?? [],
    );
    if (standardNumbers?.length === 0) return undefined;
    const items = itemId === undefined ? undefined : new Set(this.#catalogue.sitesOfItem(itemId));
    if (items?.size === 0) return undefined;
    const standards = standardNumbers && new Set(standardNumbers);
    const dcFlag = powerType === 'DC' ? 1 : 0;
    const terms = searchTermsOf(intent.text);
    // A network without categories ignores the categories of a search.
    const { categories: _categories, ...rest } = intent;
    const matchesFields = stationFilter(this.#hasCategories ? intent : rest);
    // A requested place overrides the buyer app's city.
    const cityCode = circle || box || route || intent.cityCode === '*' ? undefined : intent.cityCode;
    // A circle, else a route, selects and orders the candidates; a further route or box only filters them.
    const boundingBox = circle || route ? box : undefined;
    const onRoute =
      circle && route
        ? new Set(this.#spatialIndex.alongRoute(route.points, route.corridorM).map(({ station }) => station))
        : undefined;
    const maxPriceIn = priceBound(maxPrice);
    return {
      matchesStation: (entry) => {
        const { id, latitude, longitude, city } = entry.station;
        return (
          matchesFields(entry) &&
          (cityCode === undefined || city.code === cityCode) &&
          (!boundingBox || isInBox(boundingBox, latitude, longitude)) &&
          (!onRoute || onRoute.has(this.#columns.stationNumbers.get(id) ?? -1))
        );
      },
      matchesConnector: (ordinal, entry) => {
        if (standards && !standards.has(this.#columns.standardOf[ordinal] ?? -1)) return false;
        if (powerType && this.#columns.isDc[ordinal] !== dcFlag) return false;
        if ((this.#columns.powerW[ordinal] ?? 0) < minPowerW) return false;
        const site = this.#sites[ordinal];
        if (!site || (items && !items.has(site))) return false;
        if ((this.#columns.pricePerKwh[ordinal] ?? 0) > maxPriceIn(site.connector.tariff.currency)) return false;
        if (terms.length > 0 && !containsAll(entry.text, site, terms)) return false;
        const { chargePoint, connector } = site;
        if (minEnergyWh > (connector.options.energy ?? 0)) return false;
        if (intent.availableOnly && !live.isAvailable(chargePoint.id, connector.connectorId)) return false;
        return !window || !overlappingSlot(live.bookedSlots(chargePoint.id, connector.connectorId), window, 0);
      },
    };
  }
}

/**
 * Returns a function that gives the price bound in a currency, in minor units: `-Infinity` if the search states another
 * currency or an unreadable price, and `Infinity` if it states no price.
 */
function priceBound(maxPrice: SearchIntent['maxPrice']): (currency: string) => number {
  if (!maxPrice) return () => Infinity;
  const bounds = new Map<string, number>();
  return (currency) => {
    const isOther = maxPrice.currency !== undefined && maxPrice.currency !== currency;
    const bound = bounds.get(currency) ?? (isOther ? undefined : floorMinor(maxPrice.decimal, currency)) ?? -Infinity;
    bounds.set(currency, bound);
    return bound;
  };
}

function* toStationMatches(stations: Iterable<number>): Iterable<StationMatch> {
  for (const station of stations) yield { station, sortKey: 0 };
}

function stationFilter({ providerIds, providerNames, categories }: SearchIntent): (entry: StationEntry) => boolean {
  const names = providerNames && new Set(providerNames.map((name) => name.toLowerCase()));
  const ids = providerIds && new Set(providerIds);
  const codes = categories && new Set(categories.map((code) => code.toLowerCase()));
  return ({ provider, station }) =>
    (!ids || ids.has(provider.id)) &&
    (!names || names.has(provider.name.toLowerCase()) || names.has(provider.id.toLowerCase())) &&
    (!codes || station.categories?.some((code) => codes.has(code.toLowerCase())) === true);
}

/** Builds the columns, with one step for each station. */
function* columnsOf(sites: readonly Site[]): Steps<Columns> {
  const stations: StationEntry[] = [];
  const stationNumbers = new Map<string, number>();
  const standardNumbers = new Map<string, number>();
  const [standards, isDc] = [new Uint16Array(sites.length), new Uint8Array(sites.length)];
  const [powerW, pricePerKwh] = [new Float64Array(sites.length), new Float64Array(sites.length)];
  for (const [ordinal, { provider, station, connector }] of sites.entries()) {
    const known = stations.at(-1);
    if (known?.station === station) known.endConnector = ordinal + 1;
    else {
      const text = [provider.name, station.name, station.address, station.city.name].join(' ').toLowerCase();
      stationNumbers.set(station.id, stations.length);
      stations.push({ provider, station, text, firstConnector: ordinal, endConnector: ordinal + 1 });
      yield;
    }
    const code = standardOf(connector.standard);
    if (!standardNumbers.has(code)) standardNumbers.set(code, standardNumbers.size);
    standards[ordinal] = standardNumbers.get(code) ?? 0;
    isDc[ordinal] = connector.powerType === 'DC' ? 1 : 0;
    powerW[ordinal] = connector.maxPowerW;
    pricePerKwh[ordinal] = energyPrices(connector.tariff).high;
  }
  return { stations, stationNumbers, standardNumbers, standardOf: standards, isDc, powerW, pricePerKwh };
}

/** Returns whether each term occurs in the texts of the station or the connector. */
function containsAll(stationText: string, { chargePoint, connector }: Site, terms: readonly string[]): boolean {
  const missing = terms.filter((term) => !stationText.includes(term));
  if (missing.length === 0) return true;
  const connectorText = [chargePoint.name, chargePoint.code, connector.standard, connector.name]
    .join(' ')
    .toLowerCase();
  return missing.every((term) => connectorText.includes(term));
}
