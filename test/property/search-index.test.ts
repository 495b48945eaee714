/** The index finds the same results as a scan of all connectors, over random networks and searches, page by page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type SearchCursor,
  type SearchHit,
  type LiveAvailability,
  SearchIndex,
} from '../../src/bridge/search/search-index.js';
import type { SearchIntent } from '../../src/ports/buyer-requests.js';
import { Catalogue, standardOf } from '../../src/domain/locations/catalogue.js';
import { distanceM, distanceToSegment, routeSegments } from '../../src/domain/locations/geography.js';
import type { Network, Site } from '../../src/domain/model/network.js';
import { runs } from './runs.js';

const STANDARDS = ['CCS2', 'IEC_62196_T2_COMBO', 'Type2', 'DC-001', 'CHAdeMO'];
const CITIES = ['std:080', 'std:011'];

// Locations lie within a square of some thirty kilometres, near the antimeridian or near the north pole, and often
// coincide.
const aPlace = fc
  .oneof(
    fc.record({ latitude: fc.integer({ min: 1200, max: 1230 }), longitude: fc.integer({ min: 7700, max: 7730 }) }),
    fc.record({
      latitude: fc.integer({ min: -20, max: 20 }),
      longitude: fc.constantFrom(17_990, 18_000, -18_000, -17_990),
    }),
    fc.record({ latitude: fc.integer({ min: 8900, max: 9000 }), longitude: fc.integer({ min: -18_000, max: 18_000 }) }),
  )
  .map(({ latitude, longitude }) => ({ latitude: latitude / 100, longitude: longitude / 100 }));

const aConnector = fc.record({
  standard: fc.constantFrom(...STANDARDS),
  powerType: fc.constantFrom('AC' as const, 'DC' as const),
  maxPowerW: fc.constantFrom(7400, 22_000, 60_000, 150_000),
  pricePerKwh: fc.constantFrom(1000, 1500, 2000),
});

const aStation = fc.record({
  place: aPlace,
  city: fc.constantFrom(...CITIES),
  name: fc.constantFrom('MG Road', 'Indiranagar hub', 'Airport'),
  categories: fc.option(fc.constantFrom(['green-tariff'], ['fleet', 'green-tariff']), { nil: undefined }),
  points: fc.array(fc.array(aConnector, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
});

const aNetwork: fc.Arbitrary<Network> = fc
  .array(fc.array(aStation, { maxLength: 15 }), { maxLength: 3 })
  .map((providers) => ({
    name: 'n',
    providers: providers.map((stations, p) => ({
      id: `p${p}`,
      name: `Provider ${p}`,
      stations: stations.map(({ place, city, name, categories, points }, s) => ({
        ...place,
        id: `p${p}s${s}`,
        name,
        address: `${s} Main Street`,
        city: { code: city, name: city },
        country: { code: 'IND', name: 'India' },
        ...(categories && { categories }),
        chargePoints: points.map((connectors, c) => ({
          id: `p${p}s${s}c${c}`,
          itemId: `p${p}s${s}c${c}`,
          name: `Point ${c}`,
          code: `C${c}`,
          connectors: connectors.map(({ pricePerKwh, ...rest }, n) => ({
            ...rest,
            connectorId: n + 1,
            itemId: `p${p}s${s}c${c}-${n + 1}`,
            name: `${rest.standard} plug`,
            options: {},
            socQuoteWh: 1,
            tariff: { id: 't', currency: 'INR', pricePerKwh, serviceFee: 0, taxes: [] },
          })),
        })),
      })),
    })),
  }));

const aDegree = (least: number, most: number) =>
  fc.integer({ min: least * 10, max: most * 10 }).map((value) => value / 10);
const aBox = fc
  .tuple(aDegree(-90, 90), aDegree(-90, 90), aDegree(-180, 180), aDegree(-180, 180))
  .map(([a, b, west, east]) => ({ south: Math.min(a, b), north: Math.max(a, b), west, east }));

const everyWish = fc.record({
  circle: fc
    .record({ place: aPlace, radiusM: fc.constantFrom(0, 1500, 20_000, 2_000_000, 21_000_000) })
    .map((drawn) => ({
      ...drawn.place,
      radiusM: drawn.radiusM,
    })),
  box: aBox,
  route: fc.record({
    points: fc.array(aPlace, { minLength: 1, maxLength: 3 }),
    corridorM: fc.constantFrom(500, 5000, 300_000),
  }),
  text: fc.constantFrom('', 'mg road', 'charging station near airport', 'c1', 'ccs2 hub', 'nowhere'),
  connectorTypes: fc.subarray([...STANDARDS, 'NONE'], { minLength: 1 }),
  providerIds: fc.subarray(['p0', 'p1', 'p9'], { minLength: 1 }),
  providerNames: fc.subarray(['PROVIDER 0', 'p2', 'x'], { minLength: 1 }),
  itemId: fc.constantFrom('p0s0', 'p0s0c0', 'p1s0c0-1', 'C0', 'none'),
  powerType: fc.constantFrom('AC' as const, 'DC' as const),
  minPowerW: fc.constantFrom(7400, 50_000, 200_000),
  cityCode: fc.constantFrom(...CITIES, '*', 'std:999'),
  maxPrice: fc.constantFrom('9.99', '10', '15.009', '50').map((decimal) => ({ decimal })),
  availableOnly: fc.boolean(),
  window: fc
    .record({ from: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 1, max: 10 }) })
    .map((drawn) => ({
      from: drawn.from,
      until: drawn.from + drawn.length,
    })),
  categories: fc.subarray(['Green-Tariff', 'fleet', 'none'], { minLength: 1 }),
});

/** At most three criteria at a time; more would rarely find anything. */
const anIntent: fc.Arbitrary<SearchIntent> = everyWish.chain((all) =>
  fc
    .subarray(Object.keys(all) as (keyof typeof all)[], { maxLength: 3 })
    .map((keys): SearchIntent => Object.fromEntries(keys.map((key) => [key, all[key]]))),
);

