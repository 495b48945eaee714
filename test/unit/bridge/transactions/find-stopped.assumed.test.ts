/** A stop without number and tag may be of a transaction that is not known, so the session may go on after it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { ConnectorStatus } from '../../../../src/domain/model/network.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

const MINUTE = 60_000;
const START_WH = 1000;

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

/** Charges 600 Wh in ten minutes. Returns the ids of the order and its transaction. */
async function charging(wh = 20_000) {
  const { id } = await harness.confirm({ wh });
  const transactionId = await harness.startTransaction(await harness.order(id), START_WH);
  await harness.clock.advance(10 * MINUTE);
  await read(600, transactionId);
  harness.commands.length = 0;
  return { id, transactionId };
}

const read = (energyWh: number, transactionId?: string, at = harness.clock.now()) =>
  harness.sendSamples(1, [{ registerWh: START_WH + energyWh, at }], transactionId);

async function stop(energyWh: number | undefined, transactionId = '-1'): Promise<void> {
  await harness.clock.advance(1000);
  await harness.sendEvent({
    ...{ type: 'transaction-stopped', transactionId, at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' },
    ...(energyWh !== undefined && { meterStopWh: START_WH + energyWh }),
  });
}

const report = (status: ConnectorStatus, connectorId = 1) =>
  harness.sendEvent({ type: 'connector-status-changed', connectorId, status, errorCode: 'NoError' });

const strangerStarts = (energyWh: number) =>
  harness.sendEvent({
    ...{ type: 'transaction-started', connectorId: 1, idTag: 'A-CARD', meterStartWh: START_WH + energyWh },
    ...{ at: harness.clock.now(), raw: '{}' },
  });

const terminals = (): number =>
  harness.callbacks.filter(({ body }) => {
    const status = (body as { message?: { order?: { status?: string } } }).message?.order?.status;
    return status !== undefined && ['COMPLETE', 'CANCELLED', 'FAILED'].includes(status);
  }).length;
const remoteStops = () => harness.commands.filter(({ type }) => type === 'remote-stop').length;

describe('a stop without number and tag', () => {
  it('does not end the session at once, but the charger is asked', async () => {
    const { id } = await charging();
    await stop(700);
    expect(await harness.order(id)).toMatchObject({ state: 'charging', session: { assumedStop: { energyWh: 700 } } });
    const triggers = harness.commands.filter(({ type }) => type === 'trigger-message');
    expect(triggers).toContainEqual(expect.objectContaining({ requestedMessage: 'StatusNotification' }));
    expect(triggers).toContainEqual(expect.objectContaining({ requestedMessage: 'MeterValues' }));
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
    expect(terminals()).toBe(0);
  });

  it.each<ConnectorStatus>(['Available', 'Finishing'])('ends it once its connector is %s', async (status) => {
    const { id } = await charging();
    await stop(700);
    await report(status, 2);
    expect((await harness.order(id)).state).toBe('charging');
    await report(status);
    expect(await harness.order(id)).toMatchObject({
      ...{ state: 'completed', outcome: { code: 'stopped-at-charger' } },
      bill: { energyWh: 700, confidence: 'estimated' },
    });
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
    expect(terminals()).toBe(1);
  });

  it('ends it at once if its connector was reported free before', async () => {
    const { id } = await charging();
    await report('Finishing');
    await stop(700);
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });

  it('ends it after a while if nothing more is heard, with one terminal status', async () => {
    const { id } = await charging();
    await stop(700);
    await harness.clock.advance(2 * MINUTE);
    expect((await harness.order(id)).state).toBe('provisional');
    await harness.clock.advance(15 * MINUTE);
    expect(await harness.order(id)).toMatchObject({
      ...{ state: 'completed', outcome: { code: 'stopped-at-charger' } },
      bill: { energyWh: 700, confidence: 'estimated' },
    });
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
    expect(terminals()).toBe(1);
  });

  it('ends it when the next transaction on its connector continues the register', async () => {
    const { id } = await charging();
    await stop(700);
    await harness.clock.advance(1000);
    await strangerStarts(700);
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });

  it('leaves the end open when the next transaction on its connector begins above it', async () => {
    const { id } = await charging();
    await stop(700);
    await harness.clock.advance(1000);
    await strangerStarts(3000);
    expect((await harness.order(id)).state).toBe('provisional');
  });

  it('is the same stop if it is repeated', async () => {
    const { id } = await charging();
    await stop(700);
    const at = harness.clock.now();
    const again = { type: 'transaction-stopped', transactionId: '-1', at, reason: 'Local', samples: [] } as const;
    await harness.clock.advance(30_000);
    await harness.sendEvent({ ...again, meterStopWh: START_WH + 700, raw: '{}' });
    await harness.clock.advance(31_000);
    expect((await harness.order(id)).state).toBe('provisional');
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
    const asked = harness.commands.filter((one) => 'requestedMessage' in one && one.requestedMessage !== 'MeterValues');
    expect(asked).toHaveLength(1);
  });

  it('is dropped once the session has ended by its own', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await stop(705, transactionId);
    const { bill, session } = await harness.order(id);
    expect([bill?.energyWh, bill?.confidence, session?.assumedStop]).toEqual([705, 'exact', undefined]);
  });

  it('without a register ends it by the last reading', async () => {
    const { id } = await charging();
    await stop(undefined);
    await report('Finishing');
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 600 } });
  });

  it('leaves the next one to the session on another connector, which alone it fits', async () => {
    const { id } = await charging();
    await stop(700);
    const second = await harness.confirm({ item: 'CP1-2', transaction: 'tx-2', bapId: 'other' });
    await harness.startTransaction(second, 501_000, 2);
    await stop(500_200);
    expect(await harness.order(second.id)).toMatchObject({ session: { assumedStop: { energyWh: 200 } } });
    expect(await harness.order(id)).toMatchObject({ session: { assumedStop: { energyWh: 700 } } });
  });

  it('is doubted if it fits two sessions, although one has probably ended', async () => {
    const { id } = await charging();
    await stop(700);
    const second = await harness.confirm({ item: 'CP1-2', transaction: 'tx-2', bapId: 'other' });
    await harness.startTransaction(second, START_WH + 600, 2);
    await stop(750);
    expect((await harness.order(second.id)).session?.assumedStop).toBeUndefined();
    expect(await harness.order(id)).toMatchObject({ session: { assumedStop: { energyWh: 700 } } });
    expect(await harness.discrepancies()).toContain('transaction-contradiction');
  });

  it('is doubted if it fits two sessions that have both probably ended', async () => {
    const { id } = await charging();
    await stop(700);
    const second = await harness.confirm({ item: 'CP1-2', transaction: 'tx-2', bapId: 'other' });
    await harness.startTransaction(second, START_WH + 1400, 2);
    await stop(1500);
    expect(await harness.order(second.id)).toMatchObject({ session: { assumedStop: { energyWh: 100 } } });
    await harness.clock.advance(50_000);
    await stop(1520);
    expect(await harness.order(second.id)).toMatchObject({ session: { assumedStop: { energyWh: 100 } } });
    expect(await harness.order(id)).toMatchObject({ session: { assumedStop: { energyWh: 700 } } });
    expect(await harness.discrepancies()).toContain('transaction-contradiction');
  });
});

