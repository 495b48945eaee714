/** Faulty meters: glitches, resets, relative registers and other units, compared with the energy that really flowed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide/decide.js';
import type { OrderCommand } from '../../src/domain/model/command.js';
import type { Order } from '../../src/domain/model/order.js';
import { CONNECTOR, decisionContext, SITE } from './domain-arbitraries.js';

const AT = Date.UTC(2026, 0, 15);
const START_WH = 1_000_003;
const LIMIT_WH = 40_000;

const aSession = fc.record({
  everyS: fc.constantFrom(10, 30, 60),
  /** The power in each interval, as a share of rated power. */
  flows: fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 6, maxLength: 40 }),
  withPower: fc.boolean(),
});
type Drawn = typeof aSession extends fc.Arbitrary<infer T> ? T : never;

/** Returns the register that the meter shows for the energy that flowed. `undefined` sends none. */
type Register = (flowedWh: number, index: number) => number | undefined;

interface Ended {
  readonly order: Order;
  readonly flowedWh: number;
  readonly kinds: readonly string[];
}

function play(drawn: Drawn, register: Register, stopRegister?: Register, meterStartWh = START_WH): Ended {
  const { everyS, flows, withPower } = drawn;
  let order: Order | undefined;
  const kinds: string[] = [];
  const run = (command: OrderCommand, now: number): void => {
    const decision = decide(order, command, decisionContext(now));
    if ('refusal' in decision) throw new Error(decision.refusal.code);
    order = decision.order;
    kinds.push(...decision.discrepancies.map(({ kind }) => kind));
  };
  run(
    {
      type: 'confirm',
      request: { action: 'confirm', messageId: 'm', digest: 'd', at: AT },
      site: SITE,
      limit: { kind: 'energy', value: LIMIT_WH },
      payment: 'unstated',
      idTag: 'T'.repeat(20),
      chargerOnline: true,
      connectorState: { status: 'Available', errorCode: 'NoError', at: AT },
    },
    AT,
  );
  const start = { transactionId: '7', startKey: 'k', connectorId: 1, meterStartWh };
  run({ type: 'record-start', ...start, at: AT }, AT);
  let flowedWh = 0;
  flows.forEach((share, index) => {
    const at = AT + (index + 1) * everyS * 1000;
    const powerW = Math.round(CONNECTOR.maxPowerW * share);
    flowedWh += Math.floor((powerW * everyS) / 3600);
    const registerWh = register(flowedWh, index);
    const sample = { at, ...(registerWh !== undefined && { registerWh }), ...(withPower && { powerW }) };
    run({ type: 'record-sample', samples: [sample], journalSeq: index + 1 }, at);
  });
  const at = AT + flows.length * everyS * 1000 + 1000;
  const meterStopWh = stopRegister?.(flowedWh, flows.length);
  run({ type: 'record-stop', at, reason: 'Local', samples: [], ...(meterStopWh !== undefined && { meterStopWh }) }, at);
  if (!order?.bill) throw new Error('no bill');
  return { order, flowedWh, kinds };
}

const right: Register = (wh) => START_WH + wh;

/** At most three wrong readings, of which at most two are adjacent. */
const someGlitches = fc.uniqueArray(fc.record({ index: fc.nat(39), wh: fc.oneof(fc.constant(0), fc.nat(3_000_000)) }), {
  maxLength: 3,
  selector: ({ index }) => Math.floor(index / 3),
});

