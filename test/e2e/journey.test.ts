/** A buyer's searches, quotes and orders over real HTTP and real sockets, with the real process in the middle. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readConnectors, tagValues } from '../../src/sandbox/buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import {
  demoBilling,
  searchIntent,
  paidPayment,
  selectedOrder,
  type Choice,
} from '../../src/sandbox/buyer-app/request-messages.js';
import type { ReceivedCallback } from '../../src/sandbox/buyer-app/buyer-options.js';
import type { SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import { priceOf } from '../fault/journal-checker.js';
import { WireJournal } from '../fault/wire-journal.js';
import {
  ask,
  begun,
  detailsOf,
  ended,
  insist,
  orderIn,
  outcomeOf,
  place,
  refundOf,
  priceLinesOf,
  totalOf,
  type Placed,
} from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, TARIFF, type ChargerOptions, type TestSystem } from './test-system.js';

const IDS = Array.from({ length: 20 }, (_, index) => `CP-${String(index + 1).padStart(2, '0')}`);
const LONELY = IDS.at(-1) ?? '';
const QUOTE_TTL_S = 12;

let system: TestSystem;
let nextPlace = 0;
/** A quote from before all other tests. A late test tries to confirm it after it has expired. */
let forgotten: { readonly choice: Choice; readonly transactionId: string; readonly expiresAt: number };

interface Bay {
  readonly id: string;
  readonly charger: SimulatedChargePoint;
  readonly journal: WireJournal;
}

/** Starts a charge point that no other test uses. */
async function bay(options: ChargerOptions = {}): Promise<Bay> {
  const id = IDS[nextPlace++] ?? '';
  const journal = new WireJournal();
  return { id, journal, charger: await system.charger(id, { ...options, onFrame: journal.ocpp }) };
}

const order = (id: string, code: Choice['option']['code'], value: number): Promise<Placed> =>
  place(system.buyer, system.choice(id, code, value));
const errorCode = (callback: ReceivedCallback): string => textOf(callback.error?.code);
const stopMessage = (orderId: string): Json => ({
  order_id: orderId,
  descriptor: { name: 'Stop Charging', code: 'stop-charging' },
});

/** Returns the energy between the meter readings at start and stop, Wh. */
function meteredWh({ journal }: Bay): number {
  const stop = journal.calls('StopTransaction')[0]?.payload.meterStop;
  return Number(stop) - Number(journal.calls('StartTransaction')[0]?.payload.meterStart);
}

function expectBilled(final: Json, energyWh: number, paidAmount: number): void {
  const { cost, total } = priceOf(energyWh);
  const lines = priceLinesOf(final);
  expect(lines.get('Charging Cost')).toBe(cost);
  expect(totalOf(final)).toBe(total);
  expect([...lines].filter(([title]) => title !== 'Total').reduce((sum, [, amount]) => sum + amount, 0)).toBe(total);
  expect(total).toBeLessThanOrEqual(paidAmount);
  expect(refundOf(final)).toBe(paidAmount - total);
}

const flowed = (charger: SimulatedChargePoint, energyWh: number): Promise<true> =>
  eventually(`${energyWh} Wh have flowed`, () => {
    const [view] = charger.state().connectors;
    return view?.transaction !== undefined && view.registerWh - view.transaction.meterStartWh >= energyWh;
  });

beforeAll(async () => {
  system = await startTestSystem({
    chargePoints: IDS,
    buyers: ['bap.e2e.example', 'other.e2e.example'],
    settings: {
      beckn: { perBapPerMinute: 100_000, quoteTtlS: QUOTE_TTL_S },
      session: {
        pendingS: 3,
        startTimeoutS: 6,
        stopRetryS: 1,
        unsureS: 5,
        lostStopS: 10,
        stopLatencyS: 1,
        progressWh: 20,
      },
    },
  });
  await system.bridge.start();
  const { id } = await bay();
  const choice = system.choice(id, 'units', 150);
  const transactionId = randomUUID();
  await ask(system.buyer, 'select', { order: selectedOrder(choice) }, transactionId);
  forgotten = { choice, transactionId, expiresAt: Date.now() + QUOTE_TTL_S * 1_000 };
});

afterEach(() => {
  expect(system.bridge.running, system.bridge.stderr.slice(-4_000)).toBe(true);
  expect(system.bridge.stderr).not.toContain('"event":"bug"');
});

afterAll(async () => {
  await system.close();
  await nothingLeft();
});

