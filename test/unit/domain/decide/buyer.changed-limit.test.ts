/** A limit that the buyer changes during the session is enforced, or refused if it may already have been passed. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Decision } from '../../../../src/domain/model/decision.js';
import type { Site } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Limit } from '../../../../src/domain/model/quote.js';
import { decisionContext, POLICY, SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run, sample, SECOND, start, stopAt } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
const tariff = { id: 't', currency: 'INR', pricePerKwh: 0, serviceFee: 0, taxes: [] };
/** Its tariff costs 600 minor units an hour, which is 10 a minute. */
const TIMED: Site = {
  ...SITE,
  connector: {
    ...SITE.connector,
    tariff: { ...tariff, elements: [{ priceComponents: [{ type: 'TIME', price: 600 }] }] },
  },
};

function begun(site: Site, limit: Limit): Order {
  const confirmed = run(undefined, { ...confirm(true, limit), site } as OrderCommand, AT).order;
  return run(confirmed, start(BEGAN), BEGAN).order;
}

function change(order: Order, site: Site, limit: Limit, now: number): Decision {
  return decide(order, { type: 'update', request: asked('update'), site, limit }, decisionContext(now));
}

function changed(order: Order, site: Site, limit: Limit, now: number): Order {
  const decision = change(order, site, limit, now);
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  return decision.order;
}

/** Reads 100 Wh a minute, and handles all deadlines, until the order is stopping. Returns the order and the minute. */
function stoppedAfter(order: Order, firstMinute: number): { order: Order; minutes: number } {
  for (let minutes = firstMinute; minutes < 100; minutes += 1) {
    const now = BEGAN + minutes * MINUTE;
    order = run(order, sample(100 * minutes, now), now).order;
    for (let due = nextDeadline(order, POLICY); due !== undefined && due < now + MINUTE;) {
      order = run(order, { type: 'timer-due' }, due).order;
      if (order.state === 'stopping') return { order, minutes };
      const next = nextDeadline(order, POLICY);
      due = next === due ? undefined : next;
    }
    if (order.state === 'stopping') return { order, minutes };
  }
  throw new Error('never stopped');
}

