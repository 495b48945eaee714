/** On a full disk, new requests are refused before they are acknowledged, and existing promises are kept. */
import { expect, it } from 'vitest';
import { createBridgeHarness } from '../../../fakes/bridge-harness.js';

it('refuses new orders while the disk is full, and goes on with running ones', async () => {
  let isFull = false;
  const harness = await createBridgeHarness(undefined, undefined, { isDiskFull: () => isFull });
  await harness.connect();
  const order = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  const transactionId = await harness.startTransaction(order, 100);
  isFull = true;
  await expect(harness.confirm({ transaction: 'tx-2', item: 'CP1-2' })).rejects.toThrow('the disk is full');
  expect(await harness.sendRequest({ type: 'status', orderId: order.id }, 'status')).toMatchObject({ ack: true });
  expect(await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel')).toMatchObject({ ack: true });
  await harness.sendSamples(1, [{ registerWh: 600 }], transactionId);
  expect(harness.commands.at(-1)).toEqual({ type: 'remote-stop', transactionId });
  isFull = false;
  expect(await harness.confirm({ transaction: 'tx-2', item: 'CP1-2' })).toBeDefined();
  await harness.stop();
});
