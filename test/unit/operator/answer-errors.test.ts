/** What cannot be read is answered with its cause, in the shape that all errors share. */
import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { ANSWER_HEADER } from '../../../src/operator/answer-header.js';
import { answerClientErrors, errorHandler } from '../../../src/operator/answer-errors.js';
import type { OperatorDeps } from '../../../src/operator/http/deps.js';
import { createEventLog } from '../../fakes/event-log.js';

let server: Server | undefined;
afterEach(() => void server?.closeAllConnections());

async function serve(limit: string, timeouts: ServerOptions = {}): Promise<number> {
  const app = express();
  app.post('/', express.json({ limit, type: () => true }), (_req, res) => void res.json({}));
  app.use(errorHandler({ events: createEventLog() } as unknown as OperatorDeps));
  server = createServer(timeouts, app);
  answerClientErrors(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Sends the bytes, and waits until the server closes the connection. */
async function answerTo(bytes: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const port = await serve('1kb', { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 10 });
  const socket = connect(port, '127.0.0.1', () => void socket.write(bytes));
  const text = (await socket.toArray()).map(String).join('');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toContain(`\r\n${ANSWER_HEADER.join(': ')}\r\n`);
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
}

it.each([
  ['16kb', '16 KB'],
  ['2mb', '2 MB'],
])('says that an endpoint with the limit %s takes %s', async (limit, said) => {
  const port = await serve(limit);
  const body = Buffer.alloc(Number.parseInt(limit, 10) * (limit.endsWith('kb') ? 1024 : 2 ** 20) + 1, '1');
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ code: 'too-large', hint: `Send at most ${said}.` });
});

it.each([
  ['a header', 'POST / HTTP/1.1\r\nHost: x\r\n'],
  ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'],
])('answers %s that comes too slowly with 408', async (_, bytes) => {
  expect(await answerTo(bytes)).toMatchObject({ status: 408, body: { code: 'request-timeout' } });
});

it.each([
  ['400 what is not HTTP', 400, 'bad-request', 'HELLO\r\n\r\n'],
  ['431 a long header', 431, 'headers-too-large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  [
    '413 long chunk extensions',
    413,
    'too-large',
    `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`,
  ],
])('answers with %s', async (_, status, code, bytes) => {
  expect(await answerTo(bytes)).toMatchObject({ status, body: { code, error: code } });
});
