/** Lists the clients whose connection was refused, so that an operator can find a new charger that fails to connect. */
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { RejectedAttempt, RejectedConnection } from '../../ports/charger-access.js';
import { REJECTION_REASONS } from './rejection-reasons.js';

/**
 * The maximum number of entries. Beyond it, the network with the most entries loses one, so that a stranger who tries
 * many identities displaces only the stranger's own entries.
 */
const MAX_ENTRIES = 200;
const MAX_SUBPROTOCOLS = 10;
const MAX_SUBPROTOCOL_LENGTH = 40;
const MAX_PATH_LENGTH = 255;

/** An entry without the texts that follow from its code. */
export type RejectionRecord = Omit<RejectedConnection, 'reason' | 'cure'>;

export class RejectedConnections {
  /** The entries by identity, or by reason and network if there is no identity; in the order of their last attempt. */
  readonly #entries = new Map<string, RejectionRecord>();
  readonly #networks = new Map<string, Set<string>>();
  /** Counts the attempts of unlisted clients too, so that a client that tries again and again stays in the list. */
  readonly #attempts = createBoundedCache<{ readonly count: number; readonly firstAt: number }>(10_000);
  #onChange: () => void = () => undefined;

  /** Sets the listener that is called after each `add` and `remove`. */
  onChange(work: () => void): void {
    this.#onChange = work;
  }

  /**
   * Records an attempt.
   * @shape `path` and `subprotocols` are as received; their lengths and number are limited here.
   */
  add({ at, ...attempt }: RejectedAttempt): void {
    const key = keyOf(attempt);
    const { count, firstAt } = this.#attempts.get(key) ?? { count: 0, firstAt: at };
    // A throttled client keeps the code of its earlier refusal.
    const code = attempt.code === 'too-many-failures' ? (this.#entries.get(key)?.code ?? attempt.code) : attempt.code;
    const subprotocols = attempt.subprotocols
      .slice(0, MAX_SUBPROTOCOLS)
      .map((name) => name.slice(0, MAX_SUBPROTOCOL_LENGTH));
    const path = attempt.path?.slice(0, MAX_PATH_LENGTH);
    this.#put({
      ...attempt,
      ...(path !== undefined && { path }),
      ...{ code, subprotocols, firstAt, lastAt: at, count: count + 1 },
    });
    this.#onChange();
  }

  /**
   * Adds the records of an earlier run, which count as older than those of this run.
   * @shape Newest first, as `records` returns them.
   */
  restore(records: readonly RejectionRecord[]): void {
    const newer = [...this.#entries.values()];
    for (const record of [...records].reverse()) this.#put(record);
    for (const record of newer) this.#put(record);
  }

  /** Returns the records, newest first. */
  records(): RejectionRecord[] {
    return [...this.#entries.values()].reverse();
  }

  /** Returns the entries with their texts, newest first. */
  list(): RejectedConnection[] {
    return this.records().map((record) => ({ ...record, ...REJECTION_REASONS[record.code] }));
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  remove(id: string): void {
    this.#attempts.delete(id);
    this.#unlist(id);
    this.#onChange();
  }

  #put(record: RejectionRecord): void {
    const { network, count, firstAt } = record;
    const key = keyOf(record);
    this.#unlist(key);
    this.#attempts.set(key, { count, firstAt });
    if (this.#entries.size >= MAX_ENTRIES) this.#makeRoom();
    this.#entries.set(key, record);
    this.#networks.set(network, (this.#networks.get(network) ?? new Set()).add(key));
  }

  #unlist(key: string): void {
    const { network } = this.#entries.get(key) ?? {};
    if (network === undefined) return;
    this.#entries.delete(key);
    const keys = this.#networks.get(network);
    keys?.delete(key);
    if (keys?.size === 0) this.#networks.delete(network);
  }

  #makeRoom(): void {
    const largest = [...this.#networks.values()].reduce((most, one) => (one.size > most.size ? one : most));
    this.#removeLeastTried(largest);
  }

  /**
   * Removes the entry with the fewest attempts, the oldest one among equals, because a real charger tries again and
   * again.
   */
  #removeLeastTried(keys: ReadonlySet<string>): void {
    const attempts = (key: string): number => this.#entries.get(key)?.count ?? 0;
    const [first, ...others] = keys;
    if (first === undefined) return;
    this.#unlist(others.reduce((least, key) => (attempts(key) < attempts(least) ? key : least), first));
  }
}

/** Returns the entry's key. It is unambiguous, because no identity contains the character NUL. */
function keyOf({ id, code, network }: Pick<RejectedAttempt, 'id' | 'code' | 'network'>): string {
  return id ?? `\0${code} ${network}`;
}
