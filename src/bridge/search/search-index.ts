/**
 * What is sold, ready to be found: stations by place, connectors in columns. It holds nothing that changes: whether a
 * connector is free is asked of the live view, of those alone that pass everything else.
 */
import { type Catalogue, standardOf } from '../../domain/locations/catalogue.js';
import { isInBox } from '../../domain/locations/geography.js';
import type { Provider, Site, Station } from '../../domain/model/network.js';
import { overlappingSlot } from '../../domain/locations/reservation-slots.js';
import { type Slot } from '../../domain/model/reservation.js';
import { energyPrices } from '../../domain/pricing/pricing.js';
import { type StationMatch, SpatialIndex } from './spatial-index.js';
import { searchTermsOf } from './search-terms.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';

/** What changes by the minute. */
export interface LiveAvailability {
  isAvailable(chargePointId: string, connectorId: number): boolean;
  bookedSlots(chargePointId: string, connectorId: number): readonly Slot[];
}

/** The last connector that was told: where the next page goes on. JSON, because it waits in the store. */
export interface SearchCursor {
  readonly key: number;
  readonly ordinal: number;
}

export interface SearchHit {
  readonly site: Site;
  /** Where a search goes on after it. */
  readonly cursor: SearchCursor;
  /** Metres from the circle's centre, or off the route. */
  readonly distanceM?: number;
}

export interface SearchHits {
  readonly hits: readonly SearchHit[];
  /** Said when there are more. */
  readonly next?: SearchCursor;
}

interface StationEntry {
  readonly provider: Provider;
  readonly station: Station;
  /** In lower case: its own words and its provider's. */
  readonly text: string;
  /** Its connectors stand together: from the first to before the end. */
  readonly firstConnector: number;
  readonly endConnector: number;
}

/** What is left to ask of a station, and of a connector; neither of them when nothing can match. */
interface SearchFilter {
  readonly matchesStation: (row: StationEntry) => boolean;
  readonly matchesConnector: (ordinal: number, row: StationEntry) => boolean;
}

