/** Forgets what nobody will ask for any more, once an hour. */
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

const EVERY_MS = 3_600_000;
const REQUESTS_KEPT_MS = 7 * 24 * 3_600_000;
const NOTES_KEPT_MS = 90 * 24 * 3_600_000;

export interface SweeperDeps {
  readonly store: Pick<Store, 'expireDrafts' | 'expireRequests' | 'expireNotes'>;
  readonly clock: Clock;
  readonly events: Events;
  readonly draftTtlMs: number;
}

export class Sweeper {
  readonly #deps: SweeperDeps;
  #cancel: () => void = () => undefined;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { store, clock, events, draftTtlMs } = this.#deps;
    const now = clock.now();
    Promise.all([
      store.expireDrafts(now - draftTtlMs),
      store.expireRequests(now - REQUESTS_KEPT_MS),
      store.expireNotes(now - NOTES_KEPT_MS),
    ]).catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
    this.#cancel = clock.after(EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }
}
