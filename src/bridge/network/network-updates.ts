/**
 * Makes every change to the network in use: checks the new network, saves it as a version, and only then replaces the
 * catalogue in use. Changes run one after another.
 */
import {
  checkNetwork,
  loadNetwork,
  readStoredNetwork,
  type LoadedNetwork,
  type NetworkDocument,
} from '../../config/network-file/load-network.js';
import type { NetworkProblem } from '../../config/network-file/network-problem.js';
import { Catalogue } from '../../domain/locations/catalogue.js';
import type { Network, Site } from '../../domain/model/network.js';
import { connectorKey, type Order } from '../../domain/model/order.js';
import { atOnce, type Steps } from '../../domain/model/object.js';
import { KeyedQueue } from '../orders/keyed-queue.js';
import type { Events } from '../../ports/events.js';
import { inTurns, type Clock } from '../../ports/runtime.js';
import { type Change, countChanges, findDifference } from './network-difference.js';
import { withWarnings } from './change-warnings.js';
import type { NetworkHistory } from './network-history.js';
import { type NetworkVersion } from './network-history.js';
import { EMPTY_NETWORK, toDocument, toTables, type NetworkTables } from './network-tables.js';

export interface NetworkUpdatesDeps {
  readonly history: NetworkHistory;
  /** The path of the network file. If it is set, that file alone decides what is sold. */
  readonly networkFile?: string;
  readonly replaceNetwork: (network: Network, earlier?: readonly Site[]) => Steps<void>;
  readonly openOrders: () => readonly Pick<Order, 'connector' | 'state'>[];
  readonly events: Events;
  readonly clock: Pick<Clock, 'now' | 'callSoon' | 'monotonic'>;
}

/** Who changes the network, and why. */
export interface Authorship {
  readonly by: string;
  readonly reason: string;
  readonly source: string;
}

interface Changed {
  readonly tables: NetworkTables;
  /** True if faults were found. The rest is still checked, so that all faults are reported, but nothing is applied. */
  readonly isFaulty?: boolean;
}

export type UpdateResult =
  | { readonly version?: NetworkVersion; readonly difference: readonly Change[] }
  | {
      readonly problems: readonly NetworkProblem[];
      readonly document: unknown;
      readonly difference?: readonly Change[];
    }
  /** `network-file-rules` means that only the network file may change what is sold. */
  | { readonly refused: 'network-file-rules' | 'nothing-to-undo' | 'no-such-version' };

/** How many earlier versions are searched after a restart for connectors that open orders need. */
const VERSIONS_SEARCHED = 50;

export class NetworkUpdates {
  readonly #deps: NetworkUpdatesDeps;
  readonly #queue = new KeyedQueue();
  #document: NetworkDocument = EMPTY_NETWORK;
  #tables: NetworkTables = atOnce(toTables(EMPTY_NETWORK));

  constructor(deps: NetworkUpdatesDeps) {
    this.#deps = deps;
  }

  get networkFile(): string | undefined {
    return this.#deps.networkFile;
  }

  get history(): Pick<NetworkHistory, 'list' | 'find' | 'content' | 'newest'> {
    return this.#deps.history;
  }

  /** The clock for long work that prepares a change. */
  get clock(): NetworkUpdatesDeps['clock'] {
    return this.#deps.clock;
  }

  /** Returns the document of the current network. */
  document(): NetworkDocument {
    return this.#document;
  }

  tables(): NetworkTables {
    return this.#tables;
  }

  /**
   * Loads the current network. The store must be running.
   * @param loaded     The network file, if one is configured.
   * @param maySave    Whether a changed network file becomes a version of its own.
   * @param openOrders Orders that may need a connector that is no longer in the network.
   */
  async start(
    loaded: LoadedNetwork | undefined,
    openOrders: readonly Pick<Order, 'connector'>[],
    maySave = true,
  ): Promise<void> {
    const { history, replaceNetwork, events } = this.#deps;
    await history.load();
    const newest = history.newest();
    const stored = newest && (await history.content(newest.number))?.document;
    if (loaded) {
      await this.#setDocument(loaded.document);
      const former = await this.#inTurns(toTables(stored ?? EMPTY_NETWORK));
      const changes = await this.#inTurns(findDifference(former, this.#tables));
      if (maySave && (changes.length > 0 || !newest))
        await this.#save(loaded.document, changes, this.#fileAuthorship('read at the start'));
      await this.#inTurns(replaceNetwork(loaded.network, await this.#earlierSites(loaded.network, openOrders)));
      return;
    }
    const read = readStoredNetwork(stored ?? EMPTY_NETWORK);
    if ('problems' in read) throw new Error(`the stored network is not valid: ${read.problems.join('; ')}`);
    await this.#setDocument(read.document);
    await this.#inTurns(replaceNetwork(read.network, await this.#earlierSites(read.network, openOrders)));
    if (!newest)
      events.emit('network.empty', { hint: 'import one: beckn-ocpp-bridge import FILE, or POST /api/network/import' });
  }

