import { expect, it } from 'vitest';
import { placeText } from '../../../../../src/operator/command-line/frame/amounts.js';

it('the place of an order says that it is a trial, also at a real charge point', () => {
  expect(placeText({ chargePointId: 'CP-01', connectorId: 1 })).toBe('CP-01/1');
  expect(placeText({ chargePointId: 'CP-01', connectorId: 1, trial: true })).toBe('CP-01/1 (trial)');
});
