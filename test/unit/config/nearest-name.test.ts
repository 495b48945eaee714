import { expect, it } from 'vitest';
import { nearestName } from '../../../src/config/nearest-name.js';

const KNOWN = [
  'id',
  'cpo',
  'limit',
  'cursor',
  'orderId',
  'chargePointId',
  'connectorId',
  'becknTransactionId',
  'transactionId',
];

it.each([
  ['orderID', 'orderId'],
  ['order_id', 'orderId'],
  ['charge-point-id', 'chargePointId'],
  ['chargepoint', 'chargePointId'],
  ['conectorId', 'connectorId'],
  ['becknTransaction', 'becknTransactionId'],
  ['lmit', 'limit'],
  ['xyzzy', undefined],
  ['xy', undefined],
  ['od', 'id'],
  ['cat', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('%s means %s', (given, meant) => expect(nearestName(given, KNOWN)).toBe(meant));
