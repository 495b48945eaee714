import { expect, it } from 'vitest';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';

function attempt(list: RejectedConnections, id: string, network: string, at = 0): void {
  list.add({ id, network, at, tls: false, subprotocols: [], code: 'unknown-identity' });
}

it('a stranger who tries many identities pushes nobody of another network out', () => {
  const list = new RejectedConnections();
  attempt(list, 'NEWCOMER', '198.51.100');
  for (let at = 0; at < 2000; at += 1) attempt(list, `S${at}`, '192.0.2', at);
  expect(list.has('NEWCOMER')).toBe(true);
  expect(list.list()).toHaveLength(200);
});

it('a newcomer that keeps trying stays in the list although its own network is flooded', () => {
  const list = new RejectedConnections();
  for (let at = 0; at < 2000; at += 1) {
    if (at % 100 === 0) attempt(list, 'NEWCOMER', '192.0.2', at);
    attempt(list, `S${at}`, '192.0.2', at);
  }
  expect(list.has('NEWCOMER')).toBe(true);
});

it('many networks together do not push a network with one newcomer out', () => {
  const list = new RejectedConnections();
  attempt(list, 'NEWCOMER', '198.51.100');
  for (let at = 0; at < 2000; at += 1) attempt(list, `S${at}`, `10.0.${at % 50}`, at);
  expect(list.has('NEWCOMER')).toBe(true);
  expect(list.list().length).toBeLessThanOrEqual(200);
});

it('an identity that moves to another network is counted there, once', () => {
  const list = new RejectedConnections();
  attempt(list, 'A', '192.0.2', 1);
  attempt(list, 'A', '198.51.100', 2);
  expect(list.list()).toMatchObject([{ id: 'A', network: '198.51.100', firstAt: 1, lastAt: 2, count: 2 }]);
  list.remove('A');
  expect(list.list()).toEqual([]);
});

it('attempts that name no identity are one entry for each network and reason, with the last path', () => {
  const list = new RejectedConnections();
  const nameless = { network: '192.0.2', tls: false, subprotocols: [] };
  list.add({ ...nameless, at: 1, code: 'wrong-path', path: '/' });
  list.add({ ...nameless, at: 2, code: 'wrong-path', path: '/ocpp' });
  list.add({ ...nameless, at: 3, code: 'tls-on-plain-port' });
  list.add({ ...nameless, network: '198.51.100', at: 4, code: 'wrong-path', path: '/x/' });
  expect(list.list()).toMatchObject([
    { network: '198.51.100', count: 1 },
    { code: 'tls-on-plain-port', count: 1 },
    { code: 'wrong-path', path: '/ocpp', count: 2, firstAt: 1, lastAt: 2 },
  ]);
});

it('says the reason in words, and the cure', () => {
  const list = new RejectedConnections();
  attempt(list, 'A', '192.0.2');
  expect(list.list()).toMatchObject([{ reason: 'unknown identity', cure: expect.stringMatching(/^Approve it/) }]);
});

it('a client that is slowed down stays listed for what it was refused for before', () => {
  const list = new RejectedConnections();
  const one = { id: 'A', network: '192.0.2', tls: true, subprotocols: [] };
  list.add({ ...one, at: 1, code: 'wrong-password' });
  list.add({ ...one, at: 2, code: 'too-many-failures' });
  expect(list.list()).toMatchObject([{ code: 'wrong-password', count: 2, lastAt: 2 }]);
});

it('a long path is cut', () => {
  const list = new RejectedConnections();
  list.add({ network: '192.0.2', at: 1, tls: false, subprotocols: [], code: 'wrong-path', path: 'x'.repeat(8000) });
  expect(list.list()[0]?.path).toHaveLength(255);
});
