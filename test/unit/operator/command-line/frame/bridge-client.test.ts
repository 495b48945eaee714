import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ANSWER_HEADER } from '../../../../../src/operator/answer-header.js';
import { BridgeClient } from '../../../../../src/operator/command-line/frame/bridge-client.js';
import { openTrial, type TrialApplication } from '../../../../../src/sandbox/trial/trial-api.js';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const started = createServer((_request, response) => answer(response));
  server = started;
  await new Promise<void>((resolve) => void started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

it('waits as long as the request may take, and says that a late bridge may still be at work', async () => {
  const url = await serve((response) => {
    response.setHeader(...ANSWER_HEADER);
    setTimeout(() => response.end('{"done":true}'), 300);
  });
  const bridge = new BridgeClient({ url, token: undefined, source: 'a test' }, 50);
  await expect(bridge.post('/late')).rejects.toMatchObject({
    exit: 'unreachable',
    report: { error: 'no-answer', message: `The bridge at ${url} has not answered within 0.05 s.` },
  });
  expect(await bridge.post('/late', {}, {}, 10_000)).toEqual({ done: true });
});

describe('whatever else answers at the address', () => {
  it.each([
    [200, '{"status":"ok","items":[]}'],
    [200, '[]'],
    [200, '<html></html>'],
    [401, '{"error":"unauthorized"}'],
    [404, '{"message":"There is no such order."}'],
    [503, '{"ready":false,"reasons":[]}'],
    [502, 'Bad Gateway'],
  ])('is no bridge: %i %s', async (status, body) => {
    const url = await serve((response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'bridge-program': 'another' });
      response.end(body);
    });
    const bridge = new BridgeClient({ url, token: 'x', source: 'a test' });
    const applies = { connector: 'CP1/1', simulate: false } as TrialApplication;
    for (const call of [
      () => bridge.get('/api/orders'),
      () => bridge.getText('/api/network/export/wide.csv'),
      () => bridge.post('/api/reload'),
      () => bridge.delete('/api/spellings/x'),
      () => bridge.list('/api/orders', 'items', {}, 10),
      () => bridge.health(),
    ])
      await expect(call()).rejects.toMatchObject({
        exit: 'unreachable',
        report: { error: 'no-bridge', message: expect.stringContaining(`HTTP ${status}`) as string },
      });
    await expect(openTrial({ url, token: 'x' }, applies)).rejects.toMatchObject({
      exit: 'unreachable',
      code: 'no-bridge',
    });
  });

  it('is not the bridge itself, which may answer with no JSON object', async () => {
    const url = await serve((response) => {
      response.setHeader(...ANSWER_HEADER);
      response.end('id,url\r\n');
    });
    const bridge = new BridgeClient({ url, token: 'x', source: 'a test' });
    expect(await bridge.getText('/api/network/export/wide.csv')).toBe('id,url\r\n');
  });
});
