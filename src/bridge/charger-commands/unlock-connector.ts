/** Lets the cable of an ended session go: UnlockConnector, unless somebody else charges there by now. */
import type { Effect, Order, UnlockConnectorEffect } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import { describeAnswer } from './command-result.js';
import type { ChargerCommandsDeps } from './remote-start-stop.js';

export interface CableCommandsDeps extends ChargerCommandsDeps {
  readonly book: Book;
}

export class CableCommands {
  readonly #deps: CableCommandsDeps;
  readonly #sent = new Set<string>();

  constructor(deps: CableCommandsDeps) {
    this.#deps = deps;
  }

  /** Unlocking twice does no harm, so a restart asks again. */
  fromOrder(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'unlock-connector') continue;
      this.#send(order, effect).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  /** The charger may be spoken to again. */
  ready(chargePointId: string): void {
    for (const order of this.#deps.book.at(chargePointId)) this.fromOrder(order, order.effects);
  }

  async #send(order: Order, effect: UnlockConnectorEffect): Promise<void> {
    const { desk, book, views, clock, calls } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const settle = async (released: boolean, detail: string): Promise<void> => {
      await desk.apply(order, { type: 'unlock-answered', released, detail }, { settles: effect.seq });
    };
    // An OCPP charger that has taken the next driver has let the last one's cable go.
    if (book.holder(chargePointId, connectorId)) return settle(true, 'the connector is in use again');
    if (this.#sent.has(key) || !views.ready(chargePointId) || clock.now() > effect.until) return;
    this.#sent.add(key);
    try {
      const answer = await calls.call(
        chargePointId,
        { type: 'unlock', connectorId },
        { notAfter: effect.until, wanted: () => !book.holder(chargePointId, connectorId) },
      );
      const offline = answer.kind === 'not-sent' && answer.reason === 'offline';
      if (!offline) await settle(answer.kind === 'answered' && answer.status === 'Unlocked', describeAnswer(answer));
    } finally {
      this.#sent.delete(key);
    }
  }
}
