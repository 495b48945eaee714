import { expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';
import { RejectionStorage } from '../../../../src/ocpp/server/rejection-storage.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

/** Creates values stored as JSON text, like those of a real store. */
function makeValues() {
  const values = { text: undefined as string | undefined, writes: 0, isBroken: false };
  return Object.assign(values, {
    value: async (): Promise<Json | undefined> =>
      values.text === undefined ? undefined : (JSON.parse(values.text) as Json),
    putValue: async (_name: string, value: Json): Promise<void> => {
      if (values.isBroken) throw new StoreFault('no space');
      values.text = JSON.stringify(value);
      values.writes += 1;
    },
  });
}

async function begin(values: ReturnType<typeof makeValues>) {
  const clock = createManualClock();
  const events = createEventLog();
  const list = new RejectedConnections();
  const storage = new RejectionStorage({ rejectedConnections: list, values, clock, events });
  await storage.start();
  const reject = (id: string): void =>
    list.add({
      ...{ id, identityFrom: 'last-segment', path: `/x/${id}`, network: '192.0.2', at: clock.now(), tls: true },
      ...{ subprotocols: ['ocpp1.6'], code: 'wrong-path' },
    });
  return { clock, events, list, storage, reject };
}

it('the list is the same after a restart, and counts on', async () => {
  const values = makeValues();
  const first = await begin(values);
  for (const id of ['A', 'B', 'A']) first.reject(id);
  first.list.add({ network: '10.0.0', at: 1, tls: true, subprotocols: [], code: 'tls-on-plain-port' });
  await first.storage.stop();
  const second = await begin(values);
  expect(second.list.list()).toEqual(first.list.list());
  second.reject('B');
  expect(second.list.list().map(({ id, count }) => [id, count])).toEqual([
    ['B', 2],
    [undefined, 1],
    ['A', 2],
  ]);
});

it('a thousand attempts within ten seconds are written once, and the rest at the stop', async () => {
  const values = makeValues();
  const { clock, storage, reject } = await begin(values);
  for (let n = 0; n < 1000; n += 1) reject(`S${n}`);
  expect(values.writes).toBe(0);
  await clock.advance(10_000);
  expect(values.writes).toBe(1);
  await clock.advance(60_000);
  expect(values.writes).toBe(1);
  reject('LAST');
  await storage.stop();
  expect(values.writes).toBe(2);
  expect((JSON.parse(values.text ?? '') as unknown[]).length).toBe(200);
  expect(clock.pending()).toBe(0);
});

it('an approved identity stays away', async () => {
  const values = makeValues();
  const { storage, list, reject } = await begin(values);
  reject('A');
  list.remove('A');
  await storage.stop();
  expect((await begin(values)).list.list()).toEqual([]);
});

it('a store that fails is reported, and the next change is written', async () => {
  const values = makeValues();
  const { clock, events, storage, reject } = await begin(values);
  values.isBroken = true;
  reject('A');
  await clock.advance(10_000);
  expect(events.of('store.failed')).toHaveLength(1);
  values.isBroken = false;
  reject('B');
  await storage.stop();
  expect((await begin(values)).list.list()).toHaveLength(2);
});

it.each([
  ['no list', { a: 1 }],
  ['strange entries', [1, null, { id: 'A' }, { network: 'n', code: 'of a later version' }]],
])('a stored value with %s does not hinder the start', async (_name, stored) => {
  const values = makeValues();
  values.text = JSON.stringify(stored);
  expect((await begin(values)).list.list()).toEqual([]);
});
