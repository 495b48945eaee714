/** Recovers after a restart: loads the saved state and resumes pending effects, responses and deadlines. */
import { movesWithTime, nextDeadline } from '../domain/decide/timers.js';
import type { MeterSample } from '../domain/model/command.js';
import type { Order } from '../domain/model/order.js';
import type { MeterEntry } from '../ports/stored-records.js';
import type { OwedResponses } from './callbacks/owed-responses.js';
import type { ApprovedChargePoints } from './charge-points/approved.js';
import type { BootPolicies } from './charge-points/boot-policy.js';
import type { Quarantines } from './charge-points/quarantine.js';
import type { KeptFrames } from './kept-frames/kept-frames.js';
import { forEachConcurrently } from './concurrency.js';
import type { Core } from './core.js';
import { passCrashPoint } from './orders/crash-points.js';
import type { OrderEffectHandler } from './orders/effect-handler.js';
import { replayMeter } from './transactions/meter-replay.js';

export interface RecoveryDeps extends Core {
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly bootPolicies: BootPolicies;
  readonly quarantines: Quarantines;
  readonly effectHandlers: readonly OrderEffectHandler[];
  readonly owedResponses: OwedResponses;
  readonly keptFrames: Pick<KeptFrames, 'load' | 'replayAll'>;
  /** Parses the samples of a stored meter message. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

/** How many orders are handled at once, so that their saves share a disk sync. No listener is open yet. */
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
    const openOrders = await this.load();
    passCrashPoint('restart.loaded');
    // The handlers get the effects from before the restart before any that the recovery itself causes.
    for (const order of openOrders)
      for (const handler of this.#deps.effectHandlers)
        handler.handleEffects?.(order, order.effects, { recovered: true });
    // A response shows the order at the time of sending, so the meters are brought up to date first.
    await forEachConcurrently(openOrders, ORDERS_AT_ONCE, (order) => replayMeter(this.#deps, order));
    // Readings and kept messages may be newer than the last save, so the clock is moved forward again.
    this.#continueTime(this.#deps.keptFrames.load());
    // Kept messages are applied before anything else decides on their orders.
    await this.#deps.keptFrames.replayAll();
    await this.#resumeResponses();
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
   * Lets our clock continue from the last save or kept message, even if the host's clock is behind.
   * @param keptAt When the newest kept message arrived, epoch ms.
   */
  #continueTime(keptAt = 0): void {
    const { orderCache, clock, policy } = this.#deps;
    const savedAt = orderCache
      .openOrders()
      .filter((order) => movesWithTime(order, policy))
      .reduce((latest, { updatedAt, session }) => Math.max(latest, updatedAt, session?.meter.receivedAt ?? 0), keptAt);
    this.#setBackMs += clock.continueFrom(savedAt);
  }

  /** Resumes the responses in the order in which their requests arrived. */
  async #resumeResponses(): Promise<void> {
    const { store, owedResponses } = this.#deps;
    const records = await store.owedRequests();
    for (const record of records.sort((a, b) => a.receivedAt - b.receivedAt)) owedResponses.enqueue(record);
  }

  async #resumeOrder(order: Order): Promise<void> {
    const { orders, orderCache, chargePoints, timers, policy } = this.#deps;
    if (!chargePoints.connectionOf(order.connector.chargePointId))
      await orders.handle(order, {
        type: 'charger-disconnected',
        restart: { savedAt: order.updatedAt, ...(this.#setBackMs > 0 && { setBackMs: this.#setBackMs }) },
      });
    timers.set(order.id, nextDeadline(orderCache.getCached(order.id) ?? order, policy));
  }
}
