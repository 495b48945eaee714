/** RemoteStarts and RemoteStops on their way to chargers. Marked before they leave, so that a crash knows it may have sent one. */
import type { Effect, Order, RemoteStartEffect, RemoteStopEffect } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import { chaosPoint } from '../orders/crash-points.js';
import { type Answer, describeAnswer, readAnswer, type StartAnswer } from './command-result.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import type { Desk } from '../orders/order-command-handler.js';
import { periodsOf, rateOf } from './charging-profiles.js';
import { remoteStartIdOf } from '../transactions/remote-start-id.js';
import type { Transactions } from '../transactions/transaction-index.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { ChargerCalls, CommandAnswer } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface ChargerCommandsDeps {
  readonly desk: Desk;
  readonly views: Views;
  readonly means: ChargerMeans;
  readonly transactions: Pick<Transactions, 'open'>;
  readonly calls: ChargerCalls;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: Pick<SessionPolicy, 'askMeterMs'>;
}

export class ChargerCommands {
  readonly #deps: ChargerCommandsDeps;
  #stopped = false;

  constructor(deps: ChargerCommandsDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes over what an order wants of its charger. `restarted`: it was found in the store at start. */
  fromOrder(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind === 'remote-start') this.#guard(this.#start(order, effect, restarted));
      else if (effect.kind === 'remote-stop') this.#guard(this.#stop(order, effect));
    }
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.events.emit('store.failed', { problem: String(error) }));
  }

  async #start(order: Order, effect: RemoteStartEffect, restarted: boolean): Promise<void> {
    const { desk, views, means, clock, calls, events } = this.#deps;
    const settle = async (answer: StartAnswer, detail?: string, transactionId?: string): Promise<void> => {
      events.emit('start.answered', { orderId: order.id, answer, detail });
      await desk.apply(
        order,
        {
          type: 'start-answered',
          answer,
          ...(detail !== undefined && { detail }),
          ...(transactionId !== undefined && { transactionId }),
        },
        { settles: effect.seq },
      );
      chaosPoint('start.answered');
    };
    // Marked but never settled: it may be on the wire, or even obeyed.
    if (restarted && effect.attempts > 0) return settle('unknown', 'restarted');
    const id = order.connector.chargePointId;
    if (views.barred(id)) return settle('barred');
    if (!views.ready(id) || clock.now() > effect.notAfter || order.idTag === undefined) return settle('not-sent');
    chaosPoint('start.marking');
    const marked = await desk.amend(order, (effects) =>
      effects.map((other) =>
        other.seq === effect.seq && other.kind === 'remote-start' ? { ...other, attempts: other.attempts + 1 } : other,
      ),
    );
    chaosPoint('start.marked');
    if (this.#stopped || !marked?.effects.some((other) => other.seq === effect.seq)) return;
    events.emit('start.sent', { orderId: order.id });
    const sent = calls.call(
      id,
      {
        type: 'remote-start',
        connectorId: order.connector.connectorId,
        idTag: order.idTag,
        remoteStartId: remoteStartIdOf(order.idTag),
        ...(effect.plan && { plan: periodsOf(effect.plan), ...rateOf(means.of(order.connector)) }),
      },
      {
        notAfter: effect.notAfter,
        // Behind a slow command it may wait until the order is cancelled, or has begun without it, or nobody may be started.
        wanted: () => desk.owes(order.id, effect.seq) && !views.barred(id),
        late: (answer) => this.#guard(settle(readAnswer(answer), 'late', transactionOf(answer))),
      },
    );
    chaosPoint('start.sent');
    const answer = await sent;
    if (this.#stopped) return;
    const barred = answer.kind === 'not-sent' && views.barred(id);
    await settle(barred ? 'barred' : readAnswer(answer), describeAnswer(answer), transactionOf(answer));
  }

  /** Asks for a fresh reading; best effort, and of no use when it comes late. */
  askMeter(order: Order): void {
    const { calls, clock, policy, transactions } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const { transactionId = '' } = order.session ?? {};
    // What a 2.x station samples of a running transaction comes with its events.
    const what = transactions.open(chargePointId, transactionId)?.told ? 'TransactionEvent' : 'MeterValues';
    void calls.call(
      chargePointId,
      { type: 'trigger', what, connectorId },
      { notAfter: clock.now() + policy.askMeterMs },
    );
  }

  async #stop(order: Order, effect: RemoteStopEffect): Promise<void> {
    const { views, calls, events } = this.#deps;
    const transactionId = order.session?.transactionId;
    const id = order.connector.chargePointId;
    if (transactionId === undefined || !views.ready(id)) return this.#stopSettled(order, effect.seq, 'not-sent');
    chaosPoint('stop.sending');
    events.emit('stop.sent', { orderId: order.id, reason: order.session?.stop?.reason });
    const sent = calls.call(id, { type: 'remote-stop', transactionId });
    chaosPoint('stop.sent');
    const answer = await sent;
    if (this.#stopped) return;
    events.emit('stop.answered', { orderId: order.id, answer: describeAnswer(answer) });
    await this.#stopSettled(order, effect.seq, readAnswer(answer));
    chaosPoint('stop.answered');
  }

  async #stopSettled(order: Order, seq: number, answer: Answer): Promise<void> {
    await this.#deps.desk.apply(order, { type: 'stop-answered', answer }, { settles: seq });
  }
}

function transactionOf(answer: CommandAnswer): string | undefined {
  return answer.kind === 'answered' ? answer.transactionId : undefined;
}
