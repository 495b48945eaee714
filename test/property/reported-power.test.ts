/** Limits of chargers that report power but no register hold in the worst case. Correct power causes no early stop. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../src/domain/model/command.js';
import type { ConnectorStatus } from '../../src/domain/model/network.js';
import type { Order } from '../../src/domain/model/order.js';
import { AT, confirm, HOUR, orderAfter, run, SECOND, start } from '../unit/domain/sessions.js';
import { CONNECTOR, POLICY } from './domain-arbitraries.js';
import { runs } from './runs.js';

const BEGAN = AT + 5 * SECOND;
const RATED_W = CONNECTOR.maxPowerW;
const LIMIT_WH = 20_000;
const RUNS = { numRuns: runs(200) };

/** Returns how long a power takes to deliver an energy, ms. */
const msOf = (wh: number, powerW: number): number => (wh * 3_600_000) / powerW;

class Session {
  order: Order = orderAfter([AT, confirm(true, { kind: 'energy', value: LIMIT_WH })], [BEGAN, start(BEGAN)]);
  now = BEGAN;
  /** When the RemoteStop was requested. */
  stoppedAt: number | undefined;

  send(command: OrderCommand): void {
    this.order = run(this.order, command, this.now).order;
    if (this.order.session?.stop) this.stoppedAt ??= this.now;
  }

  /** Advances the time until `at`, and handles the timers that fall due. */
  passUntil(at: number): void {
    for (;;) {
      const due = nextDeadline(this.order, POLICY) ?? Infinity;
      if (due > at || this.stoppedAt !== undefined) break;
      this.now = Math.max(this.now, due);
      this.send({ type: 'timer-due' });
    }
    this.now = at;
  }

  read(fields: object): void {
    this.send({
      type: 'record-sample',
      samples: [{ at: this.now, ...fields }],
      journalSeq: this.now,
      namesTransaction: true,
    });
  }

  say(status: ConnectorStatus): void {
    this.send({ type: 'connector-changed', connectorState: { status, errorCode: 'NoError', at: this.now } });
  }
}

const everyS = fc.constantFrom(5, 10, 30, 60);

describe('a charger that reports power and no register', () => {
  it('is stopped by rated power × time if what it reports shows no energy', () => {
    fc.assert(
      fc.property(everyS, fc.array(fc.nat(999), { minLength: 1, maxLength: 20 }), (interval, powers) => {
        const session = new Session();
        for (let index = 0; session.now < BEGAN + HOUR && session.stoppedAt === undefined; index += 1) {
          session.passUntil(session.now + interval * SECOND);
          session.read({ powerW: powers[index % powers.length] });
        }
        expect(session.stoppedAt).toBeLessThanOrEqual(BEGAN + msOf(LIMIT_WH, RATED_W));
      }),
      RUNS,
    );
  });

  it('is stopped by rated power × time if its power was contradicted by a register that it then omits', () => {
    fc.assert(
      fc.property(everyS, fc.integer({ min: 2, max: 6 }), (interval, readings) => {
        const session = new Session();
        let wh = 0;
        for (let index = 0; index < readings; index += 1) {
          session.passUntil(session.now + interval * SECOND);
          wh += Math.floor((RATED_W * interval) / 3600);
          session.read({ registerWh: 1_000_000 + wh, powerW: 0 });
        }
        const knownAt = session.now;
        while (session.now < BEGAN + HOUR && session.stoppedAt === undefined) {
          session.passUntil(session.now + interval * SECOND);
          session.read({ powerW: 0 });
        }
        expect(session.stoppedAt).toBeLessThanOrEqual(knownAt + msOf(LIMIT_WH - wh, RATED_W));
      }),
      RUNS,
    );
  });

  it('is stopped at its limit and not before if the power is right, also after the car has paused', () => {
    const aPart = fc.record({
      powerW: fc.integer({ min: 6000, max: RATED_W }),
      readings: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        everyS,
        fc.array(aPart, { minLength: 1, maxLength: 8 }),
        fc.nat(8),
        (interval, parts, pausedAfter) => {
          const session = new Session();
          session.say('SuspendedEV');
          session.passUntil(session.now + 20 * 60 * SECOND);
          session.read({ powerW: 0 });
          session.say('Charging');
          let flowedWh = 0;
          for (let part = 0; session.stoppedAt === undefined; part += 1) {
            const { powerW = 0, readings = 0 } = parts[part % parts.length] ?? {};
            // The charger reports a change of its power at once.
            session.read({ powerW });
            for (let index = 0; index < readings && session.stoppedAt === undefined; index += 1) {
              const from = session.now;
              session.passUntil(from + interval * SECOND);
              flowedWh += ((Math.min(session.stoppedAt ?? session.now, session.now) - from) * powerW) / 3_600_000;
              if (session.stoppedAt === undefined) session.read({ powerW });
            }
            if (part !== pausedAfter || session.stoppedAt !== undefined) continue;
            session.say('SuspendedEV');
            for (let minutes = 0; minutes < 90; minutes += 15) {
              session.passUntil(session.now + 15 * 60 * SECOND);
              session.read({ powerW: 0 });
            }
            expect(session.stoppedAt).toBeUndefined();
            session.say('Charging');
          }
          // A stop takes some seconds, during which the power may change.
          expect(Math.abs(flowedWh - LIMIT_WH)).toBeLessThan((RATED_W * 6) / 3600);
        },
      ),
      RUNS,
    );
  });
});
