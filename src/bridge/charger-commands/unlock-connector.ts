/** Lets the cable of an ended session go: UnlockConnector, unless somebody else charges there by now. */
import type { Order } from '../../domain/model/order.js';
import type { Effect, UnlockConnectorEffect } from '../../domain/model/effect.js';
import type { OrderCache } from '../orders/order-cache.js';
import { describeResult } from './command-result.js';
import type { ChargerCommandDeps } from './remote-start-stop.js';

export interface UnlockCommandsDeps extends ChargerCommandDeps {
  readonly orderCache: OrderCache;
}

export class UnlockCommands {
  readonly #deps: UnlockCommandsDeps;
  readonly #inFlight = new Set<string>();

  constructor(deps: UnlockCommandsDeps) {
    this.#deps = deps;
  }

  /** Unlocking twice does no harm, so a restart asks again. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'unlock-connector') continue;
      this.#send(order, effect).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  /** The charger may be spoken to again. */
  ready(chargePointId: string): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.handleEffects(order, order.effects);
  }

  async #send(order: Order, effect: UnlockConnectorEffect): Promise<void> {
    const { orders: desk, orderCache: book, chargePoints: views, clock, commandSender: calls } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const settle = async (released: boolean, detail: string): Promise<void> => {
      await desk.handle(order, { type: 'unlock-answered', released, detail }, { settledEffect: effect.seq });
    };
    // An OCPP charger that has taken the next driver has let the last one's cable go.
    if (book.findConnectorHolder(chargePointId, connectorId)) return settle(true, 'the connector is in use again');
    if (this.#inFlight.has(key) || !views.isReady(chargePointId) || clock.now() > effect.until) return;
    this.#inFlight.add(key);
    try {
      const answer = await calls.sendCommand(
        chargePointId,
        { type: 'unlock-connector', connectorId },
        { sendBefore: effect.until, stillWanted: () => !book.findConnectorHolder(chargePointId, connectorId) },
      );
      const offline = answer.kind === 'not-sent' && answer.reason === 'offline';
      if (!offline) await settle(answer.kind === 'answered' && answer.status === 'Unlocked', describeResult(answer));
    } finally {
      this.#inFlight.delete(key);
    }
  }
}
