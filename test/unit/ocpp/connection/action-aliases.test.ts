import { expect, it } from 'vitest';
import { v201 } from '../../../../src/ocpp/versions/v2/v201.js';
import { createOcppHarness } from '../ocpp-harness.js';

/** Returns a signed StatusNotification whose customData has this nesting depth. */
function signed(depth: number): unknown {
  const status = '"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1';
  const content = `{${status},"customData":{"vendorId":"x","data":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
  return [2, '7', 'StatusNotification-Signed', { payload: Buffer.from(content).toString('base64url') }];
}

it('a signed CALL is read', () => {
  const socket = createOcppHarness({}, v201).connect();
  socket.say(signed(5));
  expect(socket.last()).toEqual([3, '7', {}]);
});

it('a signed CALL that is nested too deeply is refused like any other, and is no bug of ours', () => {
  const harness = createOcppHarness({}, v201);
  const socket = harness.connect();
  socket.say(signed(20_000));
  expect(socket.last().slice(0, 3)).toEqual([4, '7', 'NotImplemented']);
  expect(harness.events.of('bug')).toEqual([]);
});
