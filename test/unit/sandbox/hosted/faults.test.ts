import { expect, it } from 'vitest';
import type { SimulatedChargePoint } from '../../../../src/sandbox/charge-point.js';
import type { ChargePointState, ConnectorView } from '../../../../src/sandbox/charge-point/charge-point-options.js';
import { FaultInjection } from '../../../../src/sandbox/hosted/faults.js';

const CONNECTOR = { connectorId: 1, status: 'Charging', pluggedIn: true, registerWh: 0, powerW: 0 } as const;
const TRANSACTION = { id: 1, idTag: 'T', meterStartWh: 0 };

function stateOf(connector: ConnectorView): ChargePointState {
  return { id: 'CP1', online: true, accepted: true, queued: 0, connectors: [connector] };
}

it('a lasting fault begins at once, one within a session once in each session', () => {
  const seen: string[] = [];
  const chargePoint = { id: 'CP1', misbehave: (mode: string) => void seen.push(mode) } as never as SimulatedChargePoint;
  const injection = new FaultInjection(['ignores-stop', 'meter-reset']);
  injection.begin(chargePoint);
  expect(seen).toEqual(['ignores-stop']);
  const charging = stateOf({ ...CONNECTOR, transaction: TRANSACTION });
  injection.stateChanged(chargePoint, stateOf(CONNECTOR));
  injection.stateChanged(chargePoint, charging);
  injection.stateChanged(chargePoint, charging);
  expect(seen).toEqual(['ignores-stop', 'resets-meter']);
  injection.stateChanged(chargePoint, stateOf(CONNECTOR));
  injection.stateChanged(chargePoint, charging);
  expect(seen).toEqual(['ignores-stop', 'resets-meter', 'resets-meter']);
});
