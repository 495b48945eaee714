/** Quarantines charge points whose identity two clients claim. A quarantine lasts until an operator lifts it. */
import type { Json } from '../../domain/model/object.js';
import { report } from '../../observe/report.js';
import type { Quarantine, QuarantineCause } from '../../ports/charger-access.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { ChargePointState } from './charge-point-state.js';

export interface QuarantinesDeps {
  readonly store: Pick<Store, 'putValue' | 'values' | 'commit' | 'closeDiscrepancy'>;
  readonly discrepancies: DiscrepancyFactory;
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

  /**
   * Starts a quarantine. It takes effect at once and is saved as soon as the store allows. Does nothing if the charge
   * point is already under quarantine.
   */
  add(chargePointId: string, cause: QuarantineCause): void {
    const { chargePoints, clock, events } = this.#deps;
    if (chargePoints.quarantineOf(chargePointId)) return;
    const quarantine = { ...cause, since: clock.now() };
    chargePoints.setQuarantine(chargePointId, quarantine);
    events.emit('charger.quarantined', { chargePointId, ...cause });
    this.#saveOrRetry(chargePointId, quarantine);
  }

  #saveOrRetry(chargePointId: string, quarantine: Quarantine): void {
    const { chargePoints, clock, events } = this.#deps;
    this.#save(chargePointId, quarantine).catch((error: unknown) => {
      report(events, 'quarantine', error, { chargePointId });
      clock.callLater(RETRY_MS, () => {
        if (chargePoints.quarantineOf(chargePointId) === quarantine) this.#saveOrRetry(chargePointId, quarantine);
      });
    });
  }

  async #save(chargePointId: string, quarantine: Quarantine): Promise<void> {
    const { store, discrepancies } = this.#deps;
    await store.putValue(valueNameOf(chargePointId), { ...quarantine });
    const detail = `${quarantine.detail} From ${quarantine.address}.`;
    const draft = { kind: 'charger-quarantined', detail, key: discrepancyKeyOf(chargePointId, quarantine) } as const;
    await store.commit({ discrepancies: discrepancies.create(undefined, [draft], { chargePointId }) });
  }

  /**
   * Lifts a quarantine and closes its discrepancy with `note`.
   * @returns False if there is no quarantine.
   * @errors StoreFault. The quarantine remains, unless only closing the discrepancy failed.
   */
  async clear(chargePointId: string, note: string): Promise<boolean> {
    const { store, chargePoints, clock, events } = this.#deps;
    const quarantine = chargePoints.quarantineOf(chargePointId);
    if (!quarantine) return false;
    await store.putValue(valueNameOf(chargePointId), null);
    chargePoints.setQuarantine(chargePointId, undefined);
    events.emit('operator.quarantine-cleared', { chargePointId });
    const discrepancyId = `charger-quarantined:${discrepancyKeyOf(chargePointId, quarantine)}`;
    await store.closeDiscrepancy(discrepancyId, note, clock.now());
    return true;
  }
}

function valueNameOf(chargePointId: string): string {
  return PREFIX + encodeURIComponent(chargePointId);
}

function discrepancyKeyOf(chargePointId: string, { since }: Quarantine): string {
  return `${encodeURIComponent(chargePointId)}:${since}`;
}

function isQuarantine(value: Json): value is Json & Quarantine {
  return typeof value === 'object' && value !== null && 'reason' in value && 'since' in value;
}
