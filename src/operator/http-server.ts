/** Serves health, metrics and the operator's API on a separate port, by default on loopback only. */
import { createServer, type Server } from 'node:http';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import { StoreFault } from '../ports/store.js';
import { requireToken } from './bearer-token.js';
import type { OperatorDeps } from './http/deps.js';
import { ENDPOINTS } from './endpoints.js';
import { liveness, readiness } from './health.js';
import { indexPage, STYLE } from './index-page.js';
import { sendProblem, sendBadParameter } from './http/problem.js';

export interface OperatorServer {
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Finishes running requests, then closes; idle keep-alive connections are closed at once. */
  close(): Promise<void>;
}

export function createOperatorServer(deps: OperatorDeps): OperatorServer {
  // Loading Express takes a tenth of the start-up time, so the first request loads it.
  let app: Promise<Express> | undefined;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    app ??= createOperatorApp(deps);
    void app.then((handle) => handle(request, response));
  });
  return { listen: (host, port) => listen(server, host, port), close: () => close(server) };
}

async function createOperatorApp(deps: OperatorDeps): Promise<Express> {
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(securityHeaders);
  app.get('/', (_req, res) => void res.type('html').send(indexPage()));
  app.get('/style.css', (_req, res) => void res.type('css').send(STYLE));
  app.get('/health/live', liveness());
  app.get('/health/ready', readiness(deps));
  app.get('/metrics', async (_req, res) => {
    const text = await deps.metrics.exposition();
    res.setHeader('Content-Type', deps.metrics.contentType);
    res.end(text);
  });
  app.get('/api', (_req, res) => {
    const endpoints = ENDPOINTS.map(({ method, path, description }) => ({ method, path, description }));
    res.json({ about: 'Send "Authorization: Bearer <token>" with each request.', endpoints });
  });
  app.use('/api', requireToken(deps.token));
  app.post(/^\/api\//, refuseWhileMute(deps));
  for (const { method, path, handle, textBody, bodyLimit = '16kb' } of ENDPOINTS) {
    const body = textBody
      ? express.text({ limit: '2mb', type: () => true })
      : express.json({ limit: bodyLimit, type: () => true });
    if (method === 'POST') app.post(path, body, handle(deps));
    else app.get(path, handle(deps));
  }
  app.use((req, res) => {
    sendProblem(res, 404, {
      error: 'not-found',
      message: `There is nothing at ${req.method} ${req.path}.`,
      hint: 'GET /api lists the endpoints.',
    });
  });
  app.use(errorHandler(deps));
  return app;
}

/** A copy of the data must not act beside the original. */
function refuseWhileMute({ mute }: OperatorDeps): RequestHandler {
  return (_req, res, next) => {
    if (mute?.() === undefined) return next();
    const hint = 'Lists can be read; /health/ready says what to do.';
    sendProblem(res, 503, {
      error: 'mute',
      message: 'The bridge is mute: it neither sends nor changes anything.',
      hint,
    });
  };
}

/** Sets security headers for pages without scripts, and forbids embedding and caching. */
const securityHeaders: RequestHandler = (_req, res, next) => {
  res.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/** Answers errors; stack traces go only to the log. Express recognises an error handler by its four parameters. */
function errorHandler({ events }: OperatorDeps): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const status = clientErrorStatus(error);
    if (status !== undefined) {
      sendProblem(res, status, {
        error: 'bad-request',
        message: 'The request could not be read.',
        hint: 'A body is JSON of at most 16 KB, a file at most 2 MB; % in a path begins an escape.',
      });
    } else if (error instanceof RangeError && req.query['cursor'] !== undefined) {
      // The store throws a RangeError for a cursor that names no item of the list.
      sendBadParameter(res, 'cursor', 'must be the `next` of a page of this list');
    } else if (error instanceof StoreFault) {
      const hint = 'Try again; /health/ready shows when the store works again.';
      sendProblem(res, 503, { error: 'store-unavailable', message: 'The store cannot be read now.', hint });
    } else {
      events.emit('bug', { where: 'operator', path: req.path, error });
      sendProblem(res, 500, {
        error: 'internal',
        message: 'An internal error occurred.',
        hint: 'The log has the details.',
      });
    }
  };
}

/** The 4xx status that Express's body parsers put on their errors. */
function clientErrorStatus(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? { host, port: address.port } : { host, port });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
