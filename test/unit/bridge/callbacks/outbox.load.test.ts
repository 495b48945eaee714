/** A long queue for one buyer app has few deliveries in flight and delays no other buyer app. */
import { expect, it } from 'vitest';
import { Outbox, type OutboxItem } from '../../../../src/bridge/callbacks/outbox.js';
import type { AttemptResult } from '../../../../src/bridge/callbacks/outbox.js';
import { createManualClock, settle } from '../../../fakes/manual-clock.js';

const random = { uuid: () => 'u', base32: (n: number) => 'A'.repeat(n), fraction: () => 0.5 };
const LIMIT = 4;

function setUp() {
  const clock = createManualClock(0);
  const outbox = new Outbox({
    clock,
    random,
    retryMs: [1000],
    maxSendsPerRecipient: LIMIT,
    onError: (error) => {
      throw error;
    },
  });
  const open: { id: string; recipient: string; end: (result: AttemptResult) => void }[] = [];
  const started: string[] = [];
  const settled: string[] = [];
  const most = new Map<string, number>();
  const add = (recipient: string, queueKey: string, id: string, dueAt = 0): void => {
    const item: OutboxItem = {
      id,
      queueKey,
      recipient,
      decidedAt: 0,
      dueAt,
      giveUpAt: 3_600_000,
      attempts: 0,
      retryRefusals: false,
      send: () =>
        new Promise((resolve) => {
          started.push(id);
          open.push({ id, recipient, end: resolve });
          const now = open.filter((one) => one.recipient === recipient).length;
          most.set(recipient, Math.max(most.get(recipient) ?? 0, now));
        }),
      settle: async () => void settled.push(id),
    };
    outbox.add(item);
  };
  const endOldest = async (result: AttemptResult = { kind: 'delivered' }): Promise<void> => {
    open.shift()?.end(result);
    await settle();
  };
  return { clock, outbox, open, started, settled, most, add, endOldest };
}

it('never has more than its limit of deliveries to one recipient in flight, and delivers all', async () => {
  const t = setUp();
  for (let n = 0; n < 50; n++) t.add('slow', `order-${n}`, `${n}`);
  await settle();
  expect(t.open).toHaveLength(LIMIT);
  while (t.open.length > 0) await t.endOldest();
  expect(t.most.get('slow')).toBe(LIMIT);
  expect(t.settled).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
});

it('does not let one recipient’s queue delay another recipient', async () => {
  const t = setUp();
  for (let n = 0; n < 50; n++) t.add('slow', `order-${n}`, `${n}`);
  t.add('quick', 'other', 'other');
  await settle();
  expect(t.started).toContain('other');
});

it('gives every order its turn when one order owes much', async () => {
  const t = setUp();
  for (let n = 0; n < 10; n++) for (let k = 0; k < LIMIT; k++) t.add('slow', `long-${k}`, `${k}.${n}`);
  t.add('slow', 'short', 'short');
  await settle();
  for (let n = 0; n < LIMIT; n++) await t.endOldest();
  expect(t.started).toContain('short');
});

it('holds the limit for retries that become due at the same time, and frees the place of a failed attempt', async () => {
  const t = setUp();
  for (let n = 0; n < 20; n++) t.add('slow', `order-${n}`, `${n}`);
  await settle();
  for (let n = 0; n < 20; n++) await t.endOldest({ kind: 'failed', reason: 'HTTP 503' });
  expect(t.open).toHaveLength(0);
  await t.clock.advance(1000);
  expect(t.open).toHaveLength(LIMIT);
  t.outbox.retryNow('slow');
  await settle();
  expect(t.open).toHaveLength(LIMIT);
  while (t.open.length > 0) await t.endOldest();
  expect(new Set(t.settled.slice(20)).size).toBe(20);
  expect(t.most.get('slow')).toBe(LIMIT);
});

it('gives each free place to the line although the host’s clock was set back meanwhile', async () => {
  const t = setUp();
  for (let n = 0; n < 3 * LIMIT; n++) t.add('slow', `order-${n}`, `${n}`);
  await settle();
  t.clock.step(-60_000);
  for (let n = 0; n < LIMIT; n++) await t.endOldest();
  expect(t.open).toHaveLength(LIMIT);
  while (t.open.length > 0) await t.endOldest();
  expect(t.settled).toHaveLength(3 * LIMIT);
});

it('starts nothing that waits for a place after it was stopped', async () => {
  const t = setUp();
  for (let n = 0; n < 20; n++) t.add('slow', `order-${n}`, `${n}`);
  await settle();
  const stopped = t.outbox.stop();
  for (let n = 0; n < LIMIT; n++) await t.endOldest();
  await stopped;
  expect(t.started).toHaveLength(LIMIT);
});

it('has a limit without being told one', async () => {
  const outbox = new Outbox({ clock: createManualClock(0), random, retryMs: [1000], onError: () => undefined });
  let sends = 0;
  for (let n = 0; n < 1000; n++)
    outbox.add({
      id: `${n}`,
      queueKey: `${n}`,
      recipient: 'slow',
      decidedAt: 0,
      dueAt: 0,
      giveUpAt: 1,
      attempts: 0,
      retryRefusals: false,
      send: () => new Promise(() => void sends++),
      settle: async () => undefined,
    });
  await settle();
  expect(sends).toBe(32);
});
