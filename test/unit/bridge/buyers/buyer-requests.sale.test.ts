/** A connector that cannot charge is not sold: the errors at select, init and confirm. Others are shown and booked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { ConnectorStatus } from '../../../../src/domain/model/network.js';
import type { BuyerRequest, RequestedSlot } from '../../../../src/ports/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../../../fakes/payment-provider.js';
import { SESSION_POLICY } from '../../../fakes/session-policy.js';

const STEPS = ['select', 'init', 'confirm'] as const;
type Step = (typeof STEPS)[number];

let harness: BridgeHarness;
let provider: FakeProvider;
const open = async (): Promise<void> => {
  provider = createFakeProvider();
  harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: ['bpp-prepaid'] }),
  });
};
beforeEach(async () => {
  await loadSodium();
  await open();
});
afterEach(() => harness.stop());

async function answer(step: Step, buyer = 'b', slot?: RequestedSlot): Promise<Record<string, never> | undefined> {
  const wish = {
    items: { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] },
    limit: { limit: { kind: 'energy', value: 10_000 } },
    ...(slot && { slot }),
  } as const;
  const requests: { readonly [S in Step]: BuyerRequest } = {
    select: { type: 'select', ...wish },
    init: { type: 'init', ...wish },
    confirm: { type: 'confirm', ...wish, payment: 'unstated' },
  };
  await harness.sendRequest(requests[step], step, { bapId: buyer, transaction: buyer });
  await settle(20);
  return harness.callbacks.findLast(({ action }) => action === `on_${step}`)?.body;
}

const errorCode = (body: unknown): unknown => valueAt(body, 'error', 'code');
const status = (word: ConnectorStatus, connectorId = 1): Promise<unknown> =>
  harness.sendEvent({ type: 'connector-status-changed', connectorId, status: word, errorCode: 'NoError' });

async function refusedEverywhere(code: string, detail: string): Promise<void> {
  for (const step of STEPS) {
    const body = await answer(step);
    expect([step, errorCode(body)]).toEqual([step, code]);
    expect(JSON.stringify(valueAt(body, 'error'))).toContain(detail);
  }
  expect(provider.requests).toEqual([]);
  expect(harness.commands).toEqual([]);
}

describe('a connector that cannot charge now is not quoted, gets no payment link and no start', () => {
  it.each(['Faulted', 'Unavailable', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'] as const)(
    'while it is %s',
    async (word) => {
      await harness.connect();
      await status(word);
      await refusedEverywhere('40002', word);
    },
  );

  it.each(['Faulted', 'Unavailable'] as const)('while the whole charge point is %s', async (word) => {
    await harness.connect();
    await status(word, 0);
    await refusedEverywhere('40002', word);
  });

  it('while another order has it', async () => {
    await harness.stop();
    harness = await createBridgeHarness();
    await harness.connect();
    expect(errorCode(await answer('confirm', 'a'))).toBeUndefined();
    for (const step of STEPS) expect([step, errorCode(await answer(step))]).toEqual([step, '40002']);
  });

  it('while another order has it and its charge point is briefly away', async () => {
    await harness.stop();
    harness = await createBridgeHarness();
    await harness.connect();
    expect(errorCode(await answer('confirm', 'a'))).toBeUndefined();
    await harness.disconnect();
    for (const step of STEPS) expect([step, errorCode(await answer(step))]).toEqual([step, '40002']);
  });

  it('once its charge point has been away for longer than an order would wait for it', async () => {
    await harness.connect();
    await harness.disconnect();
    await harness.clock.advance(SESSION_POLICY.pendingMs);
    await refusedEverywhere('40002', 'not connected');
  });

  it('when its charge point has not come since we started', async () => {
    await harness.connect();
    await harness.restart();
    await harness.clock.advance(599_000);
    expect(errorCode(await answer('select'))).toBeUndefined();
    await harness.clock.advance(1000);
    await refusedEverywhere('40002', 'not connected');
    await harness.restart();
    // After a restart the charge points need some time to reconnect.
    expect(errorCode(await answer('select'))).toBeUndefined();
  });

  it('while its charge point is under quarantine, where a confirm ends at once with all of its money', async () => {
    await harness.connect();
    harness.bridge.chargerEvents.startQuarantine('CP1', { reason: 'takeovers', detail: 'd', address: 'a' });
    for (const step of ['select', 'init'] as const) {
      const body = await answer(step);
      expect([step, errorCode(body)]).toEqual([step, '40002']);
      expect(JSON.stringify(body)).toContain('out of service');
    }
    expect(provider.requests).toEqual([]);
    await harness.stop();
    harness = await createBridgeHarness();
    await harness.connect();
    harness.bridge.chargerEvents.startQuarantine('CP1', { reason: 'takeovers', detail: 'd', address: 'a' });
    const order = await harness.order((await harness.confirm()).id);
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(order.bill).toMatchObject({ total: 0, refund: order.authorised });
  });
});

describe('a charge point whose boots are not accepted sells nothing', () => {
  it.each(['pending', 'reject'] as const)('once an operator has decided on %s', async (policy) => {
    await harness.connect();
    await harness.bridge.operatorCommands.setBootPolicy('CP1', policy);
    await refusedEverywhere('40002', 'out of service');
    await harness.sendEvent({ type: 'booted', boot: {} });
    await refusedEverywhere('40002', 'out of service');
    await harness.restart();
    await refusedEverywhere('40002', 'out of service');
  });

  it('not even for a later time', async () => {
    await harness.connect();
    await harness.bridge.operatorCommands.setBootPolicy('CP1', 'pending');
    const from = harness.clock.now() + 3_600_000;
    expect(errorCode(await answer('select', 'b', { slot: { from, until: from + 3_600_000 } }))).toBe('40002');
  });

  it('and sells again after an accepted boot', async () => {
    await harness.connect();
    await harness.bridge.operatorCommands.setBootPolicy('CP1', 'pending');
    await harness.sendEvent({ type: 'booted', boot: {} });
    await harness.bridge.operatorCommands.setBootPolicy('CP1', 'accept');
    await harness.connect();
    expect(errorCode(await answer('select'))).toBeUndefined();
  });
});

describe('a connector that can charge', () => {
  it('is shown with its own status', async () => {
    await harness.connect();
    await status('Preparing');
    for (const step of ['select', 'init'] as const) {
      await harness.clock.advance(1000);
      expect(JSON.stringify(await answer(step))).toContain('"value":"Preparing"');
    }
  });

  it('is shown as unavailable while its charge point is away for a moment', async () => {
    await harness.connect();
    await harness.disconnect();
    await harness.clock.advance(SESSION_POLICY.pendingMs - 1);
    expect(JSON.stringify(await answer('select'))).toContain('"value":"Unavailable"');
  });

  it('may be booked for later although a car charges now', async () => {
    await harness.connect();
    await status('Charging');
    const from = harness.clock.now() + 3_600_000;
    expect(errorCode(await answer('select', 'b', { slot: { from, until: from + 3_600_000 } }))).toBeUndefined();
  });

  it('stays confirmed when its own confirm is repeated while it charges', async () => {
    await harness.stop();
    harness = await createBridgeHarness();
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await status('Charging');
    await harness.confirm();
    expect(errorCode(harness.callbacks.findLast(({ action }) => action === 'on_confirm')?.body)).toBeUndefined();
  });
});
