/**
 * The faults of the simulation. Each seed draws a subset, because rare combinations reveal more than all faults
 * together.
 */
import type { SeededRandom } from './runtime/seeded-random.js';

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
  'crash-point',
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
  'profile-refused',
  'new-prices',
  'stop-lost',
  'restamped-start',
  'wrong-number',
  'tag-appended',
  'stranger-first',
  'silent-meter',
  'register-only',
  'zero-first',
  'zero-meter',
  'long-outage',
  'host-clock-step',
  'tagless-stop',
  'rating-too-small',
  'kwh-at-end',
  'slow-car',
  'fast-readings',
  'connector-fault',
  'boot-held',
  'double-sockets',
  'restless',
  'live-clock-step',
  'store-away',
  'odd-numbers',
  'foreign-uri',
  'support',
  'prepaid',
  'answers-pending',
  'webhook-lost',
  'chargeback',
  'paid-unconfirmed',
  'timed-tariff',
  'change-of-mind',
  'stations',
  'ids-reused',
  'mongo',
  'store-cut',
  'second-process',
  'kill-at-start',
  'bookings',
  'small-orders',
  'cut-kills',
  'late-writes',
] as const;

export type Fault = (typeof FAULTS)[number];

/** The faults that a seed enables, and a count of how often each struck. */
export class Faults {
  readonly struck = new Map<string, number>();
  ended = false;
  readonly #on: ReadonlySet<Fault>;

  constructor(random: SeededRandom, only?: readonly Fault[]) {
    const calm = random.happens(0.04);
    const share = random.pick([0.12, 0.25, 0.5]);
    const drawn = FAULTS.filter(() => random.happens(share));
    this.#on = new Set(only ?? (calm ? [] : drawn));
  }

  has(fault: Fault): boolean {
    return this.#on.has(fault) && !this.ended;
  }

  get all(): readonly Fault[] {
    return [...this.#on];
  }

  /** Returns true with this probability if the fault is enabled, and counts it. */
  strikes(fault: Fault, random: SeededRandom, probability: number): boolean {
    if (!this.has(fault) || !random.happens(probability)) return false;
    this.count(fault);
    return true;
  }

  count(fault: Fault): void {
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
  }
}
