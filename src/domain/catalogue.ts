/** Finding connectors: by id, by place, by kind. */
import type { ConnectorRef, Network, PowerType, Site } from './network.js';

const EARTH_RADIUS_M = 6_371_000;

/** Great-circle distance, metres. */
export function distanceM(aLat: number, aLon: number, bLat: number, bLon: number): number {
  const rad = Math.PI / 180;
  const dLat = (bLat - aLat) * rad;
  const dLon = (bLon - aLon) * rad;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(aLat * rad) * Math.cos(bLat * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Spellings of one connector standard, over OCPI, Bharat and the buyer apps' own codes. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['CCS2', 'CCS-2', 'CCS 2', 'IEC_62196_T2_COMBO', 'COMBO2'],
  ['CCS1', 'CCS-1', 'IEC_62196_T1_COMBO', 'COMBO1'],
  ['Type2', 'Type 2', 'IEC_62196_T2', 'IEC_AC', 'MENNEKES'],
  ['Type1', 'Type 1', 'IEC_62196_T1', 'J1772'],
  ['CHAdeMO', 'CHADEMO'],
  ['DC-001', 'DC001', 'BHARAT-DC-001', 'BHARAT DC001', 'GB_T', 'GBT_DC'],
  ['AC-001', 'AC001', 'BHARAT-AC-001', 'BHARAT AC001', 'IEC_60309'],
  ['GBT_AC'],
  ['Type6', 'TYPE_6', 'IS_17017_2_6'],
  ['Type7', 'TYPE_7', 'IS_17017_2_7'],
  ['15A', 'DOMESTIC_D', 'DOMESTIC_M'],
];

const plain = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, '');
const STANDARD = new Map(SYNONYMS.flatMap((row) => row.map((code) => [plain(code), plain(row[0] ?? code)] as const)));

/** One word for all spellings of a connector standard; an unknown code stands for itself. */
export function standardOf(code: string): string {
  return STANDARD.get(plain(code)) ?? plain(code);
}

/** What a search asks. AND across kinds, OR inside a list; absent is no filter. */
export interface CatalogueFilter {
  readonly circle?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly radiusM: number;
  };
  readonly text?: string;
  readonly connectorTypes?: readonly string[];
  readonly providerIds?: readonly string[];
  readonly providerNames?: readonly string[];
  readonly itemId?: string;
  readonly powerType?: PowerType;
  readonly minPowerW?: number;
  readonly cityCode?: string;
}

/** Every connector of a network, ready to be found. Built once per configuration. */
export class Catalogue {
  readonly sites: readonly Site[];
  /** By charge point, then by connector: a meter frame looks here, and should not have to build a key. */
  readonly #byPlace = new Map<string, Map<number, Site>>();
  readonly #byItem = new Map<string, Site[]>();

  constructor(readonly network: Network) {
    const sites: Site[] = [];
    for (const provider of network.providers)
      for (const station of provider.stations)
        for (const chargePoint of station.chargePoints)
          for (const connector of chargePoint.connectors) sites.push({ provider, station, chargePoint, connector });
    this.sites = sites;
    for (const site of sites) {
      let here = this.#byPlace.get(site.chargePoint.id);
      if (!here) this.#byPlace.set(site.chargePoint.id, (here = new Map()));
      here.set(site.connector.connectorId, site);
      for (const id of new Set([
        site.connector.itemId,
        ...[site.connector.ubcId, site.connector.qrIdentifier].filter((id) => id !== undefined),
        site.chargePoint.itemId,
        site.chargePoint.code,
        site.station.id,
      ])) {
        const list = this.#byItem.get(id);
        if (list) list.push(site);
        else this.#byItem.set(id, [site]);
      }
    }
  }

  site(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): Site | undefined {
    return this.#byPlace.get(ref.chargePointId)?.get(ref.connectorId);
  }

  /** The greatest rated power of a charge point's connectors, W; 0 when it is not sold. */
  mostPowerW(chargePointId: string): number {
    const here = this.#byPlace.get(chargePointId);
    return here ? Math.max(...[...here.values()].map((site) => site.connector.maxPowerW)) : 0;
  }

  knows(chargePointId: string): boolean {
    return this.#byPlace.has(chargePointId);
  }

  /** The connectors an item id stands for: its own, its charge point's, or its station's. */
  sitesOfItem(itemId: string): readonly Site[] {
    return this.#byItem.get(itemId) ?? [];
  }

  /** Nearest first when a circle is given, else in the network's order. */
  search(filter: CatalogueFilter): readonly { readonly site: Site; readonly distanceM?: number }[] {
    const { circle } = filter;
    const test = matcher(filter);
    const hits: { site: Site; distanceM?: number }[] = [];
    for (const site of this.sites) {
      if (!test(site)) continue;
      if (!circle) hits.push({ site });
      else {
        const distance = distanceM(circle.latitude, circle.longitude, site.station.latitude, site.station.longitude);
        if (distance <= circle.radiusM) hits.push({ site, distanceM: distance });
      }
    }
    return circle ? hits.sort((a, b) => (a.distanceM ?? 0) - (b.distanceM ?? 0)) : hits;
  }
}

function matcher(filter: CatalogueFilter): (site: Site) => boolean {
  const standards = filter.connectorTypes && new Set(filter.connectorTypes.map(standardOf));
  const names = filter.providerNames?.map((name) => name.toLowerCase());
  // Each word once: a text of one letter said a hundred times costs no more than the letter.
  const words = [...new Set(filter.text?.toLowerCase().split(/\s+/))].filter(
    (word) => word !== '' && !STOP_WORDS.has(word),
  );
  // A city says nothing more once a circle is drawn.
  const city = filter.circle || filter.cityCode === '*' ? undefined : filter.cityCode;
  return ({ provider, station, chargePoint, connector }) =>
    (!standards || standards.has(standardOf(connector.standard))) &&
    (!filter.powerType || connector.powerType === filter.powerType) &&
    (filter.minPowerW === undefined || connector.maxPowerW >= filter.minPowerW) &&
    (!filter.providerIds || filter.providerIds.includes(provider.id)) &&
    (!names || names.includes(provider.name.toLowerCase()) || names.includes(provider.id.toLowerCase())) &&
    (!city || station.city.code === city) &&
    (!filter.itemId ||
      [connector.itemId, connector.ubcId, chargePoint.itemId, chargePoint.code, station.id].includes(filter.itemId)) &&
    (words.length === 0 || holdsAll(textOf({ provider, station, chargePoint, connector }), words));
}

const STOP_WORDS = new Set([
  'charging',
  'charger',
  'chargers',
  'station',
  'stations',
  'ev',
  'for',
  'in',
  'near',
  'at',
  'the',
]);

function holdsAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

function textOf({ provider, station, chargePoint, connector }: Site): string {
  return [
    provider.name,
    station.name,
    station.address,
    station.city.name,
    chargePoint.name,
    chargePoint.code,
    connector.standard,
    connector.name,
  ]
    .join(' ')
    .toLowerCase();
}
