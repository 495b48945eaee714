import { describe, expect, it } from 'vitest';
import { createOcppHarness } from '../ocpp-harness.js';

const GARBAGE: readonly (readonly [string, string])[] = [
  ['text that is no JSON', '}{'],
  ['a number', '7'],
  ['an unknown message type', '[9,"1"]'],
  ['an answer that nobody asked for', '[3,"nobody",{}]'],
  ['a call without an action', '[2,"1"]'],
];

describe.each(GARBAGE)('%s', (_name, text) => {
  it('closes no socket once, or now and then', async () => {
    const harness = createOcppHarness({ unreadableFramesPerMinute: 10 });
    const socket = harness.connect();
    for (let minute = 0; minute < 10; minute += 1) {
      for (let at = 0; at < 10; at += 1) socket.say(text);
      await harness.clock.advance(20_000);
      socket.listener?.recordLife();
      await harness.clock.advance(41_000);
    }
    expect(socket.closedWith).toBeUndefined();
  });

  it('closes the socket when it comes too often within a minute', async () => {
    const harness = createOcppHarness({ unreadableFramesPerMinute: 10 });
    const socket = harness.connect();
    for (let at = 0; at < 3000; at += 1) socket.say(text);
    await harness.settle();
    expect(socket.closedWith).toMatch(/^1008 /);
  });
});

it('messages that can be read are never counted, however many they are', () => {
  const harness = createOcppHarness({ unreadableFramesPerMinute: 10 });
  const socket = harness.connect();
  for (let at = 0; at < 100; at += 1) socket.say([2, String(at), 'Nonsense', {}]);
  expect(socket.closedWith).toBeUndefined();
});
