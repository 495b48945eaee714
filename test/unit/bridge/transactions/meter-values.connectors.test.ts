/** Readings that name a transaction, but another connector than the transaction's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

const START_WH = 1_000_000;
const OTHER_WH = 1_000_900;

let harness: BridgeHarness;
let orderId: string;
let transactionId: string;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
  ({ id: orderId } = await harness.confirm({ wh: 20_000 }));
  transactionId = await harness.startTransaction(await harness.order(orderId), START_WH);
});
afterEach(() => harness.stop());

/** Sends a reading of this connector a minute later. It names the transaction. */
async function read(connectorId: number, registerWh: number): Promise<void> {
  await harness.clock.advance(60_000);
  await harness.sendSamples(connectorId, [{ registerWh, connectorId }], transactionId);
}
const energyWh = async () => (await harness.order(orderId)).session?.meter.energyWh;
async function billedWithoutRegister() {
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId, at, reason: 'Local', samples: [], raw: 'stop' } as const;
  await harness.sendEvent(stop);
  return (await harness.order(orderId)).bill?.energyWh;
}

describe('a reading of another connector', () => {
  it('is not counted once the own connector has been read, and is a discrepancy', async () => {
    await read(1, START_WH + 100);
    await read(2, OTHER_WH);
    await read(2, OTHER_WH);
    expect(await energyWh()).toBe(100);
    await read(1, START_WH + 200);
    expect(await billedWithoutRegister()).toBe(200);
    expect(await harness.discrepancies()).toEqual(['transaction-contradiction']);
  });

  it('is not counted after a restart either', async () => {
    await read(1, START_WH + 100);
    await read(2, OTHER_WH);
    await harness.restart();
    await harness.connect('CP1', { boots: false });
    await read(2, OTHER_WH);
    expect(await energyWh()).toBe(100);
    expect(await harness.discrepancies()).toEqual(['transaction-contradiction']);
  });

  it('proves no life, and is no sign that the transaction goes on after its end', async () => {
    await read(1, START_WH + 100);
    const before = (await harness.order(orderId)).session?.proveAliveBy;
    await read(2, OTHER_WH);
    expect((await harness.order(orderId)).session?.proveAliveBy).toBe(before);
    await harness.bridge.operatorCommands.close(orderId, 'operator', 'test');
    harness.commands.length = 0;
    await read(2, OTHER_WH + 500);
    expect((await harness.discrepancies()).sort()).toEqual([
      'closed-by-operator',
      'end-inferred',
      'transaction-contradiction',
    ]);
  });

  it('counts if the firmware never names the own one', async () => {
    await read(2, START_WH + 100);
    await read(2, START_WH + 200);
    expect(await energyWh()).toBe(200);
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('of the main meter is not counted beside the own ones, and is none', async () => {
    await read(1, START_WH + 100);
    await read(0, START_WH + 900);
    expect(await energyWh()).toBe(100);
    expect(await harness.discrepancies()).toEqual([]);
  });
});
