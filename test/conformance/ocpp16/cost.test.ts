/**
 * Prices and costs on a charger's display: OCA, "OCPP & California Pricing Requirements", for 1.6. The readings that
 * such a charger sends on request also stop a session at its limit.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createChargePoint, type SimulatedChargePoint } from '../../../src/sandbox/charge-point.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { until } from '../../fakes/until.js';
import { type ChargePoint, type ChargerFixture, type Payload, startChargerFixture } from './charge-point.js';

let fixture: ChargerFixture;
let simulated: SimulatedChargePoint | undefined;
afterEach(async () => {
  await simulated?.stop();
  simulated = undefined;
  await fixture.stop();
});

const KEY = 'CustomDisplayCostAndPrice';

/** Boots a charge point and waits until its configuration is stored. */
async function serve(value: string | undefined): Promise<ChargePoint> {
  fixture = await startChargerFixture({ configureAtConnect: true });
  const point = await fixture.back();
  const configurationKey = value === undefined ? [] : [{ key: KEY, readonly: true, value }];
  point.answers['GetConfiguration'] = () => ({ configurationKey, unknownKey: [] });
  await point.boot();
  await point.status('Available');
  const { harness } = fixture;
  await until(harness.clock, () => harness.bridge.chargePoints.record('CP1').configuration !== undefined);
  return point;
}

interface Transfer {
  readonly messageId: unknown;
  readonly data: Payload;
}

const transfers = (point: ChargePoint): Transfer[] =>
  point.calls
    .filter(
      ({ action, payload }) => action === 'DataTransfer' && payload['vendorId'] === 'org.openchargealliance.costmsg',
    )
    .map(({ payload }) => ({ messageId: payload['messageId'], data: JSON.parse(String(payload['data'])) as Payload }));

/** Plays a session of 4 kWh that the charge point stops. The order is for 10 kWh at 10.00 per kWh. */
async function session(point: ChargePoint): Promise<number> {
  const { harness } = fixture;
  const order = await harness.confirm({ wh: 10_000 });
  await point.called('RemoteStartTransaction');
  const transactionId = Number((await point.start(order.idTag))['transactionId']);
  await point.status('Charging');
  for (const wh of [1500, 3000]) {
    await harness.clock.advance(120_000);
    await point.meter(transactionId, 1000 + wh);
  }
  await point.status('SuspendedEV');
  await point.stop(transactionId, 5000);
  await harness.clock.advance(100);
  await until(harness.clock, () => harness.callbacks.some(({ action }) => action === 'on_status'));
  return transactionId;
}

describe('a charge point that shows costs', () => {
  it('gets the price at the start, what it costs so far with the reading that is wanted next, and the end', async () => {
    const point = await serve('true');
    const transactionId = await session(point);
    await until(fixture.harness.clock, () => transfers(point).some(({ messageId }) => messageId === 'FinalCost'));
    const [price, ...costs] = transfers(point);
    const { idTag } = await fixture.now((await fixture.harness.store.listOrders({ limit: 1 }))[0]!);
    expect(price).toEqual({
      messageId: 'SetUserPrice',
      data: { idToken: idTag, priceText: 'INR 10.00/kWh, taxes included' },
    });
    const running = costs.filter(({ messageId }) => messageId === 'RunningCost').map(({ data }) => data);
    // A newer cost replaces one that has not been sent yet.
    const shown = running.map(({ state, cost, meterValue }) => [state, cost, meterValue]);
    expect(shown[0]).toEqual(['Charging', 0, 1000]);
    expect(shown).toContainEqual(['Charging', 15, 2500]);
    expect(shown.at(-1)).toEqual(['Idle', 30, 4000]);
    for (const data of running) {
      expect(data).toMatchObject({ transactionId, chargingPrice: { kWhPrice: 10, hourPrice: 0, flatFee: 0 } });
      expect(data['timestamp']).toMatch(/^\d{4}-.*Z$/);
    }
    // The limit is 10 kWh above a register of 1 kWh, minus the flow during a stop. At the end nothing flows.
    const wanted = running.map(({ triggerMeterValue }) => (triggerMeterValue as Payload)['atEnergykWh']);
    expect(wanted.every((atKwh) => Number(atKwh) > 1 && Number(atKwh) <= 11)).toBe(true);
    expect(wanted.at(-1)).toBe(11);
    expect(costs.at(-1)).toEqual({
      messageId: 'FinalCost',
      data: { transactionId, cost: 40, priceText: expect.stringMatching(/^INR 40\.00 for 4\.000 kWh: /) },
    });
  });

  it.each([undefined, 'false'])('gets nothing where its configuration says %s', async (value) => {
    const point = await serve(value);
    await session(point);
    await fixture.harness.clock.advance(60_000);
    expect(point.calls.map(({ action }) => action)).not.toContain('DataTransfer');
  });

  it.each([
    ['UnknownVendorId', ['SetUserPrice']],
    ['Rejected', ['SetUserPrice', 'RunningCost', 'FinalCost']],
  ])('that answers %s does not get that again on this socket, which is stored', async (status, sent) => {
    const point = await serve('true');
    point.answers['DataTransfer'] = () => ({ status });
    await session(point);
    await fixture.harness.clock.advance(1000);
    expect(transfers(point).map(({ messageId }) => messageId)).toEqual(sent);
    const { harness } = fixture;
    expect(harness.events.of('cost.refused').map(({ answer }) => answer)).toEqual(sent.map(() => status));
    expect(await point.notifications()).toContainEqual(['DataTransfer', { refused: 'show-price', answer: status }]);
  });
});

