/**
 * Sends ReserveNow for booked slots. This is best effort: the slot stays booked here, whatever the charge point
 * answers.
 */
import type { Effect, ReserveEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { CommandResult } from '../../ports/charger-commands.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import { type ChargerCommandDeps, describeResult } from './command-result.js';

type ReservationOutcome = 'accepted' | 'rejected' | 'unsupported' | 'unknown' | 'not-sent';

export class ReservationCommands implements OrderEffectHandler {
  readonly #deps: ChargerCommandDeps;
  #stopped = false;

  constructor(deps: ChargerCommandDeps) {
    this.#deps = deps;
  }

  /** Ignores answers from now on, so that the effects stay pending for the next process. */
  stop(): void {
    this.#stopped = true;
  }

  handleEffects(order: Order, effects: readonly Effect[], { recovered }: { readonly recovered: boolean }): void {
    for (const effect of effects) {
      if (effect.kind !== 'reserve') continue;
      this.#send(order, effect, recovered).catch((error: unknown) =>
        report(this.#deps.events, effect.kind, error, { orderId: order.id }),
      );
    }
  }

  /**
   * Sends the command and settles the effect. A recovered command may have been sent before, so its answer is unknown.
   */
  async #send(order: Order, effect: ReserveEffect, recovered: boolean): Promise<void> {
    const { orders, chargePoints, clock, commandSender } = this.#deps;
    const { idTag, connector } = order;
    if (recovered || idTag === undefined) return this.#settle(order, effect, 'unknown', 'restarted');
    if (!chargePoints.isReady(connector.chargePointId) || clock.now() > effect.notAfter)
      return this.#settle(order, effect, 'not-sent', 'offline');
    const { reservationId, expiresAt, notAfter } = effect;
    const result = await commandSender.sendCommand(
      connector.chargePointId,
      { type: 'reserve', reservationId, connectorId: connector.connectorId, idTag, expiresAt },
      { sendBefore: notAfter, stillWanted: () => orders.owesEffect(order.id, effect.seq) },
    );
    if (!this.#stopped) await this.#settle(order, effect, toReservationOutcome(result), describeResult(result));
  }

  async #settle(order: Order, effect: ReserveEffect, answer: ReservationOutcome, detail: string): Promise<void> {
    const { events, orders } = this.#deps;
    events.emit('reservation.answered', { orderId: order.id, answer, detail });
    await orders.handle(order, { type: 'reservation-answered', answer, detail }, { settledEffect: effect.seq });
  }
}

/**
 * Treats Faulted, Occupied, Unavailable and Rejected alike, as refusals after which we retry. This includes Rejected,
 * although it means that the charger is configured not to accept reservations, which may last.
 * @source OCPP 1.6 §5.13
 */
function toReservationOutcome(result: CommandResult): ReservationOutcome {
  switch (result.kind) {
    case 'answered':
      return result.status === 'Accepted' ? 'accepted' : 'rejected';
    case 'error':
      return result.code === 'NotSupported' || result.code === 'NotImplemented' ? 'unsupported' : 'rejected';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return result.reason === 'unsupported' ? 'unsupported' : 'not-sent';
  }
}
