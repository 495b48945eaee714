/** Races and faults during a session, one by one, and the reaction to each. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Order } from '../../../../src/domain/model/order.js';
import {
  AT,
  confirm,
  HOUR,
  MINUTE,
  orderIn,
  run,
  sample,
  SECOND,
  start,
  status,
  stopAt,
  orderAfter,
} from '../sessions.js';

const answered = (answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent'): OrderCommand => ({
  type: 'start-answered',
  answer,
});
const kinds = (order: Order, command: OrderCommand, now: number): string[] =>
  run(order, command, now).effects.map((effect) => effect.kind);
const starting = (): Order => orderAfter([AT, confirm()]);

describe('the start', () => {
  it('may be told before the RemoteStart is answered, whatever that answer says then', () => {
    const charging = orderAfter([AT, confirm()], [AT + SECOND, start(AT + SECOND)]);
    expect(charging.state).toBe('charging');
    expect(run(charging, answered('rejected'), AT + 2 * SECOND).order.state).toBe('charging');
  });

  it('is not asked for again at once when nobody knows what became of it, and then with the same tag', () => {
    const unknown = run(starting(), answered('unknown'), AT + 30 * SECOND).order;
    expect(unknown.state).toBe('starting');
    expect(kinds(unknown, { type: 'timer-due' }, AT + 31 * SECOND)).toEqual([]);
    const again = run(unknown, { type: 'timer-due' }, AT + 41 * SECOND);
    expect(again.effects.map((effect) => effect.kind)).toEqual(['remote-start']);
    expect(again.order.idTag).toBe(unknown.idTag);
  });

  it('is not asked for again while the last one is still under way', () => {
    const unknown = run(starting(), answered('unknown'), AT + 30 * SECOND).order;
    const base = { seq: 9, createdAt: AT, attempts: 1, dueAt: AT };
    const waiting: Order = { ...unknown, effects: [{ kind: 'remote-start', ...base, notAfter: AT + HOUR }] };
    expect(kinds(waiting, { type: 'timer-due' }, AT + 41 * SECOND)).toEqual([]);
  });

  it('that was accepted and never comes ends the order in its window', () => {
    const waiting = orderIn('starting');
    expect(run(waiting, { type: 'timer-due' }, AT + 89 * SECOND).order.state).toBe('starting');
    expect(run(waiting, { type: 'timer-due' }, AT + 91 * SECOND).order).toMatchObject({
      state: 'failed',
      outcome: { code: 'start-timeout' },
      bill: { total: 0 },
    });
  });

  it('is given up early when the charger itself does: Available after Preparing', () => {
    const preparing = run(orderIn('starting'), status('Preparing'), AT + 10 * SECOND).order;
    expect(run(preparing, status('Available'), AT + 60 * SECOND).order.state).toBe('failed');
  });

  it('that comes after all is refused, and a person is told', () => {
    const failed = orderIn('failed');
    const late = run(failed, start(AT + 5 * MINUTE), AT + 5 * MINUTE);
    expect(late).toMatchObject({ idTagStatus: 'expired', save: 'none', discrepancies: [{ kind: 'late-start' }] });
    const cancelled = run(orderIn('cancelled'), start(AT + MINUTE), AT + MINUTE);
    expect(cancelled).toMatchObject({ idTagStatus: 'blocked', discrepancies: [{ kind: 'late-start' }] });
  });

  it('that is told again is the same start; another one with the tag is refused', () => {
    const charging = orderIn('charging');
    expect(run(charging, start(), AT + 2 * MINUTE)).toMatchObject({
      idTagStatus: 'accepted',
      save: 'none',
      discrepancies: [],
    });
    expect(run(charging, start(AT + MINUTE, 'second'), AT + 2 * MINUTE)).toMatchObject({
      idTagStatus: 'concurrent',
      discrepancies: [{ kind: 'duplicate-start' }],
    });
  });
});

describe('the end', () => {
  it('comes once: the same again changes nothing, another one is a discrepancy and no new bill', () => {
    const done = orderIn('completed');
    expect(run(done, stopAt(600, AT + MINUTE), AT + HOUR)).toMatchObject({ save: 'none', discrepancies: [] });
    const other = run(done, stopAt(700, AT + MINUTE), AT + HOUR);
    expect(other.order.bill).toEqual(done.bill);
    expect(other.discrepancies).toMatchObject([{ kind: 'late-stop', amount: 100 }]);
  });

  it('with a meterStop of -1 is billed by the last reading', () => {
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: -1, at: AT + HOUR, reason: 'Local', samples: [] };
    const done = run(orderIn('charging'), stop, AT + 2 * MINUTE).order;
    expect(done.bill).toMatchObject({ energyWh: 500, confidence: 'sampled' });
  });

  it('that reads less than the samples is believed, and shown to a person', () => {
    const done = run(orderIn('charging'), stopAt(300, AT + 2 * MINUTE), AT + 2 * MINUTE);
    expect(done.order.bill).toMatchObject({ energyWh: 300, confidence: 'exact' });
    expect(done.discrepancies).toMatchObject([{ kind: 'meter-mismatch', amount: 200 }]);
  });

  it('that cannot be is held back', () => {
    const done = run(orderIn('charging'), stopAt(900_000, AT + 2 * MINUTE), AT + 2 * MINUTE);
    expect(done.order.bill).toMatchObject({ energyWh: 500, confidence: 'disputed' });
    expect(done.discrepancies).toMatchObject([{ kind: 'meter-implausible' }]);
  });

  it('of a session-relative meter that started over is not taken for the whole', () => {
    const relative = (energyWh: number, at: number): OrderCommand => ({
      type: 'record-sample',
      samples: [{ at, registerWh: energyWh }],
      journalSeq: at,
    });
    const charging = orderAfter(
      [AT, confirm()],
      [AT + 5 * SECOND, start()],
      [AT + MINUTE, relative(500, AT + MINUTE)],
      [AT + 2 * MINUTE, relative(0, AT + 2 * MINUTE)],
    );
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 90, at: AT + 3 * MINUTE, reason: 'x', samples: [] };
    expect(run(charging, stop, AT + 3 * MINUTE).order.bill?.energyWh).toBe(500);
  });

  it('that is lost: a suspected end, then a provisional one, then a bill by the last reading', () => {
    const free = run(orderIn('charging'), status('Available'), AT + 2 * MINUTE).order;
    expect(free.state).toBe('charging');
    const provisional = run(free, { type: 'timer-due' }, AT + 4 * MINUTE).order;
    expect(provisional.state).toBe('provisional');
    const done = run(provisional, { type: 'timer-due' }, AT + HOUR);
    expect(done.order.bill).toMatchObject({ energyWh: 500, confidence: 'estimated' });
    expect(done.discrepancies).toMatchObject([{ kind: 'end-inferred' }]);
  });

  it('that comes while it was given up for lost is the end, exactly', () => {
    const done = run(orderIn('provisional'), stopAt(600, AT + MINUTE, 'PowerLoss'), AT + 5 * MINUTE).order;
    expect(done).toMatchObject({ state: 'completed', outcome: { code: 'power-loss' }, bill: { confidence: 'exact' } });
  });

  it('is not a fault: the session goes on until its stop', () => {
    const faulted = run(orderIn('charging'), status('Faulted'), AT + 2 * MINUTE);
    expect(faulted.order.state).toBe('charging');
    expect(faulted.effects).toMatchObject([{ kind: 'callback', class: 'state' }]);
  });

  it('is asked for again when the RemoteStop is not obeyed, and then a person is told', () => {
    let order = orderIn('stopping');
    const kinds: string[] = [];
    let asked = 0;
    for (let minute = 2; minute < 6; minute += 1) {
      const next = run(order, { type: 'timer-due' }, AT + minute * MINUTE);
      asked += next.effects.filter((effect) => effect.kind === 'remote-stop').length;
      kinds.push(...next.discrepancies.map(({ kind }) => kind));
      order = next.order;
    }
    expect(asked).toBeGreaterThan(2);
    expect(kinds).toEqual(['stop-not-obeyed']);
  });
});

describe('a charger that goes away', () => {
  it('holds its session; a short absence is not told', () => {
    const away = orderIn('offline');
    expect(run(away, { type: 'charger-connected' }, AT + MINUTE + 5 * SECOND)).toMatchObject({
      order: { state: 'charging' },
      effects: [],
    });
    const reported = run(away, { type: 'timer-due' }, AT + MINUTE + 11 * SECOND);
    expect(reported.effects).toMatchObject([{ kind: 'callback', class: 'state' }]);
    expect(run(reported.order, { type: 'charger-connected' }, AT + 2 * MINUTE).effects).toHaveLength(1);
  });

  it('for long: a provisional end, and its own stop whenever it comes back', () => {
    const away = run(orderIn('offline'), { type: 'timer-due' }, AT + MINUTE + 11 * SECOND).order;
    const provisional = run(away, { type: 'timer-due' }, AT + 2 * HOUR).order;
    expect(provisional.state).toBe('provisional');
    expect(run(provisional, stopAt(600, AT + 2 * MINUTE), AT + 3 * HOUR).order.bill?.energyWh).toBe(600);
  });

  it('takes readings of its absence as they were', () => {
    const away = orderIn('offline');
    const read = run(away, sample(700, AT + 90 * SECOND), AT + 3 * MINUTE);
    expect(read).toMatchObject({ save: 'meter', order: { state: 'offline' } });
    expect(read.order.session?.meter.energyWh).toBe(700);
  });

  it('before it was told to start gets its RemoteStart when it is there', () => {
    const waiting = orderIn('confirmed');
    expect(kinds(waiting, { type: 'charger-connected' }, AT + MINUTE)).toEqual(['remote-start']);
    expect(run(waiting, { type: 'timer-due' }, AT + 121 * SECOND).order).toMatchObject({
      state: 'failed',
      outcome: { code: 'charger-offline' },
    });
  });

  it('before a repeat of its RemoteStart left may have obeyed the first one, and gets a repeat only later', () => {
    const unknown = run(starting(), answered('unknown'), AT + 20 * SECOND).order;
    const waiting = run(unknown, answered('not-sent'), AT + 30 * SECOND).order;
    expect(waiting.state).toBe('confirmed');
    const back = run(waiting, { type: 'charger-connected' }, AT + MINUTE);
    expect([back.order.state, back.effects]).toEqual(['starting', []]);
    expect(kinds(back.order, { type: 'timer-due' }, AT + MINUTE + 10 * SECOND)).toEqual(['remote-start']);
  });

  it('and boots: a start is asked for again later, the end of a session is suspected', () => {
    const starting = orderIn('starting');
    const asked = { ...starting, remoteStart: { ...starting.remoteStart!, attempts: 1 } };
    const booted = run(asked, { type: 'charger-booted' }, AT + 20 * SECOND).order;
    expect(booted.remoteStart).toMatchObject({ answer: 'unknown', recheckAt: AT + 30 * SECOND });
    const suspected = run(orderIn('charging'), { type: 'charger-booted' }, AT + 2 * MINUTE).order;
    expect(suspected.session?.endSuspectedSince).toBe(AT + 2 * MINUTE);
    expect(
      run(suspected, sample(600, AT + 150 * SECOND), AT + 150 * SECOND).order.session?.endSuspectedSince,
    ).toBeUndefined();
  });
});

describe('a charger that answers a repeated RemoteStart after it has booted', () => {
  it.each(['accepted', 'rejected'] as const)('gets no further one at once (%s)', (answer) => {
    const unknown = run(starting(), answered('unknown'), AT + 10 * SECOND).order;
    const booted = run(unknown, { type: 'charger-booted' }, AT + 20 * SECOND).order;
    const settled = run(booted, answered(answer), AT + 25 * SECOND).order;
    expect(settled.remoteStart).not.toHaveProperty('recheckAt');
    expect(kinds(settled, { type: 'timer-due' }, AT + 30 * SECOND)).toEqual([]);
  });
});

describe('a limit', () => {
  it('is stopped for before it is passed, by the power of the last reading', () => {
    const reading: OrderCommand = {
      type: 'record-sample',
      samples: [{ at: AT + 11 * MINUTE, registerWh: 1_000_000 + 9970, powerW: 60_000 }],
      journalSeq: 5,
    };
    const near = run(orderIn('charging'), reading, AT + 11 * MINUTE);
    expect(near.order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-energy' } } });
  });

  it('bounds the bill even when the charger goes on', () => {
    const over = run(orderIn('stopping'), stopAt(11_000, AT + 12 * MINUTE), AT + 12 * MINUTE);
    expect(over.order.bill).toMatchObject({ energyWh: 10_000, deliveredWh: 11_000, overshootWh: 1000, refund: 0 });
    expect(over.discrepancies).toMatchObject([{ kind: 'overshoot', amount: 1000 }]);
  });
});
