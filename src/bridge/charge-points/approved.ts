/** Charge points that an operator made known before the network file names them: they connect, boot and are configured, and sell nothing. */
import type { SecurityProfile } from '../../config/config.js';
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

  /** Durable when it resolves. */
  async add(id: string, profile: SecurityProfile): Promise<void> {
    await this.#values.putValue(PREFIX + encodeURIComponent(id), { profile, at: this.#clock.now() });
    this.#profiles.set(id, profile);
  }

  /** The profile it was adopted with. */
  profileOf(id: string): SecurityProfile | undefined {
    return this.#profiles.get(id);
  }

  ids(): string[] {
    return [...this.#profiles.keys()];
  }
}
