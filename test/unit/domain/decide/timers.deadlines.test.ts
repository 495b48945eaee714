/** The deadlines of an order: time alone ends every order, and no command is sent too late. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { EffectDraft } from '../../../../src/domain/model/decision.js';
import { isTerminal, type Order } from '../../../../src/domain/model/order.js';
import { decisionContext, POLICY } from '../../../property/domain-arbitraries.js';
import {
  asked,
  AT,
  confirm,
  HOUR,
  MINUTE,
  orderAfter,
  orderIn,
  run,
  sample,
  SECOND,
  start,
  status,
  stopAt,
} from '../sessions.js';

const DAY = 24 * HOUR;
const began = AT + 5 * SECOND;
const charging = (): Order =>
  orderAfter(
    [AT, confirm(true, { kind: 'energy', value: 60_000 })],
    [began, start(began)],
    [AT + MINUTE, sample(500, AT + MINUTE)],
  );

/** Lets time pass, sends commands at an interval, and collects the states and effects. */
function pass(
  first: Order,
  {
    from,
    until,
    everyMs,
    send,
  }: { from: number; until: number; everyMs?: number; send?: (now: number) => OrderCommand[] },
): { order: Order; effects: EffectDraft[]; kinds: string[]; endedAt: number } {
  let order = first;
  let next = everyMs === undefined ? Infinity : from + everyMs;
  let endedAt = Infinity;
  const effects: EffectDraft[] = [];
  const kinds: string[] = [];
  const apply = (command: OrderCommand, now: number): void => {
    const decision = run(order, command, now);
    order = decision.order;
    effects.push(...decision.effects);
    kinds.push(...decision.discrepancies.map(({ kind }) => kind));
    if (isTerminal(order)) endedAt = Math.min(endedAt, now);
  };
  for (let step = 0; step < 20_000; step += 1) {
    const due = nextDeadline(order, POLICY) ?? Infinity;
    const now = Math.min(due, next);
    if (now > until || isTerminal(order)) break;
    if (now === next) {
      next += everyMs ?? 0;
      for (const command of send?.(now) ?? []) apply(command, now);
    } else apply({ type: 'timer-due' }, Math.max(now, from));
  }
  return { order, effects, kinds, endedAt };
}

/** Returns clock-aligned readings that name no transaction. */
const unnamed =
  (energyWh: number) =>
  (now: number): OrderCommand[] => [sample(energyWh, now)];

describe('a session whose stop is lost', () => {
  it('ends although readings without a transaction id go on after the connector became free', () => {
    const free = run(charging(), status('Available'), AT + 2 * MINUTE).order;
    const { order, kinds, endedAt } = pass(free, {
      from: AT + 2 * MINUTE,
      until: AT + 3 * DAY,
      everyMs: 15 * MINUTE,
      send: unnamed(500),
    });
    expect(order.state).toBe('completed');
    expect(kinds).toContain('end-inferred');
    expect(order.bill?.energyWh).toBe(500);
    expect(endedAt).toBeLessThan(AT + HOUR);
  });

  it.each([['Finishing', 'Unavailable'], ['Unavailable'], ['Faulted'], ['Finishing']] as const)(
    'ends after the connector was reported as %s',
    (...reported) => {
      const order = reported.reduce((before, one) => run(before, status(one), AT + 2 * MINUTE).order, charging());
      const passed = pass(order, {
        from: AT + 2 * MINUTE,
        until: AT + 20 * DAY,
        everyMs: 15 * MINUTE,
        send: unnamed(500),
      });
      expect(passed.order.state).toBe('completed');
      expect(passed.endedAt).toBeLessThan(AT + 2 * DAY);
    },
  );

  it('ends although the charger reconnects before each outage counts as an end', () => {
    const { order, endedAt } = pass(charging(), {
      from: AT + 2 * MINUTE,
      until: AT + 20 * DAY,
      everyMs: 20 * HOUR,
      send: () => [{ type: 'charger-disconnected' }, { type: 'charger-connected' }, { type: 'charger-disconnected' }],
    });
    expect(order.state).toBe('completed');
    expect(endedAt).toBeLessThan(AT + 10 * DAY);
  });

  it('stays while the charger names the transaction or its register rises', () => {
    let wh = 500;
    const rising = pass(charging(), {
      from: AT + 2 * MINUTE,
      until: AT + 6 * HOUR,
      everyMs: 10 * MINUTE,
      send: (now) => [sample((wh += 100), now)],
    });
    expect(rising.order.state).toBe('charging');
    const named = pass(run(charging(), status('SuspendedEV'), AT + 2 * MINUTE).order, {
      from: AT + 2 * MINUTE,
      until: AT + 6 * HOUR,
      everyMs: 10 * MINUTE,
      send: (now) => [{ ...(sample(500, now) as OrderCommand & { type: 'record-sample' }), namesTransaction: true }],
    });
    expect(named.order.state).toBe('suspended');
  });
});

