import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { BridgeClient } from '../../../../../src/operator/command-line/frame/bridge-client.js';

const server = createServer((_request, response) => setTimeout(() => response.end('{"done":true}'), 300));
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

it('waits as long as the request may take, and says that a late bridge may still be at work', async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bridge = new BridgeClient({ url, token: undefined, source: 'a test' }, 50);
  await expect(bridge.post('/late')).rejects.toMatchObject({
    exit: 'unreachable',
    report: { error: 'no-answer', message: `The bridge at ${url} has not answered within 0.05 s.` },
  });
  expect(await bridge.post('/late', {}, {}, 10_000)).toEqual({ done: true });
});
