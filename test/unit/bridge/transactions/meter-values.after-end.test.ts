/** Readings of a transaction that goes on although its end was inferred and its order has ended. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

const START_WH = 1000;
const BILLED_WH = 500;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

/** Ends an order by its last reading, because its connector was reported free. Returns its id and transaction. */
async function inferredEnd() {
  const order = await harness.confirm({ wh: 20_000 });
  const transactionId = await harness.startTransaction(await harness.order(order.id), START_WH);
  await harness.clock.advance(60_000);
  await harness.sendSamples(1, [{ registerWh: START_WH + BILLED_WH }], transactionId);
  await harness.sendEvent({
    type: 'connector-status-changed',
    connectorId: 1,
    status: 'Available',
    errorCode: 'NoError',
  });
  await harness.clock.advance(3_600_000);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', outcome: { code: 'end-inferred' } });
  harness.commands.length = 0;
  return { id: order.id, transactionId };
}

const read = (moreWh: number, transactionId?: string) =>
  harness.sendSamples(1, [{ registerWh: START_WH + BILLED_WH + moreWh }], transactionId);
const stops = () => harness.commands.filter(({ type }) => type === 'remote-stop').length;
const namedRows = async () => (await harness.discrepancies()).filter((kind) => kind !== 'end-inferred');

describe('a reading after an inferred end', () => {
  it('that names the transaction and shows more energy is a discrepancy, and the charger is asked to stop', async () => {
    const { id, transactionId } = await inferredEnd();

    await read(100, transactionId);

    expect(stops()).toBe(1);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId });
    expect(await namedRows()).toEqual(['meter-mismatch']);
    expect((await harness.order(id)).bill?.energyWh).toBe(BILLED_WH);
  });

  it('is asked to stop again and again while the readings go on, but only three times in five minutes', async () => {
    const { transactionId } = await inferredEnd();
    for (let minute = 1; minute <= 12; minute++) {
      await read(minute * 100, transactionId);
      await harness.clock.advance(60_000);
    }
    expect(stops()).toBe(9);
    expect(await namedRows()).toEqual(['meter-mismatch']);
  });

  it('is asked to stop after a restart too', async () => {
    const { transactionId } = await inferredEnd();
    await harness.restart();
    await harness.connect('CP1', { boots: false });
    harness.commands.length = 0;
    await read(100, transactionId);
    await harness.clock.advance(180_000);
    expect(stops()).toBeGreaterThan(0);
    expect(await namedRows()).toEqual(['meter-mismatch']);
  });

  it('that names nothing must show more than a charger itself may draw', async () => {
    await inferredEnd();
    await read(100);
    expect([stops(), await namedRows()]).toEqual([0, []]);
    await read(101);
    expect([stops(), await namedRows()]).toEqual([1, ['meter-mismatch']]);
  });

  it('that shows no more is nothing', async () => {
    const { transactionId } = await inferredEnd();
    await read(10, transactionId);
    expect([stops(), await namedRows()]).toEqual([0, []]);
  });
});
