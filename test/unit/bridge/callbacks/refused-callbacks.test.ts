/** Refused callbacks of one order, or outside any order to one buyer app, are one discrepancy for each cause. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Discrepancy } from '../../../../src/ports/stored-records.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

const refusals = async (): Promise<Discrepancy[]> =>
  (await harness.store.listDiscrepancies({ limit: 100 }))
    .filter(({ kind }) => kind === 'callback-refused')
    .sort((a, b) => (a.id < b.id ? -1 : 1));

describe('a session whose progress is refused', () => {
  let orderId: string;
  let transactionId: string;
  let register = 0;

  async function charge(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await harness.clock.advance(60_000);
      await harness.sendSamples(1, [{ registerWh: (register += 100) }], transactionId);
      await settle(10);
    }
  }

  beforeEach(async () => {
    await harness.connect();
    const order = await harness.confirm();
    orderId = order.id;
    register = 0;
    transactionId = await harness.startTransaction(order, 0);
    harness.behaviour.delivery = { kind: 'refused', reason: 'NACK: not now' };
  });

  it('has one row with the number of refusals, the newest and its time', async () => {
    await charge(1);
    expect(await refusals()).toMatchObject([{ amount: 1, detail: 'on_status (progress): NACK: not now' }]);
    await charge(29);
    harness.behaviour.delivery = { kind: 'refused', reason: 'HTTP 404: never' };
    await charge(1);
    expect(await refusals()).toMatchObject([
      {
        orderId,
        chargePointId: 'CP1',
        amount: 31,
        at: harness.clock.now(),
        detail: 'on_status (progress): HTTP 404: never; the last of 31 refusals',
      },
    ]);
    expect(harness.events.of('callback.refused')).toHaveLength(31);
  });

  it('counts on after a restart', async () => {
    await charge(2);
    await harness.restart();
    await harness.connect();
    await charge(2);
    const refused = harness.events.of('callback.refused').length;
    expect(refused).toBeGreaterThan(2);
    expect(await refusals()).toMatchObject([{ amount: refused }]);
  });

  it('gets another row once a person has closed the first', async () => {
    await charge(2);
    const [first] = await refusals();
    await harness.store.closeDiscrepancy(first?.id ?? '', 'told them', harness.clock.now());
    await charge(3);
    expect(await refusals()).toMatchObject([
      { amount: 2, closedNote: 'told them' },
      { amount: 3, orderId },
    ]);
    expect((await refusals())[1]).not.toHaveProperty('closedAt');
  });

  it('has a row of its own for callbacks that could not be sent', async () => {
    await charge(1);
    const reason = 'bap.example resolves to 10.0.0.1, which is not a public address';
    harness.behaviour.delivery = { kind: 'refused', reason, notSent: true };
    await charge(2);
    expect(await refusals()).toMatchObject([
      { amount: 2, detail: `on_status (progress): ${reason}; the last of 2 refusals` },
      { amount: 1, detail: 'on_status (progress): NACK: not now' },
    ]);
  });

  it('counts the responses to requests about the order too', async () => {
    await charge(1);
    await harness.sendRequest({ type: 'status', orderId }, 'status');
    await settle(10);
    expect(await refusals()).toMatchObject([{ orderId, chargePointId: 'CP1', amount: 2 }]);
  });

  it('is named by the row of a response that was refused first', async () => {
    await harness.sendRequest({ type: 'status', orderId }, 'status');
    await settle(10);
    expect(await refusals()).toMatchObject([{ orderId, amount: 1 }]);
  });

  it('keeps its row when a later callback is delivered, because the refused ones were not', async () => {
    await charge(2);
    harness.behaviour.delivery = { kind: 'delivered' };
    await charge(1);
    const [row, ...others] = await refusals();
    expect(others).toEqual([]);
    expect(row).not.toHaveProperty('closedAt');
  });
});

it('counts each attempt at a terminal callback that is refused', async () => {
  await harness.connect();
  const order = await harness.confirm();
  harness.behaviour.delivery = { kind: 'refused', reason: 'NACK: no such order', notSent: true };
  await harness.sendRequest({ type: 'cancel' }, 'cancel');
  await harness.clock.advance(10_000);
  await settle(10);
  const attempts = harness.events.of('callback.refused').length + harness.events.of('callback.failed').length;
  expect(attempts).toBeGreaterThan(3);
  const detail = `on_status (terminal): NACK: no such order; retried until its deadline; the last of ${attempts} refusals`;
  expect(await refusals()).toMatchObject([{ orderId: order.id, amount: attempts, detail }]);
});

it('refused responses that concern no order are one row for each buyer app', async () => {
  harness.behaviour.delivery = { kind: 'refused', reason: 'NACK: not now' };
  const search = (bapId: string) => harness.sendRequest({ type: 'search', intent: {} }, 'search', { bapId });
  await Promise.all([search('bap1'), search('bap2'), search('bap1'), search('bap1')]);
  await settle(50);
  expect(await refusals()).toMatchObject([
    { amount: 3, detail: expect.stringContaining('on_search to bap1') as string },
    { amount: 1, detail: expect.stringContaining('on_search to bap2') as string },
  ]);
});