describe('a session of a doubtful meter', () => {
  it('is billed exactly by its end, whatever single readings showed on the way', () => {
    fc.assert(
      fc.property(aSession, someGlitches, (drawn, glitches) => {
        const shown: Register = (wh, index) => glitches.find((one) => one.index === index)?.wh ?? right(wh, index);
        const { order, flowedWh } = play(drawn, shown, right);
        expect(order.bill).toMatchObject({ deliveredWh: flowedWh, confidence: 'exact' });
      }),
    );
  });

  it('without a stop register is never billed above what flowed for readings of zero', () => {
    fc.assert(
      fc.property(aSession, fc.uniqueArray(fc.nat(39), { maxLength: 10 }), (drawn, zeros) => {
        const { order, flowedWh } = play(drawn, (wh, index) => (zeros.includes(index) ? 0 : right(wh, index)));
        expect(order.bill!.deliveredWh).toBeLessThanOrEqual(flowedWh);
        if (!zeros.includes(drawn.flows.length - 1)) expect(order.bill!.deliveredWh).toBe(flowedWh);
      }),
    );
  });

  it('whose register begins again is never billed above what flowed, and says so', () => {
    fc.assert(
      fc.property(aSession, fc.nat(100), fc.boolean(), (drawn, where, withStop) => {
        const resetAt = 1 + (where % (drawn.flows.length - 2));
        let before = 0;
        const shown: Register = (wh, index) => {
          if (index < resetAt) before = wh;
          return index < resetAt ? right(wh, index) : wh - before;
        };
        const { order, flowedWh, kinds } = play(drawn, shown, withStop ? (wh) => wh - before : undefined);
        expect(order.bill!.deliveredWh).toBeLessThanOrEqual(flowedWh);
        expect(order.bill!.confidence).not.toBe('exact');
        // A register that ends near a thousandth of the old one may also be that register in kWh.
        expect(kinds.filter((kind) => /^meter-(?:reset|scale)$/.test(kind))).toHaveLength(1);
      }),
      {
        // The second reading after the reset looks like the old register in kWh.
        examples: [
          [{ everyS: 30, flows: [0.2, 0.2, 0.2, 0.2, 1, 1, 0.2], withPower: false }, 73, false],
          [{ everyS: 30, flows: [0.2, 0.2, 0.2, 0.2, 1, 1], withPower: false }, 3, true],
        ],
      },
    );
  });

  it('whose low register begins again is billed for what it showed, or says so', () => {
    fc.assert(
      fc.property(aSession, fc.nat(100), fc.nat(300), fc.boolean(), (drawn, where, startWh, withStop) => {
        const resetAt = 1 + (where % (drawn.flows.length - 2));
        let before = 0;
        const shown: Register = (wh, index) => {
          if (index < resetAt) before = wh;
          return index < resetAt ? startWh + wh : wh - before;
        };
        const stop = withStop ? (wh: number): number => wh - before : undefined;
        const { order, flowedWh, kinds } = play(drawn, shown, stop, startWh);
        expect(order.bill!.deliveredWh).toBeLessThanOrEqual(flowedWh);
        const unseenWh = (CONNECTOR.maxPowerW * drawn.everyS * 3) / 3600;
        const isNamed = kinds.some((kind) => /^meter-(?:reset|mismatch|scale)$/.test(kind));
        expect(isNamed || flowedWh - order.bill!.deliveredWh <= unseenWh).toBe(true);
      }),
      {
        // The second low reading is more than can have flowed since the first, which showed power.
        examples: [
          [{ everyS: 10, flows: [0.9, 0.2, 1, 0.9, 0.3, 1, 0.5, 0.2, 0.2, 0.7], withPower: true }, 75, 5, false],
        ],
      },
    );
  });

  it('whose last reading contradicts those before it says so, unless a register at the end explains it', () => {
    fc.assert(
      fc.property(aSession, fc.nat(999_000), (drawn, wh) => {
        const shown: Register = (flowed, index) => (index === drawn.flows.length - 1 ? wh : right(flowed, index));
        expect(play(drawn, shown).kinds).toContain('meter-reset');
        expect(play(drawn, shown, right).kinds).not.toContain('meter-reset');
      }),
    );
  });

  it('that counts from the beginning of the session is billed for what flowed, and says so unless its end is absolute', () => {
    fc.assert(
      fc.property(aSession, fc.boolean(), (drawn, isEndAbsolute) => {
        const { order, flowedWh, kinds } = play(drawn, (wh) => wh, isEndAbsolute ? right : (wh) => wh);
        expect(order.bill!.deliveredWh).toBe(flowedWh);
        expect(kinds.includes('meter-assumed')).toBe(!isEndAbsolute);
      }),
    );
  });

  it('that counts in another unit is never billed above what flowed, and its limit holds', () => {
    fc.assert(
      fc.property(aSession, fc.constantFrom(1000, 0.001), fc.boolean(), (drawn, scale, withStop) => {
        const scaled: Register = (wh) => Math.floor((START_WH + wh) * scale + 0.5);
        const { order, flowedWh } = play(drawn, scaled, withStop ? right : undefined);
        expect(order.bill!.deliveredWh).toBeLessThanOrEqual(flowedWh);
        if (withStop) expect(order.bill).toMatchObject({ deliveredWh: flowedWh, confidence: 'exact' });
        else expect(order.bill?.confidence).not.toBe('exact');
        if (flowedWh > LIMIT_WH * 1.1) expect(order.session?.stop).toBeDefined();
      }),
    );
  });
});
