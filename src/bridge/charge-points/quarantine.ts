/** Charge points that two speak for: kept over restarts, told to a person, and ended by one. */
import type { Json } from '../../domain/model/order.js';
import type { Scribe } from '../orders/effect-factory.js';
import type { Views } from './charge-point-state.js';
import type { Events } from '../../ports/events.js';
import type { QuarantineCause, Quarantined } from '../../ports/quarantine.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface QuarantinesDeps {
  readonly store: Pick<Store, 'putValue' | 'values' | 'commit' | 'closeRow'>;
  readonly scribe: Pick<Scribe, 'rows'>;
  readonly views: Pick<Views, 'bar' | 'barred'>;
  readonly clock: Clock;
  readonly events: Events;
}

const PREFIX = 'quarantine|';
const AGAIN_MS = 1000;

export class Quarantines {
  readonly #deps: QuarantinesDeps;

  constructor(deps: QuarantinesDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#deps.store.values(PREFIX))
      if (isQuarantined(value)) this.#deps.views.bar(decodeURIComponent(name.slice(PREFIX.length)), value);
  }

  /** Holds at once; what cannot be kept now is kept as soon as that goes. A second cause adds nothing to the first. */
  put(id: string, cause: QuarantineCause): void {
    const { views, clock, events } = this.#deps;
    if (views.barred(id)) return;
    const held = { ...cause, since: clock.now() };
    views.bar(id, held);
    events.emit('charger.quarantined', { chargePointId: id, ...cause });
    this.#keep(id, held);
  }

  #keep(id: string, held: Quarantined): void {
    const { store, scribe, views, clock, events } = this.#deps;
    const work = async (): Promise<void> => {
      await store.putValue(nameOf(id), { ...held });
      const detail = `${held.detail} From ${held.address}.`;
      const row = { kind: 'charger-quarantined', detail, key: keyOf(id, held) } as const;
      await store.commit({ rows: scribe.rows(undefined, [row], { chargePointId: id }) });
    };
    work().catch((error: unknown) => {
      events.emit('store.failed', { problem: String(error) });
      clock.after(AGAIN_MS, () => {
        if (views.barred(id) === held) this.#keep(id, held);
      });
    });
  }

  /**
   * Starts may go there again; its row is closed with `note`. False when it was in no quarantine.
   * @errors StoreFault when that could not be kept: then it stays.
   */
  async clear(id: string, note: string): Promise<boolean> {
    const { store, views, clock, events } = this.#deps;
    const held = views.barred(id);
    if (!held) return false;
    await store.putValue(nameOf(id), null);
    views.bar(id, undefined);
    events.emit('operator.quarantine-cleared', { chargePointId: id });
    await store.closeRow(`charger-quarantined:${keyOf(id, held)}`, note, clock.now());
    return true;
  }
}

function nameOf(id: string): string {
  return PREFIX + encodeURIComponent(id);
}

function keyOf(id: string, { since }: Quarantined): string {
  return `${encodeURIComponent(id)}:${since}`;
}

function isQuarantined(value: Json): value is Json & Quarantined {
  return typeof value === 'object' && value !== null && 'reason' in value && 'since' in value;
}
