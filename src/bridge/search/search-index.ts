/**
 * What is sold, ready to be found: stations by place, connectors in columns. It holds nothing that changes: whether a
 * connector is free is asked of the live view, of those alone that pass everything else.
 */
import { type Catalogue, standardOf } from '../../domain/locations/catalogue.js';
import { inBox } from '../../domain/locations/geography.js';
import type { Provider, Site, Station } from '../../domain/model/network.js';
import { clash, type Slot } from '../../domain/locations/reservation-slots.js';
import { energyPrices } from '../../domain/pricing/pricing.js';
import { type Found, Places } from './spatial-index.js';
import { wordsOf } from './search-terms.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';

/** What changes by the minute. */
export interface LiveWorld {
  available(chargePointId: string, connectorId: number): boolean;
  booked(chargePointId: string, connectorId: number): readonly Slot[];
}

/** The last connector that was told: where the next page goes on. JSON, because it waits in the store. */
export interface Cursor {
  readonly key: number;
  readonly ordinal: number;
}

export interface Hit {
  readonly site: Site;
  /** Where a search goes on after it. */
  readonly at: Cursor;
  /** Metres from the circle's centre, or off the route. */
  readonly distanceM?: number;
}

export interface Hits {
  readonly hits: readonly Hit[];
  /** Said when there are more. */
  readonly next?: Cursor;
}

interface Row {
  readonly provider: Provider;
  readonly station: Station;
  /** In lower case: its own words and its provider's. */
  readonly text: string;
  /** Its connectors stand together: from the first to before the end. */
  readonly first: number;
  readonly end: number;
}

/** What is left to ask of a station, and of a connector; neither of them when nothing can match. */
interface Query {
  readonly station: (row: Row) => boolean;
  readonly connector: (ordinal: number, row: Row) => boolean;
}

