/**
 * Two clients compete for one charge point identity: after the fourth takeover in ten minutes, no order is started at
 * that charge point.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../fakes/until.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from '../ocpp16/charge-point.js';

let fixture: ChargerFixture;
beforeEach(async () => (fixture = await startChargerFixture({ hasPasswords: true })));
afterEach(() => fixture.stop());

/** Lets a new socket take over the identity `times` times. Returns the newest one. */
async function fight(times: number): Promise<ChargePoint> {
  const { harness } = fixture;
  let last = await fixture.back('10.0.0.0');
  await last.boot();
  for (let n = 0; n < times; n += 1) {
    // Slow enough to stay below the limit per minute, which would reject further takeovers.
    await harness.clock.advance(50_000);
    const seen = harness.events.of('charger.replaced').length;
    last = await fixture.back(`10.0.0.${n + 1}`);
    await until(harness.clock, () => harness.events.of('charger.replaced').length > seen);
  }
  await last.boot();
  await last.status('Available');
  return last;
}

const ending = async (transaction: string) => {
  const order = await fixture.harness.confirm({ transaction });
  await until(fixture.harness.clock, () => !fixture.harness.bridge.openOrders().some(({ id }) => id === order.id));
  return fixture.now(order);
};

describe('takeovers of a living socket', () => {
  it('three in ten minutes are let pass', async () => {
    const point = await fight(3);
    await fixture.harness.confirm();
    await point.called('RemoteStartTransaction');
  });

  it('four put the charge point into quarantine: no start until an operator clears it, and a full refund', async () => {
    const { harness } = fixture;
    const point = await fight(4);
    const order = await ending('tx-1');
    expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-quarantined' } });
    expect(order.bill).toMatchObject({ total: 0, refund: order.authorised });
    expect(point.calls.map(({ action }) => action)).not.toContain('RemoteStartTransaction');
    await harness.sendRequest({ type: 'search', intent: { availableOnly: true } }, 'search');
    await until(harness.clock, () => harness.callbacks.some(({ action }) => action === 'on_search'));
    expect(JSON.stringify(harness.callbacks.find(({ action }) => action === 'on_search'))).not.toContain('CP1-1');
    expect(await harness.store.listDiscrepancies({ limit: 9, open: true })).toMatchObject([
      { kind: 'charger-quarantined', chargePointId: 'CP1', detail: expect.stringMatching(/^4 times within 600 s/) },
    ]);
    const command = { chargePointId: 'CP1', action: 'RemoteStartTransaction', payload: { idTag: 'T' } };
    const refused = await harness.bridge.operatorCommands.send({
      ...command,
      expiresAfterMs: 30_000,
      timeoutMs: 30_000,
    });
    expect(refused).toMatchObject({ refused: 'quarantined' });

    expect(await harness.bridge.operatorCommands.clearQuarantine('CP1', 'the password is another one now')).toBe(true);
    await harness.confirm({ transaction: 'tx-2' });
    await point.called('RemoteStartTransaction');
  });
});
