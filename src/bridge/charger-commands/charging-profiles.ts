/** Power plans on their way to chargers. Late ones are not sent: they would let too much through. */
import type { ProfileRequest, Effect, SetChargingProfileEffect } from '../../domain/model/effect.js';
import type { ChargerCapabilities, ChargingRate } from '../../domain/model/charger-capabilities.js';
import type { Order } from '../../domain/model/order.js';
import { type CommandOutcome, describeResult, toCommandOutcome } from './command-result.js';
import type { ChargerCommandDeps } from './remote-start-stop.js';
import { remoteStartIdOf } from '../transactions/remote-start-id.js';
import type { ChargingSchedule } from '../../ports/charger-events.js';

export class ChargingProfileCommands {
  readonly #deps: ChargerCommandDeps;
  #stopped = false;

  constructor(deps: ChargerCommandDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes over the plan that an order wants its charger to have. `restarted`: it was found in the store at start. */
  handleEffects(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind !== 'set-charging-profile') continue;
      this.#send(order, effect, restarted).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  async #send(order: Order, effect: SetChargingProfileEffect, restarted: boolean): Promise<void> {
    const { orders: desk, chargePoints: views, capabilities: means, clock, commandSender: calls, events } = this.#deps;
    const settle = async (answer: CommandOutcome): Promise<void> => {
      await desk.handle(order, { type: 'charging-profile-answered', answer }, { settledEffect: effect.seq });
    };
    const { session, idTag } = order;
    const { chargePointId, connectorId } = order.connector;
    // Nobody knows whether it left before the crash.
    if (restarted || !session || idTag === undefined) return settle('unknown');
    if (!views.isReady(chargePointId) || clock.now() > effect.notAfter) return settle('not-sent');
    const answer = await calls.sendCommand(
      chargePointId,
      {
        type: 'set-charging-profile',
        profileId: chargingProfileIdOf(idTag),
        connectorId,
        transactionId: session.transactionId,
        schedule: toChargingSchedule(effect.profile),
        startsAt: effect.startsAt,
        ...chargingRateOf(session.capabilities),
      },
      { sendBefore: effect.notAfter, stillWanted: () => desk.owesEffect(order.id, effect.seq) },
    );
    if (this.#stopped) return;
    const read = toCommandOutcome(answer);
    events.emit('charging-profile.answered', {
      orderId: order.id,
      answer: read,
      detail: describeResult(answer),
      seconds: effect.profile.seconds,
    });
    if (read === 'rejected') means.markProfilesRefused(chargePointId);
    await settle(read);
  }
}

/** The same for a plan and for taking it back; no two open orders share it. */
export function chargingProfileIdOf(idTag: string): number {
  return remoteStartIdOf(idTag);
}

/** Power for so long, then none. */
export function toChargingSchedule({ limitW, seconds }: ProfileRequest): ChargingSchedule {
  return [
    { startS: 0, limitW },
    { startS: seconds, limitW: 0 },
  ];
}

export function chargingRateOf(means: ChargerCapabilities | undefined): { readonly rate?: ChargingRate } {
  return means?.chargingRate ? { rate: means.chargingRate } : {};
}