const aLive = fc.record({ busy: fc.integer({ min: 1, max: 5 }), begin: fc.integer({ min: 0, max: 25 }) });

function liveOf({ busy, begin }: { busy: number; begin: number }): LiveAvailability {
  const sum = (text: string): number => [...text].reduce((total, char) => total + char.charCodeAt(0), 0);
  return {
    isAvailable: (id, connectorId) => (sum(id) + connectorId) % busy !== 0,
    bookedSlots: (id, connectorId) => ((sum(id) + connectorId) % 2 === 0 ? [{ from: begin, until: begin + 5 }] : []),
  };
}

interface Ranked extends Omit<SearchHit, 'cursor'> {
  readonly key: number;
}

/** Scans all connectors according to the definitions of the port. */
function naive(network: Network, intent: SearchIntent, live: LiveAvailability): Ranked[] {
  const words = (intent.text ?? '')
    .split(' ')
    .filter((word) => word && !['charging', 'station', 'near'].includes(word));
  const pieces = intent.route && routeSegments(intent.route.points);
  const categorised = network.providers.some(({ stations }) => stations.some(({ categories }) => categories));
  const hits = new Catalogue(network).sites.flatMap((site): Ranked[] => {
    const { provider, station, chargePoint, connector } = site;
    const { latitude, longitude } = station;
    const { circle, box, route } = intent;
    const far = circle && distanceM(circle.latitude, circle.longitude, latitude, longitude);
    const off = pieces
      ?.map((piece) => distanceToSegment(piece, latitude, longitude))
      .sort((a, b) => a.distanceM - b.distanceM || a.alongM - b.alongM)[0];
    const lies =
      (far === undefined || far <= circle!.radiusM) &&
      (!route || off!.distanceM <= route.corridorM) &&
      (!box || (latitude >= box.south && latitude <= box.north && east(box, longitude)));
    const id = [chargePoint.id, connector.connectorId] as const;
    const text = [provider.name, station.name, station.address, station.city.name, chargePoint.name, chargePoint.code]
      .concat(connector.standard, connector.name)
      .map((part) => part.toLowerCase());
    const names = intent.providerNames?.map((name) => name.toLowerCase());
    const kinds = intent.categories?.map((code) => code.toLowerCase());
    const fits =
      lies &&
      (intent.connectorTypes?.some((code) => standardOf(code) === standardOf(connector.standard)) ?? true) &&
      (intent.providerIds?.includes(provider.id) ?? true) &&
      (names?.some((name) => name === provider.name.toLowerCase() || name === provider.id) ?? true) &&
      (!categorised || (kinds?.some((code) => station.categories?.includes(code)) ?? true)) &&
      (!intent.itemId ||
        [connector.itemId, chargePoint.itemId, chargePoint.code, station.id].includes(intent.itemId)) &&
      (!intent.powerType || connector.powerType === intent.powerType) &&
      connector.maxPowerW >= (intent.minPowerW ?? 0) &&
      connector.tariff.pricePerKwh <= Number(intent.maxPrice?.decimal ?? Infinity) * 100 &&
      (circle ||
        box ||
        route ||
        !intent.cityCode ||
        intent.cityCode === '*' ||
        station.city.code === intent.cityCode) &&
      words.every((word) => text.some((part) => part.includes(word))) &&
      (!intent.availableOnly || live.isAvailable(...id)) &&
      (!intent.window ||
        live
          .bookedSlots(...id)
          .every((slot) => slot.until <= intent.window!.from || slot.from >= intent.window!.until));
    if (!fits) return [];
    const distance = far ?? off?.distanceM;
    return [{ site, key: far ?? off?.alongM ?? 0, ...(distance !== undefined && { distanceM: distance }) }];
  });
  return hits.sort((a, b) => a.key - b.key);
}

