import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { UndiciHttpClient } from '../../../../../src/beckn/outbound/http-undici.js';
import { systemClock } from '../../../../../src/observe/system-clock.js';
import { pullOcpi, readOcpiSource } from '../../../../../src/operator/network/ocpi/pull.js';

const TOKEN = 'tok-123';
const http = new UndiciHttpClient(systemClock);
let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Starts a peer that accepts the token in one form and pages its locations. `asked` collects the requested paths. */
async function startPeer({
  form = 'base64',
  elsewhere = false,
  /** The data of its tariffs, and the path that the last page of its locations names as the next. */
  tariffs = [{ id: 'T1' }] as unknown,
  last = undefined as string | undefined,
} = {}): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  let url = '';
  const data = (request: IncomingMessage): { body: unknown; link?: string } | undefined => {
    const path = request.url ?? '';
    asked.push(path);
    if (path === '/versions')
      return {
        body: [
          { version: '2.1.1', url: `${url}/2.1.1` },
          { version: '2.2.1', url: `${url}/2.2.1` },
        ],
      };
    if (path === '/2.2.1')
      return {
        body: {
          version: '2.2.1',
          endpoints: [
            { identifier: 'locations', role: 'SENDER', url: `${elsewhere ? 'https://other.example' : url}/locations` },
            { identifier: 'tariffs', role: 'SENDER', url: `${url}/tariffs` },
            { identifier: 'cdrs', role: 'SENDER', url: `${url}/cdrs` },
          ],
        },
      };
    if (path.startsWith('/tariffs')) return { body: tariffs };
    if (path === '/locations') return { body: [{ id: 'L1' }], link: `<${url}/locations?offset=1>; rel="next"` };
    if (path.startsWith('/locations?'))
      return { body: [{ id: 'L2' }], ...(last !== undefined && { link: `<${url}${last}>; rel="next"` }) };
    return undefined;
  };
  server = createServer((request, response) => {
    const wanted = form === 'base64' ? Buffer.from(TOKEN).toString('base64') : TOKEN;
    if (request.headers.authorization !== `Token ${wanted}`) return void response.writeHead(401).end('{}');
    const found = data(request);
    response.writeHead(found ? 200 : 404, {
      'content-type': 'application/json',
      ...(found?.link && { link: found.link }),
    });
    response.end(JSON.stringify({ status_code: found ? 1000 : 2003, data: found?.body }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked };
}

describe('an OCPI peer', () => {
  it.each(['base64', 'plain'])('is followed from its versions to every page, with a token in %s', async (form) => {
    const { url } = await startPeer({ form });
    const result = await pullOcpi({ url: `${url}/versions`, token: TOKEN }, http);
    expect(result).toEqual({
      pulled: [
        { source: `${url}/tariffs`, objects: [{ id: 'T1' }] },
        { source: `${url}/locations`, objects: [{ id: 'L1' }, { id: 'L2' }] },
      ],
    });
  });

  it('is asked only for what changed since a time', async () => {
    const { url, asked } = await startPeer();
    await pullOcpi({ url: `${url}/tariffs`, token: TOKEN, since: '2026-01-01T00:00:00Z' }, http);
    expect(asked.at(-1)).toBe('/tariffs?date_from=2026-01-01T00%3A00%3A00Z');
  });

  it('cannot send the token to another host, nor put it into a fault', async () => {
    const { url } = await startPeer({ elsewhere: true });
    const result = await pullOcpi({ url: `${url}/versions?secret=x`.replace('?secret=x', ''), token: TOKEN }, http);
    expect(result).toMatchObject({ fault: { rule: expect.stringContaining('refers to another host') as string } });
    const wrong = await pullOcpi({ url: `${url}/nowhere?key=s3cret`, token: 'wrong' }, http);
    expect(JSON.stringify(wrong)).not.toMatch(/wrong|s3cret/);
    expect(wrong).toMatchObject({ fault: { rule: expect.stringContaining('answered 401') as string } });
  });

  it.each(['/locations', '/locations?offset=1'])('is not asked for the same page again: %s', async (last) => {
    const { url, asked } = await startPeer({ last });
    expect(await pullOcpi({ url: `${url}/versions`, token: TOKEN }, http)).toMatchObject({
      fault: { rule: expect.stringContaining('/locations never end') as string },
    });
    expect(asked.filter((path) => path.startsWith('/locations'))).toHaveLength(2);
  });

  it.each(['', null, { id: 'T1' }, [null], ['T1']].map((tariffs) => [tariffs] as const))(
    'has to answer a list of objects, not %j',
    async (tariffs) => {
      const { url } = await startPeer({ tariffs });
      expect(await pullOcpi({ url: `${url}/tariffs`, token: TOKEN }, http)).toMatchObject({
        fault: { rule: expect.stringContaining('/tariffs did not answer with a list of objects') as string },
      });
    },
  );

  it('needs https outside a sandbox', () => {
    const body = { ocpi: { url: 'http://cpo.example/versions', token: TOKEN } };
    expect(readOcpiSource(body, 'production')).toEqual({ rule: 'needs an https url' });
    expect(readOcpiSource(body, 'sandbox')).toEqual(body.ocpi);
    expect(readOcpiSource({ ocpi: { url: 'https://x', token: 'a\nb' } }, 'sandbox')).toEqual({ rule: 'needs a token' });
    expect(readOcpiSource({}, 'production')).toBeUndefined();
  });
});
