/**
 * A charge point identity claimed by two clients: no new starts, running sessions continue, and an operator ends the
 * quarantine.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { QuarantineCause } from '../../../../src/ports/charger-access.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

const CAUSE: QuarantineCause = { reason: 'takeovers', detail: '4 takeovers within 600 s.', address: '203.0.113.9' };

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const quarantine = (): void => harness.bridge.chargerEvents.startQuarantine('CP1', CAUSE);
const starts = () => harness.commands.filter(({ type }) => type === 'remote-start');
const statuses = () => harness.callbacks.filter(({ action }) => action === 'on_status');
const rows = () => harness.store.listDiscrepancies({ limit: 9, open: true });

async function found(): Promise<string> {
  await harness.sendRequest({ type: 'search', intent: { availableOnly: true } }, 'search');
  await harness.clock.advance(100);
  return JSON.stringify(harness.callbacks.findLast(({ action }) => action === 'on_search')?.body);
}

describe('a charge point in quarantine', () => {
  it('gets no start: an order for it fails at once, by name and with all of its money', async () => {
    quarantine();
    const order = await harness.order((await harness.confirm()).id);
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(order.bill).toMatchObject({ total: 0, refund: order.authorised });
    expect(starts()).toEqual([]);
    expect(statuses()).toHaveLength(1);
    expect(JSON.stringify(statuses()[0])).toContain('charger-quarantined');
  });

  it('is not found free, and what was on its way is not started', async () => {
    harness.behaviour.answer = () => {
      quarantine();
      return { kind: 'not-sent', reason: 'expired' };
    };
    expect(await found()).toContain('CP1-1');
    const order = await harness.order((await harness.confirm()).id);
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(await found()).not.toContain('CP1-1');
  });

  it('after a start that may be obeyed the order waits its time, and is charged if it began', async () => {
    const order = await harness.confirm();
    quarantine();
    harness.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 99 });
    await harness.sendEvent({ type: 'booted', boot: {} });
    await harness.clock.advance(30_000);
    expect(starts()).toHaveLength(1);
    expect((await harness.order(order.id)).state).toBe('starting');
    await harness.startTransaction(order, 1000);
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('lets its sessions go on, stops them at their limit, and bills them', async () => {
    const order = await harness.confirm({ wh: 5000 });
    const transactionId = await harness.startTransaction(order, 1000);
    quarantine();
    await harness.clock.advance(600_000);
    await harness.sendSamples(1, [{ registerWh: 6000 }], transactionId);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId });
    const stop = { type: 'transaction-stopped', transactionId, meterStopWh: 6000, reason: 'Remote' } as const;
    await harness.sendEvent({ ...stop, at: harness.clock.now(), samples: [], raw: '{}' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 5000 } });
  });

  it('stays so over a restart, is told once, and is let out by an operator alone', async () => {
    quarantine();
    quarantine();
    await harness.clock.advance(10);
    const { since } = harness.bridge.chargePoints.quarantineOf('CP1') ?? { since: -1 };
    expect(harness.events.of('charger.quarantined')).toMatchObject([{ chargePointId: 'CP1', reason: 'takeovers' }]);
    expect(await rows()).toMatchObject([
      { kind: 'charger-quarantined', chargePointId: 'CP1', at: since, detail: `${CAUSE.detail} From 203.0.113.9.` },
    ]);
    await harness.restart();
    await harness.connect();
    expect(harness.bridge.chargePoints.quarantineOf('CP1')).toEqual({ ...CAUSE, since });
    const order = await harness.order((await harness.confirm()).id);
    expect(order.outcome?.code).toBe('charger-quarantined');
    expect(await harness.bridge.operatorCommands.clearQuarantine('CP2', 'x')).toBe(false);
    expect(await harness.bridge.operatorCommands.clearQuarantine('CP1', 'password changed')).toBe(true);
    expect(await rows()).toEqual([]);
    expect(await harness.store.listDiscrepancies({ limit: 9 })).toMatchObject([{ closedNote: 'password changed' }]);
    await harness.restart();
    await harness.connect();
    await harness.confirm({ transaction: 'tx-2' });
    expect(starts()).toHaveLength(1);
  });

  it('holds although it cannot be kept, and is kept as soon as it can', async () => {
    harness.behaviour.diskFull = true;
    quarantine();
    await harness.clock.advance(500);
    expect(harness.events.of('store.failed')).toHaveLength(1);
    expect(harness.bridge.chargePoints.quarantineOf('CP1')).toBeDefined();
    harness.behaviour.diskFull = false;
    await harness.clock.advance(1000);
    await harness.restart();
    expect(harness.bridge.chargePoints.quarantineOf('CP1')).toMatchObject(CAUSE);
    expect(await rows()).toHaveLength(1);
  });
});
