/** Holds copies of connectors for trials. An order can name a copy, but no catalogue, list or search shows it. */
import { connectorRefOf, type ConnectorRef, type Site } from '../../domain/model/network.js';
import { connectorKey } from '../../domain/model/order.js';

export class TrialSites {
  readonly #byConnector = new Map<string, Site>();

  add(site: Site): void {
    this.#byConnector.set(keyOf(site), site);
  }

  remove(site: Site): void {
    this.#byConnector.delete(keyOf(site));
  }

  site(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): Site | undefined {
    return this.#byConnector.size === 0 ? undefined : this.#byConnector.get(connectorKey(ref));
  }

  /** Finds a copy by the item id of its connector, charge point or station. */
  siteOfItem(itemId: string): Site | undefined {
    return this.#all().find(({ station, chargePoint, connector }) =>
      [connector.itemId, chargePoint.itemId, station.id].includes(itemId),
    );
  }

  ofChargePoint(chargePointId: string): readonly Site[] {
    return this.#all().filter(({ chargePoint }) => chargePoint.id === chargePointId);
  }

  hasChargePoint(chargePointId: string): boolean {
    return this.ofChargePoint(chargePointId).length > 0;
  }

  #all(): Site[] {
    return [...this.#byConnector.values()];
  }
}

function keyOf(site: Site): string {
  return connectorKey(connectorRefOf(site));
}
