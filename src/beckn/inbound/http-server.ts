/** Runs the HTTP server of the Beckn edge, which handles actions from their raw bodies. Express serves other paths. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Clock } from '../../ports/runtime.js';
import { sendAndClose, sendResponse, singleHeader } from './http-messages.js';
import { readRawBody } from './request-body.js';
import { createPages, type ActionPath, type PagesDeps } from './pages.js';

export interface BecknServerDeps extends PagesDeps {
  readonly clock: Clock;
}

// Requests are small and come from servers, so a slower sender only ties up a socket.
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const TIMEOUT_CHECK_MS = 5_000;
/** Longer than the keep-alive of common proxies, so that the proxy closes idle connections first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;

const SIGNATURE_HEADERS = new Set(['authorization', 'x-gateway-authorization', 'proxy-authorization', 'signature']);

export class BecknServer {
  readonly #deps: BecknServerDeps;
  readonly #basePaths: readonly string[];
  readonly #server: Server;
  #draining = false;
  // Created on first use, because loading Express takes a tenth of the start-up time and actions do not need it.
  #pages: Promise<Express> | undefined;

  constructor(deps: BecknServerDeps) {
    this.#deps = deps;
    this.#basePaths = deps.basePaths.map((path) => path.replace(/\/+$/, ''));
    const options = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.#server = createServer(options, (request, response) => void this.#handleRequest(request, response));
  }

  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address() as AddressInfo;
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  /** Refuses new requests, waits for running ones, and closes the remaining connections after `graceMs`. */
  close(graceMs: number): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.callLater(graceMs, () => this.#server.closeAllConnections());
      this.#server.close(() => {
        cancel();
        resolve();
      });
    });
  }

  /** @param path Passed by Express for an action whose URL is percent-encoded. */
  async #handleRequest(
    request: IncomingMessage,
    response: ServerResponse,
    path: ActionPath | undefined = actionPathOf(request, this.#basePaths),
  ): Promise<void> {
    const { router, maxBytes } = this.#deps;
    if (this.#draining) return sendAndClose(response, router.reject('draining'));
    // Actions bypass Express, which would cost as much time as computing their digest.
    if (!path) return this.#servePage(request, response);
    const rawBody = await readRawBody(request, maxBytes);
    if (typeof rawBody === 'string') return sendAndClose(response, router.reject(rawBody));
    if (hasDuplicateSignatureHeader(request)) return sendResponse(response, router.reject('signature-duplicate'));
    const headers = {
      authorization: request.headers.authorization,
      gateway: singleHeader(request, 'x-gateway-authorization'),
      proxy: singleHeader(request, 'proxy-authorization'),
      signature: singleHeader(request, 'signature'),
    };
    const inbound = { action: path.action, rawBody, basePath: path.basePath, headers };
    sendResponse(response, await router.route(inbound).process(inbound));
  }

  async #servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#pages ??= createPages(this.#deps, this.#basePaths, (path, req, res) => this.#handleRequest(req, res, path));
    const pages = await this.#pages;
    pages(request, response);
  }
}

/**
 * @shape  `/beckn/status` and `/beckn/status?x` → `status` below `/beckn`, `/beckn/catalog/on_publish` →
 *         `on_catalog_publish`; `undefined` for methods other than POST and for URLs of any other form.
 */
function actionPathOf({ method, url = '' }: IncomingMessage, basePaths: readonly string[]): ActionPath | undefined {
  if (method !== 'POST') return undefined;
  for (const basePath of basePaths) {
    if (!url.startsWith(`${basePath}/`)) continue;
    const action = /^([a-z_]+|catalog\/on_publish)(?:\?|$)/.exec(url.slice(basePath.length + 1))?.[1];
    if (action !== undefined) {
      return { basePath, action: action === 'catalog/on_publish' ? 'on_catalog_publish' : action };
    }
  }
  return undefined;
}

/**
 * Checks the raw headers, because Node keeps only the first of two Authorization headers and joins other duplicates.
 */
function hasDuplicateSignatureHeader({ rawHeaders }: IncomingMessage): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!SIGNATURE_HEADERS.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}
