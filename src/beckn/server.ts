/** The door over HTTP. Express routes, the raw body is read once, and nothing else touches it. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Clock } from '../bridge/ports/runtime.js';
import type { Door } from './door.js';
import type { Answer, RejectionCode } from './refusals.js';

export interface BecknServerDeps {
  readonly door: Door;
  /** Such as `/beckn`; `''` or `/` serves at the root. */
  readonly basePath: string;
  readonly clock: Clock;
  readonly maxBytes: number;
  /** The page of a session by the token in its `on_track` link; `undefined` for a link that is not ours or too old. */
  readonly page?: (token: string) => Promise<string | undefined>;
}

export interface BecknServer {
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Takes nothing new, finishes what is under way, and cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

// A request is small and its sender is a server: whoever needs longer is holding a socket, not sending.
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const TIMEOUT_CHECK_MS = 5_000;
/** Longer than usual proxies keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;

const SIGNATURE_HEADERS = new Set(['authorization', 'x-gateway-authorization', 'proxy-authorization']);

export function createBecknServer({ door, basePath, clock, maxBytes, page }: BecknServerDeps): BecknServer {
  const base = basePath.replace(/\/+$/, '');
  const app = express();
  let draining = false;
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);

  app.use((_request, response, next) => {
    if (!draining) return next();
    response.setHeader('Connection', 'close');
    answer(response, door.reject('draining'));
  });

  // The signature is over the bytes as sent, so an encoded body is refused instead of inflated.
  app.post(
    `${base}/:action`,
    express.raw({ type: () => true, limit: maxBytes, inflate: false }),
    async (request, response) => {
      if (hasDuplicate(request)) return answer(response, door.reject('signature-duplicate'));
      const { authorization } = request.headers;
      const answered = await door.receive({
        action: String(request.params['action']),
        rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        headers: {
          authorization,
          gateway: one(request, 'x-gateway-authorization'),
          proxy: one(request, 'proxy-authorization'),
        },
      });
      answer(response, answered);
    },
  );
  app.get(`${base}/track/:token`, async (request, response, next) => {
    const html = await page?.(String(request.params['token']));
    if (html === undefined) return next();
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
  });
  app.all(`${base}/:action`, (_request, response) => {
    response.setHeader('Allow', 'POST');
    json(response, 405, { error: 'method-not-allowed', message: 'A Beckn action is a signed POST.' });
  });
  app.get(base === '' ? '/' : base, (_request, response) => json(response, 200, door.description));
  app.use((_request, response) => {
    json(response, 404, { error: 'not-found', message: `Nothing is served here; Beckn actions are below ${base}/.` });
  });
  app.use(failed);

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    app,
  );

  return {
    listen: (host, port) => listen(server, host, port),
    close(graceMs) {
      draining = true;
      return new Promise((resolve) => {
        const cut = clock.after(graceMs, () => server.closeAllConnections());
        server.close(() => {
          cut();
          resolve();
        });
      });
    },
  };

  // Express knows an error handler by its four parameters.
  function failed(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
    // The rest of the body is not read, so the connection cannot be used again.
    response.setHeader('Connection', 'close');
    answer(response, door.reject(rejectionOf(error)));
  }
}

function rejectionOf(error: unknown): RejectionCode {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return 'too-large';
    case 'encoding.unsupported':
      return 'encoding-unsupported';
    case 'request.aborted':
    case 'request.size.invalid':
      return 'body-aborted';
    default:
      // a path that cannot be decoded
      return error instanceof URIError ? 'action-unknown' : 'bug';
  }
}

/** Node keeps the first of two Authorization headers and joins others; a signed message has one of each. */
function hasDuplicate(request: IncomingMessage): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? '';
    if (!SIGNATURE_HEADERS.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

function one(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function answer(response: Response, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers }).end(body);
}

function json(response: Response, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}
