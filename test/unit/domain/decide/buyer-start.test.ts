/** Orders that the buyer app starts, and callbacks that wait for the charger. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { decide } from '../../../../src/domain/decide/decide.js';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { SESSION_POLICY } from '../../../fakes/session-policy.js';
import { decisionContext } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, MINUTE, run, SECOND, start, status, stopAt, orderAfter } from '../sessions.js';

const byBuyer = (chargerOnline = true): OrderCommand =>
  ({ ...confirm(chargerOnline), startsBy: 'buyer' }) as OrderCommand;
const begin = (chargerOnline = true, messageId = 'begin'): OrderCommand => ({
  type: 'start',
  request: asked(messageId),
  chargerOnline,
  connectorState: { status: 'Preparing', errorCode: 'NoError', at: AT },
});
const reported = ({ effects }: Accepted): string[] =>
  effects.map((one) =>
    one.kind === 'callback' ? `${one.action}/${one.class}/${one.inReplyTo ?? 'unasked'}` : one.kind,
  );
const confirmed = (): Order => orderAfter([AT, byBuyer()]);
const begun = (): Order => orderAfter([AT, byBuyer()], [AT + MINUTE, begin()]);
const charging = (): Order => orderAfter([AT, byBuyer()], [AT + MINUTE, begin()], [AT + MINUTE + SECOND, start()]);

describe('a confirm that starts nothing', () => {
  it('holds the connector and asks no charger, whoever comes and goes', () => {
    expect(reported(run(undefined, byBuyer(), AT))).toEqual(['on_confirm/answer/confirm']);
    expect(confirmed()).toMatchObject({ state: 'confirmed', awaitsBuyerStart: true });
    expect(run(confirmed(), { type: 'charger-connected' }, AT + SECOND).save).toBe('none');
  });

  it('tells that a cable was plugged in', () => {
    expect(reported(run(confirmed(), status('Preparing'), AT + SECOND))).toEqual(['on_status/progress/unasked']);
  });

  it('is given up, and costs nothing, when nobody starts it', () => {
    const due = nextDeadline(confirmed(), SESSION_POLICY);
    expect(due).toBe(AT + SESSION_POLICY.buyerStartMs);
    const ended = run(confirmed(), { type: 'timer-due' }, due ?? 0);
    expect(ended.order).toMatchObject({ state: 'cancelled', outcome: { code: 'start-not-asked' }, bill: { total: 0 } });
    expect(reported(ended)).toEqual(['on_status/terminal/unasked']);
  });

  it('a booked one is waited for from its beginning, and cannot be started before', () => {
    const slot = { from: AT + 60 * MINUTE, until: AT + 120 * MINUTE };
    const booked = orderAfter([AT, { ...byBuyer(), slot, reservationId: 3 } as OrderCommand]);
    expect(decide(booked, begin(), decisionContext(AT + MINUTE))).toMatchObject({ refusal: { code: 'slot-invalid' } });
    const opened = run(booked, { type: 'timer-due' }, slot.from);
    expect(opened.effects).toEqual([]);
    expect(nextDeadline(opened.order, SESSION_POLICY)).toBe(slot.from + SESSION_POLICY.slotGraceMs);
    expect(reported(run(opened.order, begin(), slot.from + MINUTE))).toEqual(['remote-start']);
  });
});

describe('a start', () => {
  it('asks the charger; its answer waits for the transaction, and comes before what is told unasked', () => {
    expect(reported(run(confirmed(), begin(), AT + MINUTE))).toEqual(['remote-start']);
    expect(begun().state).toBe('starting');
    expect(reported(run(begun(), start(), AT + MINUTE + SECOND))).toEqual([
      'on_update/answer/begin',
      'on_status/state/unasked',
    ]);
    expect(charging().deferredCallback).toBeUndefined();
  });

  it('its answer says why, when there will be no transaction', () => {
    const failed = run(begun(), { type: 'start-answered', answer: 'rejected' }, AT + MINUTE + SECOND);
    expect(failed.order.state).toBe('failed');
    expect(reported(failed)).toEqual(['on_update/answer/begin', 'on_status/terminal/unasked']);
  });

  it('its answer does not wait longer than the buyer app does', () => {
    const due = AT + MINUTE + SESSION_POLICY.answerWithinMs;
    expect(nextDeadline(begun(), SESSION_POLICY)).toBe(due);
    const late = run(begun(), { type: 'timer-due' }, due);
    expect([late.order.state, reported(late)]).toEqual(['starting', ['on_update/answer/begin']]);
    expect(reported(run(late.order, start(), due + SECOND))).toEqual(['on_status/state/unasked']);
  });

  it('waits for a charger that is away', () => {
    const away = run(confirmed(), begin(false), AT + MINUTE);
    expect([away.order.state, reported(away)]).toEqual(['confirmed', []]);
    expect(reported(run(away.order, { type: 'charger-connected' }, AT + 2 * MINUTE))).toEqual(['remote-start']);
  });

  it('again starts nothing again', () => {
    expect(reported(run(begun(), begin(true, 'again'), AT + 2 * MINUTE))).toEqual(['on_update/answer/again']);
    expect(reported(run(charging(), begin(true, 'again'), AT + 2 * MINUTE))).toEqual(['on_update/answer/again']);
  });

  it('of a draft or an ended order is refused', () => {
    const draft = orderAfter([AT, { ...confirm(), type: 'init' } as OrderCommand]);
    expect(decide(draft, begin(), decisionContext(AT))).toMatchObject({ refusal: { code: 'not-confirmed' } });
    const ended = orderAfter([AT, byBuyer()], [AT + SECOND, { type: 'cancel', by: 'buyer', request: asked('c') }]);
    expect(decide(ended, begin(), decisionContext(AT))).toMatchObject({ refusal: { code: 'update-not-possible' } });
  });
});

describe('a stop whose answer tells the end', () => {
  const end: OrderCommand = { type: 'stop', reason: 'buyer', request: asked('end'), reply: 'at-end' };

  it('waits for the transaction to end', () => {
    const stopping = run(charging(), end, AT + 5 * MINUTE);
    expect(reported(stopping)).toEqual(['remote-stop']);
    expect(reported(run(stopping.order, stopAt(900, AT + 6 * MINUTE), AT + 6 * MINUTE))).toEqual([
      'on_update/answer/end',
      'on_status/terminal/unasked',
    ]);
  });

  it('asked twice, the second is answered at once and the first still waits', () => {
    const stopping = run(charging(), end, AT + 5 * MINUTE).order;
    const again = run(stopping, { ...end, request: asked('end2') }, AT + 5 * MINUTE);
    expect(reported(again)).toEqual(['on_update/answer/end2']);
    expect(again.order.deferredCallback?.messageId).toBe('end');
  });

  it('before any transaction cancels', () => {
    const cancelled = run(confirmed(), end, AT + MINUTE);
    expect(cancelled.order.state).toBe('cancelled');
    expect(reported(cancelled)).toEqual(['on_update/answer/end', 'on_status/terminal/unasked']);
  });

  describe('while the end of the transaction is only inferred', () => {
    const followed: OrderCommand = {
      type: 'transaction-superseded',
      meterStartWh: 1_000_600,
      at: AT + 5 * MINUTE,
    };
    const provisional = (): Order => run(charging(), followed, AT + 5 * MINUTE).order;
    const asksToEnd: OrderCommand = { type: 'cancel', by: 'buyer', ifRunning: 'stop', request: asked('end') };

    it('still waits, because the buyer would read that the session is running', () => {
      const stopping = run(charging(), end, AT + 5 * MINUTE).order;
      const inferred = run(stopping, followed, AT + 5 * MINUTE + SECOND);
      expect(inferred.order.state).toBe('provisional');
      expect(reported(inferred)).toEqual(['on_status/state/unasked']);
      const ended = run(inferred.order, stopAt(900, AT + 5 * MINUTE), AT + 5 * MINUTE + 5 * SECOND);
      expect(reported(ended)).toEqual(['on_update/answer/end', 'on_status/terminal/unasked']);
    });

    it.each([
      ['on_update', end],
      ['on_cancel', asksToEnd],
    ])('also waits if it is asked then (%s)', (action, command) => {
      const asks = run(provisional(), command, AT + 5 * MINUTE);
      expect(reported(asks)).toEqual(['remote-stop']);
      const ended = run(asks.order, stopAt(900, AT + 5 * MINUTE), AT + 5 * MINUTE + 5 * SECOND);
      expect(reported(ended)).toEqual([`${action}/answer/end`, 'on_status/terminal/unasked']);
    });

    it.each([end, asksToEnd])('stops the transaction, which may go on (%#)', (command) => {
      const asks = run(provisional(), command, AT + 5 * MINUTE);
      expect(asks.effects).toContainEqual(expect.objectContaining({ kind: 'remote-stop' }));
      expect(asks.order).toMatchObject({ state: 'provisional', session: { stop: { reason: 'buyer' } } });
    });

    it('does not wait longer than the buyer app does', () => {
      const asks = run(provisional(), end, AT + 5 * MINUTE);
      const due = AT + 5 * MINUTE + SESSION_POLICY.answerWithinMs;
      expect(nextDeadline(asks.order, SESSION_POLICY)).toBe(due);
      const late = run(asks.order, { type: 'timer-due' }, due);
      expect([late.order.state, reported(late)]).toEqual(['provisional', ['on_update/answer/end']]);
    });

    it('asked twice, the second is answered at once and the first still waits', () => {
      const asks = run(provisional(), end, AT + 5 * MINUTE).order;
      const again = run(asks, { ...end, request: asked('end2') }, AT + 5 * MINUTE);
      expect(reported(again)).toEqual(['on_update/answer/end2']);
      expect(again.order.deferredCallback?.messageId).toBe('end');
    });
  });
});