export class SearchIndex {
  readonly #sites: readonly Site[];
  readonly #rows: readonly Row[];
  readonly #rowOfStation = new Map<string, number>();
  readonly #places: Places;
  readonly #standards = new Map<string, number>();
  readonly #standard: Uint16Array;
  readonly #direct: Uint8Array;
  readonly #powerW: Float64Array;
  readonly #pricePerKwh: Float64Array;
  readonly #categorised: boolean;
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    const { sites } = catalogue;
    this.#catalogue = catalogue;
    this.#sites = sites;
    this.#rows = rowsOf(sites);
    for (const [index, { station }] of this.#rows.entries()) this.#rowOfStation.set(station.id, index);
    this.#categorised = this.#rows.some(({ station }) => station.categories !== undefined);
    this.#places = new Places(this.#rows.map(({ station }) => station));
    this.#standard = new Uint16Array(sites.length);
    this.#direct = new Uint8Array(sites.length);
    this.#powerW = new Float64Array(sites.length);
    this.#pricePerKwh = new Float64Array(sites.length);
    for (const [ordinal, { connector }] of sites.entries()) {
      const code = standardOf(connector.standard);
      if (!this.#standards.has(code)) this.#standards.set(code, this.#standards.size);
      this.#standard[ordinal] = this.#standards.get(code) ?? 0;
      this.#direct[ordinal] = connector.powerType === 'DC' ? 1 : 0;
      this.#powerW[ordinal] = connector.maxPowerW;
      this.#pricePerKwh[ordinal] = energyPrices(connector.tariff).high;
    }
  }

  /**
   * Nearest first around a circle, in the order of the way along a route, else in the network's order.
   * @param most   Connectors.
   * @param after  The cursor of the page before.
   */
  search(intent: SearchIntent, live: LiveWorld, most: number, after?: Cursor): Hits {
    const hits: Hit[] = [];
    for (const hit of this.found(intent, live, after)) {
      const last = hits.at(-1)?.at;
      if (hits.length === most) return { hits, ...(last && { next: last }) };
      hits.push(hit);
    }
    return { hits };
  }

  /** As `search`, one after the other: who does not take them all has not looked at them all. */
  *found(intent: SearchIntent, live: LiveWorld, after?: Cursor): Generator<Hit, void> {
    const query = this.#query(intent, live);
    if (!query) return;
    const told = after ?? { key: -1, ordinal: -1 };
    for (const { station, key, distanceM } of this.#candidates(intent)) {
      const row = this.#rows[station];
      if (!row || key < told.key || !query.station(row)) continue;
      const from = key === told.key ? Math.max(row.first, told.ordinal + 1) : row.first;
      for (let ordinal = from; ordinal < row.end; ordinal++) {
        const site = this.#sites[ordinal];
        if (!site || !query.connector(ordinal, row)) continue;
        yield { site, at: { key, ordinal }, ...(distanceM !== undefined && { distanceM }) };
      }
    }
  }

  /** Stations in the order of the answer. */
  #candidates({ circle, route, box, itemId }: SearchIntent): Iterable<Found> {
    if (circle) return this.#places.nearest(circle, circle.radiusM);
    if (route) return this.#places.along(route.points, route.corridorM);
    if (box) return numbered(this.#places.inside(box));
    if (itemId !== undefined) {
      const stations = this.#catalogue
        .sitesOfItem(itemId)
        .map(({ station }) => this.#rowOfStation.get(station.id) ?? 0);
      return numbered([...new Set(stations)].sort((a, b) => a - b));
    }
    return numbered(this.#rows.keys());
  }

  #query(intent: SearchIntent, live: LiveWorld): Query | undefined {
    const { powerType, minPowerW = 0, maxPricePerKwh = Infinity, itemId, window, box, route, circle } = intent;
    const standards = intent.connectorTypes?.flatMap((code) => this.#standards.get(standardOf(code)) ?? []);
    if (standards?.length === 0) return undefined;
    const items = itemId === undefined ? undefined : new Set(this.#catalogue.sitesOfItem(itemId));
    if (items?.size === 0) return undefined;
    const wanted = standards && new Set(standards);
    const direct = powerType === 'DC' ? 1 : 0;
    const words = wordsOf(intent.text);
    // A network that names no categories knows nothing of them: what an app calls one is passed over.
    const { categories: _categories, ...rest } = intent;
    const stationPasses = stationTest(this.#categorised ? intent : rest);
    // A place says more than the city of the app.
    const city = circle || box || route || intent.cityCode === '*' ? undefined : intent.cityCode;
    // A circle orders, the other places only bound.
    const alsoIn = circle || route ? box : undefined;
    const beside =
      circle && route
        ? new Set(this.#places.along(route.points, route.corridorM).map((one) => one.station))
        : undefined;
    return {
      station: (row) =>
        stationPasses(row) &&
        (city === undefined || row.station.city.code === city) &&
        (!alsoIn || inBox(alsoIn, row.station.latitude, row.station.longitude)) &&
        (!beside || beside.has(this.#rowOfStation.get(row.station.id) ?? -1)),
      connector: (ordinal, row) => {
        if (wanted && !wanted.has(this.#standard[ordinal] ?? -1)) return false;
        if (powerType && this.#direct[ordinal] !== direct) return false;
        if ((this.#powerW[ordinal] ?? 0) < minPowerW || (this.#pricePerKwh[ordinal] ?? 0) > maxPricePerKwh)
          return false;
        const site = this.#sites[ordinal];
        if (!site || (items && !items.has(site))) return false;
        if (words.length > 0 && !holdsAll(row.text, site, words)) return false;
        const { chargePoint, connector } = site;
        if (intent.availableOnly && !live.available(chargePoint.id, connector.connectorId)) return false;
        return !window || !clash(live.booked(chargePoint.id, connector.connectorId), window, 0);
      },
    };
  }
}

function* numbered(stations: Iterable<number>): Iterable<Found> {
  for (const station of stations) yield { station, key: 0 };
}

function stationTest({ providerIds, providerNames, categories }: SearchIntent): (row: Row) => boolean {
  const names = providerNames && new Set(providerNames.map((name) => name.toLowerCase()));
  const ids = providerIds && new Set(providerIds);
  const kinds = categories && new Set(categories.map((code) => code.toLowerCase()));
  return ({ provider, station }) =>
    (!ids || ids.has(provider.id)) &&
    (!names || names.has(provider.name.toLowerCase()) || names.has(provider.id.toLowerCase())) &&
    (!kinds || station.categories?.some((code) => kinds.has(code.toLowerCase())) === true);
}

function rowsOf(sites: readonly Site[]): Row[] {
  const rows: Row[] = [];
  for (let first = 0; first < sites.length;) {
    const site = sites[first];
    if (!site) break;
    let end = first + 1;
    while (sites[end]?.station === site.station) end++;
    const { provider, station } = site;
    const text = [provider.name, station.name, station.address, station.city.name].join(' ').toLowerCase();
    rows.push({ provider, station, text, first, end });
    first = end;
  }
  return rows;
}

/** A word has no space in it, so it stands in one of the texts or in none. */
function holdsAll(text: string, { chargePoint, connector }: Site, words: readonly string[]): boolean {
  const missing = words.filter((word) => !text.includes(word));
  if (missing.length === 0) return true;
  const own = [chargePoint.name, chargePoint.code, connector.standard, connector.name].join(' ').toLowerCase();
  return missing.every((word) => own.includes(word));
}
