/** What may go wrong. A seed draws a subset: rare mixtures show more than everything at once. */
import type { Chance } from './seeded-random.js';

export const FAULTS = [
  'socket-drop',
  'half-open',
  'duplicate-frame',
  'slow-network',
  'callback-refused',
  'callback-error',
  'callback-down',
  'callback-slow',
  'answer-lost',
  'restart',
  'chaos-kill',
  'clock-step',
  'store-failure',
  'registry-away',
  'reboot-soft',
  'reboot-hard',
  'reboot-lost',
  'meter-reset',
  'relative-meter',
  'start-ignored',
  'start-rejected',
  'late-start',
  'no-cable',
  'stop-ignored',
  'unanswered-start',
  'new-id-on-retry',
  'reordered',
  'samples-unnumbered',
  'local-start',
  'wrong-connector',
  'second-transaction',
  'silent-socket',
  'duplicate-request',
  'message-id-reused',
  'new-confirm',
  'race',
  'hostile',
  'plan-refused',
  'new-prices',
] as const;

export type Fault = (typeof FAULTS)[number];

/** Which faults a seed has, and which of them really struck. */
export class Faults {
  readonly struck = new Map<string, number>();
  healed = false;
  readonly #on: ReadonlySet<Fault>;

  constructor(chance: Chance, only?: readonly Fault[]) {
    const calm = chance.happens(0.04);
    const share = chance.pick([0.12, 0.25, 0.5]);
    const drawn = FAULTS.filter(() => chance.happens(share));
    this.#on = new Set(only ?? (calm ? [] : drawn));
  }

  has(fault: Fault): boolean {
    return this.#on.has(fault) && !this.healed;
  }

  get all(): readonly Fault[] {
    return [...this.#on];
  }

  /** True with this probability while the fault is on; what strikes is counted. */
  strikes(fault: Fault, chance: Chance, probability: number): boolean {
    if (!this.has(fault) || !chance.happens(probability)) return false;
    this.count(fault);
    return true;
  }

  count(fault: Fault): void {
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
  }
}
