import { expect, it } from 'vitest';
import { createOnce } from '../../../../src/bridge/buyers/request-deduplication.js';
import type { Acknowledgement, VerifiedRequest } from '../../../../src/ports/buyer-requests.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { RequestConflict, StoreFault } from '../../../../src/ports/store.js';
import type { RequestRecord } from '../../../../src/ports/stored-records.js';

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

/** @param stored Returns the stored request; called at each look-up. */
function onceOver(stored: () => { readonly digest: string } | undefined) {
  const resumed: RequestRecord[] = [];
  const events = createEventLog();
  const once = createOnce({
    store: { request: () => Promise.resolve(stored() as RequestRecord | undefined) },
    clock: { now: () => 42 },
    events,
    outbox: { retryNow: () => undefined },
    owedResponses: { resume: (record) => void resumed.push(record) },
  });
  return { once, resumed, events };
}

it('a repeat is acknowledged as one, whether it comes later or at the same moment', async () => {
  let saved = false;
  const { once } = onceOver(() => (saved ? { digest: 'd' } : undefined));
  const handle = once((): Promise<Acknowledgement> => {
    saved = true;
    return Promise.resolve({ ack: true });
  });
  expect(await Promise.all([handle(REQUEST), handle(REQUEST)])).toEqual([{ ack: true }, { ack: true, repeated: true }]);
  expect(await handle(REQUEST)).toEqual({ ack: true, repeated: true });
});

it.each([
  ['the same body is a repeat', 'd', { ack: true, repeated: true }],
  ['another body is refused', 'other', { ack: false, contentDiffers: true }],
])('of two deliveries that both seemed new, the one that the store refuses with %s', async (_, digest, expected) => {
  let asked = 0;
  const { once } = onceOver(() => (asked++ === 0 ? undefined : { digest }));
  const handle = once(() => Promise.reject(new RequestConflict('k')));
  expect(await handle(REQUEST)).toEqual(expected);
});

it('every delivery is counted once: as accepted, refused or repeated', async () => {
  let saved = false;
  const { once, events } = onceOver(() => (saved ? { digest: 'd' } : undefined));
  const count = (): number[] =>
    (['request.accepted', 'request.refused', 'request.repeated'] as const).map((name) => events.of(name).length);
  const refuse = once((): Promise<Acknowledgement> =>
    Promise.resolve({ ack: false, refusal: { code: 'order-unknown' } }),
  );
  await Promise.all([refuse(REQUEST), refuse(REQUEST)]);
  expect(count()).toEqual([0, 2, 0]);
  const accept = once((): Promise<Acknowledgement> => {
    saved = true;
    return Promise.resolve({ ack: true });
  });
  await Promise.all([accept(REQUEST), accept(REQUEST), accept({ ...REQUEST, digest: 'other' })]);
  expect(count()).toEqual([1, 2, 2]);
  await accept(REQUEST);
  expect(count()).toEqual([1, 2, 3]);
});

it('a request stays refused while the store cannot tell who accepted it', async () => {
  const { once } = onceOver(() => undefined);
  const handle = once(() => Promise.reject(new RequestConflict('k')));
  await expect(handle(REQUEST)).rejects.toBeInstanceOf(StoreFault);
});

it('the repeat of a request whose write arrived without a reply sees to its response', async () => {
  const { once, resumed } = onceOver(() => ({ digest: 'd' }));
  await once(() => Promise.reject(new Error('never handled again')))(REQUEST);
  expect(resumed).toHaveLength(1);
});

it('a repeat that waits for a request fails with it, and a later one is handled', async () => {
  let fails = true;
  const { once } = onceOver(() => undefined);
  const handle = once((): Promise<Acknowledgement> =>
    fails ? Promise.reject(new Error('disk full')) : Promise.resolve({ ack: true }),
  );
  const both = await Promise.allSettled([handle(REQUEST), handle(REQUEST)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await handle(REQUEST)).toEqual({ ack: true });
});

it('a handler is told the time of orders', async () => {
  const { once } = onceOver(() => undefined);
  let receivedAt = 0;
  await once((request): Promise<Acknowledgement> => {
    receivedAt = request.receivedAt;
    return Promise.resolve({ ack: true });
  })(REQUEST);
  expect(receivedAt).toBe(42);
});
