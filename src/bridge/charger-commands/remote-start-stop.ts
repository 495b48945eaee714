/**
 * Sends RemoteStart and RemoteStop. A start is saved as sent before it is sent, so that after a crash it counts as
 * possibly sent.
 */
import type { Effect, RemoteStartEffect, RemoteStopEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import { report } from '../../observe/report.js';
import type { ChargerCommand, CommandResult } from '../../ports/charger-commands.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { KeptFrames } from '../kept-frames/kept-frames.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { PaymentLook } from '../payments/payment-look.js';
import { remoteStartIdOf } from '../../domain/matching/remote-start-id.js';
import { chargingRateOf, toChargingSchedule } from './charging-schedule.js';
import {
  type ChargerCommandDeps,
  type CommandOutcome,
  describeResult,
  type StartCommandOutcome,
  toCommandOutcome,
} from './command-result.js';

export interface RemoteStartStopCommandsDeps extends ChargerCommandDeps {
  readonly capabilities: Pick<Capabilities, 'capabilitiesOf'>;
  readonly keptFrames: Pick<KeptFrames, 'hasBegun'>;
  readonly paymentLook: Pick<PaymentLook, 'isNeeded' | 'beforeStart' | 'stop'>;
  readonly policy: Pick<SessionPolicy, 'stopRetryMs'>;
}

export class RemoteStartStopCommands implements OrderEffectHandler {
  readonly #deps: RemoteStartStopCommandsDeps;
  #stopped = false;
  /** When the last unsaved stop was sent, epoch ms, by order id. */
  readonly #unsavedStops = new Map<string, number>();

  constructor(deps: RemoteStartStopCommandsDeps) {
    this.#deps = deps;
  }

  /**
   * Ignores answers from now on and ends the waits for payments, so that the effects stay pending for the next process.
   */
  stop(): void {
    this.#stopped = true;
    this.#deps.paymentLook.stop();
  }

  handleEffects(order: Order, effects: readonly Effect[], { recovered }: { readonly recovered: boolean }): void {
    const onError = (error: unknown): void =>
      report(this.#deps.events, 'remote start or stop', error, { orderId: order.id });
    for (const effect of effects) {
      if (effect.kind === 'remote-start') this.#remoteStart(order, effect, recovered).catch(onError);
      else if (effect.kind === 'remote-stop') {
        this.#unsavedStops.delete(order.id);
        this.#remoteStop(order, effect).catch(onError);
      }
    }
  }

  handleUnsavedStop(order: Order): void {
    const { chargePoints, clock, commandSender, events, policy } = this.#deps;
    const { chargePointId } = order.connector;
    const transactionId = order.session?.transactionId;
    const now = clock.now();
    if (now - (this.#unsavedStops.get(order.id) ?? -Infinity) < policy.stopRetryMs) return;
    if (transactionId === undefined || this.#stopped || !chargePoints.isReady(chargePointId)) return;
    this.#unsavedStops.set(order.id, now);
    events.emit('stop.sent', { orderId: order.id, reason: order.session?.stop?.reason, saved: false });
    commandSender
      .sendCommand(chargePointId, { type: 'remote-stop', transactionId })
      .catch((error: unknown) => report(events, 'remote stop that is not saved', error, { orderId: order.id }));
  }

  async #remoteStart(order: Order, effect: RemoteStartEffect, recovered: boolean): Promise<void> {
    const { chargePoints, clock, commandSender, events } = this.#deps;
    const { chargePointId } = order.connector;
    const command = this.#toRemoteStart(order, effect);
    // The start was marked as sent before the restart but not settled; the charger may have received it and carried it
    // out.
    if (recovered && effect.attempts > 0)
      return this.#settleStart(order, effect.seq, { answer: 'unknown', detail: 'restarted' });
    if (!(await this.#isStillOwedAfterLook(order, effect))) return;
    if (chargePoints.quarantineOf(chargePointId))
      return this.#settleStart(order, effect.seq, { answer: 'quarantined' });
    if (!command || !chargePoints.isReady(chargePointId) || clock.now() > effect.notAfter)
      return this.#settleStart(order, effect.seq, { answer: 'not-sent' });
    if (!(await this.#markAsSent(order, effect.seq)) || this.#stopped) return;
    events.emit('start.sent', { orderId: order.id });
    const sent = commandSender.sendCommand(chargePointId, command, {
      sendBefore: effect.notAfter,
      stillWanted: () => this.#isStillWanted(order, effect),
      onLateAnswer: (result) => this.#settleLateAnswer(order, effect.seq, result),
    });
    passCrashPoint('start.sent');
    const result = await sent;
    if (this.#stopped) return;
    const isQuarantined = result.kind === 'not-sent' && chargePoints.quarantineOf(chargePointId) !== undefined;
    const answer = isQuarantined ? 'quarantined' : toCommandOutcome(result);
    await this.#settleStart(order, effect.seq, { answer, detail: describeResult(result), ...transactionIdOf(result) });
  }

  /**
   * Checks the start again when it is about to leave. While it waited behind another command, the order may have been
   * cancelled, or a transaction or quarantine may have begun. The transaction's start may not be in the store yet.
   */
  #isStillWanted({ id, connector: { chargePointId } }: Order, { seq }: RemoteStartEffect): boolean {
    const { orders, chargePoints, keptFrames } = this.#deps;
    return orders.owesEffect(id, seq) && !keptFrames.hasBegun(id) && !chargePoints.quarantineOf(chargePointId);
  }

  /** Before the start, looks up the payment if we collect it. @returns False if the start is no longer pending. */
  async #isStillOwedAfterLook(order: Order, effect: RemoteStartEffect): Promise<boolean> {
    const { paymentLook, orders, clock } = this.#deps;
    if (!paymentLook.isNeeded(order)) return true;
    const isOwed = (): boolean => orders.owesEffect(order.id, effect.seq) && !this.#stopped;
    await paymentLook.beforeStart(order, () => isOwed() && clock.now() <= effect.notAfter);
    return isOwed();
  }

  #toRemoteStart({ idTag, connector }: Order, { profile }: RemoteStartEffect): ChargerCommand | undefined {
    if (idTag === undefined) return undefined;
    return {
      type: 'remote-start',
      connectorId: connector.connectorId,
      idTag,
      remoteStartId: remoteStartIdOf(idTag),
      ...(profile && {
        schedule: toChargingSchedule(profile),
        ...chargingRateOf(this.#deps.capabilities.capabilitiesOf(connector)),
      }),
    };
  }

  /** Counts the attempt in the saved order. @returns False if the start is no longer pending. */
  async #markAsSent(order: Order, seq: number): Promise<boolean> {
    passCrashPoint('start.marking');
    const saved = await this.#deps.orders.amendEffects(order, (effects) =>
      effects.map((effect) =>
        effect.seq === seq && effect.kind === 'remote-start' ? { ...effect, attempts: effect.attempts + 1 } : effect,
      ),
    );
    passCrashPoint('start.marked');
    return saved?.effects.some((effect) => effect.seq === seq) === true;
  }

  #settleLateAnswer(order: Order, seq: number, result: CommandResult): void {
    if (this.#stopped) return;
    const response = { answer: toCommandOutcome(result), detail: 'late', ...transactionIdOf(result) };
    this.#settleStart(order, seq, response).catch((error: unknown) =>
      report(this.#deps.events, 'late answer to a remote start', error, { orderId: order.id }),
    );
  }

  async #settleStart(
    order: Order,
    seq: number,
    response: { readonly answer: StartCommandOutcome; readonly detail?: string; readonly transactionId?: string },
  ): Promise<void> {
    const { events, keptFrames, orders } = this.#deps;
    const { answer, detail } = response;
    events.emit('start.answered', { orderId: order.id, answer, detail });
    // The transaction has begun, so no answer may end the order. Its start settles the effect once it is in the store.
    if (keptFrames.hasBegun(order.id)) return;
    await orders.handle(order, { type: 'start-answered', ...response }, { settledEffect: seq });
    passCrashPoint('start.answered');
  }

  async #remoteStop(order: Order, effect: RemoteStopEffect): Promise<void> {
    const { chargePoints, commandSender, events } = this.#deps;
    const { chargePointId } = order.connector;
    const transactionId = order.session?.transactionId;
    if (transactionId === undefined || !chargePoints.isReady(chargePointId))
      return this.#settleStop(order, effect.seq, 'not-sent');
    passCrashPoint('stop.sending');
    events.emit('stop.sent', { orderId: order.id, reason: order.session?.stop?.reason });
    const sent = commandSender.sendCommand(chargePointId, { type: 'remote-stop', transactionId });
    passCrashPoint('stop.sent');
    const result = await sent;
    if (this.#stopped) return;
    events.emit('stop.answered', { orderId: order.id, answer: describeResult(result) });
    await this.#settleStop(order, effect.seq, toCommandOutcome(result));
    passCrashPoint('stop.answered');
  }

  async #settleStop(order: Order, seq: number, answer: CommandOutcome): Promise<void> {
    await this.#deps.orders.handle(order, { type: 'stop-answered', answer }, { settledEffect: seq });
  }
}

/**
 * Returns the transaction id in the response: a 2.x charge point may name a transaction that has already begun on the
 * connector.
 */
function transactionIdOf(result: CommandResult): { readonly transactionId?: string } {
  return result.kind === 'answered' && result.transactionId !== undefined
    ? { transactionId: result.transactionId }
    : {};
}
