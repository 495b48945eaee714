import { describe, expect, it } from 'vitest';
import {
  matchStop,
  mayEnd,
  type StopCandidates,
  type StopEvidence,
} from '../../../../src/domain/matching/stop-match.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Session } from '../../../../src/domain/model/session.js';

const TAG = 'PAH5RMWS3KTWCUZI';
const session = {
  meterStartWh: 4000,
  startedAt: 1000,
  startReceivedAt: 1000,
  meter: { registerWh: 5000, at: 60_000, receivedAt: 60_000 },
} as Session;
const order = { id: 'order-1', idTag: TAG, session, connector: { connectorId: 1 } } as Order;
const foreign = {
  ...{ chargePointId: 'CP1', connectorId: 1, transactionId: '7', idTag: 'CARD7' },
  ...{ meterStartWh: 5200, startedAt: 110_000, receivedAt: 110_000 },
};
const candidates: StopCandidates = { open: [order], unmatched: [], bootedAt: 0, maxPowerW: () => 22_000 };
const stopOf = (named: { orderId?: string; idTag: string }) =>
  matchStop({ named: { ...foreign, ...named }, idTag: TAG, tagged: order, meterStopWh: 8_346_344, now: 0 }, candidates);

describe('a stop with the tag of an order', () => {
  it('ends a refused second start of that tag when its number names it', () => {
    expect(stopOf({ idTag: TAG })).toEqual({ kind: 'named' });
    expect(stopOf({ idTag: `${TAG.toLowerCase()}0` })).toEqual({ kind: 'named' });
  });

  it('ends a refused second start of that tag, whatever its number, if its register fits only that', () => {
    const second = { ...foreign, idTag: TAG, meterStartWh: 0 };
    const both = { ...candidates, unmatched: [second] };
    const stop = { idTag: TAG, tagged: order, meterStopWh: 2, at: 120_000, now: 120_000 };
    expect(matchStop(stop, both)).toEqual({ kind: 'unmatched', transactionId: '7' });
    expect(matchStop({ ...stop, at: 100_000 }, both)).toEqual({ kind: 'order', orderId: 'order-1' });
    const fitsOnlySecond = { ...second, meterStartWh: 4700 };
    const near = { ...stop, meterStopWh: 4900 };
    expect(matchStop(near, { ...candidates, unmatched: [fitsOnlySecond] })).toMatchObject({ kind: 'unmatched' });
    expect(matchStop({ ...stop, meterStopWh: 5100 }, both)).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(matchStop({ ...stop, meterStopWh: undefined }, both)).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(matchStop(stop, candidates)).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(matchStop({ ...stop, named: { ...foreign, orderId: 'order-1' } }, both)).toMatchObject({ kind: 'order' });
  });

  describe('below the register at which the session began', () => {
    const meter = { ...session.meter, registerWh: 4_182_900 };
    const begun: Session = { ...session, meterStartWh: 4_182_852, requestedAt: 40_000, meter };
    const second = { ...foreign, connectorId: 2, idTag: TAG, meterStartWh: 2_628_124 };
    const ends = (more: Partial<StopEvidence>, unmatched = [second], of: Session = begun) =>
      matchStop(
        {
          ...{ idTag: TAG, tagged: { ...order, session: of }, meterStopWh: 2_628_499, at: 110_100, now: 110_200 },
          ...more,
        },
        { ...candidates, unmatched },
      ).kind;

    it('ends a refused second start of that tag that can have reached it since the request', () => {
      expect(ends({})).toBe('unmatched');
      expect(ends({ meterStopWh: 2_639_000 })).toBe('unmatched');
      expect(ends({ meterStopWh: 2_641_000 })).toBe('order');
      expect(ends({ meterStopWh: 4182 })).toBe('order');
      expect(ends({}, [{ ...second, idTag: 'CARD7' }])).toBe('order');
      expect(ends({}, [{ ...second, connectorId: 1 }])).toBe('unmatched');
    });

    it('ends it although its start looks later, if energy has flowed and it was on another connector', () => {
      expect(ends({ at: 100_000 })).toBe('unmatched');
      expect(ends({ at: 100_000, meterStopWh: second.meterStartWh })).toBe('order');
      expect(ends({ at: 100_000 }, [{ ...second, connectorId: 1 }])).toBe('order');
    });

    it('counts from the start of the session if nothing was requested', () => {
      const { requestedAt: _, ...local } = begun;
      expect(ends({ meterStopWh: 2_639_000 }, [second], { ...local, startReceivedAt: 40_000 })).toBe('unmatched');
      expect(ends({ meterStopWh: 2_639_000 }, [second], { ...local, startReceivedAt: 100_000 })).toBe('order');
    });

    it('is not merely below the last reading', () => {
      const lower = { ...begun, meterStartWh: 2_628_400 };
      expect(ends({}, [second], lower)).toBe('order');
    });
  });

  it('ends a refused second start of that tag on the same connector, if it reads more than at that start', () => {
    const followed: Order = { ...order, session: { ...session, followed: true } };
    const second = { ...foreign, idTag: TAG };
    const stop = { idTag: TAG, tagged: followed, meterStopWh: 5300, at: 120_000, now: 120_000 };
    const ends = (more: Partial<StopEvidence>, unmatched = [second]) =>
      matchStop({ ...stop, ...more }, { ...candidates, unmatched }).kind;
    expect(ends({})).toBe('unmatched');
    expect(ends({ meterStopWh: 5200 })).toBe('order');
    expect(ends({ meterStopWh: 9900 })).toBe('unmatched');
    expect(ends({ meterStopWh: 9900 }, [{ ...second, idTag: 'CARD7' }])).toBe('order');
    expect(ends({ at: 100_000 })).toBe('order');
    expect(ends({ tagged: order })).toBe('order');
    expect(ends({}, [{ ...second, connectorId: 2 }])).toBe('order');
  });

  it('ends a refused second start of that tag on the same connector that began at a lower register', () => {
    const counted = { ...session, meterStartWh: 0, followed: true } as Session;
    const second = { ...foreign, idTag: TAG, meterStartWh: 0 };
    const ends = (more: Partial<StopEvidence>, unmatched = [second], of: Session = counted) =>
      matchStop(
        { idTag: TAG, tagged: { ...order, session: of }, meterStopWh: 9900, at: 120_000, now: 120_000, ...more },
        { ...candidates, unmatched },
      ).kind;
    expect(ends({})).toBe('unmatched');
    expect(ends({ at: undefined })).toBe('unmatched');
    expect(ends({ meterStopWh: undefined })).toBe('unmatched');
    expect(ends({}, [second], { ...session, followed: true })).toBe('unmatched');
    expect(ends({ at: second.startedAt })).toBe('order');
    expect(ends({}, [{ ...second, startedAt: 900 }])).toBe('order');
  });

  it('ends a refused second start of that tag that began after the order had ended', () => {
    const end = { meterStopWh: 5100, at: 100_000, receivedAt: 100_000, reason: 'Local' };
    const tagged: Order = { ...order, session: { ...session, meterStartWh: 0, end } };
    const second = { ...foreign, idTag: TAG, meterStartWh: 0 };
    const stop = { idTag: TAG, tagged, meterStopWh: 9900, at: 120_000, now: 120_000 };
    const both = { ...candidates, open: [], unmatched: [second] };
    expect(matchStop(stop, both)).toEqual({ kind: 'unmatched', transactionId: '7' });
    expect(matchStop({ ...stop, meterStopWh: 5100 }, both)).toMatchObject({ kind: 'order' });
    expect(matchStop({ ...stop, at: 100_000 }, both)).toMatchObject({ kind: 'order' });
  });

  it('ends the order when its number names a transaction of another tag', () => {
    expect(stopOf({ idTag: 'CARD7' })).toEqual({ kind: 'order', orderId: 'order-1', contradicts: 'no order' });
    expect(stopOf({ orderId: 'order-2', idTag: 'OTHER' })).toMatchObject({ contradicts: 'order-2' });
  });

  it('ends the transaction without a tag that its number names, if the order has no session', () => {
    const { session: _, ...waiting } = order;
    const named = { ...foreign, idTag: '' };
    expect(matchStop({ named, idTag: TAG, tagged: waiting, now: 0 }, candidates)).toEqual({ kind: 'named' });
    expect(matchStop({ named: foreign, idTag: TAG, tagged: waiting, now: 0 }, candidates)).toEqual({ kind: 'none' });
  });

  it('ends the order when its number names the order', () => {
    expect(stopOf({ orderId: 'order-1', idTag: TAG })).toEqual({ kind: 'order', orderId: 'order-1' });
  });

  it('ends a refused transaction of that tag that its register fits, if the order has no session', () => {
    const { session: _, ...waiting } = order;
    const refused = { ...foreign, idTag: `${TAG}0`, meterStartWh: 6_521_421 };
    const ends = (meterStopWh: number | undefined, unmatched = [refused]) =>
      matchStop({ idTag: TAG, tagged: waiting, meterStopWh, now: 120_000 }, { ...candidates, unmatched }).kind;
    expect(ends(6_521_480)).toBe('unmatched');
    expect(ends(undefined)).toBe('unmatched');
    expect(ends(6_521_480, [{ ...refused, idTag: 'CARD7' }])).toBe('none');
    expect(ends(6_530_000)).toBe('none');
    expect(ends(5300)).toBe('none');
    const inKwh = [6520, 6521, 6522].map((kwh) => ends(kwh));
    expect(inKwh).toEqual(['none', 'unmatched', 'none']);
    expect(ends(6522, [{ ...refused, meterStartWh: 6_521_980 }])).toBe('unmatched');
  });

  it('ends nothing if the order has no session, whatever its number names', () => {
    const waiting = { id: 'order-2', idTag: 'WAITINGWAITINGWA' } as Order;
    const named = { ...foreign, orderId: 'order-1', idTag: TAG };
    const stop = { idTag: 'WAITINGWAITINGWA', tagged: waiting, meterStopWh: 5100, now: 60_000 };
    expect(matchStop({ ...stop, named }, candidates)).toEqual({ kind: 'none' });
    expect(matchStop(stop, candidates)).toEqual({ kind: 'none' });
  });
});

