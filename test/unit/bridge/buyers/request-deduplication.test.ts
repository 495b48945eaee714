import { expect, it } from 'vitest';
import { createOnce } from '../../../../src/bridge/buyers/request-deduplication.js';
import type { Acknowledgement, VerifiedRequest } from '../../../../src/ports/buyer-requests.js';

const REQUEST: VerifiedRequest = {
  network: 'main',
  bapId: 'bap.example',
  bapUri: 'https://bap.example',
  dialect: 'uei:charging',
  action: 'status',
  messageId: 'm-1',
  becknTransactionId: 't-1',
  digest: 'd',
  replyContext: {},
  receivedAt: 0,
  request: { type: 'status' },
};

it('a repeat is acknowledged as one, whether it comes later or at the same moment', async () => {
  let saved = false;
  const once = createOnce({
    store: { request: () => Promise.resolve(saved ? ({ digest: 'd' } as never) : undefined) },
    clock: { now: () => 0 },
    events: { emit: () => undefined },
    outbox: { retryNow: () => undefined },
  });
  const handle = once((): Promise<Acknowledgement> => {
    saved = true;
    return Promise.resolve({ ack: true });
  });
  expect(await Promise.all([handle(REQUEST), handle(REQUEST)])).toEqual([{ ack: true }, { ack: true, repeated: true }]);
  expect(await handle(REQUEST)).toEqual({ ack: true, repeated: true });
});

it('a repeat that waits for a request fails with it, and a later one is handled', async () => {
  let fails = true;
  const once = createOnce({
    store: { request: () => Promise.resolve(undefined) },
    clock: { now: () => 0 },
    events: { emit: () => undefined },
    outbox: { retryNow: () => undefined },
  });
  const handle = once((): Promise<Acknowledgement> =>
    fails ? Promise.reject(new Error('disk full')) : Promise.resolve({ ack: true }),
  );
  const both = await Promise.allSettled([handle(REQUEST), handle(REQUEST)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await handle(REQUEST)).toEqual({ ack: true });
});

it('a handler is told the time of orders', async () => {
  const once = createOnce({
    store: { request: () => Promise.resolve(undefined) },
    clock: { now: () => 42 },
    events: { emit: () => undefined },
    outbox: { retryNow: () => undefined },
  });
  let receivedAt = 0;
  await once((request): Promise<Acknowledgement> => {
    receivedAt = request.receivedAt;
    return Promise.resolve({ ack: true });
  })(REQUEST);
  expect(receivedAt).toBe(42);
});
