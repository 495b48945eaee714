/** Sends SetChargingProfile, but never late: a profile that arrives late would let too much energy through. */
import type { Effect, SetChargingProfileEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import { StoreFault } from '../../ports/store.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { OrderEffectHandler, ProfileAnswer, UnsavedProfile } from '../orders/effect-handler.js';
import { chargingProfileIdOf, chargingRateOf, toChargingSchedule } from './charging-schedule.js';
import { type ChargerCommandDeps, type CommandOutcome, describeResult, toCommandOutcome } from './command-result.js';

/** How many times to try to save an answer if the store fails, and how long to wait before each further attempt, ms. */
const SAVE_ATTEMPTS = 10;
const SAVE_RETRY_MS = 3000;

export interface ChargingProfileCommandsDeps extends ChargerCommandDeps {
  readonly capabilities: Pick<Capabilities, 'markProfilesRefused'>;
}

export class ChargingProfileCommands implements OrderEffectHandler {
  readonly #deps: ChargingProfileCommandsDeps;
  #stopped = false;

  constructor(deps: ChargingProfileCommandsDeps) {
    this.#deps = deps;
  }

  /** Ignores answers from now on, so that the effects stay pending for the next process. */
  stop(): void {
    this.#stopped = true;
  }

  handleEffects(order: Order, effects: readonly Effect[], { recovered }: { readonly recovered: boolean }): void {
    for (const effect of effects) {
      if (effect.kind !== 'set-charging-profile') continue;
      this.#send(order, effect, recovered).catch((error: unknown) =>
        report(this.#deps.events, effect.kind, error, { orderId: order.id }),
      );
    }
  }

  /**
   * Sends the command if the charge point is ready and it is not too late, and settles the effect. The order decides
   * what follows from the answer; after a rejection, the charge point gets no further profile on this connection.
   */
  async #send(order: Order, effect: SetChargingProfileEffect, recovered: boolean): Promise<void> {
    // A recovered command may have been sent before the restart.
    if (recovered) return this.#settle(order, effect, 'unknown');
    const answer = await this.#command(order, effect, () => this.#deps.orders.owesEffect(order.id, effect.seq));
    if (!this.#stopped) await this.#settle(order, effect, answer);
  }

  handleUnsavedProfile(order: Order, effect: UnsavedProfile, answered: (answer: ProfileAnswer) => void): void {
    this.#command(order, effect, () => !this.#stopped).then(
      (answer) => {
        if (!this.#stopped) answered(answer);
      },
      (error: unknown) => report(this.#deps.events, 'charging profile that is not saved', error, { orderId: order.id }),
    );
  }

  /** Sends the command, if it is still possible and wanted, and returns the answer. */
  async #command(order: Order, effect: UnsavedProfile, stillWanted: () => boolean): Promise<CommandOutcome> {
    const { chargePoints, capabilities, clock, commandSender, events } = this.#deps;
    const { session, idTag } = order;
    const { chargePointId, connectorId } = order.connector;
    if (!session || idTag === undefined) return 'unknown';
    if (!chargePoints.isReady(chargePointId) || clock.now() > effect.notAfter) return 'not-sent';
    const result = await commandSender.sendCommand(
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
      { sendBefore: effect.notAfter, stillWanted },
    );
    if (this.#stopped) return 'unknown';
    const answer = toCommandOutcome(result);
    const { seconds } = effect.profile;
    events.emit('charging-profile.answered', { orderId: order.id, answer, detail: describeResult(result), seconds });
    if (answer === 'rejected') capabilities.markProfilesRefused(chargePointId);
    return answer;
  }

  /**
   * Saves the answer, and tries again for a while if the store fails. Until it is saved, the order does not know which
   * profile applies and asks for no new one.
   */
  async #settle(order: Order, effect: SetChargingProfileEffect, answer: CommandOutcome): Promise<void> {
    const { orders, clock } = this.#deps;
    const command = { type: 'charging-profile-answered', answer } as const;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await orders.handle(order, command, { settledEffect: effect.seq });
        return;
      } catch (error) {
        if (!(error instanceof StoreFault) || attempt === SAVE_ATTEMPTS) throw error;
      }
      await new Promise<void>((resolve) => clock.callLater(SAVE_RETRY_MS, resolve));
      if (this.#stopped || !orders.owesEffect(order.id, effect.seq)) return;
    }
  }
}
