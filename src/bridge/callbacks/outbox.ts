/**
 * Owed callbacks on their way: one lane per order (or per request without one), strictly in order, each kept
 * until it was delivered, refused for good, or its horizon passed. A stuck buyer app delays only its own lanes.
 */
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { Delivery } from '../../ports/callback-delivery.js';
import { StoreFault } from '../../ports/store.js';

/** One owed callback, wherever it is kept. */
export interface OutboxItem {
  /** Unique, stable over restarts. */
  readonly id: string;
  readonly queueKey: string;
  /** `buyerKey` of whom it is for. */
  readonly recipient: string;
  readonly dueAt: number;
  readonly giveUpAt: number;
  readonly attempts: number;
  /** The terminal one is tried again even when the peer refused it. */
  readonly retryRefusals: boolean;
  /** `undefined`: it is not owed any more (settled or superseded). */
  send(): Promise<Delivery | undefined>;
  /** Makes the outcome durable. */
  settle(outcome: OutboxOutcome): Promise<void>;
}

export type OutboxOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'given-up'; readonly reason: string }
  | {
      readonly kind: 'retry';
      readonly attempts: number;
      readonly dueAt: number;
      readonly reason: string;
      /** The peer was there and said no. */
      readonly refused?: true;
    };

const RETRY_NOW_GAP_MS = 5000;
const RETRY_SAVE_MS = 1000;
const RETRY_AFTER_BUG_MS = 60_000;

interface ItemQueue {
  readonly items: OutboxItem[];
  recipient: string;
  isSending: boolean;
  cancelTimer?: Cancel;
}

export class Outbox {
  readonly #queues = new Map<string, ItemQueue>();
  readonly #waitingByRecipient = new Map<string, Set<string>>();
  readonly #retriedNowAt = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retryDelaysMs: readonly number[];
  readonly #onError: (error: unknown) => void;
  #sending = 0;
  #stopped = false;
  #onDrained: (() => void)[] = [];

  /**
   * @param retry Waits between attempts, ms; the last one repeats.
   * @param failed Told of what neither a delivery nor its saving may throw, and of a store that is away.
   */
  constructor(clock: Clock, random: Random, retry: readonly number[], failed: (error: unknown) => void) {
    this.#onError = failed;
    this.#clock = clock;
    this.#random = random;
    this.#retryDelaysMs = retry.length > 0 ? retry : [60_000];
  }

  add(parcel: OutboxItem): void {
    let lane = this.#queues.get(parcel.queueKey);
    if (!lane) this.#queues.set(parcel.queueKey, (lane = { items: [], recipient: parcel.recipient, isSending: false }));
    lane.items.push(parcel);
    this.#advance(parcel.queueKey, lane);
  }

  /** The peer has just spoken to us, so it is there: what waits is tried now, though not at every word it says. */
  retryNow(buyer: string): void {
    const waiting = this.#waitingByRecipient.get(buyer);
    const now = this.#clock.now();
    if (!waiting || now - (this.#retriedNowAt.get(buyer) ?? -Infinity) < RETRY_NOW_GAP_MS) return;
    this.#retriedNowAt.set(buyer, now);
    for (const key of [...waiting]) {
      const lane = this.#queues.get(key);
      const head = lane?.items[0];
      if (!lane || !head) continue;
      this.#cancelRetry(key, lane);
      lane.items[0] = { ...head, dueAt: now };
      this.#advance(key, lane);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const [key, lane] of this.#queues) this.#cancelRetry(key, lane);
  }

  /** Resolves when nothing is on the wire. */
  drained(): Promise<void> {
    return this.#sending === 0 ? Promise.resolve() : new Promise((resolve) => this.#onDrained.push(resolve));
  }

  #advance(key: string, lane: ItemQueue): void {
    if (this.#stopped || lane.isSending || lane.cancelTimer) return;
    const head = lane.items[0];
    if (!head) {
      this.#queues.delete(key);
      return;
    }
    const wait = head.dueAt - this.#clock.now();
    if (wait > 0) this.#scheduleRetry(key, lane, wait);
    else void this.#deliver(key, lane, head);
  }

  #scheduleRetry(key: string, lane: ItemQueue, ms: number): void {
    let waiting = this.#waitingByRecipient.get(lane.recipient);
    if (!waiting) this.#waitingByRecipient.set(lane.recipient, (waiting = new Set()));
    waiting.add(key);
    lane.cancelTimer = this.#clock.callLater(Math.min(ms, 3_600_000), () => {
      this.#cancelRetry(key, lane);
      this.#advance(key, lane);
    });
  }

  #cancelRetry(key: string, lane: ItemQueue): void {
    lane.cancelTimer?.();
    delete lane.cancelTimer;
    const waiting = this.#waitingByRecipient.get(lane.recipient);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waitingByRecipient.delete(lane.recipient);
  }

  async #deliver(key: string, lane: ItemQueue, parcel: OutboxItem): Promise<void> {
    lane.isSending = true;
    this.#sending++;
    try {
      const next = await this.#attempt(parcel);
      if (next) lane.items[0] = next;
      else lane.items.shift();
    } catch (error) {
      // Its outcome could not be saved: it stays owed, and is tried again.
      this.#onError(error);
      const pause = error instanceof StoreFault ? RETRY_SAVE_MS : RETRY_AFTER_BUG_MS;
      lane.items[0] = { ...parcel, dueAt: this.#clock.now() + pause };
    } finally {
      lane.isSending = false;
      this.#sending--;
      if (this.#sending === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
      this.#advance(key, lane);
    }
  }

  /** One attempt; the parcel to try again, if it is to be. */
  async #attempt(parcel: OutboxItem): Promise<OutboxItem | undefined> {
    const delivery = await parcel.send();
    if (!delivery) return undefined;
    if (delivery.kind === 'delivered') {
      await parcel.settle({ kind: 'delivered' });
      return undefined;
    }
    const { reason } = delivery;
    if (delivery.kind === 'refused' && !parcel.retryRefusals) {
      await parcel.settle({ kind: 'refused', reason });
      return undefined;
    }
    const now = this.#clock.now();
    const attempts = parcel.attempts + 1;
    const dueAt = now + this.#retryDelayMs(attempts, delivery);
    if (dueAt > parcel.giveUpAt) {
      await parcel.settle({ kind: 'given-up', reason });
      return undefined;
    }
    const refused = delivery.kind === 'refused' ? ({ refused: true } as const) : {};
    await parcel.settle({ kind: 'retry', attempts, dueAt, reason, ...refused });
    return { ...parcel, attempts, dueAt };
  }

  #retryDelayMs(attempts: number, delivery: Exclude<Delivery, { kind: 'delivered' }>): number {
    // A refusal is slower to change than an outage: two steps further along.
    const step = delivery.kind === 'refused' ? attempts + 1 : attempts - 1;
    const base = this.#retryDelaysMs[Math.min(step, this.#retryDelaysMs.length - 1)] ?? 60_000;
    const jittered = base * (0.9 + 0.2 * this.#random.fraction());
    const asked = delivery.kind === 'failed' ? Math.min(delivery.retryAfterMs ?? 0, 3_600_000) : 0;
    return Math.round(Math.max(jittered, asked));
  }
}
