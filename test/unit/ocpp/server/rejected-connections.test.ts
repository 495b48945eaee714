import { expect, it } from 'vitest';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';

function attempt(list: RejectedConnections, id: string, network: string, lastAt = 0): void {
  list.add({ id, network, lastAt, subprotocols: [], reason: 'unknown identity' });
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
