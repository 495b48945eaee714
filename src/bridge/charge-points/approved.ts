/**
 * Keeps the charge points that an operator approved although they have no entry in the network file. They may connect
 * and be configured, but sell nothing.
 */
import type { SecurityProfile } from '../../ports/charger-access.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';

const PREFIX = 'approved-charge-point|';

export class ApprovedChargePoints {
  readonly #profiles = new Map<string, SecurityProfile>();
  readonly #values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(values: Pick<ValueStore, 'putValue' | 'values'>, clock: Pick<Clock, 'now'>) {
    this.#values = values;
    this.#clock = clock;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#values.values(PREFIX)) {
      const profile = typeof value === 'object' && value !== null && 'profile' in value ? value.profile : undefined;
      if (profile === 0 || profile === 1 || profile === 2 || profile === 3)
        this.#profiles.set(decodeURIComponent(name.slice(PREFIX.length)), profile);
    }
  }

  /** Resolves once the approval is durable. @errors StoreFault */
  async add(chargePointId: string, profile: SecurityProfile): Promise<void> {
    await this.#values.putValue(PREFIX + encodeURIComponent(chargePointId), { profile, at: this.#clock.now() });
    this.#profiles.set(chargePointId, profile);
  }

  /** Returns the approved security profile; `undefined` if the charge point was not approved. */
  profileOf(chargePointId: string): SecurityProfile | undefined {
    return this.#profiles.get(chargePointId);
  }

  ids(): string[] {
    return [...this.#profiles.keys()];
  }
}
