/** Several base paths on one listener, and the page with which ONDC verifies the owner of the host. */
import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InboundRequest } from '../../../../src/beckn/inbound/inbound-request.js';
import type { NetworkRouter } from '../../../../src/beckn/inbound/network-router.js';
import { jsonResponse, nackResponse } from '../../../../src/beckn/protocol/nack-codes.js';
import { BecknServer } from '../../../../src/beckn/inbound/http-server.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { siteVerificationPage } from '../../../../src/beckn/inbound/pages.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { pair } from '../peers.js';

beforeAll(loadSodium);

let server: BecknServer | undefined;
afterEach(async () => {
  await server?.close(0);
  server = undefined;
});

async function serve(sitePage?: (host: string) => string | undefined) {
  const arrivals: InboundRequest[] = [];
  const door: NetworkRouter = {
    route: () => ({
      process(arrival) {
        arrivals.push(arrival);
        return jsonResponse(200, {});
      },
    }),
    reject: (code) => nackResponse(code),
    description: { what: 'a door' },
  };
  const basePaths = ['/beckn', '/beckn/ondc'];
  server = new BecknServer({
    router: door,
    basePaths,
    clock: createManualClock(),
    maxBytes: 2000,
    ...(sitePage && { siteVerificationPage: sitePage }),
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { arrivals, url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` };
}

describe('several base paths', () => {
  it('say which one a request came in under', async () => {
    const { arrivals, url } = await serve();
    for (const path of ['/beckn/status', '/beckn/ondc/on_subscribe?x=1', '/beckn/ondc/%73tatus']) {
      expect((await fetch(url + path, { method: 'POST', body: '{}', headers: { signature: 's' } })).status).toBe(200);
    }
    expect(arrivals.map(({ basePath, action }) => [basePath, action])).toEqual([
      ['/beckn', 'status'],
      ['/beckn/ondc', 'on_subscribe'],
      ['/beckn/ondc', 'status'],
    ]);
    expect(arrivals[1]?.headers.signature).toBe('s');
    expect(await (await fetch(`${url}/beckn/ondc`)).json()).toEqual({ what: 'a door' });
    expect((await fetch(`${url}/elsewhere/status`, { method: 'POST', body: '{}' })).status).toBe(404);
  });
});

describe('the site verification', () => {
  it('is the request id signed as it is, in a meta element', async () => {
    const page = siteVerificationPage('request-1', pair(1).secretKey);
    const { url, host } = await serve((asked) => (asked === host ? page : undefined));
    const response = await fetch(`${url}/ondc-site-verification.html`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const signed = /<meta name="ondc-site-verification" content="([^"]+)">/.exec(await response.text())?.[1] ?? '';
    const x = Buffer.from(pair(1).publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const fits = (text: string): boolean => verify(null, Buffer.from(text), key, Buffer.from(signed, 'base64'));
    expect([fits('request-1'), fits('request-2')]).toEqual([true, false]);
  });

  it('is nothing where none is configured', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/ondc-site-verification.html`)).status).toBe(404);
  });
});
