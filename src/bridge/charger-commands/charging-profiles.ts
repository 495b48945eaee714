/** Power plans on their way to chargers. Late ones are not sent: they would let too much through. */
import type { WantedPlan } from '../../domain/model/effect.js';
import type { ChargingRate, Means } from '../../domain/metering/charger-capabilities.js';
import type { Effect, Order, PowerPlanEffect } from '../../domain/model/order.js';
import { type Answer, describeAnswer, readAnswer } from './command-result.js';
import type { ChargerCommandsDeps } from './remote-start-stop.js';
import { remoteStartIdOf } from '../transactions/remote-start-id.js';
import type { PowerPlan } from '../../ports/charger-events.js';

export class PlanCommands {
  readonly #deps: ChargerCommandsDeps;
  #stopped = false;

  constructor(deps: ChargerCommandsDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes over the plan that an order wants its charger to have. `restarted`: it was found in the store at start. */
  fromOrder(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind !== 'power-plan') continue;
      this.#send(order, effect, restarted).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  async #send(order: Order, effect: PowerPlanEffect, restarted: boolean): Promise<void> {
    const { desk, views, means, clock, calls, events } = this.#deps;
    const settle = async (answer: Answer): Promise<void> => {
      await desk.apply(order, { type: 'plan-answered', answer }, { settles: effect.seq });
    };
    const { session, idTag } = order;
    const { chargePointId, connectorId } = order.connector;
    // Nobody knows whether it left before the crash.
    if (restarted || !session || idTag === undefined) return settle('unknown');
    if (!views.ready(chargePointId) || clock.now() > effect.notAfter) return settle('not-sent');
    const answer = await calls.call(
      chargePointId,
      {
        type: 'set-power-plan',
        profileId: profileIdOf(idTag),
        connectorId,
        transactionId: session.transactionId,
        plan: periodsOf(effect.plan),
        startsAt: effect.startsAt,
        ...rateOf(session.means),
      },
      { notAfter: effect.notAfter, wanted: () => desk.owes(order.id, effect.seq) },
    );
    if (this.#stopped) return;
    const read = readAnswer(answer);
    events.emit('plan.answered', {
      orderId: order.id,
      answer: read,
      detail: describeAnswer(answer),
      seconds: effect.plan.seconds,
    });
    if (read === 'rejected') means.refusesPlans(chargePointId);
    await settle(read);
  }
}

/** The same for a plan and for taking it back; no two open orders share it. */
export function profileIdOf(idTag: string): number {
  return remoteStartIdOf(idTag);
}

/** Power for so long, then none. */
export function periodsOf({ limitW, seconds }: WantedPlan): PowerPlan {
  return [
    { startS: 0, limitW },
    { startS: seconds, limitW: 0 },
  ];
}

export function rateOf(means: Means | undefined): { readonly rate?: ChargingRate } {
  return means?.rate ? { rate: means.rate } : {};
}
