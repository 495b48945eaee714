/** A charge point that two speak for: what is not started there, what goes on, and how it ends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { QuarantineCause } from '../../../src/ports/charger-access.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';

const CAUSE: QuarantineCause = { reason: 'takeovers', detail: '4 takeovers within 600 s.', address: '203.0.113.9' };

let world: BridgeWorld;
beforeEach(async () => {
  await loadSodium();
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

const quarantine = (): void => world.bridge.chargerEvents.startQuarantine('CP1', CAUSE);
const starts = () => world.commands.filter(({ type }) => type === 'remote-start');
const statuses = () => world.told.filter(({ action }) => action === 'on_status');
const rows = () => world.store.listDiscrepancies({ limit: 9, open: true });

async function found(): Promise<string> {
  await world.ask({ type: 'search', intent: { availableOnly: true } }, 'search');
  await world.clock.advance(100);
  return JSON.stringify(world.told.findLast(({ action }) => action === 'on_search')?.body);
}

describe('a charge point in quarantine', () => {
  it('gets no start: an order for it fails at once, by name and with all of its money', async () => {
    quarantine();
    const order = await world.order((await world.confirm()).id);
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(order.bill).toMatchObject({ total: 0, refund: order.authorised });
    expect(starts()).toEqual([]);
    expect(statuses()).toHaveLength(1);
    expect(JSON.stringify(statuses()[0])).toContain('charger-quarantined');
  });

  it('is not found free, and what was on its way is not started', async () => {
    world.behave.answer = () => {
      quarantine();
      return { kind: 'not-sent', reason: 'expired' };
    };
    expect(await found()).toContain('CP1-1');
    const order = await world.order((await world.confirm()).id);
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(await found()).not.toContain('CP1-1');
  });

  it('after a start that may be obeyed the order waits its time, and is charged if it began', async () => {
    const order = await world.confirm();
    quarantine();
    world.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 99 });
    await world.charger({ type: 'booted', boot: {} });
    await world.clock.advance(30_000);
    expect(starts()).toHaveLength(1);
    expect((await world.order(order.id)).state).toBe('starting');
    await world.begin(order, 1000);
    expect((await world.order(order.id)).state).toBe('charging');
  });

  it('lets its sessions go on, stops them at their limit, and bills them', async () => {
    const order = await world.confirm({ wh: 5000 });
    const transactionId = await world.begin(order, 1000);
    quarantine();
    await world.clock.advance(600_000);
    await world.sample(1, [{ registerWh: 6000 }], transactionId);
    expect(world.commands).toContainEqual({ type: 'remote-stop', transactionId });
    const stop = { type: 'transaction-stopped', transactionId, meterStopWh: 6000, reason: 'Remote' } as const;
    await world.charger({ ...stop, at: world.clock.now(), samples: [], raw: '{}' });
    expect(await world.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 5000 } });
  });

  it('stays so over a restart, is told once, and is let out by an operator alone', async () => {
    quarantine();
    quarantine();
    await world.clock.advance(10);
    const { since } = world.bridge.chargePoints.quarantineOf('CP1') ?? { since: -1 };
    expect(world.events.of('charger.quarantined')).toMatchObject([{ chargePointId: 'CP1', reason: 'takeovers' }]);
    expect(await rows()).toMatchObject([
      { kind: 'charger-quarantined', chargePointId: 'CP1', at: since, detail: `${CAUSE.detail} From 203.0.113.9.` },
    ]);
    await world.restart();
    await world.connect();
    expect(world.bridge.chargePoints.quarantineOf('CP1')).toEqual({ ...CAUSE, since });
    const order = await world.order((await world.confirm()).id);
    expect(order.outcome?.code).toBe('charger-quarantined');
    expect(await world.bridge.operatorCommands.clearQuarantine('CP2', 'x')).toBe(false);
    expect(await world.bridge.operatorCommands.clearQuarantine('CP1', 'password changed')).toBe(true);
    expect(await rows()).toEqual([]);
    expect(await world.store.listDiscrepancies({ limit: 9 })).toMatchObject([{ closedNote: 'password changed' }]);
    await world.restart();
    await world.connect();
    await world.confirm({ transaction: 'tx-2' });
    expect(starts()).toHaveLength(1);
  });

  it('holds although it cannot be kept, and is kept as soon as it can', async () => {
    world.behave.diskFull = true;
    quarantine();
    await world.clock.advance(500);
    expect(world.events.of('store.failed')).toHaveLength(1);
    expect(world.bridge.chargePoints.quarantineOf('CP1')).toBeDefined();
    world.behave.diskFull = false;
    await world.clock.advance(1000);
    await world.restart();
    expect(world.bridge.chargePoints.quarantineOf('CP1')).toMatchObject(CAUSE);
    expect(await rows()).toHaveLength(1);
  });
});
