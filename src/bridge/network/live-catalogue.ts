/**
 * Holds the current catalogue and replaces it as a whole when the network changes. A connector that is missing from the
 * new network stays known while an order needs it, so that its session continues and is billed with the same rated
 * power.
 */
import { Catalogue, type CatalogueLookup } from '../../domain/locations/catalogue.js';
import { connectorRefOf, type ConnectorRef, type Network, type Site } from '../../domain/model/network.js';
import { connectorKey } from '../../domain/model/order.js';
import type { Steps } from '../../domain/model/object.js';
import { TrialSites } from './trial-sites.js';

type Ref = Pick<ConnectorRef, 'chargePointId' | 'connectorId'>;

/** The connectors that a replacement took out of sale: now removed, withdrawn or planned. */
export interface CatalogueChange {
  readonly noLongerSold: readonly Site[];
}

export class LiveCatalogue implements CatalogueLookup {
  #current: Catalogue;
  /** Connectors that the network no longer has, by `connectorKey`. */
  #retained: ReadonlyMap<string, Site> = new Map();
  readonly trialSites = new TrialSites();
  readonly #preparers: ((next: Catalogue) => Steps<() => void>)[] = [];
  readonly #listeners: ((change: CatalogueChange) => void)[] = [];

  constructor(network: Network) {
    this.#current = new Catalogue(network);
  }

  /** The current catalogue. The object itself never changes. */
  get current(): Catalogue {
    return this.#current;
  }

  /**
   * Registers a preparation that runs, in steps, for each new catalogue. The function that it returns is called in the
   * same event-loop turn as the switch to that catalogue.
   */
  beforeReplacing(prepare: (next: Catalogue) => Steps<() => void>): void {
    this.#preparers.push(prepare);
  }

  /** Calls the listener after each replacement, in the same event-loop turn. */
  onReplaced(listener: (change: CatalogueChange) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Replaces the catalogue. Prepares the new one in many steps, and switches to it in the last step.
   * @param isNeeded Returns whether an order still needs a connector.
   * @param earlier  After a restart: connectors of earlier networks that may still be needed.
   */
  *replace(network: Network, isNeeded: (ref: Ref) => boolean, earlier: readonly Site[] = []): Steps<void> {
    const next = yield* Catalogue.inSteps(network);
    const prepared: (() => void)[] = [];
    for (const prepare of this.#preparers) prepared.push(yield* prepare(next));
    const before = this.#current;
    const former = [...earlier, ...this.#retained.values(), ...before.allSites()];
    const retained = new Map<string, Site>();
    for (const site of former) {
      const ref = connectorRefOf(site);
      if (!next.site(ref) && isNeeded(ref)) retained.set(connectorKey(ref), site);
    }
    this.#current = next;
    this.#retained = retained;
    for (const exchange of prepared) exchange();
    const isSold = (site: Site | undefined): boolean => site !== undefined && site.chargePoint.status === undefined;
    const noLongerSold = before.sites.filter((site) => !isSold(next.site(connectorRefOf(site))));
    for (const listener of this.#listeners) listener({ noLongerSold });
  }

  /** Forgets removed connectors that no order needs any more. */
  release(isNeeded: (ref: Ref) => boolean): void {
    this.#retained = new Map([...this.#retained].filter(([, site]) => isNeeded(connectorRefOf(site))));
  }

  /** Returns the removed connectors that an order still needs. */
  retained(): readonly Site[] {
    return [...this.#retained.values()];
  }

  get network(): Network {
    return this.#current.network;
  }

  get sites(): readonly Site[] {
    return this.#current.sites;
  }

  get chargePointIds(): readonly string[] {
    return this.#current.chargePointIds;
  }

  site(ref: Ref): Site | undefined {
    const site = this.#current.site(ref);
    if (site) return site;
    return this.trialSites.site(ref) ?? (this.#retained.size === 0 ? undefined : this.#retained.get(connectorKey(ref)));
  }

  /** Returns why a known connector cannot be ordered; `undefined` while it is for sale. */
  saleStop(ref: Ref): 'planned' | 'withdrawn' | 'removed' | undefined {
    const site = this.#current.site(ref);
    if (site) return site.chargePoint.status;
    return this.#retained.has(connectorKey(ref)) ? 'removed' : undefined;
  }

  maxPowerW(chargePointId: string): number {
    const powers = [this.#current.maxPowerW(chargePointId)];
    for (const { connector } of this.trialSites.ofChargePoint(chargePointId)) powers.push(connector.maxPowerW);
    for (const site of this.#retained.values())
      if (site.chargePoint.id === chargePointId) powers.push(site.connector.maxPowerW);
    return Math.max(...powers);
  }

  hasChargePoint(chargePointId: string): boolean {
    return (
      this.#current.hasChargePoint(chargePointId) ||
      this.trialSites.hasChargePoint(chargePointId) ||
      this.retained().some(({ chargePoint }) => chargePoint.id === chargePointId)
    );
  }

  sitesOfItem(itemId: string): readonly Site[] {
    const sites = this.#current.sitesOfItem(itemId);
    const trial = sites.length === 0 ? this.trialSites.siteOfItem(itemId) : undefined;
    return trial ? [trial] : sites;
  }
}