describe('a smaller amount, where time is priced', () => {
  const read = (): Order => {
    const order = begun(TIMED, { kind: 'time', value: 3600 });
    return run(order, sample(1000, BEGAN + 10 * MINUTE), BEGAN + 10 * MINUTE).order;
  };

  it('stops the session when it is used up', () => {
    const order = changed(read(), TIMED, { kind: 'amount', value: 200 }, BEGAN + 10 * MINUTE);
    const stopped = stoppedAfter(order, 11);
    expect(stopped.minutes).toBe(19);
    expect(stopped.order.session?.stop?.reason).toBe('limit-amount');
  });

  it('is the most that is billed, and the rest is a discrepancy', () => {
    const order = changed(read(), TIMED, { kind: 'amount', value: 200 }, BEGAN + 10 * MINUTE);
    const at = BEGAN + 40 * MINUTE;
    const ended = run(order, stopAt(4000, at), at);
    expect(ended.order.bill).toMatchObject({ total: 200, unbilled: 200 });
    expect(ended.discrepancies).toMatchObject([{ kind: 'overshoot', amount: 200 }]);
  });

  it('is refused once the session has cost more', () => {
    const decision = change(read(), TIMED, { kind: 'amount', value: 95 }, BEGAN + 10 * MINUTE);
    expect(decision).toMatchObject({ refusal: { code: 'limit-below-delivered' } });
  });

  it('holds no longer once time is ordered again', () => {
    const now = BEGAN + 10 * MINUTE;
    const smaller = changed(read(), TIMED, { kind: 'amount', value: 200 }, now);
    const order = changed(smaller, TIMED, { kind: 'time', value: 1800 }, now);
    expect(stoppedAfter(order, 11).minutes).toBe(29);
  });

  it('costs no charging time after the car has paused', () => {
    const connectorState = { status: 'SuspendedEV', errorCode: 'NoError', at: BEGAN + 11 * MINUTE } as const;
    const paused = run(read(), { type: 'connector-changed', connectorState }, connectorState.at).order;
    const now = BEGAN + 30 * MINUTE;
    expect(changed(paused, TIMED, { kind: 'amount', value: 115 }, now).limit.value).toBe(115);
    expect(change(paused, TIMED, { kind: 'amount', value: 105 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
  });

  it('is refused once parking has cost more, although the meter is silent in the pause', () => {
    const priceComponents = [
      { type: 'ENERGY' as const, price: 2000 },
      { type: 'PARKING_TIME' as const, price: 6000 },
    ];
    const parking: Site = {
      ...SITE,
      connector: { ...SITE.connector, tariff: { ...tariff, elements: [{ priceComponents }] } },
    };
    const read = run(begun(parking, { kind: 'energy', value: 10_000 }), sample(1000, BEGAN + MINUTE), BEGAN + MINUTE);
    const connectorState = { status: 'SuspendedEV', errorCode: 'NoError', at: BEGAN + MINUTE + SECOND } as const;
    const paused = run(read.order, { type: 'connector-changed', connectorState }, connectorState.at).order;
    // 1 kWh costs 2000, and half an hour of parking about 2900.
    const now = BEGAN + 30 * MINUTE;
    expect(change(paused, parking, { kind: 'amount', value: 3000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
  });

  it('gives no more than was authorised if it is larger', () => {
    const order = changed(read(), TIMED, { kind: 'amount', value: 5000 }, BEGAN + 10 * MINUTE);
    expect(stoppedAfter(order, 11).minutes).toBe(59);
  });
});

describe('a smaller limit, while the charger sends no readings', () => {
  it('is refused if rated power may have passed it', () => {
    const silent = begun(SITE, { kind: 'energy', value: 10_000 });
    const now = BEGAN + 5 * MINUTE;
    // 60 kW deliver 5 kWh in five minutes.
    expect(change(silent, SITE, { kind: 'energy', value: 5000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered', detail: '0 Wh delivered by the last reading' },
    });
    expect(changed(silent, SITE, { kind: 'energy', value: 5100 }, now).caps.energyWh).toBe(5100);
  });

  it('is refused if rated power may have passed it before the car paused', () => {
    const silent = begun(SITE, { kind: 'energy', value: 10_000 });
    const connectorState = { status: 'SuspendedEV', errorCode: 'NoError', at: BEGAN + 5 * MINUTE } as const;
    const paused = run(silent, { type: 'connector-changed', connectorState }, connectorState.at).order;
    expect(paused.state).toBe('suspended');
    const now = BEGAN + HOUR / 2;
    expect(change(paused, SITE, { kind: 'energy', value: 5000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
    expect(changed(paused, SITE, { kind: 'energy', value: 5100 }, now).caps.energyWh).toBe(5100);
  });

  it('is refused while the charger is offline, and a larger one is not', () => {
    const order = run(begun(SITE, { kind: 'energy', value: 5000 }), { type: 'charger-disconnected' }, BEGAN).order;
    const now = BEGAN + HOUR / 2;
    expect(change(order, SITE, { kind: 'energy', value: 4000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
    expect(changed(order, SITE, { kind: 'energy', value: 5100 }, now).limit.value).toBe(5100);
  });

  it('is refused if rated power may have passed it while the charger was offline', () => {
    const silent = begun(SITE, { kind: 'energy', value: 10_000 });
    const away = run(silent, { type: 'charger-disconnected' }, BEGAN + SECOND).order;
    const now = BEGAN + 5 * MINUTE;
    const back = run(away, { type: 'charger-connected' }, now - SECOND).order;
    expect(back.state).toBe('charging');
    expect(change(back, SITE, { kind: 'energy', value: 5000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
    expect(changed(back, SITE, { kind: 'energy', value: 5100 }, now).caps.energyWh).toBe(5100);
  });

  it('is refused although a charging profile should have cut the power before it', () => {
    const capabilities = { chargingRate: { unit: 'W' } } as const;
    const decided = (order: Order | undefined, command: OrderCommand, now: number): Order => {
      const decision = decide(order, command, { ...decisionContext(now), capabilities });
      if ('refusal' in decision) throw new Error(decision.refusal.code);
      return decision.order;
    };
    const limited = changed(decided(undefined, confirm(false), AT), SITE, { kind: 'energy', value: 1000 }, AT);
    const starting = decided(limited, { type: 'charger-connected' }, AT + SECOND);
    const silent = decided(starting, start(BEGAN), BEGAN);
    expect(silent.session?.chargingProfile?.endsAt).toBe(BEGAN + MINUTE);
    const now = BEGAN + 5 * MINUTE;
    const away = decided(silent, { type: 'charger-disconnected' }, now);
    const larger = changed(away, SITE, { kind: 'energy', value: 10_000 }, now);
    expect(change(larger, SITE, { kind: 'energy', value: 5000 }, now)).toMatchObject({
      refusal: { code: 'limit-below-delivered' },
    });
    expect(changed(larger, SITE, { kind: 'energy', value: 5100 }, now).caps.energyWh).toBe(5100);
  });
});

describe('a larger limit', () => {
  it('is accepted although the authorised amount is used up', () => {
    const away = run(begun(SITE, { kind: 'energy', value: 1000 }), { type: 'charger-disconnected' }, BEGAN).order;
    const now = BEGAN + 5 * MINUTE;
    const read = run(away, sample(2000, now), now).order;
    expect(read.session?.meter.energyWh).toBe(2000);
    const order = changed(read, SITE, { kind: 'energy', value: 9000 }, now);
    expect(order.limit.value).toBe(9000);
    expect(order.caps.energyWh).toBe(1000);
  });
});

describe('a limit that is changed before a booked session', () => {
  const energy = (price: number) => ({ priceComponents: [{ type: 'ENERGY' as const, price }] });
  /** The price falls at 22:00; the order is confirmed and changed at 10:00. */
  const elements = [{ ...energy(500), restrictions: { startTime: '22:00', endTime: '06:00' } }, energy(2000)];
  const NIGHTLY: Site = { ...SITE, connector: { ...SITE.connector, tariff: { ...tariff, timeZone: 'UTC', elements } } };
  const slot = { from: AT + 12.5 * HOUR, until: AT + 14 * HOUR };
  const booked = (): Order =>
    run(
      undefined,
      { ...confirm(true, { kind: 'energy', value: 10_000 }), site: NIGHTLY, slot, reservationId: 1 } as OrderCommand,
      AT,
    ).order;

  it('is quoted for the slot', () => {
    expect(booked().quote.total).toBe(5000);
    const order = changed(booked(), NIGHTLY, { kind: 'energy', value: 9000 }, AT + MINUTE);
    expect(order.quote.total).toBe(4500);
    expect(order.authorised).toBe(5000);
  });
});

describe('a limit that buys no energy', () => {
  const refusal = {
    code: 'option-out-of-range',
    path: 'message.order.tags',
    detail: 'amount 1 buys no energy at this tariff',
  };
  const nothing: Limit = { kind: 'amount', value: 1 };
  /** 1 minor unit buys less than 1 Wh. */
  const FEE: Site = {
    ...SITE,
    connector: {
      ...SITE.connector,
      tariff: { ...tariff, serviceFee: 500, elements: [{ priceComponents: [{ type: 'ENERGY', price: 1500 }] }] },
    },
  };

  it.each([FEE, SITE])('is refused whatever the request', (site) => {
    const request = asked('m');
    for (const type of ['select', 'init'] as const) {
      const command = { type, request, site, limit: nothing } as OrderCommand;
      expect(decide(undefined, command, decisionContext(AT))).toEqual({ refusal });
    }
    const confirming = { ...confirm(true, nothing), site } as OrderCommand;
    expect(decide(undefined, confirming, decisionContext(AT))).toEqual({ refusal });
    const confirmed = run(
      undefined,
      { ...confirm(false, { kind: 'amount', value: 10_000 }), site } as OrderCommand,
      AT,
    ).order;
    expect(change(confirmed, site, nothing, AT)).toEqual({ refusal });
    expect(change(begun(site, { kind: 'amount', value: 10_000 }), site, nothing, BEGAN)).toEqual({ refusal });
  });

  it('is the only one so small that the fees alone exceed it', () => {
    const confirmed = run(
      undefined,
      { ...confirm(true, { kind: 'amount', value: 10_000 }), site: FEE } as OrderCommand,
      AT,
    ).order;
    const order = changed(confirmed, FEE, { kind: 'amount', value: 2 }, AT);
    const ended = run(run(order, start(BEGAN), BEGAN).order, stopAt(900, BEGAN + MINUTE), BEGAN + MINUTE).order;
    expect(ended.bill).toMatchObject({ total: 502, unbilled: 1348 });
  });
});
