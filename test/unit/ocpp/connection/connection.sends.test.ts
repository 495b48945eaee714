import { expect, it } from 'vitest';
import type { ChargerOutcome } from '../../../../src/ports/charger-events.js';
import { v21 } from '../../../../src/ocpp/versions/v2/v21.js';
import { createOcppHarness } from '../ocpp-harness.js';

const event = (seqNo: number) => ({
  ...{ eventType: 'Updated', timestamp: '2026-01-15T10:00:00Z', triggerReason: 'MeterValuePeriodic', seqNo },
  transactionInfo: { transactionId: 't1' },
});

it('OCPP-J 2.1 §4.2.5 a flood of SENDs is not read any more until they are saved', async () => {
  const harness = createOcppHarness({}, v21);
  const charger = harness.connect();
  const saved: ((outcome: ChargerOutcome) => void)[] = [];
  harness.intake.respond = () => new Promise((resolve) => saved.push(resolve));
  for (let n = 0; n < 99; n += 1) charger.say([6, `s${n}`, 'TransactionEvent', event(n)]);
  expect([saved.length, charger.paused]).toEqual([99, false]);
  charger.say([6, 's99', 'TransactionEvent', event(99)]);
  expect(charger.paused).toBe(true);
  for (const save of saved) save({ type: 'transaction-event', status: undefined } as never);
  await harness.settle();
  expect(charger.paused).toBe(false);
  expect(charger.sent).toEqual([]);
});

it('OCPP-J 2.1 §4.2.5 an action that is only sent is refused as a CALL', () => {
  const harness = createOcppHarness({}, v21);
  const charger = harness.connect();
  charger.say([2, 'q', 'NotifyPeriodicEventStream', {}]);
  expect(charger.last().slice(0, 3)).toEqual([4, 'q', 'NotSupported']);
});