  /**
   * Checks a new network and, unless `isDryRun`, saves and applies it.
   * @param change Builds the new tables from the current ones.
   */
  async update(
    change: (current: NetworkTables) => Changed | Promise<Changed>,
    authorship: Authorship,
    { isDryRun }: { readonly isDryRun: boolean } = { isDryRun: false },
  ): Promise<UpdateResult> {
    if (this.#deps.networkFile !== undefined && !isDryRun) return { refused: 'network-file-rules' };
    const end = await this.#queue.acquire('network');
    try {
      const before = this.tables();
      const { tables, isFaulty = false } = await change(before);
      const document = await this.#inTurns(toDocument(tables));
      const result = await this.#apply(document, authorship, { isDryRun: isDryRun || isFaulty });
      if (!('problems' in result)) return result;
      return { ...result, difference: await this.#inTurns(findDifference(before, tables)) };
    } finally {
      end();
    }
  }

  /**
   * Restores the version before the newest, or version `to`, as a new version. Repeated undos each go back one version
   * further.
   */
  async undo(authorship: Authorship, to?: number): Promise<UpdateResult> {
    const { history, networkFile } = this.#deps;
    if (networkFile !== undefined) return { refused: 'network-file-rules' };
    const end = await this.#queue.acquire('network');
    try {
      const newest = history.newest();
      const target = to ?? (newest ? (newest.restores ?? newest.number) - 1 : 0);
      if (to === undefined && (!newest || target < 0)) return { refused: 'nothing-to-undo' };
      const content = target === 0 ? { document: EMPTY_NETWORK } : await history.content(target);
      if (!content) return { refused: to === undefined ? 'nothing-to-undo' : 'no-such-version' };
      return await this.#apply(content.document, authorship, { isDryRun: false, restores: target });
    } finally {
      end();
    }
  }

  /** Reads the network file again and applies all of it or nothing. Does nothing if there is no network file. */
  async reloadFile(by: string): Promise<UpdateResult | undefined> {
    const { networkFile } = this.#deps;
    if (networkFile === undefined) return undefined;
    const end = await this.#queue.acquire('network');
    try {
      const read = loadNetwork(networkFile);
      if ('problems' in read) return { problems: read.problems.map((problem) => ({ problem })), document: undefined };
      return await this.#apply(read.document, this.#fileAuthorship(`reloaded by ${by}`), { isDryRun: false });
    } finally {
      end();
    }
  }

  async #apply(
    document: unknown,
    authorship: Authorship,
    { isDryRun, restores }: { readonly isDryRun: boolean; readonly restores?: number },
  ): Promise<UpdateResult> {
    const checked = await this.#inTurns(checkNetwork(document));
    if ('faults' in checked) return { problems: checked.faults, document };
    const after = await this.#inTurns(toTables(checked.document));
    const changes = await this.#inTurns(findDifference(this.#tables, after));
    const difference = withWarnings(changes, this.#deps.openOrders(), after);
    if (isDryRun || difference.length === 0) return { difference };
    const version = await this.#save(checked.document, difference, authorship, restores);
    [this.#document, this.#tables] = [checked.document, after];
    await this.#inTurns(this.#deps.replaceNetwork(checked.network));
    return { version, difference };
  }

  #inTurns<T>(steps: Steps<T>): Promise<T> {
    return inTurns(steps, this.#deps.clock);
  }

  async #setDocument(document: NetworkDocument): Promise<void> {
    [this.#document, this.#tables] = [document, await this.#inTurns(toTables(document))];
  }

  async #save(
    document: NetworkDocument,
    difference: readonly Change[],
    authorship: Authorship,
    restores?: number,
  ): Promise<NetworkVersion> {
    const { history, events, clock } = this.#deps;
    const counts = countChanges(difference);
    const entry = { ...authorship, at: clock.now(), counts, ...(restores !== undefined && { restores }) };
    const version = await history.add(entry, { document, difference });
    events.emit('network.changed', { version: version.number, ...counts });
    return version;
  }

  #fileAuthorship(reason: string): Authorship {
    return { by: 'network file', reason, source: this.#deps.networkFile ?? '' };
  }

  /** Finds, in earlier versions, the connectors that open orders need and that the network no longer has. */
  async #earlierSites(network: Network, openOrders: readonly Pick<Order, 'connector'>[]): Promise<Site[]> {
    if (openOrders.length === 0) return [];
    const { history } = this.#deps;
    const current = new Catalogue(network);
    const missing = new Map(
      openOrders
        .filter(({ connector }) => !current.site(connector))
        .map(({ connector }) => [connectorKey(connector), connector]),
    );
    const found: Site[] = [];
    for (const { number } of history.list().slice(0, VERSIONS_SEARCHED)) {
      if (missing.size === 0) break;
      const content = await history.content(number);
      const read = content && readStoredNetwork(content.document);
      if (!read || 'problems' in read) continue;
      const earlier = new Catalogue(read.network);
      for (const [key, ref] of missing) {
        const site = earlier.site(ref);
        if (!site) continue;
        found.push(site);
        missing.delete(key);
      }
    }
    return found;
  }
}
