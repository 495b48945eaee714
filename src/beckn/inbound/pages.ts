/** Serves the paths of the Beckn server that are not actions, with Express. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, NextFunction, Request, Response } from 'express';
import { signText } from '../signing/signature.js';
import { sendAndClose, singleHeader } from './http-messages.js';
import { readRawBody } from './request-body.js';
import type { NetworkRouter } from './network-router.js';

export interface PagesDeps {
  readonly router: NetworkRouter;
  /** Base paths of the actions, such as `/beckn`; `''` or `/` is the root. Tracking pages are below the first one. */
  readonly basePaths: readonly string[];
  readonly maxBytes: number;
  /**
   * Returns the page of a session for the token in its `on_track` link; `undefined` if the token is forged or expired,
   * or its order is unknown.
   */
  readonly trackingPage?: (token: string) => Promise<string | undefined>;
  /** The payment provider's webhook; the token is the secret last part of its URL. */
  readonly webhook?: {
    readonly token: string;
    handleNotification(rawBody: Buffer, signature: string | undefined): Promise<number>;
  };
  /** Returns the page by which a network verifies that this host is ours. */
  readonly siteVerificationPage?: (host: string) => string | undefined;
}

/** Path of the payment webhook below the base path, followed by its token. */
export const WEBHOOK_PATH = '/payments/';

const SITE_VERIFICATION_PATH = '/ondc-site-verification.html';

export interface ActionPath {
  readonly basePath: string;
  readonly action: string;
}

export type ActionHandler = (path: ActionPath, request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * @param basePaths Without a trailing slash.
 * @param onAction Handles an action whose URL is not plain, such as a percent-encoded one. The server handles the rest.
 */
export async function createPages(
  deps: PagesDeps,
  basePaths: readonly string[],
  onAction: ActionHandler,
): Promise<Express> {
  const { router } = deps;
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);

  // Descriptions come before the actions, because one base path may lie below another.
  for (const basePath of basePaths) {
    app.get(basePath === '' ? '/' : basePath, (_request, response) => sendJson(response, 200, router.description));
  }
  for (const basePath of basePaths) {
    app.post(`${basePath}/:action`, (request, response) =>
      onAction({ basePath, action: String(request.params['action']) }, request, response),
    );
  }
  addHtmlPages(app, deps, basePaths[0] ?? '');
  for (const basePath of basePaths) {
    addWebhook(app, deps, basePath);
    app.all(`${basePath}/:action`, (_request, response) => {
      response.setHeader('Allow', 'POST');
      sendJson(response, 405, { error: 'method-not-allowed', message: 'A Beckn action is a signed POST.' });
    });
  }
  app.use((_request, response) => {
    const message = `Nothing is served here; Beckn actions are below ${basePaths.join('/, ')}/.`;
    sendJson(response, 404, { error: 'not-found', message });
  });
  // Express recognises an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    // The only error that a peer can cause here is a path that cannot be decoded.
    sendAndClose(response, router.reject(error instanceof URIError ? 'action-unknown' : 'bug'));
  });
  return app;
}

function addHtmlPages(app: Express, { siteVerificationPage, trackingPage }: PagesDeps, basePath: string): void {
  app.get(SITE_VERIFICATION_PATH, (request, response, next) => {
    const html = siteVerificationPage?.(request.headers.host ?? '');
    if (html === undefined) return next();
    setPageHeaders(response);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
  });
  // This comes before the tracking pages, which would take the file name for a token.
  app.get(`${basePath}/track/style.css`, (_request, response) => {
    setPageHeaders(response);
    response.setHeader('Content-Type', 'text/css; charset=utf-8');
    response.end(TRACKING_STYLE);
  });
  app.get(`${basePath}/track/:token`, async (request, response, next) => {
    const html = await trackingPage?.(String(request.params['token']));
    if (html === undefined) return next();
    setPageHeaders(response);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
  });
}

/** Forbids scripts and framing, and the Referer header, which could reveal the token in the address. */
function setPageHeaders(response: Response): void {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
}

/** The style sheet of the tracking page, whose Content-Security-Policy forbids inline styles. */
const TRACKING_STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem;color:#1b2733;background:#fff}' +
  'h1{font-size:1.25rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.5rem}dt{color:#5a6b7b}' +
  'dd{margin:0;font-weight:600}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#10161c}dt{color:#93a4b3}}';

function addWebhook(app: Express, { router, webhook, maxBytes }: PagesDeps, basePath: string): void {
  app.post(`${basePath}${WEBHOOK_PATH}:token`, async (request, response, next) => {
    if (!webhook || request.params['token'] !== webhook.token) return next();
    const rawBody = await readRawBody(request, maxBytes);
    if (typeof rawBody === 'string') return sendAndClose(response, router.reject(rawBody));
    const status = await webhook.handleNotification(rawBody, singleHeader(request, 'x-payment-signature'));
    response.writeHead(status).end();
  });
}

function sendJson(response: Response, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/**
 * Builds the page by which ONDC verifies that a domain belongs to its subscriber.
 * @source ONDC onboarding: a meta element contains the signature over the plain request id.
 */
export function siteVerificationPage(requestId: string, secretKey: Uint8Array): string {
  const signature = signText(requestId, secretKey);
  return `<!doctype html><html><head><meta name="ondc-site-verification" content="${signature}"></head><body>ONDC site verification</body></html>`;
}
