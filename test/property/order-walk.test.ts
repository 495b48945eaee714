/** Arbitrary commands in arbitrary states: the core answers each of them and keeps its promises. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide/decide.js';
import type { DecisionContext, Accepted } from '../../src/domain/model/decision.js';
import type { OrderCommand } from '../../src/domain/model/command.js';
import { nextDeadline } from '../../src/domain/decide/timers.js';
import { isCleanUp } from '../../src/domain/decide/results.js';
import {
  ORDER_STATES,
  holdsConnector,
  isHoldingDraft,
  isTerminal,
  type Order,
  type OrderState,
} from '../../src/domain/model/order.js';
import type { Session } from '../../src/domain/model/session.js';
import { slotCells } from '../../src/domain/locations/reservation-slots.js';
import {
  aLimit,
  aStep,
  decisionContext as baseContext,
  POLICY,
  SITE,
  FULL_CAPABILITIES,
  type Step,
} from './domain-arbitraries.js';
import { runs } from './runs.js';

const START = Date.UTC(2026, 0, 15);
// About half of the walks use a charger with all capabilities.
let smart = false;
const around = (now: number): DecisionContext =>
  smart ? { ...baseContext(now), capabilities: FULL_CAPABILITIES } : baseContext(now);
const states = new Set<OrderState>();
const commands = new Map<string, number>();
const moves = new Set<string>();

/** Returns a confirmed order if `deep`, so that such a walk also reaches late states; otherwise no order. */
function begin(deep: boolean, limit: Parameters<typeof decide>[1] & { type: 'confirm' }): Order | undefined {
  if (!deep) return undefined;
  const decision = decide(undefined, limit, around(START));
  return 'order' in decision ? decision.order : undefined;
}

const CONFIRM = {
  type: 'confirm' as const,
  request: { action: 'confirm', messageId: 'm', digest: 'd', at: START },
  site: SITE,
  payment: 'unstated' as const,
  idTag: 'T'.repeat(20),
  chargerOnline: true,
  connectorState: { status: 'Available' as const, errorCode: 'NoError', at: START },
};
const RECORD_START = {
  type: 'record-start' as const,
  transactionId: '1',
  startKey: 'k',
  connectorId: 1,
  meterStartWh: 1_000_000,
};

const aBeginning = fc
  .record({ deep: fc.boolean(), online: fc.boolean(), limit: aLimit, smart: fc.boolean() })
  .map(({ deep, online, limit, smart: able }) => {
    smart = able;
    const first = begin(deep, { ...CONFIRM, limit, chargerOnline: online });
    return { first, smart };
  });

function walk(first: Order | undefined, steps: readonly Step[], each: (move: Move) => void): void {
  let order = first;
  let now = START;
  for (const step of steps) {
    now += step.waitMs;
    const command = step.command(now);
    const before = order && structuredClone(order);
    const decision = decide(order, command, around(now));
    expect(order).toEqual(before);
    commands.set(command.type, (commands.get(command.type) ?? 0) + 1);
    if ('refusal' in decision) continue;
    moves.add(`${order?.state ?? 'none'} ${command.type} ${decision.order.state}`);
    states.add(decision.order.state);
    each({ before: order, command, decision, now });
    order = decision.order;
  }
}

interface Move {
  readonly before: Order | undefined;
  readonly command: OrderCommand;
  readonly decision: Accepted;
  readonly now: number;
}

function everyMove(check: (move: Move) => void): void {
  fc.assert(
    fc.property(aBeginning, fc.array(aStep, { minLength: 5, maxLength: 40 }), (beginning, steps) => {
      smart = beginning.smart;
      walk(beginning.first, steps, check);
    }),
    { numRuns: Math.max(120, runs(300)), seed: 20_260_119 },
  );
}

/** Lets time pass until 25 deadlines have been handled. Each of them must have moved after four timers. */
function expectDeadlinesToMove(first: Order, now: number): void {
  let order = first;
  let at = now;
  for (let deadlines = 0; deadlines < 25; deadlines += 1) {
    at = Math.ceil(Math.max(nextDeadline(order, POLICY) ?? Infinity, at));
    if (at === Infinity) return;
    for (let timers = 0; timers < 4 && (nextDeadline(order, POLICY) ?? Infinity) <= at; timers += 1) {
      const woken = decide(order, { type: 'timer-due' }, around(at));
      if (!('order' in woken)) throw new Error('time was refused');
      order = woken.order;
    }
    expect(nextDeadline(order, POLICY) ?? Infinity).toBeGreaterThan(at);
  }
}

