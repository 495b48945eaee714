/** RemoteStarts and RemoteStops on their way to chargers. Marked before they leave, so that a crash knows it may have sent one. */
import type { Effect, Order, RemoteStartEffect, RemoteStopEffect } from '../domain/order.js';
import { chaosPoint } from './chaos.js';
import type { Desk } from './desk.js';
import { remoteStartIdOf } from './remote-start-id.js';
import type { Views } from './views.js';
import type { ChargerCalls, CommandAnswer } from './ports/chargers.js';
import type { Events } from './ports/observe.js';
import type { Clock } from './ports/runtime.js';

export interface ChargerCommandsDeps {
  readonly desk: Desk;
  readonly views: Views;
  readonly calls: ChargerCalls;
  readonly clock: Clock;
  readonly events: Events;
}

type Answer = 'accepted' | 'rejected' | 'unknown' | 'not-sent';

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
    const { desk, views, clock, calls, events } = this.#deps;
    const settle = async (answer: Answer, detail?: string, transactionId?: string): Promise<void> => {
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
      },
      {
        notAfter: effect.notAfter,
        // Behind a slow command it may wait until the order is cancelled, or has begun without it.
        wanted: () => desk.owes(order.id, effect.seq),
        late: (answer) => this.#guard(settle(read(answer), 'late', transactionOf(answer))),
      },
    );
    chaosPoint('start.sent');
    const answer = await sent;
    if (this.#stopped) return;
    await settle(read(answer), describe(answer), transactionOf(answer));
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
    events.emit('stop.answered', { orderId: order.id, answer: describe(answer) });
    await this.#stopSettled(order, effect.seq, read(answer));
    chaosPoint('stop.answered');
  }

  async #stopSettled(order: Order, seq: number, answer: Answer): Promise<void> {
    await this.#deps.desk.apply(order, { type: 'stop-answered', answer }, { settles: seq });
  }
}

function read(answer: CommandAnswer): Answer {
  switch (answer.kind) {
    case 'answered':
      return answer.status === 'Accepted' ? 'accepted' : 'rejected';
    case 'error':
      return 'rejected';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return 'not-sent';
  }
}

function transactionOf(answer: CommandAnswer): string | undefined {
  return answer.kind === 'answered' ? answer.transactionId : undefined;
}

function describe(answer: CommandAnswer): string {
  switch (answer.kind) {
    case 'answered':
      return answer.status ?? 'answered';
    case 'error':
      return answer.code;
    default:
      return answer.reason;
  }
}
