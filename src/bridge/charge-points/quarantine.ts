/** Charge points that two speak for: kept over restarts, told to a person, and ended by one. */
import type { Json } from '../../domain/model/object.js';
import type { EffectFactory } from '../orders/effect-factory.js';
import type { ChargePointState } from './charge-point-state.js';
import type { Events } from '../../ports/events.js';
import type { QuarantineCause, Quarantine } from '../../ports/quarantine.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface QuarantinesDeps {
  readonly store: Pick<Store, 'putValue' | 'values' | 'commit' | 'closeDiscrepancy'>;
  readonly effectFactory: Pick<EffectFactory, 'createDiscrepancies'>;
  readonly chargePoints: Pick<ChargePointState, 'setQuarantine' | 'quarantineOf'>;
  readonly clock: Clock;
  readonly events: Events;
}

const PREFIX = 'quarantine|';
const RETRY_MS = 1000;

export class Quarantines {
  readonly #deps: QuarantinesDeps;

  constructor(deps: QuarantinesDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#deps.store.values(PREFIX))
      if (isQuarantine(value))
        this.#deps.chargePoints.setQuarantine(decodeURIComponent(name.slice(PREFIX.length)), value);
  }

  /** Holds at once; what cannot be kept now is kept as soon as that goes. A second cause adds nothing to the first. */
  add(id: string, cause: QuarantineCause): void {
    const { chargePoints: views, clock, events } = this.#deps;
    if (views.quarantineOf(id)) return;
    const held = { ...cause, since: clock.now() };
    views.setQuarantine(id, held);
    events.emit('charger.quarantined', { chargePointId: id, ...cause });
    this.#persist(id, held);
  }

  #persist(id: string, held: Quarantine): void {
    const { store, effectFactory: scribe, chargePoints: views, clock, events } = this.#deps;
    const work = async (): Promise<void> => {
      await store.putValue(valueNameOf(id), { ...held });
      const detail = `${held.detail} From ${held.address}.`;
      const row = { kind: 'charger-quarantined', detail, key: discrepancyKeyOf(id, held) } as const;
      await store.commit({ discrepancies: scribe.createDiscrepancies(undefined, [row], { chargePointId: id }) });
    };
    work().catch((error: unknown) => {
      events.emit('store.failed', { problem: String(error) });
      clock.callLater(RETRY_MS, () => {
        if (views.quarantineOf(id) === held) this.#persist(id, held);
      });
    });
  }

  /**
   * Starts may go there again; its row is closed with `note`. False when it was in no quarantine.
   * @errors StoreFault when that could not be kept: then it stays.
   */
  async clear(id: string, note: string): Promise<boolean> {
    const { store, chargePoints: views, clock, events } = this.#deps;
    const held = views.quarantineOf(id);
    if (!held) return false;
    await store.putValue(valueNameOf(id), null);
    views.setQuarantine(id, undefined);
    events.emit('operator.quarantine-cleared', { chargePointId: id });
    await store.closeDiscrepancy(`charger-quarantined:${discrepancyKeyOf(id, held)}`, note, clock.now());
    return true;
  }
}

function valueNameOf(id: string): string {
  return PREFIX + encodeURIComponent(id);
}

function discrepancyKeyOf(id: string, { since }: Quarantine): string {
  return `${encodeURIComponent(id)}:${since}`;
}

function isQuarantine(value: Json): value is Json & Quarantine {
  return typeof value === 'object' && value !== null && 'reason' in value && 'since' in value;
}