describe('a stop with the number of a transaction without an order', () => {
  const stopWith = (more: Partial<StopEvidence>) =>
    matchStop({ named: foreign, meterStopWh: 5300, now: 120_000, ...more }, { ...candidates, unmatched: [foreign] });

  it('ends it if it carries its card, though the rated power would not explain its register', () => {
    expect(stopWith({ idTag: 'card7', meterStopWh: 900_000 })).toEqual({ kind: 'named' });
    expect(stopWith({ idTag: 'CARD8', meterStopWh: 900_000 })).toEqual({ kind: 'none' });
  });

  it('ends it if it carries its card, though its register, perhaps in kWh, fits only another one of the card', () => {
    const other = { ...foreign, connectorId: 2, transactionId: '6', meterStartWh: 0 };
    const both = { ...candidates, unmatched: [other, foreign] };
    const stop = { named: foreign, idTag: 'CARD7', meterStopWh: 5, now: 120_000 };
    expect(matchStop(stop, both)).toEqual({ kind: 'named' });
    const repeated = { ...stop, named: { ...foreign, stop: { meterStopWh: 5 } } };
    expect(matchStop(repeated, { ...both, unmatched: [other] })).toEqual({ kind: 'named' });
    const ended = { ...stop, named: { ...foreign, stop: { meterStopWh: 5300 } } };
    expect(matchStop(ended, { ...both, unmatched: [other] })).toEqual({ kind: 'unmatched', transactionId: '6' });
  });

  it('ends it if it took long enough by the clock of the charger, though both messages came at once', () => {
    const late = { idTag: 'CARD8', meterStopWh: 9000 };
    expect(stopWith(late)).toEqual({ kind: 'none' });
    expect(stopWith({ ...late, at: 110_000 + 15 * 60_000 })).toEqual({ kind: 'named' });
  });
});

