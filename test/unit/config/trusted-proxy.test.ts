import { expect, it } from 'vitest';
import { clientAddressOf, trustedProxyCheck } from '../../../src/config/trusted-proxy.js';

const isProxy = trustedProxyCheck({ addresses: ['10.0.0.0/8', 'fd00::/8'] });
const clientOf = (header: string): string => clientAddressOf('10.0.0.1', header, isProxy);

it.each([
  ['203.0.113.7:51234', '203.0.113.7'],
  ['203.0.113.7', '203.0.113.7'],
  ['[2001:db8::7]:51234', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['2001:db8::7', '2001:db8::7'],
  ['198.51.100.1, 203.0.113.7:51234, 10.0.0.9:443', '203.0.113.7'],
  ['203.0.113.7:51234, [fd00::1]:443', '203.0.113.7'],
])('the client in %s is %s, whatever its port: a budget is one of its address', (header, address) => {
  expect(clientOf(header)).toBe(address);
});

it('what is no address is left as it is', () => {
  expect(clientOf('unknown')).toBe('unknown');
  expect(clientOf('')).toBe('10.0.0.1');
});
