import { expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { expectedAnswerOcppJ, expectedAnswerEnvelope, readServerFrame } from './expected.js';

it('loses no socket, no answer and no process over 5,000 frames of any kind', async () => {
  const { frames, answered, problems, delayP999Ms } = await fuzz(5_000, 2026);
  console.info(`fuzz: ${frames} frames, ${answered} answers, event loop p99.9 ${delayP999Ms.toFixed(1)} ms`);
  expect(problems).toEqual([]);
  // A run with hardly any answers would prove nothing.
  expect(answered).toBeGreaterThan(frames / 2);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap')).toEqual([]);
});

it('judges from the frame alone whether an answer is required', () => {
  expect(expectedAnswerOcppJ('[2,"1",7]')).toBe('"1"');
  expect(expectedAnswerOcppJ('[2,null,"X",{}]')).toBeUndefined();
  expect(expectedAnswerOcppJ('[3,"1",{}]')).toBeUndefined();
  expect(expectedAnswerEnvelope('{"messageId":1,"action":"X"}')).toBe('1');
  expect(expectedAnswerEnvelope('{"messageId":"1","status":"Accepted"}')).toBeUndefined();
  expect(readServerFrame('[2,"1","X",{}]')).toEqual({ callId: '1' });
  expect(readServerFrame('{"messageId":"1","status":"Accepted"}')).toEqual({ answeredId: '"1"' });
});
