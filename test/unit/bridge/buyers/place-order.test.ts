/**
 * Towards the limit on starts, orders that follow each other in one Beckn transaction count like those of several
 * transactions, even if they only hold the connector. A request that fails does not count.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const STARTS = 3;
const WISH = {
  items: { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] },
  limit: { limit: { kind: 'energy', value: 10_000 } },
} as const;

let harness: BridgeHarness;
beforeEach(async () => {
  const settings = { connectorsPerBuyer: 0, holdsPerBuyer: 0, startsPerConnector: STARTS };
  harness = await createBridgeHarness(undefined, undefined, { buyerLimits: settings });
});
afterEach(() => harness.stop());

const newest = () => harness.store.orderByTransaction('main/bap', 'tx-1');
async function cancel(): Promise<void> {
  const order = await newest();
  await harness.sendRequest({ type: 'cancel', orderId: order?.id ?? '' }, 'cancel');
  await harness.clock.advance(1000);
  await settle(20);
}

it.each([true, false])('a buyer app that confirms and cancels in one transaction; holds first: %s', async (holds) => {
  await harness.connect();
  const states: unknown[] = [];
  for (let at = 0; at <= STARTS; at += 1) {
    const first = holds ? 'init' : 'select';
    await harness.sendRequest({ type: first, ...WISH, ...(holds && { holdsConnector: true }) }, first);
    await settle(20);
    await harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unstated' }, 'confirm');
    await settle(20);
    states.push((await newest())?.state);
    await cancel();
  }
  expect(states.slice(0, STARTS)).toEqual(Array.from({ length: STARTS }, () => 'starting'));
  expect(states[STARTS]).toBe(holds ? 'cancelled' : 'draft');
});

it('a buyer app that holds and cancels in one transaction', async () => {
  await harness.connect();
  for (let at = 0; at <= STARTS; at += 1) {
    await harness.sendRequest({ type: 'init', ...WISH, holdsConnector: true }, 'init');
    await settle(20);
    expect((await newest())?.state).toBe(at < STARTS ? 'draft' : 'cancelled');
    await cancel();
  }
});

it.each([
  ['refused', 'no order'],
  ['not saved', 'no order'],
  ['refused', 'a draft'],
  ['not saved', 'a draft'],
] as const)('a confirm that is %s does not count; before it there is %s', async (how, before) => {
  for (let at = 0; at <= STARTS && before === 'a draft'; at += 1)
    await harness.sendRequest({ type: 'select', ...WISH }, 'select', { transaction: `in-vain-${at}` });
  await settle(20);
  harness.behaviour.diskFull = how === 'not saved';
  for (let at = 0; at <= STARTS; at += 1) {
    const transaction = `in-vain-${at}`;
    const payment = how === 'refused' ? 'unpaid' : 'unstated';
    const sent = harness.sendRequest({ type: 'confirm', ...WISH, payment }, 'confirm', { transaction });
    await sent.catch(() => undefined);
    await settle(20);
  }
  harness.behaviour.diskFull = false;
  await harness.connect();
  expect((await harness.confirm()).state).toBe('starting');
});

it('a hold counts although the confirm after it is refused', async () => {
  await harness.connect();
  for (let at = 0; at < STARTS; at += 1) {
    const transaction = `held-${at}`;
    await harness.sendRequest({ type: 'init', ...WISH, holdsConnector: true }, 'init', { transaction });
    await settle(20);
    await harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unpaid' }, 'confirm', { transaction });
    await settle(20);
    const order = await harness.store.orderByTransaction('main/bap', transaction);
    expect(order).toMatchObject({ state: 'draft', connectorHeld: true });
    await harness.sendRequest({ type: 'cancel', orderId: order?.id ?? '' }, 'cancel', { transaction });
    await harness.clock.advance(1000);
    await settle(20);
  }
  await expect(harness.confirm()).rejects.toThrow('the confirm made no order');
});