const NAMED = { named: { ...foreign, orderId: 'order-1', idTag: TAG }, namedOrder: order };

describe('a stop with the number of an order and the tag of a card', () => {
  const stopWith = (more: Partial<StopEvidence>, unmatched = [foreign]) =>
    matchStop({ ...NAMED, idTag: 'card7', meterStopWh: 5300, now: 120_000, ...more }, { ...candidates, unmatched });

  it('ends the order, because another card may stop a session', () => {
    expect(stopWith({}, [])).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(stopWith({ idTag: 'CARD8' })).toEqual({ kind: 'order', orderId: 'order-1' });
  });

  it('may be of another transaction if the charge point has booted since, unless the card is that of the order', () => {
    const booted = { ...candidates, bootedAt: 2000 };
    const stop = { ...NAMED, idTag: 'CARD8', meterStopWh: 5300, now: 120_000 };
    expect(matchStop(stop, booted)).toEqual({ kind: 'order', orderId: 'order-1', mayBeOther: true });
    expect(matchStop({ ...stop, idTag: undefined }, booted)).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(matchStop({ ...stop, idTag: TAG, tagged: order }, booted)).toEqual({ kind: 'order', orderId: 'order-1' });
  });

  it('ends the order on a clock that was set back, unless the register does not show that it came later', () => {
    const ends = { kind: 'order', orderId: 'order-1' };
    expect(stopWith({ idTag: 'CARD8', at: 900 })).toEqual(ends);
    const zero: Order = { ...order, session: { ...session, meterStartWh: 0 } };
    expect(stopWith({ idTag: 'CARD8', at: 900, namedOrder: zero })).toEqual({ kind: 'none' });
    expect(stopWith({ idTag: 'CARD8', at: 1100, namedOrder: zero })).toEqual(ends);
    expect(stopWith({ idTag: 'CARD8', at: 900, meterStopWh: undefined })).toEqual({ kind: 'none' });
  });

  it("ends the order if the charger's clock explains its register, though its last reading came just before", () => {
    const replayed: Order = { ...order, session: { ...session, meter: { ...session.meter, receivedAt: 120_000 } } };
    const stop = { idTag: 'CARD8', namedOrder: replayed, meterStopWh: 9000 };
    expect(stopWith(stop)).toEqual({ kind: 'none' });
    expect(stopWith({ ...stop, at: 60_000 + 15 * 60_000 })).toEqual({ kind: 'order', orderId: 'order-1' });
  });

  it('ends the order by its number alone, whatever its register', () => {
    expect(stopWith({ idTag: undefined, meterStopWh: 9000 })).toEqual({ kind: 'order', orderId: 'order-1' });
  });

  it('ends nothing if its register does not fit, or another transaction has begun there since', () => {
    const followed: Order = { ...order, session: { ...session, followed: true } };
    expect(stopWith({ idTag: 'CARD8', namedOrder: followed })).toEqual({ kind: 'none' });
    expect(stopWith({ idTag: 'CARD8', meterStopWh: 9000 })).toEqual({ kind: 'none' });
    const end = { meterStopWh: 5200, at: 2000, receivedAt: 2000, reason: 'Local' };
    const ended: Order = { ...order, session: { ...session, end } };
    expect(stopWith({ idTag: 'CARD8', namedOrder: ended })).toEqual({ kind: 'none' });
    expect(stopWith({ idTag: 'CARD8', namedOrder: ended, meterStopWh: 5200 })).toMatchObject({ kind: 'order' });
  });

  it("ends the card's own transaction that its register can continue", () => {
    expect(stopWith({})).toEqual({ kind: 'unmatched', transactionId: '7', contradicts: 'order-1' });
    expect(stopWith({ meterStopWh: 4900 })).toEqual({ kind: 'order', orderId: 'order-1' });
    expect(stopWith({ meterStopWh: 9000 })).toEqual({ kind: 'none' });
  });
});