describe('a RemoteStart', () => {
  const remoteStarts = (effects: readonly EffectDraft[]) => effects.filter(({ kind }) => kind === 'remote-start');

  it('is not sent again hours after the order because our process was away', () => {
    const starting = orderAfter([AT, confirm()], [AT + SECOND, { type: 'start-answered', answer: 'unknown' }]);
    const back = AT + 3 * HOUR;
    const restarted = run(starting, { type: 'charger-disconnected', restart: { savedAt: AT + SECOND } }, back).order;
    const connected = isTerminal(restarted)
      ? restarted
      : run(restarted, { type: 'charger-connected' }, back + SECOND).order;
    const { order, effects } = pass(connected, { from: back + SECOND, until: back + HOUR });
    expect(remoteStarts(effects)).toEqual([]);
    expect(order.state).toBe('failed');
  });

  it('is not sent when the charger comes an hour after the confirm', () => {
    const waiting = orderAfter([AT, confirm(false)]);
    const late = run(waiting, { type: 'charger-connected' }, AT + HOUR);
    expect(remoteStarts(late.effects)).toEqual([]);
    expect(late.order.state).toBe('failed');
  });

  it('is not sent after the booked slot has ended', () => {
    const slot = { from: AT + HOUR, until: AT + 2 * HOUR };
    const booked = orderAfter([AT, { ...confirm(), slot, reservationId: 1 } as OrderCommand]);
    const late = run(booked, { type: 'timer-due' }, AT + 5 * HOUR);
    expect(remoteStarts(late.effects)).toEqual([]);
    expect(late.order.state).toBe('failed');
  });

  it('carries a time after which it may not be sent, and no reconnect moves it', () => {
    const waiting = orderAfter([AT, confirm(false)]);
    const startBy = waiting.deadlines!.startBy;
    const first = run(waiting, { type: 'charger-connected' }, AT + MINUTE);
    for (const effect of remoteStarts(first.effects))
      expect(effect).toMatchObject({ notAfter: expect.toSatisfy((at: number) => at <= startBy) });
    const again = run(first.order, { type: 'start-answered', answer: 'not-sent' }, AT + 2 * MINUTE);
    expect(again.order.deadlines).toEqual(waiting.deadlines);
  });
});

