/** Reservations of a connector for a booked slot, and of a charge point or a group by an operator. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from './charge-point.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ACCEPTED = { idTagInfo: { status: 'Accepted', expiryDate: expect.any(String) as string } };

let fixture: ChargerFixture;
let point: ChargePoint;
beforeEach(async () => {
  await loadSodium();
  fixture = await startChargerFixture();
  point = await fixture.back();
  await point.boot();
  fixture.harness.bridge.chargerEvents.configurationRead('CP1', { SupportedFeatureProfiles: 'Core,Reservation' });
});
afterEach(() => fixture.stop());

/** Books a slot that begins in two hours and waits for the reservation of its connector. */
async function reserved(): Promise<{ order: Order; reservationId: unknown; from: number }> {
  const { harness } = fixture;
  const from = harness.clock.now() + 2 * HOUR;
  await harness.sendRequest(
    {
      type: 'confirm',
      items: { itemIds: [{ id: 'CP1-1', path: 'p' }] },
      limit: { limit: { kind: 'energy', value: 10_000 } },
      slot: { slot: { from, until: from + HOUR } },
      payment: 'unstated',
    },
    'confirm',
    { transaction: 'booked' },
  );
  await harness.clock.advance(2 * HOUR - 5 * MINUTE);
  const { payload } = await point.called('ReserveNow');
  const order = await harness.store.orderByTransaction('main/bap', 'booked');
  if (!order) throw new Error('nothing was booked');
  expect(payload).toMatchObject({
    connectorId: 1,
    idTag: order.idTag,
    expiryDate: new Date(from + 15 * MINUTE).toISOString(),
  });
  return { order, reservationId: payload['reservationId'], from };
}

describe('OCPP 1.6 a connector is reserved for a booked charge', () => {
  it('TC_046 its transaction names the reservation, and is the order’s', async () => {
    const { order, reservationId } = await reserved();
    await point.status('Reserved');
    await fixture.harness.clock.advance(5 * MINUTE);
    await point.called('RemoteStartTransaction');
    await point.status('Preparing');
    expect(await point.start(order.idTag, { reservationId })).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it('TC_047 it expires: the driver never came, and all of the money goes back', async () => {
    const { order } = await reserved();
    await point.status('Reserved');
    point.answers['RemoteStartTransaction'] = () => ({ status: 'Accepted' });
    await fixture.harness.clock.advance(20 * MINUTE);
    await point.status('Available');
    await fixture.harness.clock.advance(10 * MINUTE);
    expect(await fixture.now(order)).toMatchObject({ state: 'failed', bill: { total: 0, refund: order.authorised } });
    expect(await point.authorize(order.idTag)).toEqual({ idTagInfo: { status: 'Expired' } });
    expect((await fixture.harness.confirm({ transaction: 'next' })).state).toBe('starting');
  });
});

describe('OCPP 1.6 a charge point is reserved by an operator', () => {
  const reservation = (idTag: string, more: object = {}): object => ({
    connectorId: 0,
    expiryDate: new Date(fixture.harness.clock.now() + HOUR).toISOString(),
    idTag,
    reservationId: 77,
    ...more,
  });

  it('TC_049 the whole charge point, for a tag of ours: its transaction names the reservation', async () => {
    const order = await fixture.harness.confirm();
    await point.called('RemoteStartTransaction');
    const payload = reservation(order.idTag ?? '');
    expect(await point.operated('ReserveNow', payload)).toMatchObject({ state: 'answered', status: 'Accepted' });
    expect((await point.called('ReserveNow')).payload).toEqual(payload);
    await point.status('Reserved', { connectorId: 0 });
    expect(await point.start(order.idTag, { reservationId: 77 })).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it.each(['Faulted', 'Occupied', 'Unavailable', 'Rejected'])(
    'TC_050 the whole charge point cannot be reserved: %s, and the operator sees it',
    async (status) => {
      point.answers['ReserveNow'] = () => ({ status });
      expect(await point.operated('ReserveNow', reservation('TAG'))).toMatchObject({ state: 'answered', status });
    },
  );

  it('TC_053 a connector for a group: its parent tag is sent along; none of our own tags has a parent', async () => {
    const payload = reservation('TAG', { connectorId: 1, parentIdTag: 'GROUP' });
    expect(await point.operated('ReserveNow', payload)).toMatchObject({ status: 'Accepted' });
    expect((await point.called('ReserveNow')).payload).toEqual(payload);
    const order = await fixture.harness.confirm();
    expect(await point.authorize(order.idTag)).toEqual(ACCEPTED);
  });
});
