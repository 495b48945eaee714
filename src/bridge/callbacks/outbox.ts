/**
 * Delivers items to peers, with retries. The items of one queue, such as the callbacks of an order, go out strictly in
 * sequence. An item leaves its queue once it is delivered, permanently refused, given up or no longer needed. A peer
 * that does not answer delays only its own queues; the number of deliveries in flight to one peer is limited.
 */
import { omit } from '../../domain/model/object.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';

/** A pending delivery. Its owner knows the content and saves the outcome. */
export interface OutboxItem {
  /** Unique and stable across restarts. */
  readonly id: string;
  readonly queueKey: string;
  /** Identifies the recipient: a `buyerKey`, or the payment provider. `retryNow` takes the same value. */
  readonly recipient: string;
  /** When its content was decided, epoch ms. */
  readonly decidedAt: number;
  /**
   * No attempt is made before this time, epoch ms, except after `retryNow`. A time much further ahead than any retry
   * delay is ignored, because the clock must have been set back.
   */
  readonly dueAt: number;
  /** After a failed attempt, the item is given up if its next retry would be due after this time, epoch ms. */
  readonly giveUpAt: number;
  readonly attempts: number;
  /** Whether to retry after a refusal too, as for terminal callbacks. */
  readonly retryRefusals: boolean;
  /** Makes one attempt. Resolves with `undefined` if the delivery is no longer needed: it is settled or superseded. */
  send(): Promise<AttemptResult | undefined>;
  /** Saves the outcome. If this fails, the item stays queued, and the save is tried again. */
  settle(outcome: OutboxOutcome): Promise<void>;
}

/** The result of one attempt. */
export type AttemptResult =
  | { readonly kind: 'delivered' }
  /** The peer refused the message, or it may not be sent there, and a repeat is not expected to change that. */
  | { readonly kind: 'refused'; readonly reason: string; /** Set if it was not sent. */ readonly notSent?: true }
  /** The peer could not be reached, failed, or asked us to retry later. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly retryAfterMs?: number;
      /** Replaces the item's `giveUpAt`. */
      readonly giveUpAt?: number;
    };

/** What an attempt means for the item. */
export type OutboxOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string; readonly notSent?: true }
  | { readonly kind: 'given-up'; readonly reason: string }
  | {
      readonly kind: 'retry';
      readonly attempts: number;
      readonly dueAt: number;
      readonly reason: string;
      /** Set if the message was refused. */
      readonly refused?: true;
      readonly notSent?: true;
    };

export interface OutboxDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Delays between attempts, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  /** The maximum number of concurrent deliveries to one recipient; its other queues wait. 32 by default. */
  readonly maxSendsPerRecipient?: number;
  /** Called with each error that `send` or `settle` throws; the item stays in its queue. */
  readonly onError: (error: unknown) => void;
}

/** Equals the number of connections that the HTTP client keeps to one peer. */
const MAX_SENDS_PER_RECIPIENT = 32;
const DEFAULT_RETRY_MS = 60_000;
const MAX_WAIT_MS = 3_600_000;
const RETRY_NOW_GAP_MS = 5000;
const RETRY_SAVE_MS = 1000;
const RETRY_AFTER_BUG_MS = 60_000;

/** An item of a queue, with the outcome of its last attempt until that is saved. */
type QueuedItem = OutboxItem & { readonly unsaved?: OutboxOutcome };

interface ItemQueue {
  readonly items: QueuedItem[];
  readonly recipient: string;
  isSending: boolean;
  /** True while the queue waits for one of the recipient's places. */
  isInLine: boolean;
  cancelTimer?: Cancel;
}