describe('a stop with the number of a transaction without an order', () => {
  const other = { ...foreign, connectorId: 2, transactionId: '8', idTag: 'CARD8', meterStartWh: 900_000 };
  const stopWith = (more: Partial<StopEvidence>) =>
    matchStop(
      { named: foreign, meterStopWh: 5300, now: 120_000, ...more },
      { ...candidates, unmatched: [foreign, other] },
    );

  it('ends it, also with another card whose register fits', () => {
    expect(stopWith({})).toEqual({ kind: 'named' });
    expect(stopWith({ idTag: 'card7' })).toEqual({ kind: 'named' });
    expect(stopWith({ idTag: 'CARD9' })).toEqual({ kind: 'named' });
    expect(stopWith({ named: { ...foreign, idTag: '' }, idTag: 'CARD9' })).toEqual({ kind: 'named' });
  });

  it('ends the named one of two transactions of the card that both fit', () => {
    const second = { ...foreign, connectorId: 2, transactionId: '6' };
    const stop = { named: foreign, idTag: 'CARD7', meterStopWh: 5300, now: 120_000 };
    expect(matchStop(stop, { ...candidates, unmatched: [second, foreign] })).toEqual({ kind: 'named' });
  });

  it("ends the card's own transaction that its register continues, and nothing if it fits none", () => {
    expect(stopWith({ idTag: 'CARD8', meterStopWh: 900_100 })).toEqual({ kind: 'unmatched', transactionId: '8' });
    expect(stopWith({ idTag: 'CARD9', meterStopWh: 900_100 })).toEqual({ kind: 'none' });
    expect(stopWith({ idTag: 'CARD9', meterStopWh: 1 })).toEqual({ kind: 'none' });
    expect(stopWith({ meterStopWh: 1 })).toEqual({ kind: 'none' });
  });
});