/** A session with any meter, and with a time that may be in doubt after a restart. */
const aRunningOrder = fc
  .record({
    limit: fc.oneof(
      aLimit,
      fc.record({ kind: fc.constant('energy' as const), value: fc.integer({ min: 1, max: 2000 }) }),
    ),
    state: fc.constantFrom('charging', 'charging', 'suspended'),
    ratedPowerW: fc.constantFrom(0, 7400, 22_000, 60_000, 60_000),
    readAfterMs: fc.integer({ min: 0, max: 600_000 }),
    waitMs: fc.integer({ min: 0, max: 60_000 }),
    gapMs: fc.constantFrom(0, 0, 600_000, 3_600_000),
    resumed: fc.boolean(),
    meter: fc.record(
      {
        energyWh: fc.integer({ min: 0, max: 600 }),
        powerW: fc.integer({ min: 0, max: 60_000 }),
        powerErrorW: fc.nat(5000),
        intervalMs: fc.constantFrom(5000, 10_000, 30_001, 60_000),
      },
      { requiredKeys: ['energyWh'] },
    ),
  })
  .map(({ limit, state, ratedPowerW, readAfterMs, waitMs, gapMs, resumed, meter }) => {
    const confirmed = begin(true, { ...CONFIRM, limit });
    const started = decide(confirmed, { ...RECORD_START, at: START }, baseContext(START));
    // A limit that costs less than the fee is refused.
    if (!('order' in started) || !started.order.session) return undefined;
    const { order } = started;
    const read = START + readAfterMs;
    const now = read + gapMs + waitMs;
    const session: Session = {
      ...started.order.session,
      ratedPowerW,
      meter: { ...started.order.session.meter, ...meter, at: read, receivedAt: read, takenAt: read, knownAt: read },
      ...(gapMs > 0 && { doubtfulGap: { ms: gapMs, chargerAt: read, receivedAt: read, restartedAt: read + gapMs } }),
      ...(resumed && { resumedAt: now }),
    };
    return { order: { ...order, state, session } satisfies Order, now };
  });

