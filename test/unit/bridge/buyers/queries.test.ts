/**
 * Orders named in requests, by an id stated in on_init or by their transaction; the provider that support names; and
 * the callback to a request to stop.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Network } from '../../../../src/domain/model/network.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { SESSION_POLICY } from '../../../fakes/session-policy.js';

/** Returns a network with a second provider that has its own charge point and phone number. */
function twoProviders(): Network {
  const [first] = NETWORK.providers;
  const [station] = first?.stations ?? [];
  const [point] = station?.chargePoints ?? [];
  if (!first || !station || !point) throw new Error('the network has changed');
  const second = {
    ...first,
    id: 'p2',
    name: 'Q',
    support: { phone: '222' },
    stations: [
      {
        ...station,
        id: 's2',
        chargePoints: [
          {
            ...point,
            id: 'CP9',
            itemId: 'CP9',
            connectors: point.connectors.map((one) => ({ ...one, itemId: `CP9-${one.connectorId}` })),
          },
        ],
      },
    ],
  };
  return { ...NETWORK, providers: [{ ...first, support: { phone: '111' } }, second] };
}

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness(twoProviders());
  await harness.connect('CP1');
  await harness.connect('CP9');
});
afterEach(() => harness.stop());

const items = (id: string) => ({ itemIds: [{ id, path: 'p' }] });
const limit = { limit: { kind: 'energy', value: 10_000 } } as const;
const last = (action: string): unknown => harness.callbacks.findLast((callback) => callback.action === action)?.body;

async function draft(step: 'select' | 'init', item: string, transaction = 'tx-1'): Promise<string> {
  await harness.sendRequest({ type: step, items: items(item), limit }, step, { transaction });
  await settle(20);
  return (await harness.store.orderByTransaction('main/bap', transaction))?.id ?? '';
}

describe('support answers for the provider of the order', () => {
  const phone = async (refId: string | undefined, transaction = 'tx-1', bapId = 'bap'): Promise<unknown> => {
    await harness.sendRequest({ type: 'support', ...(refId !== undefined && { refId }) }, 'support', {
      transaction,
      bapId,
    });
    await settle(20);
    return valueAt(last('on_support'), 'message', 'support', 'phone');
  };

  it.each([['an unknown ref_id', 'nobody-knows-this'] as const, ['no ref_id', undefined] as const])(
    'of the transaction with %s',
    async (_what, refId) => {
      await harness.confirm({ item: 'CP9-1' });
      expect(await phone(refId)).toBe('222');
    },
  );

  it('of the ref_id before that of the transaction', async () => {
    const order = await harness.confirm({ item: 'CP9-1' });
    await harness.confirm({ item: 'CP1-1', transaction: 'tx-2' });
    expect(await phone(order.id, 'tx-2')).toBe('222');
    expect(await phone('CP9-2', 'tx-2')).toBe('222');
  });

  it('but not of another buyer app', async () => {
    const order = await harness.confirm({ item: 'CP9-1' });
    expect(await phone(order.id, 'tx-1', 'stranger')).toBe('111');
  });

  it('also when its connector is no longer offered', async () => {
    await harness.confirm({ item: 'CP9-1' });
    const [first, second] = twoProviders().providers;
    if (!first || !second) throw new Error('the network has changed');
    await harness.restart({ ...NETWORK, providers: [first, { ...second, stations: [] }] });
    expect(await phone('unknown')).toBe('222');
  });
});

describe('an order whose id was told in on_init is known by it before the confirm', () => {
  it('to status', async () => {
    const orderId = await draft('init', 'CP1-1');
    expect(await harness.sendRequest({ type: 'status', orderId }, 'status')).toEqual({ ack: true });
    await settle(20);
    expect(valueAt(last('on_status'), 'error')).toBeUndefined();
    expect(valueAt(last('on_status'), 'message', 'order', 'type')).toBe('DRAFT');
  });

  it('to cancel, which frees a connector that it kept', async () => {
    await harness.sendRequest({ type: 'init', items: items('CP1-1'), limit, holdsConnector: true }, 'init');
    await settle(20);
    const orderId = (await harness.store.orderByTransaction('main/bap', 'tx-1'))?.id ?? '';
    expect(await harness.sendRequest({ type: 'cancel', orderId }, 'cancel')).toEqual({ ack: true });
    await settle(20);
    expect(await harness.order(orderId)).toMatchObject({ state: 'cancelled', outcome: { code: 'cancelled-by-buyer' } });
    await harness.sendRequest({ type: 'init', items: items('CP1-1'), limit }, 'init', { bapId: 'b', transaction: 'b' });
    await settle(20);
    expect(valueAt(last('on_init'), 'error')).toBeUndefined();
  });

  it('but not to another buyer app, nor after a select alone, nor without its id', async () => {
    const orderId = await draft('init', 'CP1-1');
    const unknown = { ack: false, refusal: { code: 'order-unknown' } };
    expect(await harness.sendRequest({ type: 'status', orderId }, 'status', { bapId: 'b' })).toMatchObject(unknown);
    expect(await harness.sendRequest({ type: 'status' }, 'status')).toMatchObject(unknown);
    const selected = await draft('select', 'CP1-2', 'tx-2');
    expect(await harness.sendRequest({ type: 'status', orderId: selected }, 'status')).toMatchObject(unknown);
  });
});

describe('a request to stop is answered when the session is over', () => {
  const cancels = () => harness.callbacks.filter(({ action }) => action === 'on_cancel');
  const stop = (orderId: string) => harness.sendRequest({ type: 'stop', reply: 'at-end', orderId }, 'cancel');

  it('also if it is already being stopped', async () => {
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.bridge.operatorCommands.stop(order.id);
    await stop(order.id);
    await settle(20);
    expect(cancels()).toEqual([]);
    const at = harness.clock.now();
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 2000,
      at,
      reason: 'Remote',
      samples: [],
      raw: '{}',
    });
    await settle(20);
    expect(cancels()).toHaveLength(1);
    expect(valueAt(cancels()[0]?.body, 'message', 'order', 'status')).toBe('COMPLETE');
  });

  it('within a bound, if the charger does not obey', async () => {
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await stop(order.id);
    await stop(order.id);
    await settle(20);
    // Only one callback can be deferred, so the second request is answered at once.
    expect(cancels()).toHaveLength(1);
    await harness.clock.advance(SESSION_POLICY.answerWithinMs + 1000);
    await settle(20);
    expect(cancels()).toHaveLength(2);
  });
});
