/** Sends UnlockConnector to release the cable of an ended session, unless the connector is already in use again. */
import type { Effect, UnlockConnectorEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import { type ChargerCommandDeps, describeResult } from './command-result.js';

export interface UnlockCommandsDeps extends ChargerCommandDeps {
  readonly transactions: Pick<TransactionIndex, 'newestOpenOn'>;
  readonly orderCache: Pick<OrderCache, 'openOrdersAt' | 'findConnectorHolder'>;
}

/** A charger that serves the next driver has released the previous cable, whatever it answers. */
const IN_USE = 'the connector is in use again';

export class UnlockCommands implements OrderEffectHandler {
  readonly #deps: UnlockCommandsDeps;
  readonly #inFlight = new Set<string>();

  constructor(deps: UnlockCommandsDeps) {
    this.#deps = deps;
  }

  /**
   * Ignores recovered effects, which `ready` sends. If one was already sent before the crash, a second unlock does no
   * harm.
   */
  handleEffects(order: Order, effects: readonly Effect[], { recovered }: { readonly recovered: boolean }): void {
    if (!recovered) this.#sendAll(order, effects);
  }

  ready(chargePointId: string): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.#sendAll(order, order.effects);
  }

  #sendAll(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'unlock-connector') continue;
      this.#send(order, effect).catch((error: unknown) =>
        report(this.#deps.events, effect.kind, error, { orderId: order.id }),
      );
    }
  }

  async #send(order: Order, effect: UnlockConnectorEffect): Promise<void> {
    const { orderCache, chargePoints, clock, commandSender, transactions } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const isInUse = (): boolean => {
      const open = transactions.newestOpenOn(chargePointId, connectorId);
      const isOthers = open !== undefined && open.orderId !== order.id;
      return isOthers || orderCache.findConnectorHolder(chargePointId, connectorId) !== undefined;
    };
    if (isInUse()) return this.#settle(order, effect, true, IN_USE);
    if (this.#inFlight.has(key) || !chargePoints.isReady(chargePointId) || clock.now() > effect.until) return;
    this.#inFlight.add(key);
    try {
      const result = await commandSender.sendCommand(
        chargePointId,
        { type: 'unlock-connector', connectorId },
        { sendBefore: effect.until, stillWanted: () => !isInUse() },
      );
      if (result.kind === 'not-sent' && result.reason === 'offline') return;
      // The next driver may have begun while the command waited.
      if (isInUse()) return await this.#settle(order, effect, true, IN_USE);
      const released = result.kind === 'answered' && result.status === 'Unlocked';
      await this.#settle(order, effect, released, describeResult(result));
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #settle(order: Order, effect: UnlockConnectorEffect, released: boolean, detail: string): Promise<void> {
    const command = { type: 'unlock-answered', released, detail } as const;
    await this.#deps.orders.handle(order, command, { settledEffect: effect.seq });
  }
}
