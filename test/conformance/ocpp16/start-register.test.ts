/**
 * A StartTransaction without a usable register: it is accepted, energy counts from the first reading, and the loss is
 * named. A register of 0 is usable.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from './charge-point.js';

let fixture: ChargerFixture;
let point: ChargePoint;
beforeEach(async () => {
  await loadSodium();
  fixture = await startChargerFixture();
  point = await fixture.connect(['ocpp1.6']);
  await point.boot();
  await point.status('Available');
});
afterEach(() => fixture.stop());

const later = (ms: number): Promise<void> => fixture.harness.clock.advance(ms);
const discrepancies = (): Promise<string[]> => fixture.harness.discrepancies();

async function begun(more: object): Promise<[Order, unknown]> {
  const order = await fixture.harness.confirm();
  await point.called('RemoteStartTransaction');
  const { transactionId, idTagInfo } = await point.start(order.idTag, more);
  expect(idTagInfo).toMatchObject({ status: 'Accepted' });
  return [order, transactionId];
}

describe.each([
  ['is absent', { meterStart: undefined }],
  ['is no number', { meterStart: 'none' }],
  ['is negative', { meterStart: -1 }],
  ['is too large to be exact', { meterStart: 1e300 }],
])('a start whose register %s', (_name, more) => {
  it('counts from the first reading', async () => {
    const [order, transactionId] = await begun(more);
    await later(60_000);
    await point.meter(transactionId, 500);
    await later(240_000);
    await point.meter(transactionId, 2500);
    await later(60_000);
    await point.stop(transactionId, 3000);
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 2500, confidence: 'sampled' },
    });
    expect(await discrepancies()).toEqual(['meter-missing']);
  });

  it('costs nothing without any reading', async () => {
    const [order, transactionId] = await begun(more);
    await later(300_000);
    await point.stop(transactionId, 3000);
    expect(await fixture.now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 0 } });
    expect(await discrepancies()).toContain('meter-missing');
  });
});

it('a register of 0 is a register', async () => {
  const [order, transactionId] = await begun({ meterStart: 0 });
  await later(300_000);
  await point.stop(transactionId, 3000);
  expect(await fixture.now(order)).toMatchObject({ bill: { energyWh: 3000, confidence: 'exact' } });
  expect(await discrepancies()).toEqual([]);
});