export class SearchIndex {
  readonly #sites: readonly Site[];
  readonly #stations: readonly StationEntry[];
  readonly #stationNumbers = new Map<string, number>();
  readonly #spatialIndex: SpatialIndex;
  readonly #standardNumbers = new Map<string, number>();
  readonly #standardOf: Uint16Array;
  readonly #isDc: Uint8Array;
  readonly #powerW: Float64Array;
  readonly #pricePerKwh: Float64Array;
  readonly #hasCategories: boolean;
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    const { sites } = catalogue;
    this.#catalogue = catalogue;
    this.#sites = sites;
    this.#stations = toStationEntries(sites);
    for (const [index, { station }] of this.#stations.entries()) this.#stationNumbers.set(station.id, index);
    this.#hasCategories = this.#stations.some(({ station }) => station.categories !== undefined);
    this.#spatialIndex = new SpatialIndex(this.#stations.map(({ station }) => station));
    this.#standardOf = new Uint16Array(sites.length);
    this.#isDc = new Uint8Array(sites.length);
    this.#powerW = new Float64Array(sites.length);
    this.#pricePerKwh = new Float64Array(sites.length);
    for (const [ordinal, { connector }] of sites.entries()) {
      const code = standardOf(connector.standard);
      if (!this.#standardNumbers.has(code)) this.#standardNumbers.set(code, this.#standardNumbers.size);
      this.#standardOf[ordinal] = this.#standardNumbers.get(code) ?? 0;
      this.#isDc[ordinal] = connector.powerType === 'DC' ? 1 : 0;
      this.#powerW[ordinal] = connector.maxPowerW;
      this.#pricePerKwh[ordinal] = energyPrices(connector.tariff).high;
    }
  }

  /**
   * Nearest first around a circle, in the order of the way along a route, else in the network's order.
   * @param most   Connectors.
   * @param after  The cursor of the page before.
   */
  search(intent: SearchIntent, live: LiveAvailability, most: number, after?: SearchCursor): SearchHits {
    const hits: SearchHit[] = [];
    for (const hit of this.eachHit(intent, live, after)) {
      const last = hits.at(-1)?.cursor;
      if (hits.length === most) return { hits, ...(last && { next: last }) };
      hits.push(hit);
    }
    return { hits };
  }

  /** As `search`, one after the other: who does not take them all has not looked at them all. */
  *eachHit(intent: SearchIntent, live: LiveAvailability, after?: SearchCursor): Generator<SearchHit, void> {
    const query = this.#buildFilter(intent, live);
    if (!query) return;
    const told = after ?? { key: -1, ordinal: -1 };
    for (const { station, sortKey: key, distanceM } of this.#candidates(intent)) {
      const row = this.#stations[station];
      if (!row || key < told.key || !query.matchesStation(row)) continue;
      const from = key === told.key ? Math.max(row.firstConnector, told.ordinal + 1) : row.firstConnector;
      for (let ordinal = from; ordinal < row.endConnector; ordinal++) {
        const site = this.#sites[ordinal];
        if (!site || !query.matchesConnector(ordinal, row)) continue;
        yield { site, cursor: { key, ordinal }, ...(distanceM !== undefined && { distanceM }) };
      }
    }
  }

  /** Stations in the order of the answer. */
  #candidates({ circle, route, box, itemId }: SearchIntent): Iterable<StationMatch> {
    if (circle) return this.#spatialIndex.withinCircle(circle, circle.radiusM);
    if (route) return this.#spatialIndex.alongRoute(route.points, route.corridorM);
    if (box) return toStationMatches(this.#spatialIndex.withinBox(box));
    if (itemId !== undefined) {
      const stations = this.#catalogue
        .sitesOfItem(itemId)
        .map(({ station }) => this.#stationNumbers.get(station.id) ?? 0);
      return toStationMatches([...new Set(stations)].sort((a, b) => a - b));
    }
    return toStationMatches(this.#stations.keys());
  }

  #buildFilter(intent: SearchIntent, live: LiveAvailability): SearchFilter | undefined {
    const { powerType, minPowerW = 0, maxPricePerKwh = Infinity, itemId, window, box, route, circle } = intent;
    const standards = intent.connectorTypes?.flatMap((code) => this.#standardNumbers.get(standardOf(code)) ?? []);
    if (standards?.length === 0) return undefined;
    const items = itemId === undefined ? undefined : new Set(this.#catalogue.sitesOfItem(itemId));
    if (items?.size === 0) return undefined;
    const wanted = standards && new Set(standards);
    const direct = powerType === 'DC' ? 1 : 0;
    const words = searchTermsOf(intent.text);
    // A network that names no categories knows nothing of them: what an app calls one is passed over.
    const { categories: _categories, ...rest } = intent;
    const stationPasses = stationFilter(this.#hasCategories ? intent : rest);
    // A place says more than the city of the app.
    const city = circle || box || route || intent.cityCode === '*' ? undefined : intent.cityCode;
    // A circle orders, the other places only bound.
    const alsoIn = circle || route ? box : undefined;
    const beside =
      circle && route
        ? new Set(this.#spatialIndex.alongRoute(route.points, route.corridorM).map((one) => one.station))
        : undefined;
    return {
      matchesStation: (row) =>
        stationPasses(row) &&
        (city === undefined || row.station.city.code === city) &&
        (!alsoIn || isInBox(alsoIn, row.station.latitude, row.station.longitude)) &&
        (!beside || beside.has(this.#stationNumbers.get(row.station.id) ?? -1)),
      matchesConnector: (ordinal, row) => {
        if (wanted && !wanted.has(this.#standardOf[ordinal] ?? -1)) return false;
        if (powerType && this.#isDc[ordinal] !== direct) return false;
        if ((this.#powerW[ordinal] ?? 0) < minPowerW || (this.#pricePerKwh[ordinal] ?? 0) > maxPricePerKwh)
          return false;
        const site = this.#sites[ordinal];
        if (!site || (items && !items.has(site))) return false;
        if (words.length > 0 && !containsAll(row.text, site, words)) return false;
        const { chargePoint, connector } = site;
        if (intent.availableOnly && !live.isAvailable(chargePoint.id, connector.connectorId)) return false;
        return !window || !overlappingSlot(live.bookedSlots(chargePoint.id, connector.connectorId), window, 0);
      },
    };
  }
}

function* toStationMatches(stations: Iterable<number>): Iterable<StationMatch> {
  for (const station of stations) yield { station, sortKey: 0 };
}

function stationFilter({ providerIds, providerNames, categories }: SearchIntent): (row: StationEntry) => boolean {
  const names = providerNames && new Set(providerNames.map((name) => name.toLowerCase()));
  const ids = providerIds && new Set(providerIds);
  const kinds = categories && new Set(categories.map((code) => code.toLowerCase()));
  return ({ provider, station }) =>
    (!ids || ids.has(provider.id)) &&
    (!names || names.has(provider.name.toLowerCase()) || names.has(provider.id.toLowerCase())) &&
    (!kinds || station.categories?.some((code) => kinds.has(code.toLowerCase())) === true);
}

function toStationEntries(sites: readonly Site[]): StationEntry[] {
  const rows: StationEntry[] = [];
  for (let first = 0; first < sites.length;) {
    const site = sites[first];
    if (!site) break;
    let end = first + 1;
    while (sites[end]?.station === site.station) end++;
    const { provider, station } = site;
    const text = [provider.name, station.name, station.address, station.city.name].join(' ').toLowerCase();
    rows.push({ provider, station, text, firstConnector: first, endConnector: end });
    first = end;
  }
  return rows;
}

/** A word has no space in it, so it stands in one of the texts or in none. */
function containsAll(text: string, { chargePoint, connector }: Site, words: readonly string[]): boolean {
  const missing = words.filter((word) => !text.includes(word));
  if (missing.length === 0) return true;
  const own = [chargePoint.name, chargePoint.code, connector.standard, connector.name].join(' ').toLowerCase();
  return missing.every((word) => own.includes(word));
}
