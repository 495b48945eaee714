/** Where some charge point has a password, an unknown identity is not told from a known one. */
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import type { CredentialLookup } from '../../../../src/ocpp/auth/basic-auth.js';
import { Handshake, type HandshakeRules } from '../../../../src/ocpp/server/handshake.js';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';
import { RejectionRecorder } from '../../../../src/ocpp/server/rejection-recorder.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const credentialOf: CredentialLookup = (id) =>
  id === 'GUARDED' ? { profile: 1, verify: () => false } : { profile: 0 };

/** Returns the status that an identity gets, with the password `wrong` or without one; `open` if it is let in. */
function statusOf(rules: Partial<HandshakeRules>, id: string, password?: 'wrong'): number | 'open' {
  const clock = createManualClock();
  const rejectedConnections = new RejectedConnections();
  const handshake = new Handshake(
    { basePath: '/ocpp', credentialOf, defaultProfile: 0, ...rules },
    {
      isKnown: (known) => known === 'GUARDED' || known === 'OPEN',
      clock,
      rejections: new RejectionRecorder({ rejectedConnections, clock, events: createEventLog() }),
    },
  );
  const basic = `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;
  const headers = password === undefined ? {} : { authorization: basic };
  const request = { url: `/ocpp/${id}`, headers, socket: { remoteAddress: '198.51.100.7' } };
  const result = handshake.authenticate(request as unknown as IncomingMessage);
  return result.ok ? 'open' : result.status;
}

it.each([undefined, 'wrong'] as const)(
  'gets 401 like a wrong password under profile 0, beside charge points with a password: %s',
  (password) => {
    const rules = { isAnySecured: () => true };
    expect(statusOf(rules, 'STRANGER', password)).toBe(401);
    expect(statusOf(rules, 'GUARDED', password)).toBe(401);
    expect(statusOf(rules, 'OPEN', password)).toBe('open');
  },
);

it.each([undefined, 'wrong'] as const)('gets 401 like a wrong password under profile 1: %s', (password) => {
  const rules = { defaultProfile: 1, isAnySecured: () => false } as const;
  expect(statusOf(rules, 'STRANGER', password)).toBe(401);
  expect(statusOf(rules, 'GUARDED', password)).toBe(401);
});

it('gets 404 where no charge point has a password', () => {
  expect(statusOf({ isAnySecured: () => false }, 'STRANGER')).toBe(404);
  expect(statusOf({}, 'STRANGER')).toBe(404);
  // A charger with a password believes that it is known, and its installer needs to hear of the password.
  expect(statusOf({ isAnySecured: () => false }, 'STRANGER', 'wrong')).toBe(401);
});
