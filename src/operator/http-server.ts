/** Serves health, metrics, the operator's API and its page on a separate port, by default on loopback only. */
import { createServer, type Server } from 'node:http';
import type { Express, RequestHandler } from 'express';
import { requireScope, requireToken } from './access/check-token.js';
import { ANSWER_HEADER } from './answer-header.js';
import { answerClientErrors, errorHandler, unknownPath } from './answer-errors.js';
import { ENDPOINTS } from './endpoints.js';
import { liveness, readiness } from './health.js';
import type { OperatorDeps } from './http/deps.js';
import type { Endpoint } from './http/endpoint.js';
import { findQueryProblem } from './http/parameters.js';
import { sendProblem } from './http/problem.js';
import { runAct } from './http/run-act.js';
import { indexPage, STYLE } from './index-page.js';
import { openApiDocument } from './openapi.js';

export interface OperatorServer {
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Waits for running requests to finish. Closes idle keep-alive connections at once. */
  close(): Promise<void>;
}

export function createOperatorServer(deps: OperatorDeps): OperatorServer {
  // Loading Express takes a tenth of the start-up time, so the first request loads it.
  let app: Promise<Express> | undefined;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    app ??= createOperatorApp(deps);
    void app.then((handle) => handle(request, response));
  });
  answerClientErrors(server);
  return { listen: (host, port) => listen(server, host, port), close: () => close(server) };
}

async function createOperatorApp(deps: OperatorDeps): Promise<Express> {
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(standardHeaders);
  app.get('/', (_req, res) => void res.type('html').send(indexPage()));
  app.get('/style.css', (_req, res) => void res.type('css').send(STYLE));
  app.get('/health/live', liveness());
  app.get('/health/ready', readiness(deps));
  app.get('/metrics', async (_req, res) => {
    const text = await deps.metrics.exposition();
    res.setHeader('Content-Type', deps.metrics.contentType);
    res.end(text);
  });
  app.get('/api', (_req, res) => void res.json(index()));
  app.get('/api/openapi.json', (_req, res) => void res.json(openApiDocument()));
  app.use('/api', requireToken(deps));
  for (const endpoint of ENDPOINTS) {
    const checks = [requireScope(endpoint.scope), checkQuery(endpoint)];
    if (endpoint.method === 'GET') {
      app.get(endpoint.path, ...checks, endpoint.handle(deps));
      continue;
    }
    const body =
      endpoint.body === 'text'
        ? express.text({ limit: '2mb', type: () => true })
        : express.json({ limit: endpoint.bodyLimit ?? '16kb', type: () => true });
    const method = endpoint.method === 'POST' ? 'post' : 'delete';
    app[method](endpoint.path, ...checks, refuseWhileMute(deps), body, runAct(endpoint, deps));
  }
  app.use(unknownPath);
  app.use(errorHandler(deps));
  return app;
}

function index(): object {
  const endpoints = ENDPOINTS.map(({ method, path, description, scope, query = {} }) => ({
    method,
    path,
    description,
    scope,
    parameters: Object.keys(query),
  }));
  const about = 'Send "Authorization: Bearer <token>" with each request; /api/openapi.json describes them.';
  return { about, endpoints };
}

function checkQuery({ query }: Endpoint): RequestHandler {
  return (req, res, next) => {
    const problem = findQueryProblem(req.query, query);
    if (problem) sendProblem(res, problem);
    else next();
  };
}

/**
 * Refuses requests for changes while the bridge is mute, because a copy of the data must not act alongside the
 * original.
 */
function refuseWhileMute({ mute }: OperatorDeps): RequestHandler {
  return (_req, res, next) => {
    if (mute?.() === undefined) return next();
    const hint = 'Lists can be read; /health/ready says what to do.';
    sendProblem(res, { code: 'mute', message: 'The bridge is mute: it neither sends nor changes anything.', hint });
  };
}

/** Names the program. Sets security headers for pages without scripts, and forbids embedding and caching. */
const standardHeaders: RequestHandler = (_req, res, next) => {
  res.setHeader(...ANSWER_HEADER);
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
