/** Booked slots: the connector is reserved, and the slot begins or passes, whatever happens in between. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuyerRequest, RequestedLimit, RequestedSlot } from '../../../../src/ports/buyer-requests.js';
import type { ChargerCommand, CommandResult } from '../../../../src/ports/charger-commands.js';
import type { ConnectorStatus } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RESERVES = { SupportedFeatureProfiles: 'Core,Reservation' };

let harness: BridgeHarness;
let from: number;
beforeEach(async () => {
  harness = await createBridgeHarness();
  from = harness.clock.now() + 2 * HOUR;
});
afterEach(() => harness.stop());

async function arrive(configuration: Record<string, string> = RESERVES): Promise<void> {
  await harness.connect();
  harness.bridge.chargerEvents.configurationRead('CP1', configuration);
  await settle(10);
}

const book = async (
  more: { item?: string; from?: number; minutes?: number; transaction?: string; wh?: number } = {},
) => {
  const begins = more.from ?? from;
  const slot: RequestedSlot = { slot: { from: begins, until: begins + (more.minutes ?? 60) * MINUTE } };
  const request: BuyerRequest = {
    type: 'confirm',
    items: { itemIds: [{ id: more.item ?? 'CP1-1', path: 'p' }] },
    limit: { limit: { kind: 'energy', value: more.wh ?? 10_000 } } satisfies RequestedLimit,
    slot,
    payment: 'unstated',
  };
  const transaction = more.transaction ?? 'booked';
  await harness.sendRequest(request, 'confirm', { transaction });
  await settle(20);
  return harness.store.orderByTransaction('main/bap', transaction);
};

async function booked(more: Parameters<typeof book>[0] = {}): Promise<Order> {
  const order = await book(more);
  if (!order) throw new Error(JSON.stringify(harness.callbacks.at(-1)?.body));
  return order;
}

const sent = <T extends ChargerCommand['type']>(type: T): Extract<ChargerCommand, { type: T }>[] =>
  harness.commands.filter((command): command is Extract<ChargerCommand, { type: T }> => command.type === type);

function answer(by: { readonly [T in ChargerCommand['type']]?: CommandResult | string }): void {
  harness.behaviour.answer = (command) => {
    const said = by[command.type] ?? 'Accepted';
    return typeof said === 'string' ? { kind: 'answered', status: said, payload: {} } : said;
  };
}

async function status(word: ConnectorStatus): Promise<void> {
  await harness.sendEvent({ type: 'connector-status-changed', connectorId: 1, status: word, errorCode: 'NoError' });
  await settle(10);
}

describe('a booked charge', () => {
  it('is confirmed and told with its time, and nothing is started before it', async () => {
    await arrive();
    const order = await booked();
    expect(order).toMatchObject({ state: 'confirmed', slot: { from, until: from + HOUR } });
    const said = harness.callbacks.find(({ action }) => action === 'on_confirm')?.body as object;
    expect(said).toMatchObject({
      message: {
        order: {
          fulfillments: [
            { stops: [{ type: 'start', time: { timestamp: new Date(from).toISOString() } }, { type: 'end' }] },
          ],
        },
      },
    });
    await harness.clock.advance(HOUR);
    expect(harness.commands).toEqual([]);
    expect((await harness.order(order.id)).state).toBe('confirmed');
  });

  it('has its connector reserved before its time, with the tag that starts it then (TC_046)', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 10 * MINUTE);
    expect(sent('reserve')).toEqual([
      {
        type: 'reserve',
        reservationId: order.slot?.reservationId,
        connectorId: 1,
        idTag: order.idTag,
        expiresAt: from + 15 * MINUTE,
      },
    ]);
    await harness.clock.advance(10 * MINUTE);
    expect(sent('remote-start')).toMatchObject([{ connectorId: 1, idTag: order.idTag }]);
    await harness.startTransaction(order, 1000);
    expect((await harness.order(order.id)).state).toBe('charging');
    expect(sent('reserve')).toHaveLength(1);
  });

  it('loses nothing in a restart between', async () => {
    await arrive();
    const order = await booked();
    await harness.restart();
    await harness.clock.advance(2 * HOUR - 5 * MINUTE);
    await arrive();
    await harness.clock.advance(MINUTE);
    expect(sent('reserve')).toMatchObject([{ reservationId: order.slot?.reservationId, idTag: order.idTag }]);
    await harness.restart();
    await arrive();
    harness.commands.length = 0;
    await harness.clock.advance(4 * MINUTE);
    expect(sent('remote-start')).toHaveLength(1);
  });

  it('is reserved again when the charger comes back in the lead: it may have forgotten', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 8 * MINUTE);
    await harness.disconnect();
    await harness.connect();
    await harness.clock.advance(30_000);
    expect(sent('reserve').map(({ reservationId }) => reservationId)).toEqual(Array(2).fill(order.slot?.reservationId));
  });

  it("is reserved again when the station lets it go too early (2.x), and not when it is somebody else's", async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 8 * MINUTE);
    expect(sent('reserve')).toHaveLength(1);
    const reservationId = order.slot?.reservationId ?? 0;
    const lost = (id: number) =>
      harness.sendEvent({
        type: 'reservation-ended',
        reservationId: id,
        updateStatus: 'Removed',
        payload: { reservationId: id },
      });
    await lost(reservationId + 1);
    await harness.clock.advance(30_000);
    expect(sent('reserve')).toHaveLength(1);
    await lost(reservationId);
    await harness.clock.advance(30_000);
    expect(sent('reserve').map((command) => command.reservationId)).toEqual([reservationId, reservationId]);
    expect((await harness.order(order.id)).slot).toMatchObject({ status: 'accepted', discrepancyOpened: true });
  });

  it.each(['Occupied', 'Faulted', 'Unavailable', 'Rejected'])(
    'is asked for until its time while the charger says %s, and a person is told once (TC_048)',
    async (word) => {
      await arrive();
      answer({ reserve: word });
      await booked();
      await harness.clock.advance(2 * HOUR - 5 * MINUTE);
      expect(sent('reserve').length).toBeGreaterThan(3);
      expect((await harness.discrepancies()).filter((kind) => kind === 'reservation-not-accepted')).toHaveLength(1);
      answer({});
      await harness.clock.advance(5 * MINUTE);
      expect(sent('remote-start')).toHaveLength(1);
    },
  );

  it('of a charger that is away is asked for when it is back, and ends when it never is', async () => {
    await arrive();
    await harness.disconnect();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 5 * MINUTE);
    expect(await harness.discrepancies()).toContain('reservation-not-accepted');
    await harness.clock.advance(19 * MINUTE);
    expect((await harness.order(order.id)).state).toBe('confirmed');
    await harness.clock.advance(MINUTE);
    expect((await harness.order(order.id)).outcome?.code).toBe('charger-offline');
  });

  it('of a charger that comes back after its time is started then', async () => {
    const order = await booked();
    await harness.clock.advance(2 * HOUR + 5 * MINUTE);
    await arrive();
    await settle(10);
    expect(sent('remote-start')).toHaveLength(1);
    await harness.startTransaction(order, 1000);
    expect((await harness.order(order.id)).state).toBe('charging');
  });
});

describe('a driver who booked', () => {
  it('is waited for until the grace is over, then gets everything back; the charger is let go (TC_051)', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR);
    // The charger's own wait for the cable times out more than once.
    for (let times = 0; times < 2; times += 1) {
      await status('Preparing');
      await harness.clock.advance(80_000);
      await status('Available');
      await harness.clock.advance(61_000);
    }
    expect(sent('remote-start').length).toBeGreaterThanOrEqual(3);
    expect((await harness.order(order.id)).state).toBe('starting');
    await harness.clock.advance(15 * MINUTE);
    const ended = await harness.store.order(order.id);
    expect(ended).toMatchObject({ state: 'failed', outcome: { code: 'start-timeout' } });
    expect(ended?.bill).toMatchObject({ total: 0, refund: ended?.authorised });
  });

  it('may cancel, and the charger lets the connector go (TC_051)', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 5 * MINUTE);
    await harness.sendRequest({ type: 'cancel', orderId: order.id }, 'cancel', { transaction: 'booked' });
    await settle(20);
    expect(sent('cancel-reservation')).toEqual([
      { type: 'cancel-reservation', reservationId: order.slot?.reservationId },
    ]);
    expect(await harness.store.order(order.id)).toMatchObject({ state: 'cancelled', bill: { total: 0 } });
    expect((await booked({ transaction: 'another' })).state).toBe('confirmed');
  });

  it('who cancels while the charger is away: it is told when it is back (TC_052)', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(2 * HOUR - 5 * MINUTE);
    await harness.disconnect();
    await harness.sendRequest({ type: 'cancel', orderId: order.id }, 'cancel', { transaction: 'booked' });
    await settle(20);
    expect(sent('cancel-reservation')).toEqual([]);
    await harness.restart();
    answer({ 'cancel-reservation': 'Rejected' });
    await harness.connect();
    await settle(20);
    expect(sent('cancel-reservation')).toHaveLength(1);
    expect(harness.bridge.openOrders()).toEqual([]);
  });

  it('finds the connector in use: it is tried until the grace is over, then a person is told', async () => {
    await arrive();
    const order = await booked();
    await harness.clock.advance(HOUR);
    const walkIn = await harness.confirm({ transaction: 'walk-in', wh: 1000 });
    const transactionId = await harness.startTransaction(walkIn, 1000);
    await status('Charging');
    const going = async (minutes: number): Promise<void> => {
      for (let passed = 0; passed < minutes; passed += 1) {
        await harness.clock.advance(MINUTE);
        await harness.sendSamples(1, [{ registerWh: 1000, powerW: 0 }], transactionId);
      }
    };
    await going(61);
    expect((await harness.order(order.id)).state).toBe('confirmed');
    expect(sent('remote-start')).toHaveLength(1);
    await going(15);
    expect(await harness.store.order(order.id)).toMatchObject({
      state: 'failed',
      outcome: { code: 'connector-taken' },
      bill: { total: 0 },
    });
    expect(await harness.discrepancies()).toContain('slot-lost');
  });
});

describe('others', () => {
  const refused = (): string => JSON.stringify(harness.callbacks.at(-1)?.body);

  it('cannot book an overlapping time, not even at the same moment', async () => {
    await arrive();
    await booked();
    expect(await book({ transaction: 'two', from: from + 30 * MINUTE })).toBeUndefined();
    expect(refused()).toContain('booked for that time');
    const rivals = await Promise.all(
      ['a', 'b', 'c'].map((transaction) => book({ transaction, from: from + 5 * HOUR, minutes: 30 })),
    );
    expect(rivals.filter((order) => order?.state === 'confirmed')).toHaveLength(1);
    expect((await booked({ transaction: 'after', from: from + HOUR })).state).toBe('confirmed');
    expect((await booked({ transaction: 'beside', item: 'CP1-2' })).state).toBe('confirmed');
  });

  it('may charge before, as long as they are expected to be done', async () => {
    await arrive();
    await booked({ from: harness.clock.now() + 40 * MINUTE });
    // The session takes ten minutes at full power; the slot's lead time begins in thirty.
    expect((await harness.confirm({ transaction: 'short', wh: 10_000 })).state).toBe('starting');
    await expect(harness.confirm({ transaction: 'long', wh: 40_000 })).rejects.toThrow();
    expect(refused()).toContain('booked for that time');
  });

  it('are Blocked while a connector is kept for somebody, reservation or none (TC_023_3, TC_047)', async () => {
    await arrive({});
    const order = await booked();
    const authorize = async (idTag: string) => harness.sendEvent({ type: 'authorization-requested', idTag });
    expect(await authorize('CARD')).toMatchObject({ status: 'Invalid' });
    await harness.clock.advance(2 * HOUR - 9 * MINUTE);
    expect(sent('reserve')).toEqual([]);
    expect(await authorize('CARD')).toMatchObject({ status: 'Blocked' });
    expect(await authorize(order.idTag ?? '')).toMatchObject({ status: 'Accepted' });
    const at = harness.clock.now();
    const start = { connectorId: 1, idTag: 'CARD', meterStartWh: 5, at, raw: '{}' };
    expect(await harness.sendEvent({ type: 'transaction-started', ...start })).toMatchObject({ status: 'Blocked' });
    await harness.clock.advance(1000);
    expect(sent('remote-stop')).toHaveLength(1);
    expect((await harness.order(order.id)).state).toBe('confirmed');
    await expect(harness.confirm({ transaction: 'now', wh: 100 })).rejects.toThrow();
  });
});

describe('a time that cannot be booked', () => {
  it.each([
    ['ends before it begins', { minutes: -5 }],
    ['is longer than half a day', { minutes: 13 * 60 }],
    ['lies too far ahead', { from: Date.UTC(2027, 0, 1) }],
  ])('%s', async (_why, more) => {
    await arrive();
    expect(await book(more)).toBeUndefined();
    expect(JSON.stringify(harness.callbacks.at(-1)?.body)).toContain('cannot be booked');
  });

  it('has begun: then the charge begins now', async () => {
    await arrive();
    expect((await booked({ from: harness.clock.now() - MINUTE })).state).toBe('starting');
  });
});
