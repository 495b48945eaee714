/** Keeps other spellings of known charge points' identities, as an operator approved them. */
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { isPayload, textOf } from '../frames/payload.js';

const PREFIX = 'identity-alias|';

export interface IdentityAliasesDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class IdentityAliases {
  readonly #deps: IdentityAliasesDeps;
  readonly #chargePoints = new Map<string, string>();

  constructor(deps: IdentityAliasesDeps) {
    this.#deps = deps;
  }

  /** @errors StoreFault */
  async load(): Promise<void> {
    for (const { name, value } of await this.#deps.values.values(PREFIX)) {
      const chargePointId = isPayload(value) ? textOf(value, 'chargePointId') : undefined;
      if (chargePointId !== undefined)
        this.#chargePoints.set(decodeURIComponent(name.slice(PREFIX.length)), chargePointId);
    }
  }

  /** Resolves when durable. @errors StoreFault */
  async add(spelling: string, chargePointId: string): Promise<void> {
    const { values, clock } = this.#deps;
    await values.putValue(PREFIX + encodeURIComponent(spelling), { chargePointId, at: clock.now() });
    this.#chargePoints.set(spelling, chargePointId);
  }

  /** The charge point that connects under this spelling; `undefined` if it is no approved one. */
  chargePointOf(spelling: string): string | undefined {
    return this.#chargePoints.get(spelling);
  }
}
