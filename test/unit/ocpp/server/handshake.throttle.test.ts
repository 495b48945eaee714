import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { passwordVerifier, protectPassword } from '../../../../src/ocpp/auth/basic-auth.js';
import { Handshake, type HandshakeRules } from '../../../../src/ocpp/server/handshake.js';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';
import { RejectionRecorder } from '../../../../src/ocpp/server/rejection-recorder.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const verify = passwordVerifier(protectPassword(KEY, 'salt'));

let clock: ManualClock;
let handshake: Handshake;

beforeEach(() => {
  clock = createManualClock();
  handshake = makeHandshake();
});

function makeHandshake(change: Partial<HandshakeRules> = {}): Handshake {
  return new Handshake(
    { basePath: '/ocpp', credentialOf: () => ({ profile: 1, verify }), defaultProfile: 1, ...change },
    {
      isKnown: (id) => id.startsWith('CP'),
      clock,
      rejections: new RejectionRecorder({
        rejectedConnections: new RejectedConnections(),
        events: { emit: () => undefined },
        clock,
      }),
    },
  );
}

function attempt(id: string, password: string, address = '192.0.2.7'): number {
  const authorization = `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;
  const request = { url: `/ocpp/${id}`, headers: { authorization }, socket: { remoteAddress: address } };
  const result = handshake.authenticate(request as unknown as IncomingMessage);
  return result.ok ? 101 : result.status;
}

describe('a right password', () => {
  it('gets in under an identity with colons, such as a MAC address', () => {
    expect(attempt('CP:00:1B:44', KEY)).toBe(101);
    expect(attempt('CP:00:1B:44', `x:${KEY}`)).toBe(401);
  });

  it('gets in although many wrong ones came from its network', () => {
    for (let at = 0; at < 300; at += 1) attempt(`CP${at}`, 'wrong', `192.0.2.${at % 250}`);
    expect(attempt('CP-healthy', KEY)).toBe(101);
  });

  it('gets in although many wrong ones came for its identity from its address', () => {
    for (let at = 0; at < 300; at += 1) attempt('CP1', `guess ${at}`);
    expect(attempt('CP1', KEY)).toBe(101);
  });
});

describe('wrong passwords', () => {
  it('get 429 after ten for an identity and sixty for a network, for a minute', async () => {
    const ofIdentity = Array.from({ length: 12 }, (_, at) => attempt('CP1', `guess ${at}`));
    expect(ofIdentity).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(attempt('CP2', 'wrong')).toBe(401);
    for (let at = 0; at < 60; at += 1) attempt(`X${at}`, 'wrong');
    expect(attempt('CP3', 'wrong')).toBe(429);
    expect(attempt('CP3', 'wrong', '198.51.100.1')).toBe(401);
    await clock.advance(60_001);
    expect(attempt('CP3', 'wrong')).toBe(401);
  });

  it('of an unknown identity look the same as those of a known one', () => {
    const statuses = (id: string): number[] => Array.from({ length: 12 }, (_, at) => attempt(id, `guess ${at}`));
    expect(statuses('CP1')).toEqual(statuses('NOBODY'));
  });
});
