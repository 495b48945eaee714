import { expect, it } from 'vitest';
import { acknowledgeWith, buildRoutes, route } from '../../../../src/ocpp/versions/routes.js';

it('types the reader and the writer of a message together', () => {
  route<'heartbeat'>('Heartbeat', {
    readEvent: () => ({ type: 'heartbeat' }),
    // @ts-expect-error -- the outcome of a heartbeat has no status
    writeResponse: ({ status }) => ({ status }),
  });
  route<'heartbeat'>('Heartbeat', {
    // @ts-expect-error -- another event than the one whose outcome is written
    readEvent: () => ({ type: 'authorization-requested', idTag: 'TAG' }),
    writeResponse: ({ now }) => ({ now }),
  });
  expect(route('Heartbeat', { readEvent: () => ({ type: 'heartbeat' }), writeResponse: () => ({}) }).action).toBe(
    'Heartbeat',
  );
});

it('logs and acknowledges a message with part of its request', () => {
  const message = acknowledgeWith('VatNumberValidation', (request, now) => ({ request, now }));
  const event = message.readEvent({ a: 1 }, '{"a":1}', 5);
  expect(event).toEqual({ type: 'notification-received', action: 'VatNumberValidation', payload: { a: 1 } });
  expect(message.writeResponse({ type: 'notification-received', payload: { a: 1 }, now: 5 })).toEqual({
    request: { a: 1 },
    now: 5,
  });
  expect(buildRoutes('2.1', [message]).get('VatNumberValidation')).toMatchObject({ caching: 'brief', isBoot: false });
});
