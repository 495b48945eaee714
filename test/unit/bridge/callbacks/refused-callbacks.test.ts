/** Refused reports of one order are one discrepancy for each cause; other refused callbacks have their own. */
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

  it('has a row of its own for each response to a request', async () => {
    await charge(2);
    for (let time = 0; time < 2; time++) await harness.sendRequest({ type: 'status', orderId }, 'status');
    await settle(10);
    expect((await refusals()).map(({ amount }) => amount).sort()).toEqual([1, 1, 2]);
    expect((await refusals()).every((row) => row.orderId === orderId)).toBe(true);
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

it('counts each attempt at a terminal callback, until a person has closed its row', async () => {
  await harness.connect();
  const order = await harness.confirm();
  harness.behaviour.delivery = { kind: 'refused', reason: 'NACK: no such order', notSent: true };
  await harness.sendRequest({ type: 'cancel' }, 'cancel');
  await harness.clock.advance(10_000);
  await settle(10);
  const retries = (): number => harness.events.of('callback.failed').length;
  expect(retries()).toBeGreaterThan(3);
  const terminal = async (): Promise<Discrepancy[]> =>
    (await refusals()).filter(({ detail }) => detail.startsWith('on_status (terminal)'));
  const detail = `on_status (terminal): NACK: no such order; retried until its deadline; the last of ${retries()} refusals`;
  expect(await terminal()).toMatchObject([{ orderId: order.id, amount: retries(), detail }]);
  await harness.store.closeDiscrepancy((await terminal())[0]?.id ?? '', 'told them', harness.clock.now());
  const closed = await terminal();
  await harness.clock.advance(10_000);
  expect(await terminal()).toEqual(closed);
});

it('has a row for each refused response that concerns no order', async () => {
  harness.behaviour.delivery = { kind: 'refused', reason: 'NACK: not now' };
  for (let time = 0; time < 2; time++) await harness.sendRequest({ type: 'search', intent: {} }, 'search');
  await settle(50);
  expect((await refusals()).map(({ detail }) => detail).sort()).toEqual([
    'on_search to bap, message m-1: NACK: not now',
    'on_search to bap, message m-2: NACK: not now',
  ]);
});
