/**
 * Recovers after a restart: loads the saved state, continues the orders' clock, applies readings and messages that the
 * saved orders lack, and resumes pending effects, responses and deadlines.
 */
import { movesWithTime, nextDeadline } from '../domain/decide/timers.js';
import type { MeterSample } from '../domain/model/command.js';
import type { Order } from '../domain/model/order.js';
import type { MeterEntry } from '../ports/stored-records.js';
import type { Outbox } from './callbacks/outbox.js';
import type { OwedResponses } from './callbacks/owed-responses.js';
import type { ApprovedChargePoints } from './charge-points/approved.js';
import type { BootPolicies } from './charge-points/boot-policy.js';
import type { Quarantines } from './charge-points/quarantine.js';
import type { KeptFrames } from './kept-frames/kept-frames.js';
import { forEachConcurrently } from './concurrency.js';
import type { Core } from './core.js';
import { passCrashPoint } from './orders/crash-points.js';
import type { OrderEffectHandler } from './orders/effect-handler.js';
import { missedEntries, replayMeter } from './transactions/meter-replay.js';

export interface RecoveryDeps extends Core {
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly bootPolicies: BootPolicies;
  readonly quarantines: Quarantines;
  readonly effectHandlers: readonly OrderEffectHandler[];
  readonly outbox: Pick<Outbox, 'hold' | 'release'>;
  readonly owedResponses: OwedResponses;
  readonly keptFrames: Pick<KeptFrames, 'newestAt' | 'load' | 'replayAll'>;
  /** Parses the samples of a stored meter message. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

/**
 * How many orders are handled at once, so that their saves share a disk sync. This delays no request, because no
 * listener is open yet.
 */
const ORDERS_AT_ONCE = 64;

export class Recovery {
  readonly #deps: RecoveryDeps;
  #openOrders: Promise<readonly Order[]> | undefined;
  /** How far the host's clock was set back while no process ran, ms. */
  #setBackMs = 0;

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { outbox } = this.#deps;
    const openOrders = await this.load();
    passCrashPoint('restart.loaded');
    outbox.hold();
    const entries = new Map<string, readonly MeterEntry[]>();
    await forEachConcurrently(openOrders, ORDERS_AT_ONCE, async (order) => {
      entries.set(order.id, await missedEntries(this.#deps.store, order));
    });
    // Readings and kept messages may be newer than the last save, so the clock is moved forward again.
    this.#continueTime(newestOf([...entries.values()], this.#deps.keptFrames.newestAt()));
    // Each session first learns how far the clock was set back. Until then, nothing may be decided by the time.
    await forEachConcurrently(openOrders, ORDERS_AT_ONCE, (order) => this.#disconnect(order));
    // The handlers get the effects from before the restart before any that the recovery itself causes.
    for (const order of openOrders)
      for (const handler of this.#deps.effectHandlers)
        handler.handleEffects?.(order, order.effects, { recovered: true });
    // A response shows the order at the time of sending, so the meters are brought up to date first.
    await forEachConcurrently(openOrders, ORDERS_AT_ONCE, (order) =>
      replayMeter(this.#deps, order, entries.get(order.id) ?? []),
    );
    this.#deps.keptFrames.load();
    // Kept messages are applied before anything else decides on their orders.
    await this.#deps.keptFrames.replayAll();
    await this.#resumeResponses();
    outbox.release();
    await forEachConcurrently(openOrders, ORDERS_AT_ONCE, (order) => this.#resumeOrder(order));
    passCrashPoint('restart.resumed');
  }

  /** Loads the state and resumes nothing. */
  async load(): Promise<readonly Order[]> {
    const { store, chargePoints, transactions, outOfSale } = this.#deps;
    const { approvedChargePoints, bootPolicies, quarantines } = this.#deps;
    await approvedChargePoints.load();
    await bootPolicies.load();
    await quarantines.load();
    await outOfSale.load();
    chargePoints.load(await store.listChargePoints());
    await transactions.load();
    const openOrders = await this.loadOrders();
    this.#continueTime();
    return openOrders;
  }

  /** Loads the open orders. Later calls return the same orders. */
  loadOrders(): Promise<readonly Order[]> {
    return (this.#openOrders ??= this.#readOrders());
  }

  async #readOrders(): Promise<readonly Order[]> {
    const { store, orderCache } = this.#deps;
    const openOrders = await store.openOrders();
    for (const order of openOrders) orderCache.put(order);
    return openOrders;
  }

  /**
   * Lets our clock continue from the last save, even if the host's clock is behind.
   * @param arrivedAt When the newest reading or kept message arrived, epoch ms.
   */
  #continueTime(arrivedAt = 0): void {
    const { orderCache, clock, policy } = this.#deps;
    const savedAt = orderCache
      .openOrders()
      .filter((order) => movesWithTime(order, policy))
      .reduce(
        (latest, { updatedAt, session }) => Math.max(latest, updatedAt, session?.meter.receivedAt ?? 0),
        arrivedAt,
      );
    this.#setBackMs += clock.continueFrom(savedAt);
  }

  /** Resumes the responses in the order in which their requests arrived. */
  async #resumeResponses(): Promise<void> {
    const { store, owedResponses } = this.#deps;
    const records = await store.owedRequests();
    for (const record of records.sort((a, b) => a.receivedAt - b.receivedAt)) owedResponses.enqueue(record);
  }

  /**
   * Tells the order that its charge point is away, when the order was last saved, and how far the host's clock was set
   * back. Does nothing if the charge point has reconnected.
   * @param order The order as it was loaded.
   */
  async #disconnect(order: Order): Promise<void> {
    const { orders, chargePoints } = this.#deps;
    if (chargePoints.connectionOf(order.connector.chargePointId)) return;
    const setBackMs = this.#setBackMs;
    const restart = { savedAt: order.updatedAt, ...(setBackMs > 0 && { setBackMs }) };
    await orders.handle(order, { type: 'charger-disconnected', restart });
  }

  async #resumeOrder(order: Order): Promise<void> {
    const { orderCache, timers, policy } = this.#deps;
    // A kept start may have opened the session only now.
    if (!order.session && orderCache.getCached(order.id)?.session) await this.#disconnect(order);
    timers.set(order.id, nextDeadline(orderCache.getCached(order.id) ?? order, policy));
  }
}

/** Returns when the newest of the entries and kept messages arrived. @unit Epoch ms. */
function newestOf(entries: readonly (readonly MeterEntry[])[], keptAt: number): number {
  return entries.flat().reduce((newest, { receivedAt }) => Math.max(newest, receivedAt), keptAt);
}
