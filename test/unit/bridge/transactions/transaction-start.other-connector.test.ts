/** A session that begins on another connector than the ordered one, while somebody may have booked that connector. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { openFrameJournal: createJournalOpener() });
  await harness.connect();
});
afterEach(() => harness.stop());

async function book(item: string, minutesAhead: number): Promise<Order> {
  const from = harness.clock.now() + minutesAhead * MINUTE;
  await harness.sendRequest(
    {
      type: 'confirm',
      items: { itemIds: [{ id: item, path: 'p' }] },
      limit: { limit: { kind: 'energy', value: 10_000 } },
      slot: { slot: { from, until: from + 60 * MINUTE } },
      payment: 'unstated',
    },
    'confirm',
    { transaction: item },
  );
  await settle(20);
  const order = await harness.store.orderByTransaction('main/bap', item);
  if (!order) throw new Error(JSON.stringify(harness.callbacks.at(-1)?.body));
  return order;
}

describe.each([false, true])('while the store is away: %s', (isAway) => {
  it.each([
    ['is refused if the connector is booked for a part of the time', 150, 'Blocked'],
    ['goes on if the connector is booked for later', 240, 'Accepted'],
  ])('it %s', async (_title, minutesAhead, status) => {
    await book('CP1-1', minutesAhead);
    const { id, idTag = '' } = await book('CP1-2', 120);
    await harness.clock.advance(121 * MINUTE);
    harness.behaviour.diskFull = isAway;
    const at = harness.clock.now();
    const start = { type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 5, at, raw: '{}' } as const;
    expect(await harness.sendEvent(start)).toMatchObject({ status });
    harness.behaviour.diskFull = false;
    await harness.clock.advance(2000);
    await settle(20);
    expect((await harness.order(id)).session !== undefined).toBe(status === 'Accepted');
  });
});
