/** The door over HTTP. An action's raw body is read once, and nothing else touches it; Express serves the rest. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Clock } from '../../ports/runtime.js';
import type { RequestPipeline } from './request-pipeline.js';
import { readRawBody } from './raw-body.js';
import type { WireResponse } from '../protocol/nack-codes.js';
import { SITE_VERIFICATION_PATH } from './site-verification.js';

export interface BecknServerDeps {
  readonly router: RequestPipeline;
  /** Such as `/beckn`; `''` or `/` serves at the root. The first one has the pages of sessions. */
  readonly basePaths: readonly string[];
  readonly clock: Clock;
  readonly maxBytes: number;
  /** The page of a session by the token in its `on_track` link; `undefined` for a link that is not ours or too old. */
  readonly trackingPage?: (token: string) => Promise<string | undefined>;
  /** The payment provider's webhook; its token is the secret part of its address. */
  readonly webhook?: {
    readonly token: string;
    handleNotification(rawBody: Buffer, signature: string | undefined): Promise<number>;
  };
  /** The page by which a network sees that this host is ours. */
  readonly siteVerificationPage?: (host: string) => string | undefined;
}

/** Where the webhook is, below the base path. */
export const WEBHOOK_PATH = '/payments/';

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

const SIGNATURE_HEADERS = new Set(['authorization', 'x-gateway-authorization', 'proxy-authorization', 'signature']);

export function createBecknServer({
  router: door,
  basePaths,
  clock,
  maxBytes,
  trackingPage: page,
  siteVerificationPage: sitePage,
  webhook,
}: BecknServerDeps): BecknServer {
  const bases = basePaths.map((path) => path.replace(/\/+$/, ''));
  const [first = ''] = bases;
  let draining = false;
  // Loading Express is a tenth of a start, and an action does not need it.
  let app: Promise<Express> | undefined;

  async function createApp(): Promise<Express> {
    const { default: express } = await import('express');
    const app = express();
    app.disable('x-powered-by');
    app.set('etag', false);
    app.set('query parser', false);

    // Before the actions: one base may lie below another.
    for (const base of bases) {
      app.get(base === '' ? '/' : base, (_request, response) => sendJson(response, 200, door.description));
    }
    // For an action that is spelled with escapes; the others never come here.
    for (const base of bases) {
      app.post(`${base}/:action`, (request, response) =>
        handleAction({ base, action: String(request.params['action']) }, request, response),
      );
    }
    app.get(SITE_VERIFICATION_PATH, (request, response, next) => {
      const html = sitePage?.(request.headers.host ?? '');
      if (html === undefined) return next();
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html);
    });
    app.get(`${first}/track/:token`, async (request, response, next) => {
      const html = await page?.(String(request.params['token']));
      if (html === undefined) return next();
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('Referrer-Policy', 'no-referrer');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html);
    });
    for (const base of bases) {
      app.post(`${base}${WEBHOOK_PATH}:token`, async (request, response, next) => {
        if (!webhook || request.params['token'] !== webhook.token) return next();
        const rawBody = await readRawBody(request, maxBytes);
        if (typeof rawBody === 'string') return sendAndClose(response, door.reject(rawBody));
        const status = await webhook.handleNotification(rawBody, singleHeader(request, 'x-payment-signature'));
        response.writeHead(status).end();
      });
      app.all(`${base}/:action`, (_request, response) => {
        response.setHeader('Allow', 'POST');
        sendJson(response, 405, { error: 'method-not-allowed', message: 'A Beckn action is a signed POST.' });
      });
    }
    app.use((_request, response) => {
      sendJson(response, 404, {
        error: 'not-found',
        message: `Nothing is served here; Beckn actions are below ${bases.join('/, ')}/.`,
      });
    });
    app.use(handleError);
    return app;
  }

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      if (draining) return sendAndClose(response, door.reject('draining'));
      const called = request.method === 'POST' ? parseActionPath(request.url ?? '', bases) : undefined;
      // Express would cost an action as much again as checking its digest.
      if (called !== undefined) return void handleAction(called, request, response);
      app ??= createApp();
      void app.then((handle) => handle(request, response));
    },
  );

  async function handleAction(
    { base, action }: ActionPath,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const rawBody = await readRawBody(request, maxBytes);
    if (typeof rawBody === 'string') return sendAndClose(response, door.reject(rawBody));
    if (hasDuplicateSignatureHeader(request)) return send(response, door.reject('signature-duplicate'));
    const { authorization } = request.headers;
    const signature = singleHeader(request, 'signature');
    const gateway = singleHeader(request, 'x-gateway-authorization');
    const proxy = singleHeader(request, 'proxy-authorization');
    const headers = { authorization, gateway, proxy, signature };
    send(response, await door.process({ action, rawBody, basePath: base, headers }));
  }

  return {
    listen: (host, port) => startListening(server, host, port),
    close(graceMs) {
      draining = true;
      return new Promise((resolve) => {
        const cut = clock.callLater(graceMs, () => server.closeAllConnections());
        server.close(() => {
          cut();
          resolve();
        });
      });
    },
  };

  // Express knows an error handler by its four parameters.
  function handleError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
    // A path that cannot be decoded is the only mistake that a peer can make there.
    sendAndClose(response, door.reject(error instanceof URIError ? 'action-unknown' : 'bug'));
  }
}

interface ActionPath {
  readonly base: string;
  readonly action: string;
}

/**
 * @shape `/beckn/status` and `/beckn/status?x` → `status` below `/beckn`, `/beckn/catalog/on_publish` →
 *        `on_catalog_publish`; undefined for whatever is not spelled plainly.
 */
function parseActionPath(url: string, bases: readonly string[]): ActionPath | undefined {
  for (const base of bases) {
    if (!url.startsWith(`${base}/`)) continue;
    const path = /^([a-z_]+|catalog\/on_publish)(?:\?|$)/.exec(url.slice(base.length + 1))?.[1];
    if (path !== undefined) return { base, action: path === 'catalog/on_publish' ? 'on_catalog_publish' : path };
  }
  return undefined;
}

/** Node keeps the first of two Authorization headers and joins others; a signed message has one of each. */
function hasDuplicateSignatureHeader(request: IncomingMessage): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? '';
    if (!SIGNATURE_HEADERS.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The answer after which the connection is over: what else comes on it is not read. */
function sendAndClose(response: ServerResponse, given: WireResponse): void {
  response.setHeader('Connection', 'close');
  send(response, given);
}

function send(response: ServerResponse, { status, headers, body }: WireResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers }).end(body);
}

function sendJson(response: Response, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

function startListening(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}
