import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { callHttp } from '../../../../../src/operator/command-line/frame/http-call.js';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** Starts a server that answers with the request it received and status 418. */
async function startEcho(): Promise<string> {
  const answer = async (request: IncomingMessage): Promise<string> => {
    const { method, url, headers } = request;
    return JSON.stringify({ method, url, token: headers.authorization, body: await text(request) });
  };
  const started = createServer((request, response) => {
    response.statusCode = 418;
    void answer(request).then((body) => response.end(body));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

describe('a request of a command', () => {
  it('has its method, headers and body, and any status is an answer', async () => {
    const url = await startEcho();
    const call = { method: 'POST', headers: { authorization: 'Bearer x' }, body: '{"für":"€"}', timeoutMs: 5_000 };
    const answer = await callHttp(`${url}/api/orders?limit=1`, call);
    expect(answer.status).toBe(418);
    expect(JSON.parse(answer.text)).toEqual({
      method: 'POST',
      url: '/api/orders?limit=1',
      token: 'Bearer x',
      body: '{"für":"€"}',
    });
  });

  it('rejects if nobody listens', async () => {
    const url = await startEcho();
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    await expect(callHttp(url, { method: 'GET', headers: {}, timeoutMs: 5_000 })).rejects.toThrow('ECONNREFUSED');
  });
});