describe('a search', () => {
  const found = async (intent: Json): Promise<string[]> => {
    const callback = await ask(system.buyer, 'search', { intent });
    return readConnectors(callback.message?.catalog).map((one) => one.chargePointId);
  };

  it('without a filter finds everything, with its price and whether it is there', async () => {
    const callback = await ask(system.buyer, 'search', { intent: {} });
    const offered = readConnectors(callback.message?.catalog);
    expect(offered.map((one) => one.chargePointId)).toEqual(IDS);
    expect(offered[0]).toMatchObject({
      status: 'Preparing',
      price: '₹18/kWh',
      power: '150kW',
      providerId: 'kiwi-charge',
    });
    expect(offered.at(-1)).toMatchObject({ status: 'Unavailable', providerId: 'mango-power' });
  });

  it('in a circle finds what lies in it', async () => {
    expect(await found(searchIntent('13.2,77.9', 5))).toEqual([LONELY]);
  });

  it('by connector type, by provider and by words finds what fits', async () => {
    const type = { display: true, descriptor: { code: 'connector-type' }, value: 'Type2' };
    const tags = [{ display: true, descriptor: { code: 'connector-details' }, list: [type] }];
    expect(await found({ fulfillment: { tags } })).toEqual([LONELY]);
    expect(await found({ provider: { id: 'mango-power' } })).toEqual([LONELY]);
    expect(await found({ descriptor: { name: 'mango' } })).toEqual([LONELY]);
  });

  it('that nothing fits is answered with an empty catalogue', async () => {
    const callback = await ask(system.buyer, 'search', { intent: searchIntent('0.5,0.5', 5) });
    expect(callback.error).toBeUndefined();
    expect(readConnectors(callback.message?.catalog)).toEqual([]);
  });
});

describe('a selection', () => {
  // Totals in minor units, at the tariff of 18 rupees per kWh before fee and tax.
  it.for([
    ['units', 300, priceOf(300).total],
    ['amount', 100, 10_500 + 1_890],
    ['time', 600, priceOf(25_000).total],
    ['soc', 80, priceOf(40_000).total],
  ] as const)('by %s is quoted with an arithmetic that holds', async ([code, value, total]) => {
    const choice = system.choice(forgotten.choice.chargePointId, code, value);
    const callback = await ask(system.buyer, 'select', { order: selectedOrder(choice) });
    const quoted = orderIn(callback);
    expect(callback.error).toBeUndefined();
    expect(totalOf(quoted)).toBe(total);
    const lines = [...priceLinesOf(quoted)].filter(([title]) => title !== 'Total');
    expect(lines.reduce((sum, [, amount]) => sum + amount, 0)).toBe(total);
    expect(priceLinesOf(quoted).get('Service Fee')).toBe(TARIFF.serviceFee);
    expect([...tagValues(quoted, 'selected-charging-option').values()]).toEqual([String(value)]);
  });

  it('of less than is sold is answered with an error that names the field', async () => {
    const choice = system.choice(forgotten.choice.chargePointId, 'units', 5);
    const callback = await ask(system.buyer, 'select', { order: selectedOrder(choice) });
    expect(errorCode(callback)).toBe('40000');
    expect(callback.error?.paths).toBe('message.order.tags[0].list[0].value');
  });
});

