/** Keeps each charge point's boot policy: the operator's last choice, otherwise the configured policy. */
import type { BootPolicy } from '../../ports/charger-access.js';
import type { ValueStore } from '../../ports/store.js';

const PREFIX = 'boot-answer|';

export class BootPolicies {
  readonly #byOperator = new Map<string, BootPolicy>();
  readonly #values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly #configuredPolicy: (chargePointId: string) => BootPolicy;

  constructor(
    values: Pick<ValueStore, 'putValue' | 'values'>,
    configuredPolicy: (chargePointId: string) => BootPolicy = () => 'accept',
  ) {
    this.#values = values;
    this.#configuredPolicy = configuredPolicy;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#values.values(PREFIX))
      if (value === 'accept' || value === 'pending' || value === 'reject')
        this.#byOperator.set(decodeURIComponent(name.slice(PREFIX.length)), value);
  }

  /** Resolves once the policy is durable. @errors StoreFault */
  async set(chargePointId: string, policy: BootPolicy): Promise<void> {
    await this.#values.putValue(PREFIX + encodeURIComponent(chargePointId), policy);
    this.#byOperator.set(chargePointId, policy);
  }

  policyOf(chargePointId: string): BootPolicy {
    return this.#byOperator.get(chargePointId) ?? this.#configuredPolicy(chargePointId);
  }
}
