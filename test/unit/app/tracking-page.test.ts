import { afterEach, expect, it } from 'vitest';
import { trackingPage } from '../../../src/app/tracking-page.js';
import { BecknServer } from '../../../src/beckn/inbound/http-server.js';
import { createManualClock } from '../../fakes/manual-clock.js';
import { chargingOrder } from '../beckn/samples.js';

let server: BecknServer | undefined;
afterEach(async () => {
  await server?.close(0);
});

it('the tracking page is framed by nobody, guessed at by nobody, and holds no style of its own', async () => {
  const clock = createManualClock();
  const order = chargingOrder();
  const page = trackingPage({
    tracking: { issue: () => 'token', verify: (token) => (token === 'token' ? order.id : undefined) },
    store: { order: () => Promise.resolve(order) },
    openOrders: () => [],
    clock,
  });
  const never = (): never => {
    throw new Error('not used');
  };
  server = new BecknServer({
    router: { route: never, reject: never, description: {} },
    basePaths: ['/beckn'],
    clock,
    maxBytes: 1000,
    trackingPage: page,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  const reply = await fetch(`http://127.0.0.1:${port}/beckn/track/token`);
  const html = await reply.text();
  expect(html).toContain('<h1>');
  expect(html).not.toMatch(/<style|style=|<script/i);
  const policy = reply.headers.get('content-security-policy') ?? '';
  for (const part of ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
    expect(policy).toContain(part);
  expect(policy).not.toContain('unsafe-inline');
  expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  expect(reply.headers.get('x-frame-options')).toBe('DENY');
  const href = /<link rel="stylesheet" href="([^"]+)"/.exec(html)?.[1] ?? '';
  const style = await fetch(new URL(href, `http://127.0.0.1:${port}/beckn/track/token`));
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  expect(style.headers.get('x-content-type-options')).toBe('nosniff');
});
