/** Finds the connectors of a network by their ids, and normalises the names of connector standards. */
import type { ConnectorRef, Network, Site } from '../model/network.js';

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

/** What may be asked of a catalogue. The catalogue in use can be replaced, so no class is named where one is needed. */
export type CatalogueLookup = Pick<
  Catalogue,
  'network' | 'sites' | 'chargePointIds' | 'site' | 'maxPowerW' | 'hasChargePoint' | 'sitesOfItem'
>;

/** The connectors of a network, indexed by their ids. Planned and withdrawn ones are known, but not for sale. */
export class Catalogue {
  /** The connectors that are for sale. */
  readonly sites: readonly Site[];
  readonly chargePointIds: readonly string[];
  /** Nested maps, so that a meter message finds its connector without building a key. */
  readonly #byConnector = new Map<string, Map<number, Site>>();
  readonly #byItem = new Map<string, Site[]>();

  constructor(readonly network: Network) {
    const sites: Site[] = [];
    for (const provider of network.providers)
      for (const station of provider.stations)
        for (const chargePoint of station.chargePoints)
          for (const connector of chargePoint.connectors) sites.push({ provider, station, chargePoint, connector });
    this.sites = sites.filter(({ chargePoint }) => chargePoint.status === undefined);
    for (const site of sites) {
      let connectors = this.#byConnector.get(site.chargePoint.id);
      if (!connectors) this.#byConnector.set(site.chargePoint.id, (connectors = new Map()));
      connectors.set(site.connector.connectorId, site);
    }
    this.chargePointIds = [...this.#byConnector.keys()];
    for (const site of this.sites) {
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
