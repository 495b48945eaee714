/** RemoteStarts and RemoteStops on their way to chargers. Marked before they leave, so that a crash knows it may have sent one. */
import type { Order } from '../../domain/model/order.js';
import type { Effect, RemoteStartEffect, RemoteStopEffect } from '../../domain/model/effect.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import { passCrashPoint } from '../orders/crash-points.js';
import { type CommandOutcome, describeResult, toCommandOutcome, type StartCommandOutcome } from './command-result.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { toChargingSchedule, chargingRateOf } from './charging-profiles.js';
import { remoteStartIdOf } from '../transactions/remote-start-id.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface ChargerCommandDeps {
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly capabilities: Capabilities;
  readonly transactions: Pick<TransactionIndex, 'findOpen'>;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: Pick<SessionPolicy, 'meterTriggerIntervalMs'>;
}

export class RemoteStartStopCommands {
  readonly #deps: ChargerCommandDeps;
  #stopped = false;

  constructor(deps: ChargerCommandDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes over what an order wants of its charger. `restarted`: it was found in the store at start. */
  handleEffects(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind === 'remote-start') this.#reportFailure(this.#remoteStart(order, effect, restarted));
      else if (effect.kind === 'remote-stop') this.#reportFailure(this.#remoteStop(order, effect));
    }
  }

  #reportFailure(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.events.emit('store.failed', { problem: String(error) }));
  }

  async #remoteStart(order: Order, effect: RemoteStartEffect, restarted: boolean): Promise<void> {
    const { orders: desk, chargePoints: views, capabilities: means, clock, commandSender: calls, events } = this.#deps;
    const settle = async (answer: StartCommandOutcome, detail?: string, transactionId?: string): Promise<void> => {
      events.emit('start.answered', { orderId: order.id, answer, detail });
      await desk.handle(
        order,
        {
          type: 'start-answered',
          answer,
          ...(detail !== undefined && { detail }),
          ...(transactionId !== undefined && { transactionId }),
        },
        { settledEffect: effect.seq },
      );
      passCrashPoint('start.answered');
    };
    // Marked but never settled: it may be on the wire, or even obeyed.
    if (restarted && effect.attempts > 0) return settle('unknown', 'restarted');
    const id = order.connector.chargePointId;
    if (views.quarantineOf(id)) return settle('quarantined');
    if (!views.isReady(id) || clock.now() > effect.notAfter || order.idTag === undefined) return settle('not-sent');
    passCrashPoint('start.marking');
    const marked = await desk.amendEffects(order, (effects) =>
      effects.map((other) =>
        other.seq === effect.seq && other.kind === 'remote-start' ? { ...other, attempts: other.attempts + 1 } : other,
      ),
    );
    passCrashPoint('start.marked');
    if (this.#stopped || !marked?.effects.some((other) => other.seq === effect.seq)) return;
    events.emit('start.sent', { orderId: order.id });
    const sent = calls.sendCommand(
      id,
      {
        type: 'remote-start',
        connectorId: order.connector.connectorId,
        idTag: order.idTag,
        remoteStartId: remoteStartIdOf(order.idTag),
        ...(effect.profile && {
          schedule: toChargingSchedule(effect.profile),
          ...chargingRateOf(means.capabilitiesOf(order.connector)),
        }),
      },
      {
        sendBefore: effect.notAfter,
        // Behind a slow command it may wait until the order is cancelled, or has begun without it, or nobody may be started.
        stillWanted: () => desk.owesEffect(order.id, effect.seq) && !views.quarantineOf(id),
        onLateAnswer: (answer) =>
          this.#reportFailure(settle(toCommandOutcome(answer), 'late', transactionIdOf(answer))),
      },
    );
    passCrashPoint('start.sent');
    const answer = await sent;
    if (this.#stopped) return;
    const barred = answer.kind === 'not-sent' && views.quarantineOf(id);
    await settle(barred ? 'quarantined' : toCommandOutcome(answer), describeResult(answer), transactionIdOf(answer));
  }

  /** Asks for a fresh reading; best effort, and of no use when it comes late. */
  triggerMeterValues(order: Order): void {
    const { commandSender: calls, clock, policy, transactions } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const { transactionId = '' } = order.session ?? {};
    // What a 2.x station samples of a running transaction comes with its events.
    const what = transactions.findOpen(chargePointId, transactionId)?.eventRecord ? 'TransactionEvent' : 'MeterValues';
    void calls.sendCommand(
      chargePointId,
      { type: 'trigger-message', requestedMessage: what, connectorId },
      { sendBefore: clock.now() + policy.meterTriggerIntervalMs },
    );
  }

  async #remoteStop(order: Order, effect: RemoteStopEffect): Promise<void> {
    const { chargePoints: views, commandSender: calls, events } = this.#deps;
    const transactionId = order.session?.transactionId;
    const id = order.connector.chargePointId;
    if (transactionId === undefined || !views.isReady(id)) return this.#settleRemoteStop(order, effect.seq, 'not-sent');
    passCrashPoint('stop.sending');
    events.emit('stop.sent', { orderId: order.id, reason: order.session?.stop?.reason });
    const sent = calls.sendCommand(id, { type: 'remote-stop', transactionId });
    passCrashPoint('stop.sent');
    const answer = await sent;
    if (this.#stopped) return;
    events.emit('stop.answered', { orderId: order.id, answer: describeResult(answer) });
    await this.#settleRemoteStop(order, effect.seq, toCommandOutcome(answer));
    passCrashPoint('stop.answered');
  }

  async #settleRemoteStop(order: Order, seq: number, answer: CommandOutcome): Promise<void> {
    await this.#deps.orders.handle(order, { type: 'stop-answered', answer }, { settledEffect: seq });
  }
}

function transactionIdOf(answer: CommandResult): string | undefined {
  return answer.kind === 'answered' ? answer.transactionId : undefined;
}
