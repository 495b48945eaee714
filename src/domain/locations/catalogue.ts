/** Finds the connectors of a network by their ids, and normalises the names of connector standards. */
import type { ConnectorRef, Network, Site } from '../model/network.js';
import { atOnce, type Steps } from '../model/object.js';

/** Names of each connector standard in OCPI, Bharat standards and buyer apps; the first is canonical. */
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

const normalisedCode = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, '');
const STANDARD_BY_SPELLING = new Map(
  SYNONYMS.flatMap((codes) => codes.map((code) => [normalisedCode(code), normalisedCode(codes[0] ?? code)] as const)),
);

/** Returns the same code for all names of a connector standard. Case and punctuation of the name do not matter. */
export function standardOf(code: string): string {
  return STANDARD_BY_SPELLING.get(normalisedCode(code)) ?? normalisedCode(code);
}

/** The look-ups of a catalogue. Callers depend on them instead of the class, because the catalogue can be replaced. */
export type CatalogueLookup = Pick<
  Catalogue,
  'network' | 'sites' | 'chargePointIds' | 'site' | 'maxPowerW' | 'hasChargePoint' | 'sitesOfItem'
>;

interface SiteIndex {
  /** The connectors that are for sale. */
  readonly sites: readonly Site[];
  /** By charge point and connector id; nested, so that a meter message finds its connector without building a key. */
  readonly byConnector: ReadonlyMap<string, ReadonlyMap<number, Site>>;
  readonly byItem: ReadonlyMap<string, readonly Site[]>;
}

/** The connectors of a network, indexed by their ids. Planned and withdrawn ones are known, but not for sale. */
export class Catalogue {
  /** The connectors that are for sale. */
  readonly sites: readonly Site[];
  readonly chargePointIds: readonly string[];
  readonly #byConnector: SiteIndex['byConnector'];
  readonly #byItem: SiteIndex['byItem'];

  /** @param index The network's index, if it was built in steps; see `inSteps`. */
  constructor(
    readonly network: Network,
    index: SiteIndex = atOnce(indexSites(network)),
  ) {
    this.sites = index.sites;
    this.#byConnector = index.byConnector;
    this.#byItem = index.byItem;
    this.chargePointIds = [...index.byConnector.keys()];
  }

  /** Builds a catalogue in steps, one per charge point. */
  static *inSteps(network: Network): Steps<Catalogue> {
    return new Catalogue(network, yield* indexSites(network));
  }

  /** Returns all connectors, for sale or not. */
  allSites(): Site[] {
    return [...this.#byConnector.values()].flatMap((connectors) => [...connectors.values()]);
  }

  /** Finds a connector, for sale or not. */
  site(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): Site | undefined {
    return this.#byConnector.get(ref.chargePointId)?.get(ref.connectorId);
  }

  /** Returns the highest rated power of a charge point's connectors, W; 0 if the charge point is unknown. */
  maxPowerW(chargePointId: string): number {
    const connectors = this.#byConnector.get(chargePointId);
    return connectors ? Math.max(...[...connectors.values()].map((site) => site.connector.maxPowerW)) : 0;
  }

  hasChargePoint(chargePointId: string): boolean {
    return this.#byConnector.has(chargePointId);
  }

  /** Returns the connectors for sale to which an item id, UBC id, QR code, charge point code or station id refers. */
  sitesOfItem(itemId: string): readonly Site[] {
    return this.#byItem.get(itemId) ?? [];
  }
}

function* indexSites({ providers }: Network): Steps<SiteIndex> {
  const sites: Site[] = [];
  const byConnector = new Map<string, Map<number, Site>>();
  const byItem = new Map<string, Site[]>();
  for (const provider of providers)
    for (const station of provider.stations)
      for (const chargePoint of station.chargePoints) {
        const connectors = byConnector.get(chargePoint.id) ?? new Map<number, Site>();
        for (const connector of chargePoint.connectors) {
          const site = { provider, station, chargePoint, connector };
          byConnector.set(chargePoint.id, connectors.set(connector.connectorId, site));
          if (chargePoint.status !== undefined) continue;
          sites.push(site);
          for (const id of itemIdsOf(site)) {
            const list = byItem.get(id);
            if (list) list.push(site);
            else byItem.set(id, [site]);
          }
        }
        yield;
      }
  return { sites, byConnector, byItem };
}

function itemIdsOf({ station, chargePoint, connector }: Site): ReadonlySet<string> {
  const { itemId, ubcId, qrIdentifier } = connector;
  const ids = [itemId, ubcId, qrIdentifier, chargePoint.itemId, chargePoint.code, station.id];
  return new Set(ids.filter((id) => id !== undefined));
}
