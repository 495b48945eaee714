/** Removes expired drafts, requests and log entries from the store, at start and then every hour. */
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

const INTERVAL_MS = 3_600_000;
/** Longer than any signature is valid; otherwise a request could be replayed as a new one. */
const REQUEST_RETENTION_MS = 7 * 24 * 3_600_000;
const LOG_RETENTION_MS = 90 * 24 * 3_600_000;

export interface RetentionDeps {
  readonly store: Pick<Store, 'expireDrafts' | 'expireRequests' | 'expireLogEntries'>;
  readonly clock: Clock;
  readonly events: Events;
  /** How long a draft is kept after its last change, ms. */
  readonly draftTtlMs: number;
}

export class Retention {
  readonly #deps: RetentionDeps;
  #cancel: () => void = () => undefined;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { store, clock, events, draftTtlMs } = this.#deps;
    const now = clock.now();
    Promise.all([
      store.expireDrafts(now - draftTtlMs),
      store.expireRequests(now - REQUEST_RETENTION_MS),
      store.expireLogEntries(now - LOG_RETENTION_MS),
    ]).catch((error: unknown) => report(events, 'retention', error));
    this.#cancel = clock.callLater(INTERVAL_MS, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }
}
