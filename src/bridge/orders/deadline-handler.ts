/** Handles an order's deadline when its timer fires, and sets the timer for the next deadline. */
import { nextDeadline } from '../../domain/decide/timers.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { passCrashPoint } from './crash-points.js';
import type { OrderCache } from './order-cache.js';
import type { OrderCommandHandler } from './order-command-handler.js';
import type { OrderTimers } from './order-timers.js';

export interface DeadlineHandlerDeps {
  readonly orders: OrderCommandHandler;
  readonly orderCache: OrderCache;
  readonly timers: OrderTimers;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
  /** The charge points' messages that are not in the store yet. */
  readonly keptFrames: { has(chargePointId: string): boolean; replay(chargePointId: string): Promise<void> };
  /** The sessions as the messages that are not in the store yet show them. */
  readonly unsavedSessions: { nextDeadline(orderId: string): number | undefined };
}

const RETRY_MS = 1000;
/**
 * More deadlines of one order than this within `RETRY_MS` show that handling them does not move them. Such a bug must
 * not occupy the process.
 */
const MOST_DEADLINES = 50;
/**
 * The longest pause between attempts, ms. Each attempt decides and renders again. During a store outage, that would be
 * too much work to do for many orders every second.
 */
const LONGEST_RETRY_MS = 16_000;

export class DeadlineHandler {
  readonly #deps: DeadlineHandlerDeps;
  /** How many times in a row an order's deadline could not be handled, by order id. */
  readonly #failures = new Map<string, number>();
  /** How many deadlines have come since `#countedFrom`, by order id. */
  readonly #handled = new Map<string, number>();
  /** Monotonic ms. */
  #countedFrom = 0;

  constructor(deps: DeadlineHandlerDeps) {
    this.#deps = deps;
  }

  /** Starts handling timers that fire. */
  start(): void {
    this.#deps.timers.onDue((orderId) => this.#timerFired(orderId));
  }

  #timerFired(orderId: string): void {
    const { timers, clock, events } = this.#deps;
    passCrashPoint('timer.fired');
    const handled = this.#countDeadline(orderId);
    if (handled > MOST_DEADLINES) {
      if (handled === MOST_DEADLINES + 1) report(events, 'order timer', new Error('a deadline stays due'), { orderId });
      timers.set(orderId, clock.now() + RETRY_MS);
      return;
    }
    this.#runDue(orderId).catch((error: unknown) => {
      report(events, 'order timer', error, { orderId });
      const failures = this.#failures.get(orderId) ?? 0;
      this.#failures.set(orderId, failures + 1);
      timers.set(orderId, clock.now() + Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
    });
  }

  /** Counts a deadline of the order. Returns how many have come since `#countedFrom`, including this one. */
  #countDeadline(orderId: string): number {
    const now = this.#deps.clock.monotonic();
    if (now - this.#countedFrom >= RETRY_MS) {
      this.#handled.clear();
      this.#countedFrom = now;
    }
    const handled = (this.#handled.get(orderId) ?? 0) + 1;
    this.#handled.set(orderId, handled);
    return handled;
  }

  async #runDue(orderId: string): Promise<void> {
    const { orders, orderCache, timers, policy } = this.#deps;
    const waitUntil = await this.#waitsForFrames(orderId);
    if (waitUntil !== undefined) return timers.set(orderId, waitUntil);
    const order = orderCache.getCached(orderId);
    // If the earlier write was stored after all, that proves nothing about the next one, so the failures still count.
    if (!(await orders.recoverUnconfirmedWrite(orderId))) {
      // The save is refused if another order still holds the connector when the slot begins.
      if (order && 'refusal' in (await orders.handle(order, { type: 'timer-due' })))
        await orders.handle(order, { type: 'slot-blocked' });
      this.#failures.delete(orderId);
    }
    const current = orderCache.getCached(orderId);
    const deadlines = [current && nextDeadline(current, policy), orders.recheckAt(orderId)];
    const dueAt = Math.min(...deadlines.map((at) => at ?? Infinity));
    timers.set(orderId, Number.isFinite(dueAt) ? dueAt : undefined);
  }

  /**
   * Passes the charge point's kept messages to the store. Returns until when the deadline waits for any that remain,
   * epoch ms: they may show that the order's session has begun, or that a running one reaches its limit only later.
   * Returns `undefined` if it need not wait.
   */
  async #waitsForFrames(orderId: string): Promise<number | undefined> {
    const { orderCache, keptFrames, unsavedSessions, clock } = this.#deps;
    const chargePointId = orderCache.getCached(orderId)?.connector.chargePointId;
    if (chargePointId === undefined || !keptFrames.has(chargePointId)) return undefined;
    await keptFrames.replay(chargePointId);
    if (!keptFrames.has(chargePointId)) return undefined;
    const now = clock.now();
    if (!orderCache.getCached(orderId)?.session) return now + RETRY_MS;
    const dueAt = unsavedSessions.nextDeadline(orderId) ?? now;
    return dueAt > now ? dueAt : undefined;
  }
}