describe('a session that is not obeyed', () => {
  it('ends at its deadline although the charger goes on and answers no stop', () => {
    const stopping = run(charging(), { type: 'stop', reason: 'buyer', request: asked('stop') }, AT + 2 * MINUTE).order;
    let wh = 500;
    const { order, kinds } = pass(stopping, {
      from: AT + 2 * MINUTE,
      until: AT + 10 * DAY,
      everyMs: 5 * MINUTE,
      send: (now) => [sample((wh += 50), now)],
    });
    expect(order.state).toBe('completed');
    expect(kinds).toEqual(expect.arrayContaining(['stop-not-obeyed', 'end-inferred']));
    expect(order.bill!.total).toBeLessThanOrEqual(order.authorised);
  });

  it('is asked whether its transaction goes on, once the stops are used up', () => {
    let asking = false;
    let order = run(charging(), { type: 'stop', reason: 'buyer' }, AT + 2 * MINUTE).order;
    for (let step = 0; step < 10; step += 1) {
      const due = nextDeadline(order, POLICY)!;
      const decision = run(order, { type: 'timer-due' }, due);
      asking ||= decision.checkTransaction === true;
      order = decision.order;
    }
    expect(asking).toBe(true);
  });

  it('that goes on after a provisional end is stopped at its limit as at a limit, and again', () => {
    const provisional = orderIn('provisional');
    const over = run(provisional, sample(10_500, AT + 16 * MINUTE - SECOND), AT + 16 * MINUTE - SECOND);
    expect(over.effects).toContainEqual({ kind: 'remote-stop' });
    expect(over.order.session?.stop?.reason).toBe('limit-energy');
    const again = run(over.order, { type: 'timer-due' }, over.order.session!.stop!.retryAt);
    expect(again.effects).toContainEqual({ kind: 'remote-stop' });
    const ended = run(again.order, stopAt(10_600, AT + 18 * MINUTE), AT + 18 * MINUTE).order;
    expect(ended.outcome?.code).toBe('limit-reached');
  });

  it('cannot postpone its final bill for ever by readings after a provisional end', () => {
    let wh = 700;
    const { order } = pass(orderIn('provisional'), {
      from: AT + 2 * MINUTE,
      until: AT + 20 * DAY,
      everyMs: 10 * MINUTE,
      send: (now) => [sample((wh += 1), now)],
    });
    expect(isTerminal(order)).toBe(true);
  });
});

describe('the deadlines', () => {
  it('are set by the confirm, and nothing moves the last', () => {
    const confirmed = orderAfter([AT, confirm()]);
    expect(confirmed.deadlines).toEqual({
      startBy: AT + POLICY.pendingMs + POLICY.startTimeoutMs,
      endBy: AT + POLICY.pendingMs + POLICY.startTimeoutMs + POLICY.maxSessionMs,
    });
    expect(charging().deadlines).toEqual(confirmed.deadlines);
  });

  it('of a slot end with the slot', () => {
    const slot = { from: AT + HOUR, until: AT + 2 * HOUR };
    const { deadlines } = orderAfter([AT, { ...confirm(), slot, reservationId: 1 } as OrderCommand]);
    expect(deadlines?.startBy).toBeLessThanOrEqual(slot.until);
  });
});

describe('an operator', () => {
  const close = { type: 'close', by: 'A. Person', reason: 'the charger was removed' } as const;

  it.each(['charging', 'suspended', 'offline', 'stopping', 'provisional'] as const)(
    'closes an order in state %s by its last reading, with name and reason',
    (state) => {
      const { order, discrepancies } = run(orderIn(state), close, AT + HOUR);
      expect(order).toMatchObject({ state: 'completed', bill: { energyWh: 500 }, closedBy: { name: 'A. Person' } });
      expect(discrepancies).toContainEqual(expect.objectContaining({ kind: 'closed-by-operator' }));
    },
  );

  it.each(['confirmed', 'starting'] as const)('closes an order in state %s without a bill', (state) => {
    const { order } = run(orderIn(state), close, AT + MINUTE);
    expect(order).toMatchObject({ state: 'failed', bill: { total: 0 } });
  });

  it.each(['completed', 'cancelled', 'failed'] as const)('cannot close an order that is %s', (state) => {
    const refusal = expect.objectContaining({ code: 'not-running', detail: `It has ended: ${state}.` }) as object;
    expect(decide(orderIn(state), close, decisionContext(AT + HOUR))).toEqual({ refusal });
  });

  it('may close an order twice, which changes nothing', () => {
    const { order } = run(orderIn('charging'), close, AT + HOUR);
    expect(run(order, { ...close, by: 'B. Person' }, AT + HOUR).order).toEqual(order);
  });
});
