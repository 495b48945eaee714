import { expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { owedInArrays, owedInObjects, read } from './expected.js';

it('5,000 frames of any kind: none costs a socket, an answer or the process', async () => {
  const { frames, answered, complaints, delayP999Ms } = await fuzz(5_000, 2026);
  console.info(`fuzz: ${frames} frames, ${answered} answers, event loop p99.9 ${delayP999Ms.toFixed(1)} ms`);
  expect(complaints).toEqual([]);
  // A run in which hardly anything had to be answered would prove nothing.
  expect(answered).toBeGreaterThan(frames / 2);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap')).toEqual([]);
});

it('what is owed is judged by the frame alone', () => {
  expect(owedInArrays('[2,"1",7]')).toBe('"1"');
  expect(owedInArrays('[2,null,"X",{}]')).toBeUndefined();
  expect(owedInArrays('[3,"1",{}]')).toBeUndefined();
  expect(owedInObjects('{"messageId":1,"action":"X"}')).toBe('1');
  expect(owedInObjects('{"messageId":"1","status":"Accepted"}')).toBeUndefined();
  expect(read('[2,"1","X",{}]')).toEqual({ asks: '1' });
  expect(read('{"messageId":"1","status":"Accepted"}')).toEqual({ answers: '"1"' });
});