function east({ west, east: end }: { west: number; east: number }, longitude: number): boolean {
  return west <= end ? longitude >= west && longitude <= end : longitude >= west || longitude <= end;
}

const shown = (hits: readonly Omit<SearchHit, 'cursor'>[]): (readonly [string, number | undefined])[] =>
  hits.map(({ site, distanceM: far }) => [idOf(site), far === undefined ? undefined : Math.round(far)]);
const idOf = ({ connector }: Site): string => connector.itemId;

describe('the search index', () => {
  it('finds exactly what a scan of all connectors finds, in the same order', () => {
    let found = 0;
    fc.assert(
      fc.property(aNetwork, anIntent, aLive, (network, intent, drawn) => {
        const live = liveOf(drawn);
        const { hits, next } = new SearchIndex(new Catalogue(network)).search(intent, live, 10_000);
        expect(shown(hits)).toEqual(shown(naive(network, intent, live)));
        expect(next).toBeUndefined();
        found += hits.length;
      }),
      { numRuns: runs(1500) },
    );
    expect(found).toBeGreaterThan(runs(1500) / 3);
  });

  it('returns the same results in pages, without a repeat or a gap', () => {
    let pages = 0;
    fc.assert(
      fc.property(aNetwork, anIntent, aLive, fc.integer({ min: 1, max: 7 }), (network, intent, drawn, size) => {
        const live = liveOf(drawn);
        const index = new SearchIndex(new Catalogue(network));
        const hitsOfPages: SearchHit[] = [];
        let after: SearchCursor | undefined;
        do {
          const { hits, next } = index.search(intent, live, size, after);
          expect(hits.length).toBeLessThanOrEqual(size);
          if (next) expect(hits.length).toBe(size);
          hitsOfPages.push(...hits);
          after = next && (JSON.parse(JSON.stringify(next)) as SearchCursor);
          pages += 1;
        } while (after);
        expect(shown(hitsOfPages)).toEqual(shown(index.search(intent, live, 10_000).hits));
      }),
      { numRuns: runs(600) },
    );
    expect(pages).toBeGreaterThan(runs(600) * 1.1);
  });
});