describe('a session that goes on after a stop without number and tag', () => {
  it('is billed by its own end, and the buyer app gets one terminal status', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    for (let wh = 1000; wh <= 6000; wh += 1000) {
      await harness.clock.advance(10 * MINUTE);
      await read(wh, transactionId);
    }
    await stop(7000, transactionId);
    expect(await harness.order(id)).toMatchObject({
      ...{ state: 'completed', bill: { energyWh: 7000, confidence: 'exact' } },
    });
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
    expect(terminals()).toBe(1);
  });

  it('charges on if a reading that names it shows more energy within a minute', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await harness.clock.advance(30_000);
    await read(720, transactionId);
    const { state, session } = await harness.order(id);
    expect([state, session?.assumedStop, session?.endSuspectedSince]).toEqual(['charging', undefined, undefined]);
    await harness.clock.advance(2 * MINUTE);
    expect((await harness.order(id)).state).toBe('charging');
  });

  it('charges on if its connector is reported as charging', async () => {
    const { id } = await charging();
    await report('Charging');
    await stop(700);
    await report('Charging');
    await harness.clock.advance(5 * MINUTE);
    const { state, session } = await harness.order(id);
    expect([state, session?.assumedStop]).toEqual(['charging', undefined]);
  });

  it('is not proved by readings up to the stop that arrive after it', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await read(650, transactionId, harness.clock.now() - 20_000);
    await read(710, transactionId);
    await report('Finishing');
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });

  it('is proved by a reading that names it a minute later, even without energy', async () => {
    const { id, transactionId } = await charging();
    await stop(600);
    await harness.clock.advance(50_000);
    await read(600, transactionId, harness.clock.now() + 15_000);
    await harness.clock.advance(2 * MINUTE);
    expect((await harness.order(id)).state).toBe('charging');
  });

  it('is stopped at its limit', async () => {
    const { transactionId } = await charging(1000);
    await stop(700);
    await harness.clock.advance(10 * MINUTE);
    await read(1000, transactionId);
    expect(remoteStops()).toBe(1);
  });

  it('is billed by its last reading if its own end is lost', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await harness.clock.advance(10 * MINUTE);
    await read(3000, transactionId);
    await harness.clock.advance(2 * 60 * MINUTE);
    expect(await harness.order(id)).toMatchObject({
      ...{ state: 'completed', outcome: { code: 'end-inferred' }, bill: { energyWh: 3000 } },
    });
  });

  it('is stopped, and its energy named, if that shows only after the bill', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await harness.clock.advance(30 * MINUTE);
    expect((await harness.order(id)).bill).toMatchObject({ energyWh: 700 });
    harness.commands.length = 0;
    await read(3000, transactionId);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId });
    expect((await harness.store.listDiscrepancies({ limit: 9 })).map(({ kind, amount }) => [kind, amount])).toEqual([
      ['meter-mismatch', 2300],
      ['stop-assumed', undefined],
    ]);
    await stop(7000, transactionId);
    expect(await harness.discrepancies()).toContain('late-stop');
    expect(terminals()).toBe(1);
  });

  it('goes on over a restart', async () => {
    const { id, transactionId } = await charging();
    await stop(700);
    await harness.restart();
    await harness.connect('CP1', { boots: false });
    await read(800, transactionId);
    await stop(7000, transactionId);
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 7000 } });
    expect(terminals()).toBe(1);
  });
});