describe('a charge point that does not answer', () => {
  it('holds up a stop for five seconds at most, and gets no more', async () => {
    const point = await serve('true');
    const { harness } = fixture;
    const order = await harness.confirm();
    await point.called('RemoteStartTransaction');
    point.silent.add('DataTransfer');
    await point.start(order.idTag);
    await point.called('DataTransfer');
    await harness.bridge.operatorCommands.stop(order.id);
    await harness.clock.advance(4000);
    const stops = () => point.calls.filter(({ action }) => action === 'RemoteStopTransaction').length;
    expect(stops()).toBe(0);
    await until(harness.clock, () => stops() > 0, 500, 30);
    await harness.clock.advance(60_000);
    expect(transfers(point)).toHaveLength(1);
    expect(harness.events.of('cost.refused')).toMatchObject([{ message: 'show-price', answer: 'timeout' }]);
  });
});

describe('a session that is stopped at its limit', () => {
  it('is stopped by the reading that was asked for, whatever the readings before let expect', async () => {
    const point = await serve('true');
    point.answers['TriggerMessage'] = () => ({ status: 'NotImplemented' });
    const { harness } = fixture;
    const order = await harness.confirm({ wh: 10_000 });
    await point.called('RemoteStartTransaction');
    const transactionId = (await point.start(order.idTag))['transactionId'];
    // Slow at first: at this power, the stop would be an hour away.
    for (const wh of [1200, 1400, 1600, 1800, 2000]) {
      await harness.clock.advance(120_000);
      await point.meter(transactionId, wh);
    }
    await until(
      harness.clock,
      () => transfers(point).filter(({ messageId }) => messageId === 'RunningCost').length > 1,
    );
    const { triggerMeterValue } = transfers(point).at(-1)!.data;
    const wanted = Math.round(Number((triggerMeterValue as Payload)['atEnergykWh']) * 1000);
    const stops = () => point.calls.filter(({ action }) => action === 'RemoteStopTransaction').length;
    await harness.clock.advance(240_000);
    expect(stops()).toBe(0);
    await point.meter(transactionId, wanted);
    await point.called('RemoteStopTransaction');
    expect(wanted).toBeGreaterThan(10_900);
    expect(wanted).toBeLessThanOrEqual(11_000);
  });

  it.each([false, true])(
    'gets its reading where it was asked for: a charger with a display, %s',
    async (showsCost) => {
      fixture = await startChargerFixture({ configureAtConnect: true });
      const { harness } = fixture;
      let readingAt: number | undefined;
      const registers: number[] = [];
      const battery = { capacityWh: 80_000, socPercent: 20, maxPowerW: 50_000 };
      simulated = createChargePoint({
        url: fixture.url,
        id: 'CP1',
        clock: harness.clock,
        random: systemRandom,
        displaysCost: showsCost,
        connectors: [
          { connectorId: 1, powerType: 'DC', maxPowerW: 50_000, battery, pluggedIn: true, registerWh: 7000 },
        ],
        onFrame: (direction, [, , action, payload]) => {
          const sent = payload as { readonly meterValue: { sampledValue: { value: string }[] }[]; data: string };
          if (direction === 'out' && action === 'MeterValues')
            registers.push(Number(sent.meterValue[0]?.sampledValue[0]?.value));
          if (direction === 'in' && action === 'DataTransfer')
            readingAt =
              (JSON.parse(sent.data) as { triggerMeterValue?: { atEnergykWh: number } }).triggerMeterValue
                ?.atEnergykWh ?? readingAt;
        },
      });
      void simulated.start();
      await until(harness.clock, () => harness.bridge.chargePoints.record('CP1').configuration !== undefined, 100);
      const order = await harness.confirm({ wh: 3000 });
      const ended = () =>
        !harness.bridge.openOrders().some(({ id, state }) => id === order.id && state !== 'completed');
      await until(harness.clock, ended, 250, 20_000);
      const { bill } = await fixture.now(order);
      expect(Math.abs((bill?.deliveredWh ?? 0) - 3000)).toBeLessThanOrEqual(15);
      expect(registers.includes(Math.round((readingAt ?? 0) * 1000))).toBe(showsCost);
    },
    30_000,
  );
});