describe('the order', () => {
  it('never leaves a terminal state, and its bill never changes', () => {
    everyMove(({ before, decision }) => {
      if (!before || !isTerminal(before)) return;
      expect(decision.order.state).toBe(before.state);
      expect(decision.order.bill).toEqual(before.bill);
      expect(decision.order.outcome).toEqual(before.outcome);
    });
  });

  it('has a bill exactly after its end, within the authorised amount and accounting for every paisa', () => {
    everyMove(({ decision: { order } }) => {
      expect(order.bill !== undefined).toBe(isTerminal(order));
      if (!order.bill) return;
      expect(order.bill.total).toBeLessThanOrEqual(order.authorised);
      expect(order.bill.total + order.bill.refund).toBe(order.payment?.paid ?? order.authorised);
      expect(order.bill.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(order.bill.total);
      expect(order.bill.energyWh).toBeLessThanOrEqual(order.caps.energyWh);
    });
  });

  it('notifies its end once, and sends the charger no further command', () => {
    everyMove(({ before, decision }) => {
      const ended = isTerminal(decision.order) && !(before && isTerminal(before));
      const terminalCallbacks = decision.effects.filter(
        (effect) => effect.kind === 'callback' && effect.class === 'terminal',
      );
      expect(terminalCallbacks.length).toBe(ended ? 1 : 0);
      const moving = decision.effects.filter(
        (effect) =>
          effect.kind !== 'callback' && !isCleanUp({ ...effect, seq: 0, createdAt: 0, attempts: 0, dueAt: 0 }),
      );
      if (isTerminal(decision.order)) expect(moving).toEqual([]);
    });
  });

  it('sends a start only while it waits for one, and a stop only to a running transaction', () => {
    everyMove(({ decision: { order, effects }, now }) => {
      for (const effect of effects) {
        if (effect.kind === 'remote-start') {
          expect(order.state).toBe('starting');
          expect(order.session).toBeUndefined();
          expect(effect.notAfter).toBeGreaterThanOrEqual(now);
        }
        if (effect.kind === 'reserve') {
          expect(order).toMatchObject({ state: 'confirmed', slot: { status: 'requested' } });
          expect(effect.notAfter).toBeGreaterThan(now);
        }
        if (effect.kind === 'set-charging-profile') {
          expect(['charging', 'suspended']).toContain(order.state);
          expect(effect.notAfter).toBeGreaterThanOrEqual(now);
          const left = order.caps.energyWh - order.session!.meter.energyWh;
          expect((effect.profile.limitW * effect.profile.seconds) / 3600).toBeLessThanOrEqual(left);
        }
        if (effect.kind === 'remote-stop') expect(['stopping', 'provisional']).toContain(order.state);
      }
    });
  });

  it('holds its connector only from its booked time, and keeps its slot until its end', () => {
    everyMove(({ decision: { order }, now }) => {
      if (!order.slot || order.state === 'draft') return;
      if (holdsConnector(order) && !order.session) expect(now).toBeGreaterThanOrEqual(order.slot.from);
      expect(slotCells(order).length > 0).toBe(!isTerminal(order) && order.state !== 'provisional');
    });
  });

  it('keeps the price of a quote while it is valid', () => {
    everyMove(({ before, decision: { order } }) => {
      if (before?.quote === order.quote) expect([order.tariff, order.caps]).toEqual([before.tariff, before.caps]);
      if (before && before.state !== 'draft') expect(order.tariff).toEqual(before.tariff);
      if (isHoldingDraft(order)) expect(nextDeadline(order, POLICY)).toBeLessThanOrEqual(order.quote.expiresAt);
    });
  });

  it('never loses its authorised amount, its tag or its transaction', () => {
    everyMove(({ before, decision: { order } }) => {
      if (!before || before.idTag === undefined) return;
      expect(order.authorised).toBe(before.authorised);
      expect(order.idTag).toBe(before.idTag);
      expect(order.tariff).toEqual(before.tariff);
      if (before.session) expect(order.session?.transactionId).toBe(before.session.transactionId);
    });
  });

  it('never reduces the delivered energy while it runs', () => {
    everyMove(({ before, decision: { order } }) => {
      if (!before?.session || isTerminal(order)) return;
      expect(order.session?.meter.energyWh).toBeGreaterThanOrEqual(before.session.meter.energyWh);
    });
  });

  it('has a deadline at which it changes by itself while it holds a connector or is provisional', () => {
    everyMove(({ decision: { order } }) => {
      if (!holdsConnector(order) && order.state !== 'provisional') return;
      expect(nextDeadline(order, POLICY)).toBeTypeOf('number');
    });
  });

  it('settles one due deadline with each timer and is never due for ever, whichever deadlines follow', () => {
    everyMove(({ decision, now }) => expectDeadlinesToMove(decision.order, now));
  });

  it('is never due for ever whatever its session has drawn, and whatever of its time is in doubt', () => {
    fc.assert(
      fc.property(aRunningOrder, (running) => {
        fc.pre(running !== undefined);
        smart = false;
        expectDeadlinesToMove(running.order, running.now);
      }),
      { numRuns: runs(3000), seed: 20_261_201 },
    );
  });

  /** All charger events and deadlines that do not end a transaction. */
  const endless = aStep.filter(({ command }) =>
    [
      'record-sample',
      'connector-changed',
      'charger-connected',
      'charger-disconnected',
      'charger-booted',
      'timer-due',
    ].includes(command(START).type),
  );

  it.each([
    ['alone', 0],
    ['and whatever a charger goes on sending', 12],
  ])('is brought to its end by time %s', (_title, noise) => {
    fc.assert(
      fc.property(
        aBeginning,
        fc.array(aStep, { maxLength: 25 }),
        fc.array(endless, { maxLength: noise }),
        (beginning, steps, more) => {
          smart = beginning.smart;
          let last: { order: Order; now: number } | undefined;
          walk(beginning.first, steps, ({ decision, now }) => (last = { order: decision.order, now }));
          if (!last || last.order.state === 'draft') return;
          let { order, now } = last;
          const endBy = order.deadlines?.endBy ?? 0;
          const latest = Math.max(endBy, now) + POLICY.finalMs + 3 * POLICY.lostStopMs;
          const apply = (command: OrderCommand, at: number): void => {
            const decision = decide(order, command, around(at));
            if ('order' in decision) order = decision.order;
            now = at;
          };
          for (let step = 0; !isTerminal(order) && step < 20_000; step += 1) {
            const due = Math.max(nextDeadline(order, POLICY) ?? Infinity, now);
            expect(due).toBeLessThanOrEqual(latest);
            const interruption = more.length > 0 && step % 3 === 2 ? more[step % more.length] : undefined;
            if (interruption) apply(interruption.command(due), due);
            if (!isTerminal(order)) apply({ type: 'timer-due' }, due);
          }
          expect(isTerminal(order)).toBe(true);
        },
      ),
      { numRuns: runs(60), seed: 20_260_116 },
    );
  });

  it('keeps its state and sends no start when a charger repeats a message', () => {
    const once = [
      'connector-changed',
      'charger-booted',
      'charger-disconnected',
      'record-start',
      'transaction-superseded',
      'timer-due',
    ];
    everyMove(({ command, decision, now }) => {
      if (!once.includes(command.type)) return;
      const again = decide(decision.order, command, around(now));
      if (!('order' in again)) throw new Error('a charger was refused');
      expect(again.order.state).toBe(decision.order.state);
      expect(again.effects.filter((effect) => effect.kind === 'remote-start')).toEqual([]);
      if (command.type === 'record-start' && decision.order.session?.startKey === command.startKey) {
        expect(again.save).toBe('none');
      }
    });
  });

  it('revokes nothing and starts nothing when a confirm is repeated', () => {
    everyMove(({ command, decision, now }) => {
      if (command.type !== 'confirm') return;
      const again = decide(decision.order, command, around(now));
      if ('refusal' in again) return;
      expect(again.order).toEqual(decision.order);
      expect(again.effects.map((effect) => effect.kind)).toEqual(['callback']);
    });
  });

  it('reaches every state and gives every command', () => {
    expect(ORDER_STATES.filter((state) => !states.has(state))).toEqual([]);
    expect(commands.size).toBe(26);
    expect(moves.size).toBeGreaterThan(80);
  });
});
