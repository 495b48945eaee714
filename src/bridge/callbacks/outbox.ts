/**
 * Owed callbacks on their way: one lane per order (or per request without one), strictly in order, each kept
 * until it was delivered, refused for good, or its horizon passed. A stuck buyer app delays only its own lanes.
 */
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { Delivery } from '../../ports/buyer-requests.js';
import { StoreFault } from '../../ports/store.js';

/** One owed callback, wherever it is kept. */
export interface Parcel {
  /** Unique, stable over restarts. */
  readonly id: string;
  readonly lane: string;
  /** `buyerKey` of whom it is for. */
  readonly buyer: string;
  readonly dueAt: number;
  readonly horizon: number;
  readonly attempts: number;
  /** The terminal one is tried again even when the peer refused it. */
  readonly insistent: boolean;
  /** `undefined`: it is not owed any more (settled or superseded). */
  send(): Promise<Delivery | undefined>;
  /** Makes the outcome durable. */
  settled(outcome: ParcelOutcome): Promise<void>;
}

export type ParcelOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'given-up'; readonly reason: string }
  | {
      readonly kind: 'again';
      readonly attempts: number;
      readonly dueAt: number;
      readonly reason: string;
      /** The peer was there and said no. */
      readonly refused?: true;
    };

const NUDGE_GAP_MS = 5000;
const SAVE_AGAIN_MS = 1000;
const BUG_AGAIN_MS = 60_000;

interface Lane {
  readonly parcels: Parcel[];
  buyer: string;
  running: boolean;
  cancel?: Cancel;
}

export class Outbox {
  readonly #lanes = new Map<string, Lane>();
  readonly #waitingFor = new Map<string, Set<string>>();
  readonly #nudgedAt = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retry: readonly number[];
  readonly #failed: (error: unknown) => void;
  #running = 0;
  #stopped = false;
  #idle: (() => void)[] = [];

  /**
   * @param retry Waits between attempts, ms; the last one repeats.
   * @param failed Told of what neither a delivery nor its saving may throw, and of a store that is away.
   */
  constructor(clock: Clock, random: Random, retry: readonly number[], failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#clock = clock;
    this.#random = random;
    this.#retry = retry.length > 0 ? retry : [60_000];
  }

  add(parcel: Parcel): void {
    let lane = this.#lanes.get(parcel.lane);
    if (!lane) this.#lanes.set(parcel.lane, (lane = { parcels: [], buyer: parcel.buyer, running: false }));
    lane.parcels.push(parcel);
    this.#go(parcel.lane, lane);
  }

  /** The peer has just spoken to us, so it is there: what waits is tried now, though not at every word it says. */
  nudge(buyer: string): void {
    const waiting = this.#waitingFor.get(buyer);
    const now = this.#clock.now();
    if (!waiting || now - (this.#nudgedAt.get(buyer) ?? -Infinity) < NUDGE_GAP_MS) return;
    this.#nudgedAt.set(buyer, now);
    for (const key of [...waiting]) {
      const lane = this.#lanes.get(key);
      const head = lane?.parcels[0];
      if (!lane || !head) continue;
      this.#stopWaiting(key, lane);
      lane.parcels[0] = { ...head, dueAt: now };
      this.#go(key, lane);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const [key, lane] of this.#lanes) this.#stopWaiting(key, lane);
  }

  /** Resolves when nothing is on the wire. */
  quiet(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #go(key: string, lane: Lane): void {
    if (this.#stopped || lane.running || lane.cancel) return;
    const head = lane.parcels[0];
    if (!head) {
      this.#lanes.delete(key);
      return;
    }
    const wait = head.dueAt - this.#clock.now();
    if (wait > 0) this.#wait(key, lane, wait);
    else void this.#deliver(key, lane, head);
  }

  #wait(key: string, lane: Lane, ms: number): void {
    let waiting = this.#waitingFor.get(lane.buyer);
    if (!waiting) this.#waitingFor.set(lane.buyer, (waiting = new Set()));
    waiting.add(key);
    lane.cancel = this.#clock.after(Math.min(ms, 3_600_000), () => {
      this.#stopWaiting(key, lane);
      this.#go(key, lane);
    });
  }

  #stopWaiting(key: string, lane: Lane): void {
    lane.cancel?.();
    delete lane.cancel;
    const waiting = this.#waitingFor.get(lane.buyer);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waitingFor.delete(lane.buyer);
  }

  async #deliver(key: string, lane: Lane, parcel: Parcel): Promise<void> {
    lane.running = true;
    this.#running++;
    try {
      const next = await this.#attempt(parcel);
      if (next) lane.parcels[0] = next;
      else lane.parcels.shift();
    } catch (error) {
      // Its outcome could not be saved: it stays owed, and is tried again.
      this.#failed(error);
      const pause = error instanceof StoreFault ? SAVE_AGAIN_MS : BUG_AGAIN_MS;
      lane.parcels[0] = { ...parcel, dueAt: this.#clock.now() + pause };
    } finally {
      lane.running = false;
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
      this.#go(key, lane);
    }
  }

  /** One attempt; the parcel to try again, if it is to be. */
  async #attempt(parcel: Parcel): Promise<Parcel | undefined> {
    const delivery = await parcel.send();
    if (!delivery) return undefined;
    if (delivery.kind === 'delivered') {
      await parcel.settled({ kind: 'delivered' });
      return undefined;
    }
    const { reason } = delivery;
    if (delivery.kind === 'refused' && !parcel.insistent) {
      await parcel.settled({ kind: 'refused', reason });
      return undefined;
    }
    const now = this.#clock.now();
    const attempts = parcel.attempts + 1;
    const dueAt = now + this.#pause(attempts, delivery);
    if (dueAt > parcel.horizon) {
      await parcel.settled({ kind: 'given-up', reason });
      return undefined;
    }
    const refused = delivery.kind === 'refused' ? ({ refused: true } as const) : {};
    await parcel.settled({ kind: 'again', attempts, dueAt, reason, ...refused });
    return { ...parcel, attempts, dueAt };
  }

  #pause(attempts: number, delivery: Exclude<Delivery, { kind: 'delivered' }>): number {
    // A refusal is slower to change than an outage: two steps further along.
    const step = delivery.kind === 'refused' ? attempts + 1 : attempts - 1;
    const base = this.#retry[Math.min(step, this.#retry.length - 1)] ?? 60_000;
    const jittered = base * (0.9 + 0.2 * this.#random.fraction());
    const asked = delivery.kind === 'failed' ? Math.min(delivery.retryAfterMs ?? 0, 3_600_000) : 0;
    return Math.round(Math.max(jittered, asked));
  }
}
