/** What an ended order still wants of its charger: that nothing of it is left there. Kept while the charger is away. */
import { isCleanUp } from '../../domain/decide/results.js';
import type { Order } from '../../domain/model/order.js';
import type { CancelReservationEffect, ClearChargingProfileEffect, Effect } from '../../domain/model/effect.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ChargerCommandDeps } from './remote-start-stop.js';
import { chargingProfileIdOf } from './charging-profiles.js';
import type { ChargerCommand } from '../../ports/charger-events.js';

export interface CleanUpCommandsDeps extends ChargerCommandDeps {
  readonly orderCache: OrderCache;
}

type CleanUpEffect = ClearChargingProfileEffect | CancelReservationEffect;

export class CleanUpCommands {
  readonly #deps: CleanUpCommandsDeps;
  /** On the wire now. */
  readonly #inFlight = new Set<string>();

  constructor(deps: CleanUpCommandsDeps) {
    this.#deps = deps;
  }

  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isCleanUpEffect(effect)) this.#reportFailure(this.#send(order, effect));
  }

  /** The charger may be spoken to again. */
  ready(chargePointId: string): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.handleEffects(order, order.effects);
  }

  #reportFailure(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.events.emit('store.failed', { problem: String(error) }));
  }

  async #send(order: Order, effect: CleanUpEffect): Promise<void> {
    const { orders: desk, chargePoints: views, clock, commandSender: calls } = this.#deps;
    const { chargePointId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const command = toCleanUpCommand(order, effect);
    if (this.#inFlight.has(key) || !views.isReady(chargePointId) || clock.now() > effect.notAfter) return;
    this.#inFlight.add(key);
    try {
      const answer = command && (await calls.sendCommand(chargePointId, command, { sendBefore: effect.notAfter }));
      const again = answer?.kind === 'unknown' || (answer?.kind === 'not-sent' && answer.reason === 'offline');
      // Rejected means that there is nothing of it any more.
      if (!again) await desk.amendEffects(order, (all) => all.filter((other) => other.seq !== effect.seq));
    } finally {
      this.#inFlight.delete(key);
    }
  }
}

function isCleanUpEffect(effect: Effect): effect is CleanUpEffect {
  return isCleanUp(effect);
}

function toCleanUpCommand(order: Order, effect: CleanUpEffect): ChargerCommand | undefined {
  if (effect.kind === 'cancel-reservation') return { type: 'cancel-reservation', reservationId: effect.reservationId };
  return order.idTag === undefined
    ? undefined
    : { type: 'clear-charging-profile', profileId: chargingProfileIdOf(order.idTag) };
}
