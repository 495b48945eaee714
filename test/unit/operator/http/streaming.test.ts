/** A long response yields to other work and is created only as fast as it is read. */
import { Writable } from 'node:stream';
import type { Response } from 'express';
import { expect, it } from 'vitest';
import { sendList, sendTexts } from '../../../../src/operator/http/streaming.js';
import { settle } from '../../../fakes/manual-clock.js';

const COUNT = 10_000;

/** Creates a reader that takes the next piece only when told to. */
function slowReader() {
  let takeNext: (() => void) | undefined;
  const pieces: string[] = [];
  const writable = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      pieces.push(piece);
      takeNext = done;
    },
  });
  const res = Object.assign(writable, { type: () => res }) as unknown as Response;
  return { res, pieces, take: () => takeNext?.() };
}

function setUp() {
  let made = 0;
  let turns = 0;
  function* numbers(): Iterable<{ readonly n: number }> {
    for (let n = 0; n < COUNT; n++) {
      made += 1;
      yield { n };
    }
  }
  const clock = {
    callSoon: (work: () => void) => {
      turns += 1;
      setImmediate(work);
    },
  };
  return { numbers, clock, made: () => made, turns: () => turns };
}

it('a list is sent as one JSON object, with a turn of the event loop between its pieces', async () => {
  const t = setUp();
  const { res, pieces, take } = slowReader();
  const sent = sendList(res, { count: COUNT }, ['numbers', t.numbers()], t.clock);
  let done = false;
  void sent.finally(() => (done = true));
  while (!done) {
    take();
    await settle();
  }
  const all = [...t.numbers()];
  expect(JSON.parse(pieces.join(''))).toEqual({ count: COUNT, numbers: all });
  expect(t.turns()).toBeGreaterThanOrEqual(pieces.length - 1);
  expect(pieces.length).toBeGreaterThan(20);
});

it('an empty list without other fields is JSON, too', async () => {
  const { res, pieces, take } = slowReader();
  const sent = sendList(res, {}, ['numbers', []], setUp().clock);
  await settle();
  take();
  await sent;
  expect(pieces.join('')).toBe('{"numbers":[]}');
});

it('little is made while nobody reads', async () => {
  const t = setUp();
  const { res, take } = slowReader();
  void sendList(res, {}, ['numbers', t.numbers()], t.clock);
  await settle(100);
  const before = t.made();
  expect(before).toBeLessThan(COUNT / 4);
  take();
  await settle(100);
  expect(t.made()).toBeGreaterThan(before);
  expect(t.made()).toBeLessThan(COUNT / 2);
});

it('nothing is made for a reader who has gone, and that is no fault', async () => {
  const t = setUp();
  const { res } = slowReader();
  const sent = sendList(res, {}, ['numbers', t.numbers()], t.clock);
  await settle();
  res.destroy();
  await sent;
  expect(t.made()).toBeLessThan(COUNT / 4);
});

it('a fault of ours ends the response without its end', async () => {
  const { res } = slowReader();
  const broken: Iterable<string> = {
    [Symbol.iterator]: () => ({
      next: () => {
        throw new Error('ours');
      },
    }),
  };
  await expect(sendTexts(res, broken, setUp().clock)).rejects.toThrow('ours');
  expect(res.destroyed).toBe(true);
});