describe('an order', () => {
  it('charges up to its limit, has progress callbacks on the way, and ends with a bill that equals the meter', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 150);
    expect(orderIn(placed.confirmation)).toMatchObject({ status: 'ACTIVE' });
    await begun(system.buyer, placed.orderId);
    const final = await ended(system.buyer, placed.orderId);

    expect(final.status).toBe('COMPLETE');
    expect(outcomeOf(final)).toBe('limit-reached');
    const energyWh = meteredWh(here);
    expect(energyWh).toBeGreaterThan(80);
    expectBilled(final, Math.min(energyWh, 150), placed.paid);
    expect(detailsOf(final).get('energy_delivered')).toBe(`${energyWh / 1_000} kWh`);
    const starts = here.journal.toCharger.filter((call) => call.action === 'RemoteStartTransaction');
    expect(starts.map((call) => call.payload.idTag)).toEqual([
      here.journal.calls('StartTransaction')[0]?.payload.idTag,
    ]);
    const news = system.buyer.callbacks.filter(
      (one) => one.action === 'on_status' && orderIn(one).id === placed.orderId,
    );
    expect(news.filter((one) => orderIn(one).type === 'DEFAULT')).toHaveLength(1);
    expect(news.length).toBeGreaterThan(2);
  });

  it('stops at once when the buyer asks, and what was not used comes back', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 5_000);
    await begun(system.buyer, placed.orderId);
    await flowed(here.charger, 30);
    await ask(system.buyer, 'cancel', stopMessage(placed.orderId), placed.transactionId);
    const final = await ended(system.buyer, placed.orderId);
    expect(outcomeOf(final)).toBe('stopped-by-buyer');
    expectBilled(final, meteredWh(here), placed.paid);
    expect(refundOf(final)).toBeGreaterThan(7_000);
  });

  it('can be given a smaller limit while it runs', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 5_000);
    await begun(system.buyer, placed.orderId);
    const changed = { id: placed.orderId, ...selectedOrder(system.choice(here.id, 'units', 200)) };
    const message = { update_target: 'item,billing,fulfillment', order: changed };
    const updated = orderIn(await ask(system.buyer, 'update', message, placed.transactionId));
    expect([...tagValues(updated, 'selected-charging-option').values()]).toEqual(['200']);
    const final = await ended(system.buyer, placed.orderId);
    expect(outcomeOf(final)).toBe('limit-reached');
    expectBilled(final, Math.min(meteredWh(here), 200), placed.paid);
  });

  it('can be cancelled before it charges, and everything comes back', async () => {
    const here = await bay({ connector: { pluggedIn: false } });
    const placed = await order(here.id, 'units', 300);
    const message = { order_id: placed.orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'Changed' } };
    const cancelled = orderIn(await ask(system.buyer, 'cancel', message, placed.transactionId));
    expect(cancelled.status).toBe('CANCELLED');
    const final = await ended(system.buyer, placed.orderId);
    expect(outcomeOf(final)).toBe('cancelled-by-buyer');
    expect([totalOf(final), refundOf(final)]).toEqual([0, placed.paid]);
  });

  it('that is cancelled is not charged for a car that is plugged in later', async () => {
    const here = await bay({ connector: { pluggedIn: false } });
    const placed = await order(here.id, 'units', 300);
    const message = { order_id: placed.orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'Changed' } };
    await ask(system.buyer, 'cancel', message, placed.transactionId);
    here.charger.plug(1);
    await eventually('the late session is over', () => here.journal.calls('StopTransaction')[0]?.result);
    const [start] = here.journal.calls('StartTransaction');
    expect(valueAt(start?.result, 'idTagInfo', 'status')).not.toBe('Accepted');
    expect(await system.operator(`/api/orders/${placed.orderId}`)).toMatchObject({ state: 'cancelled' });
    const status = orderIn(await ask(system.buyer, 'status', { order_id: placed.orderId }, placed.transactionId));
    expect([totalOf(status), refundOf(status)]).toEqual([0, placed.paid]);
  });

  it('that runs cannot be cancelled, and the answer says how it is stopped', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 150);
    await begun(system.buyer, placed.orderId);
    const message = { order_id: placed.orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'Changed' } };
    const refused = await ask(system.buyer, 'cancel', message, placed.transactionId);
    expect(errorCode(refused)).toBe('50001');
    expect(textOf(refused.error?.message)).toContain('stop-charging');
    await ended(system.buyer, placed.orderId);
  });

  it('can be followed on a page, supported and rated', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 250);
    await begun(system.buyer, placed.orderId);
    const { orderId, transactionId } = placed;
    const track = await ask(system.buyer, 'track', { order_id: orderId }, transactionId);
    const url = textOf(valueAt(track.message, 'tracking', 'url'));
    expect(valueAt(track.message, 'tracking', 'status')).toBe('active');
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<h1>Charging session</h1>');
    expect((await fetch(`${url}x`)).status).toBe(404);

    const support = await ask(system.buyer, 'support', { support: { ref_id: orderId } }, transactionId);
    expect(valueAt(support.message, 'support', 'email')).toBe('help@kiwi-charge.example');
    const rate = (value: string): Promise<ReceivedCallback> =>
      ask(system.buyer, 'rating', { ratings: [{ id: orderId, rating_category: 'Order', value }] }, transactionId);
    expect((await rate('5')).error).toBeUndefined();
    await ended(system.buyer, orderId);
    const after = await ask(system.buyer, 'track', { order_id: orderId }, transactionId);
    expect(valueAt(after.message, 'tracking', 'status')).toBe('inactive');
    expect(await (await fetch(url)).text()).toContain('Billed');
  });

  it('is not there for another buyer', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 150);
    const other = system.buyers[1]?.app;
    for (const action of ['status', 'track', 'cancel']) {
      const theirs = await insist(other!, action, stopMessage(placed.orderId));
      const nobodys = await insist(other!, action, stopMessage('AAAAAAAAAAAAAAAAAAAAAAAAAA'));
      expect([theirs.status, valueAt(theirs.body, 'error', 'code')]).toEqual([400, '30010']);
      expect(theirs.body).toEqual(nobodys.body);
    }
    await ended(system.buyer, placed.orderId);
    expect(other?.callbacks).toEqual([]);
  });
});

