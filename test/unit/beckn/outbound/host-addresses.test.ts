/** Host names are resolved before an ACK: rarely, and never for long. */
import { describe, expect, it } from 'vitest';
import { HostAddresses } from '../../../../src/beckn/outbound/host-addresses.js';
import { createManualClock, settle } from '../../../fakes/manual-clock.js';

const HOST = 'app.example.in';
const DAY_MS = 86_400_000;

function setUp() {
  const clock = createManualClock();
  const lookups: string[] = [];
  /** What the resolver says; `undefined` if it fails, `slow` if it does not answer yet. */
  const resolver: { answer: readonly string[] | undefined | 'slow' } = { answer: ['8.8.8.8'] };
  const waiting: ((addresses: readonly string[]) => void)[] = [];
  const hosts = new HostAddresses({
    clock,
    dns: {
      resolve(host) {
        lookups.push(host);
        const { answer } = resolver;
        if (answer === 'slow') return new Promise((resolve) => waiting.push(resolve));
        return answer ? Promise.resolve(answer) : Promise.reject(new Error('EAI_AGAIN'));
      },
    },
  });
  return { clock, lookups, resolver, waiting, hosts };
}

describe('the addresses of a host before an ACK', () => {
  it('are looked up at most once a minute', async () => {
    const { clock, lookups, hosts } = setUp();
    const found = await Promise.all([hosts.findSoon(HOST), hosts.findSoon(HOST), hosts.findSoon(HOST)]);
    expect(found).toEqual([['8.8.8.8'], ['8.8.8.8'], ['8.8.8.8']]);
    await clock.advance(59_999);
    await hosts.findSoon(HOST);
    expect(lookups).toEqual([HOST]);
    await clock.advance(1);
    await hosts.findSoon(HOST);
    expect(lookups).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  it('need no lookup after one for a callback', async () => {
    const { lookups, resolver, hosts } = setUp();
    await hosts.resolve(HOST);
    resolver.answer = ['10.0.0.1'];
    expect(await hosts.findSoon(HOST)).toEqual(['8.8.8.8']);
    expect(lookups).toHaveLength(1);
    expect(await hosts.resolve(HOST)).toEqual(['10.0.0.1']);
    expect(await hosts.findSoon(HOST)).toEqual(['10.0.0.1']);
  });

  it('are unknown while the resolver fails, which is tried again after five seconds', async () => {
    const { clock, lookups, resolver, hosts } = setUp();
    resolver.answer = undefined;
    expect(await hosts.findSoon(HOST)).toBeUndefined();
    resolver.answer = ['8.8.8.8'];
    await clock.advance(4999);
    expect(await hosts.findSoon(HOST)).toBeUndefined();
    expect(lookups).toHaveLength(1);
    await clock.advance(1);
    expect(await hosts.findSoon(HOST)).toEqual(['8.8.8.8']);
  });

  it('are unknown if the name has none', async () => {
    const { resolver, hosts } = setUp();
    resolver.answer = [];
    expect(await hosts.findSoon(HOST)).toBeUndefined();
    expect(await hosts.resolve(HOST)).toEqual([]);
  });

  it('are the last known ones for a day while the resolver fails', async () => {
    const { clock, resolver, hosts } = setUp();
    await hosts.resolve(HOST);
    resolver.answer = undefined;
    await clock.advance(DAY_MS - 1);
    expect(await hosts.findSoon(HOST)).toEqual(['8.8.8.8']);
    await clock.advance(1);
    expect(await hosts.findSoon(HOST)).toBeUndefined();
  });

  it('are waited for at most two seconds', async () => {
    const { clock, lookups, resolver, waiting, hosts } = setUp();
    resolver.answer = 'slow';
    let found: unknown = 'nothing yet';
    const first = hosts.findSoon(HOST).then((addresses) => (found = addresses));
    await clock.advance(1999);
    expect(found).toBe('nothing yet');
    await clock.advance(1);
    await first;
    expect(found).toBeUndefined();
    // The lookup goes on, and later requests do not wait for it again.
    expect(await hosts.findSoon(HOST)).toBeUndefined();
    expect(lookups).toHaveLength(1);
    waiting[0]?.(['8.8.8.8']);
    await settle();
    expect(await hosts.findSoon(HOST)).toEqual(['8.8.8.8']);
    expect(lookups).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('are the last known ones while the resolver is slow', async () => {
    const { clock, resolver, hosts } = setUp();
    await hosts.findSoon(HOST);
    resolver.answer = 'slow';
    await clock.advance(60_000);
    const found = hosts.findSoon(HOST);
    await clock.advance(2000);
    expect(await found).toEqual(['8.8.8.8']);
  });
});

describe('the addresses for a callback', () => {
  it('are looked up each time', async () => {
    const { lookups, hosts } = setUp();
    await hosts.resolve(HOST);
    await hosts.resolve(HOST);
    expect(lookups).toHaveLength(2);
  });

  it('are none while the resolver fails, whatever was known before', async () => {
    const { resolver, hosts } = setUp();
    await hosts.resolve(HOST);
    resolver.answer = undefined;
    expect(await hosts.resolve(HOST)).toEqual([]);
    expect(await hosts.findSoon(HOST)).toEqual(['8.8.8.8']);
  });
});
