/** Messages of a 2.x station that name an EVSE and none of its connectors. The order is for the second one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { Connector, Network } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;

/** Connectors 1 and 2 of EVSE 1, at different prices, and the connector of EVSE 2. */
function network(): Network {
  const copy = structuredClone<Network>(NETWORK);
  const chargePoint = copy.providers[0]?.stations[0]?.chargePoints[0] as { connectors: readonly Connector[] };
  const [first, other] = chargePoint.connectors;
  if (!first || !other) throw new Error('the network has changed');
  const tariff = { ...first.tariff, id: 'second', pricePerKwh: 2000 } as Connector['tariff'];
  chargePoint.connectors = [first, { ...first, connectorId: 1002, itemId: 'CP1-1002', tariff }, other];
  return copy;
}

let harness: BridgeHarness;
let order: Order;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness(network());
  await harness.connect('CP1', { version: '2.0.1' });
  order = await harness.confirm({ item: 'CP1-1002' });
});
afterEach(() => harness.stop());

const EVSE = { connectorId: 1, isWholeEvse: true } as const;

async function event(
  eventType: TransactionEvent['eventType'],
  seqNo: number,
  { registerWh, ...more }: Partial<TransactionEvent> & { registerWh?: number } = {},
): Promise<void> {
  const at = harness.clock.now();
  await harness.sendEvent({
    ...{ type: 'transaction-event', eventType, transactionId: '1', triggerReason: 'MeterValuePeriodic', seqNo },
    ...{ offline: false, samples: registerWh === undefined ? [] : [{ at, registerWh }], at, raw: '[]' },
    ...more,
  });
  await settle(20);
}
const named = (): Partial<TransactionEvent> => ({
  ...{ triggerReason: 'RemoteStart', idTag: order.idTag ?? '', remoteStartId: remoteStartIdOf(order.idTag ?? '') },
  ...{ chargingState: 'Charging', meterStartWh: 1000 },
});
const current = (): Promise<Order> => harness.order(order.id);

describe('an EVSE without a connector is the connector', () => {
  it('of the order that the event names', async () => {
    await event('started', 0, { ...named(), ...EVSE });
    expect(await current()).toMatchObject({ state: 'charging', connector: { connectorId: 1002 } });
  });

  it('of the order whose start is awaited there', async () => {
    const { idTag: _, remoteStartId: __, ...nameless } = named();
    await event('started', 0, { ...nameless, ...EVSE });
    expect(await current()).toMatchObject({ state: 'charging', connector: { connectorId: 1002 } });
  });

  it('of the transaction, and EVSE 0 is as well', async () => {
    await event('started', 0, { ...named(), connectorId: 1002 });
    await harness.clock.advance(MINUTE);
    await event('updated', 1, { ...EVSE, registerWh: 1500 });
    await event('updated', 2, { connectorId: 0, isWholeEvse: true, chargingState: 'SuspendedEV' });
    expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Available');
    expect(harness.bridge.chargePoints.reportedState('CP1', 1002).status).toBe('SuspendedEV');
    await event('ended', 3, { ...EVSE, meterStopWh: 1600 });
    expect(harness.bridge.chargePoints.reportedState('CP1', 1002).status).toBe('Finishing');
    expect(await current()).toMatchObject({ bill: { energyWh: 600 } });
  });

  it('of the transaction also once its order has ended', async () => {
    await event('started', 0, { ...named(), connectorId: 1002 });
    await event('updated', 1, { triggerReason: 'StopAuthorized', registerWh: 1000 });
    await event('ended', 2, { ...EVSE, meterStopWh: 1000 });
    expect(await harness.store.transaction('CP1', '1')).toMatchObject({
      connectorId: 1002,
      stop: { meterStopWh: 1000 },
    });
  });

  it('of the transaction in MeterValues', async () => {
    await event('started', 0, { ...named(), connectorId: 1002 });
    await harness.clock.advance(MINUTE);
    const samples = [{ at: harness.clock.now(), registerWh: 1500 }];
    await harness.sendEvent({ type: 'meter-sampled', connectorId: 2, isWholeEvse: true, samples, raw: '[]' });
    expect((await current()).session?.meter.energyWh).toBe(0);
    await harness.sendEvent({ type: 'meter-sampled', ...EVSE, samples, raw: '[]' });
    expect((await current()).session?.meter.energyWh).toBe(500);
  });

  it('but not if the station names another connector', async () => {
    await event('started', 0, { ...named(), connectorId: 1 });
    expect((await current()).session).toBeUndefined();
    expect(await harness.discrepancies()).toEqual(['late-start']);
  });

  it('and not of an order on another EVSE', async () => {
    await event('started', 0, { ...named(), connectorId: 2, isWholeEvse: true });
    expect((await current()).session).toBeUndefined();
  });
});
