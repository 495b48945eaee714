import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const logged = () => harness.store.listLogEntries({ limit: 10, chargePointId: 'CP1', kind: 'notification' });

it('what a message reports beside connector statuses is logged', async () => {
  const connectors = [{ connectorId: 1, status: 'Faulted', errorCode: 'OtherError' }] as const;
  const payload = { eventData: [{ component: { name: 'ConnectorPlugRetentionLock' }, actualValue: 'true' }] };
  const rest = { action: 'NotifyEvent', payload };
  await harness.sendEvent({ type: 'connector-statuses-reported', connectors, rest });
  expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Faulted');
  expect(await logged()).toMatchObject([{ action: 'NotifyEvent', detail: payload }]);
  await harness.sendEvent({ type: 'connector-statuses-reported', connectors });
  expect(await logged()).toHaveLength(1);
});