describe('a stop with neither number nor tag', () => {
  const ends = (more: Partial<StopCandidates> = {}, stop: Partial<StopEvidence> = {}): boolean =>
    matchStop({ meterStopWh: 5300, at: 100_000, now: 120_000, ...stop }, { ...candidates, ...more }).kind === 'assumed';
  const withSession = (more: Partial<Session>): Partial<StopCandidates> => ({
    open: [{ ...order, session: { ...session, ...more } }],
  });

  it('ends the only session of the charge point whose register it continues', () => {
    expect(ends()).toBe(true);
    expect(ends({}, { meterStopWh: undefined })).toBe(true);
    expect(ends(withSession({ resumedAt: 50_000 }))).toBe(true);
  });

  it('names the sessions that it may have ended', () => {
    const elsewhere: Order = { ...order, id: 'order-2' };
    const stop = { meterStopWh: 5300, now: 120_000 };
    expect(matchStop(stop, { ...candidates, open: [order, elsewhere] })).toEqual({
      kind: 'none',
      possible: ['order-1', 'order-2'],
    });
    expect(matchStop({ ...stop, idTag: 'A-CARD' }, candidates)).toEqual({ kind: 'none', possible: ['order-1'] });
    const away = { ...candidates, ...withSession({ offlineSince: 70_000 }) };
    expect(matchStop(stop, away)).toEqual({ kind: 'none', possible: ['order-1'] });
  });

  it.each([
    ['the register does not continue the session', {}, { meterStopWh: 9000 }],
    ['it repeats the register at which the session began', withSession({ meterStartWh: 5300 }), {}],
    ['it happened before the session began', {}, { at: 900 }],
    ['the charge point has booted since', { bootedAt: 2000 }, {}],
    ['another transaction has begun on the connector since', withSession({ followed: true }), {}],
    ['the charge point is not back yet', withSession({ offlineSince: 70_000 }), {}],
    ['it arrives before any reading after an outage', withSession({ resumedAt: 70_000 }), {}],
    ['there is another session', { open: [order, { ...order, id: 'order-2' }] }, {}],
    ['there is a transaction without an order', { unmatched: [foreign] }, {}],
  ])('ends nothing if %s', (_title, more, stop) => {
    expect(ends(more, stop)).toBe(false);
  });
});

describe('before it is matched, a stop may end a transaction', () => {
  const known = { transactionId: '7', idTag: 'CARD7' };

  it('that it names, whatever its card', () => {
    expect(mayEnd({ transactionId: '7', idTag: 'OTHER' }, known, false)).toBe(true);
  });

  it('of its card, whatever its number', () => {
    expect(mayEnd({ transactionId: '8', idTag: 'card7' }, known, true)).toBe(true);
    expect(mayEnd({ transactionId: '-1', idTag: 'OTHER' }, known, false)).toBe(false);
  });

  it('if it names nothing else', () => {
    expect(mayEnd({ transactionId: '8' }, known, false)).toBe(true);
    expect(mayEnd({ transactionId: '8' }, known, true)).toBe(false);
  });
});
