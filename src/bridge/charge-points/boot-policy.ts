/** How a charge point's boot is answered: as an operator said last, else as the settings say. */
import type { BootPolicy } from '../../config/config.js';
import type { ValueStore } from '../../ports/store.js';

const PREFIX = 'boot-answer|';

export class BootPolicies {
  readonly #byOperator = new Map<string, BootPolicy>();
  readonly #values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly #configuredPolicy: (chargePointId: string) => BootPolicy;

  constructor(
    values: Pick<ValueStore, 'putValue' | 'values'>,
    configured: (chargePointId: string) => BootPolicy = () => 'accept',
  ) {
    this.#values = values;
    this.#configuredPolicy = configured;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#values.values(PREFIX))
      if (value === 'accept' || value === 'pending' || value === 'reject')
        this.#byOperator.set(decodeURIComponent(name.slice(PREFIX.length)), value);
  }

  /** Durable when it resolves. */
  async set(id: string, answer: BootPolicy): Promise<void> {
    await this.#values.putValue(PREFIX + encodeURIComponent(id), answer);
    this.#byOperator.set(id, answer);
  }

  policyOf(id: string): BootPolicy {
    return this.#byOperator.get(id) ?? this.#configuredPolicy(id);
  }
}
