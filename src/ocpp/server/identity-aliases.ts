/** Keeps the other spellings that operators have approved for known charge points' identities. */
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import type { Spelling } from '../../ports/charger-access.js';
import { isPayload, numberOf, textOf } from '../frames/payload.js';

const PREFIX = 'identity-alias|';

export interface IdentityAliasesDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class IdentityAliases {
  readonly #deps: IdentityAliasesDeps;
  readonly #spellings = new Map<string, Spelling>();

  constructor(deps: IdentityAliasesDeps) {
    this.#deps = deps;
  }

  /** Loads the approved spellings. @errors StoreFault */
  async load(): Promise<void> {
    for (const { name, value } of await this.#deps.values.values(PREFIX)) {
      const chargePointId = isPayload(value) ? textOf(value, 'chargePointId') : undefined;
      if (!isPayload(value) || chargePointId === undefined) continue;
      const id = decodeURIComponent(name.slice(PREFIX.length));
      this.#spellings.set(id, { id, chargePointId, approvedAt: numberOf(value, 'at') ?? 0 });
    }
  }

  /** Resolves once the spelling is durable. @errors StoreFault */
  async add(spelling: string, chargePointId: string): Promise<void> {
    const { values, clock } = this.#deps;
    const at = clock.now();
    await values.putValue(PREFIX + encodeURIComponent(spelling), { chargePointId, at });
    this.#spellings.set(spelling, { id: spelling, chargePointId, approvedAt: at });
  }

  /**
   * Resolves once the removal is durable, or with `undefined` if the spelling is not approved.
   * @errors StoreFault
   */
  async remove(spelling: string): Promise<Spelling | undefined> {
    const removed = this.#spellings.get(spelling);
    if (!removed) return undefined;
    // The store cannot delete a value; `load` skips a value without a charge point.
    await this.#deps.values.putValue(PREFIX + encodeURIComponent(spelling), null);
    this.#spellings.delete(spelling);
    return removed;
  }

  /** Returns the approved spellings, sorted by spelling. */
  list(): readonly Spelling[] {
    return [...this.#spellings.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Returns the charge point that connects under this spelling; `undefined` if the spelling is not approved. */
  chargePointOf(spelling: string): string | undefined {
    return this.#spellings.get(spelling)?.chargePointId;
  }
}
