/**
 * Removes the charging profiles and reservations that orders left at a charge point; if it is offline, after it
 * reconnects.
 */
import { isCleanUp } from '../../domain/decide/results.js';
import type { CancelReservationEffect, ClearChargingProfileEffect, Effect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { ChargerCommand } from '../../ports/charger-commands.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import { chargingProfileIdOf } from './charging-schedule.js';
import type { ChargerCommandDeps } from './command-result.js';

export interface CleanUpCommandsDeps extends ChargerCommandDeps {
  readonly orderCache: Pick<OrderCache, 'openOrdersAt'>;
}

type CleanUpEffect = ClearChargingProfileEffect | CancelReservationEffect;

export class CleanUpCommands implements OrderEffectHandler {
  readonly #deps: CleanUpCommandsDeps;
  readonly #inFlight = new Set<string>();

  constructor(deps: CleanUpCommandsDeps) {
    this.#deps = deps;
  }

  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (!isCleanUpEffect(effect)) continue;
      this.#send(order, effect).catch((error: unknown) =>
        report(this.#deps.events, effect.kind, error, { orderId: order.id }),
      );
    }
  }

  ready(chargePointId: string): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.handleEffects(order, order.effects);
  }

  /**
   * Sends the command if the charge point is ready. Otherwise, and if no answer comes, the effect stays pending until
   * the charge point becomes ready or the effect expires.
   */
  async #send(order: Order, effect: CleanUpEffect): Promise<void> {
    const { orders, chargePoints, clock, commandSender } = this.#deps;
    const { chargePointId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const command = toCleanUpCommand(order, effect);
    if (this.#inFlight.has(key) || !chargePoints.isReady(chargePointId) || clock.now() > effect.notAfter) return;
    this.#inFlight.add(key);
    try {
      const options = { sendBefore: effect.notAfter };
      const result = command && (await commandSender.sendCommand(chargePointId, command, options));
      const isStillOwed = result?.kind === 'unknown' || (result?.kind === 'not-sent' && result.reason === 'offline');
      // If the command is rejected, the charge point has nothing to remove.
      if (!isStillOwed) await orders.amendEffects(order, (effects) => effects.filter(({ seq }) => seq !== effect.seq));
    } finally {
      this.#inFlight.delete(key);
    }
  }
}

function isCleanUpEffect(effect: Effect): effect is CleanUpEffect {
  return isCleanUp(effect);
}

function toCleanUpCommand({ idTag }: Order, effect: CleanUpEffect): ChargerCommand | undefined {
  if (effect.kind === 'cancel-reservation') return { type: 'cancel-reservation', reservationId: effect.reservationId };
  return idTag === undefined ? undefined : { type: 'clear-charging-profile', profileId: chargingProfileIdOf(idTag) };
}