interface RecipientPlaces {
  taken: number;
  /** Keys of the queues whose head is due, in the order in which they get a place. */
  readonly line: Set<string>;
}

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #queues = new Map<string, ItemQueue>();
  /** Keys of the queues that wait for a retry, by recipient. */
  readonly #waitingByRecipient = new Map<string, Set<string>>();
  readonly #places = new Map<string, RecipientPlaces>();
  /** Monotonic, ms. */
  readonly #retriedNowAt = new Map<string, number>();
  #sending = 0;
  #held = false;
  #stopped = false;
  #onDrained: (() => void)[] = [];

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  add(item: OutboxItem): void {
    const queue = this.#queueFor(item);
    queue.items.push(item);
    this.#advance(item.queueKey, queue);
  }

  /** While deliveries are held, queues an item before those that were decided later; otherwise at the end. */
  addInSequence(item: OutboxItem): void {
    if (!this.#held) return this.add(item);
    const { items } = this.#queueFor(item);
    const later = items.findIndex(({ decidedAt }) => decidedAt > item.decidedAt);
    items.splice(later === -1 ? items.length : later, 0, item);
  }

  #queueFor({ queueKey, recipient }: OutboxItem): ItemQueue {
    let queue = this.#queues.get(queueKey);
    if (!queue) this.#queues.set(queueKey, (queue = { items: [], recipient, isSending: false, isInLine: false }));
    return queue;
  }

  /** Starts no deliveries until `release`, because after a restart the items are not queued in sequence. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    for (const [key, queue] of [...this.#queues]) this.#advance(key, queue);
  }

  /**
   * Immediately retries the recipient's deliveries that wait for their next attempt, at most once every five seconds.
   * Called when the recipient has sent us a message and so is probably reachable.
   */
  retryNow(recipient: string): void {
    const waiting = this.#waitingByRecipient.get(recipient);
    const { clock } = this.#deps;
    const sinceMs = clock.monotonic() - (this.#retriedNowAt.get(recipient) ?? -Infinity);
    if (!waiting || sinceMs < RETRY_NOW_GAP_MS) return;
    this.#retriedNowAt.set(recipient, clock.monotonic());
    for (const key of [...waiting]) {
      const queue = this.#queues.get(key);
      if (!queue) continue;
      this.#cancelRetry(key, queue);
      this.#makeDue(queue);
      this.#advance(key, queue);
    }
  }

  /** Starts no further deliveries. Resolves once those in progress have ended. */
  stop(): Promise<void> {
    this.#stopped = true;
    for (const [key, queue] of this.#queues) this.#cancelRetry(key, queue);
    return this.#sending === 0 ? Promise.resolve() : new Promise((resolve) => this.#onDrained.push(resolve));
  }

  #makeDue({ items }: ItemQueue): void {
    const head = items[0];
    if (head) items[0] = { ...head, dueAt: this.#deps.clock.now() };
  }

  #advance(key: string, queue: ItemQueue): void {
    if (this.#stopped || this.#held || queue.isSending || queue.isInLine || queue.cancelTimer) return;
    const head = queue.items[0];
    if (!head) {
      this.#queues.delete(key);
      return;
    }
    const wait = head.dueAt - this.#deps.clock.now();
    // No pause can be this long, so the time was set before the host's clock was set back.
    const isOutdated = wait > 2 * Math.max(MAX_WAIT_MS, ...this.#deps.retryMs);
    if (wait > 0 && !isOutdated) this.#scheduleRetry(key, queue, wait);
    else this.#takePlace(key, queue, head);
  }

  #takePlace(key: string, queue: ItemQueue, head: OutboxItem): void {
    const { recipient } = queue;
    let places = this.#places.get(recipient);
    if (!places) this.#places.set(recipient, (places = { taken: 0, line: new Set() }));
    if (places.taken < (this.#deps.maxSendsPerRecipient ?? MAX_SENDS_PER_RECIPIENT)) {
      places.taken++;
      void this.#deliver(key, queue, head);
    } else {
      queue.isInLine = true;
      places.line.add(key);
    }
  }

  /** Frees a place and gives it to the queue that has waited longest. */
  #releasePlace(recipient: string): void {
    const places = this.#places.get(recipient);
    if (!places) return;
    places.taken--;
    const [next] = places.line;
    if (next !== undefined) {
      places.line.delete(next);
      const queue = this.#queues.get(next);
      if (queue) {
        queue.isInLine = false;
        // It was due when it joined the line, even if the host's clock was set back meanwhile.
        this.#makeDue(queue);
        this.#advance(next, queue);
      }
    }
    if (places.taken === 0 && places.line.size === 0) this.#places.delete(recipient);
  }

  #scheduleRetry(key: string, queue: ItemQueue, waitMs: number): void {
    let waiting = this.#waitingByRecipient.get(queue.recipient);
    if (!waiting) this.#waitingByRecipient.set(queue.recipient, (waiting = new Set()));
    waiting.add(key);
    queue.cancelTimer = this.#deps.clock.callLater(Math.min(waitMs, MAX_WAIT_MS), () => {
      this.#cancelRetry(key, queue);
      // The wait is over, even if the host's clock was set back meanwhile.
      if (waitMs <= MAX_WAIT_MS) this.#makeDue(queue);
      this.#advance(key, queue);
    });
  }

  #cancelRetry(key: string, queue: ItemQueue): void {
    queue.cancelTimer?.();
    delete queue.cancelTimer;
    const waiting = this.#waitingByRecipient.get(queue.recipient);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waitingByRecipient.delete(queue.recipient);
  }

  async #deliver(key: string, queue: ItemQueue, item: QueuedItem): Promise<void> {
    queue.isSending = true;
    this.#sending++;
    try {
      // If only the save failed, the message is not sent again: the buyer app may have received it.
      const outcome = item.unsaved ?? (await this.#attempt(item));
      if (outcome) {
        queue.items[0] = { ...item, unsaved: outcome };
        await item.settle(outcome);
      }
      if (outcome?.kind === 'retry')
        queue.items[0] = { ...omit(item, 'unsaved'), attempts: outcome.attempts, dueAt: outcome.dueAt };
      else queue.items.shift();
    } catch (error) {
      // There was no result, or it could not be saved, so that step is tried again.
      this.#deps.onError(error);
      const pauseMs = error instanceof StoreFault ? RETRY_SAVE_MS : RETRY_AFTER_BUG_MS;
      queue.items[0] = { ...(queue.items[0] ?? item), dueAt: this.#deps.clock.now() + pauseMs };
    } finally {
      queue.isSending = false;
      this.#sending--;
      this.#releasePlace(queue.recipient);
      if (this.#sending === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
      this.#advance(key, queue);
    }
  }

  /** Makes one attempt. @returns What it means for the item; `undefined` if the delivery is no longer needed. */
  async #attempt(item: OutboxItem): Promise<OutboxOutcome | undefined> {
    const result = await item.send();
    return result && this.#outcomeOf(item, result);
  }

  #outcomeOf(item: OutboxItem, result: AttemptResult): OutboxOutcome {
    if (result.kind === 'delivered') return result;
    const { reason } = result;
    if (result.kind === 'refused' && !item.retryRefusals) return result;
    const attempts = item.attempts + 1;
    const dueAt = this.#deps.clock.now() + this.#retryDelayMs(attempts, result);
    const giveUpAt = result.kind === 'failed' ? result.giveUpAt : undefined;
    if (dueAt > (giveUpAt ?? item.giveUpAt)) return { kind: 'given-up', reason };
    if (result.kind === 'failed') return { kind: 'retry', attempts, dueAt, reason };
    return { kind: 'retry', attempts, dueAt, reason, refused: true, ...(result.notSent && { notSent: true }) };
  }

  #retryDelayMs(attempts: number, result: Exclude<AttemptResult, { kind: 'delivered' }>): number {
    const { retryMs, random } = this.#deps;
    // A refusal is likely to last longer than an outage, so its retry waits two steps longer.
    const step = result.kind === 'refused' ? attempts + 1 : attempts - 1;
    const base = retryMs[Math.min(step, retryMs.length - 1)] ?? DEFAULT_RETRY_MS;
    const jittered = base * (0.9 + 0.2 * random.fraction());
    const requested = result.kind === 'failed' ? Math.min(result.retryAfterMs ?? 0, MAX_WAIT_MS) : 0;
    return Math.round(Math.max(jittered, requested));
  }
}