describe('a connector', () => {
  it('that is taken is not sold twice', async () => {
    const here = await bay();
    const first = await order(here.id, 'units', 300);
    await expect(order(here.id, 'units', 300)).rejects.toThrow(/40002/);
    await ended(system.buyer, first.orderId);
    expect(here.journal.calls('StartTransaction')).toHaveLength(1);
  });

  it('that two buyers want at the same moment goes to one of them', async () => {
    const here = await bay({ connector: { pluggedIn: false } });
    const tries = await Promise.allSettled([
      order(here.id, 'units', 300),
      place(system.buyers[1]!.app, system.choice(here.id, 'units', 300)),
    ]);
    const won = tries.filter((one) => one.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const sessions: unknown = (await system.operator('/api/sessions')).sessions;
    expect(asList(sessions).filter((one) => valueAt(one, 'chargePointId') === here.id)).toHaveLength(1);
  });
});

describe('when a charger does not do as it should', () => {
  it('and rejects the start, the order fails and everything comes back', async () => {
    const here = await bay();
    here.charger.misbehave('rejects-start');
    const placed = await order(here.id, 'units', 150);
    const final = await ended(system.buyer, placed.orderId);
    expect([final.status, outcomeOf(final)]).toEqual(['CANCELLED', 'start-rejected']);
    expect([totalOf(final), refundOf(final)]).toEqual([0, placed.paid]);
  });

  it('and never starts, the order fails in time', async () => {
    const here = await bay();
    here.charger.misbehave('never-starts');
    const placed = await order(here.id, 'units', 150);
    const final = await ended(system.buyer, placed.orderId);
    expect([final.status, outcomeOf(final)]).toEqual(['CANCELLED', 'start-timeout']);
    expect([totalOf(final), refundOf(final)]).toEqual([0, placed.paid]);
  });

  it('and never comes online, the order fails in time', async () => {
    const placed = await order(LONELY, 'units', 150);
    const final = await ended(system.buyer, placed.orderId);
    expect([final.status, outcomeOf(final)]).toEqual(['CANCELLED', 'charger-offline']);
    expect([totalOf(final), refundOf(final)]).toEqual([0, placed.paid]);
  });

  it('and ignores stops, the bill stays within what was authorised and a discrepancy is opened', async () => {
    const here = await bay();
    here.charger.misbehave('ignores-stop', { times: 3 });
    const placed = await order(here.id, 'units', 100);
    const final = await ended(system.buyer, placed.orderId);
    expect(meteredWh(here)).toBeGreaterThan(100);
    expectBilled(final, 100, placed.paid);
    const { discrepancies } = await system.operator('/api/discrepancies?open=true');
    const ours = asList(discrepancies).filter((one) => valueAt(one, 'orderId') === placed.orderId);
    expect(ours.map((one) => valueAt(one, 'kind'))).toContain('stop-not-obeyed');
  });

  it('and is away when it should stop, it is stopped when it is back, and nobody is troubled', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 5_000);
    await begun(system.buyer, placed.orderId);
    // The real wait is a fifth of this.
    here.charger.misbehave('drops-socket', { forMs: 25_000 });
    await ask(system.buyer, 'cancel', stopMessage(placed.orderId), placed.transactionId);
    const final = await ended(system.buyer, placed.orderId);
    expect(outcomeOf(final)).toBe('stopped-by-buyer');
    expectBilled(final, meteredWh(here), placed.paid);
    const { discrepancies } = await system.operator('/api/discrepancies');
    expect(discrepancies).toEqual(expect.any(Array));
    expect(asList(discrepancies).filter((one) => valueAt(one, 'orderId') === placed.orderId)).toEqual([]);
  });

  it('and loses its socket while it charges, the session goes on and the bill equals the meter', async () => {
    const here = await bay();
    const placed = await order(here.id, 'units', 300);
    await begun(system.buyer, placed.orderId);
    here.charger.misbehave('drops-socket', { forMs: 5_000 });
    const final = await ended(system.buyer, placed.orderId);
    expectBilled(final, Math.min(meteredWh(here), 300), placed.paid);
  });
});

describe('an expired quote', () => {
  it('is not confirmed', async () => {
    await eventually('the quote has expired', () => Date.now() > forgotten.expiresAt, QUOTE_TTL_S * 1_000 + 5_000);
    const message = {
      order: {
        ...selectedOrder(forgotten.choice),
        billing: demoBilling(Date.now()),
        payments: [paidPayment('100.00', 'INR', 'pay-1')],
      },
    };
    const refused = await ask(system.buyer, 'confirm', message, forgotten.transactionId);
    expect(errorCode(refused)).toBe('40003');
    expect(isJson(refused.message?.order)).toBe(false);
  });
});

it('every callback of all these journeys was signed as the registry says', () => {
  for (const { app } of system.buyers) expect(app.rejected).toEqual([]);
});
