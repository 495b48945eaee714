/**
 * Resolves the hosts of callbacks. A callback needs current addresses. Before an ACK, those of the last minute are
 * enough, and an outage of the resolver must neither delay the requests of a buyer app that we know nor refuse them.
 */
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Dns } from '../../ports/http.js';
import type { Clock } from '../../ports/runtime.js';

export interface HostAddressesDeps {
  readonly dns: Dns;
  readonly clock: Pick<Clock, 'monotonic' | 'callLater'>;
}

/** What the lookups of a host have found. Times are those of `Clock.monotonic`. */
interface KnownHost {
  /** The last addresses that were found, and when. */
  readonly found?: { readonly addresses: readonly string[]; readonly at: number };
  /** When the last lookup failed, if it did. */
  readonly failedAt?: number;
}

interface Lookup {
  readonly beganAt: number;
  /** Never rejects. */
  readonly ended: Promise<unknown>;
}

const MAX_HOSTS = 10_000;
const FRESH_MS = 60_000;
/** For this long after a failed lookup, requests cause no new one before their ACK. */
const FAILURE_MS = 5000;
/** How long addresses may be used before an ACK while the resolver fails: as long as registry records by default. */
const STALE_MS = 86_400_000;
/** The longest wait for a lookup before an ACK. */
const MAX_WAIT_MS = 2000;

export class HostAddresses {
  readonly #deps: HostAddressesDeps;
  readonly #hosts = createBoundedCache<KnownHost>(MAX_HOSTS);
  /** The lookups that requests wait for, by host. */
  readonly #lookups = new Map<string, Lookup>();

  constructor(deps: HostAddressesDeps) {
    this.#deps = deps;
  }

  /** Looks a host up and remembers the result. Never rejects. @returns All addresses; none if the lookup fails. */
  async resolve(host: string): Promise<readonly string[]> {
    const { dns, clock } = this.#deps;
    const addresses = await dns.resolve(host).catch(() => []);
    const at = clock.monotonic();
    if (addresses.length > 0) this.#hosts.set(host, { found: { addresses, at } });
    else this.#hosts.set(host, { ...this.#hosts.get(host), failedAt: at });
    return addresses;
  }

  /**
   * Finds the addresses of a host before an ACK. Looks them up at most once a minute or, while lookups fail, every five
   * seconds, and waits at most two seconds for the result. If the lookup fails or takes longer, addresses of the last
   * day are used. Never rejects.
   * @returns All addresses; `undefined` if none are known.
   */
  async findSoon(host: string): Promise<readonly string[] | undefined> {
    if (!this.#isFresh(host)) await this.#waitForLookup(host);
    const found = this.#hosts.get(host)?.found;
    return found && this.#ageOf(found.at) < STALE_MS ? found.addresses : undefined;
  }

  #isFresh(host: string): boolean {
    const { found, failedAt } = this.#hosts.get(host) ?? {};
    return failedAt === undefined
      ? found !== undefined && this.#ageOf(found.at) < FRESH_MS
      : this.#ageOf(failedAt) < FAILURE_MS;
  }

  /** Waits for a lookup to end, but no longer than two seconds after it began. */
  async #waitForLookup(host: string): Promise<void> {
    const { clock } = this.#deps;
    const { beganAt, ended } = this.#lookups.get(host) ?? this.#beginLookup(host);
    const leftMs = MAX_WAIT_MS - this.#ageOf(beganAt);
    if (leftMs <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.callLater(leftMs, resolve);
      void ended.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #beginLookup(host: string): Lookup {
    const ended = this.resolve(host).finally(() => this.#lookups.delete(host));
    const lookup = { beganAt: this.#deps.clock.monotonic(), ended };
    this.#lookups.set(host, lookup);
    return lookup;
  }

  #ageOf(at: number): number {
    return this.#deps.clock.monotonic() - at;
  }
}
