/** Runs the HTTP server of the Beckn edge, which handles actions from their raw bodies. Express serves other paths. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { clientAddressOf, hostOf, trustedProxyCheck, type TrustedProxyCheck } from '../../config/trusted-proxy.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { parseSignatureHeader } from '../signing/signature.js';
import { ConnectionCounter } from './address-limits.js';
import { BodiesInFlight } from './bodies-in-flight.js';
import { sendAndClose, sendResponse, singleHeader } from './http-messages.js';
import type { InboundRequest } from './inbound-request.js';
import { declaredSizeProblem, readRawBody } from './request-body.js';
import { createPages, type ActionPath, type PagesDeps } from './pages.js';

export interface BecknServerDeps extends PagesDeps {
  readonly clock: Clock;
  readonly events?: Events;
  /** Maximum number of open connections per address; 0 means no limit. Trusted proxies are not limited. */
  readonly connectionsPerAddress?: number;
  readonly connectionsTotal?: number;
  /** Maximum total size of the bodies being received or handled, bytes. Those that arrive in one piece do not count. */
  readonly maxBytesInFlight?: number;
  /** Time limit for receiving a whole request, ms. */
  readonly bodyTimeoutMs?: number;
  /** IP addresses and CIDR ranges of trusted reverse proxies. */
  readonly proxyAddresses?: readonly string[];
}

// A request is small and its sender is a server, so a slower sender only occupies a socket.
const REQUEST_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 1_000;
const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024;
/** Limit for the body of `on_subscribe`: a challenge is a few hundred bytes long, and the call may be unsigned. */
const MAX_CHALLENGE_BYTES = 16 * 1024;
const NO_BODY = Buffer.alloc(0);
/** Longer than the keep-alive of common proxies, so that the proxy closes first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;

const SIGNATURE_HEADERS = new Set(['authorization', 'x-gateway-authorization', 'proxy-authorization', 'signature']);

export class BecknServer {
  readonly #deps: BecknServerDeps;
  readonly #basePaths: readonly string[];
  readonly #server: Server;
  readonly #bodies: BodiesInFlight;
  readonly #connections: ConnectionCounter;
  readonly #isTrustedProxy: TrustedProxyCheck;
  #draining = false;
  // Created on first use, because loading Express takes a tenth of the start-up time and actions do not need it.
  #pages: Promise<Express> | undefined;

  constructor(deps: BecknServerDeps) {
    this.#deps = deps;
    this.#basePaths = deps.basePaths.map((path) => path.replace(/\/+$/, ''));
    const { bodyTimeoutMs = REQUEST_TIMEOUT_MS, connectionsTotal, proxyAddresses: addresses = [] } = deps;
    this.#bodies = new BodiesInFlight(deps.maxBytesInFlight ?? MAX_BYTES_IN_FLIGHT);
    this.#connections = new ConnectionCounter(deps.connectionsPerAddress ?? 0);
    this.#isTrustedProxy = trustedProxyCheck({ addresses });
    const options = {
      headersTimeout: bodyTimeoutMs,
      requestTimeout: bodyTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, bodyTimeoutMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    const handleRequest = this.#handleRequest.bind(this);
    this.#server = createServer(options, handleRequest);
    // Without this, Node would send `100 Continue` before the headers have been checked.
    this.#server.on('checkContinue', handleRequest);
    this.#server.on('connection', (socket: Socket) => this.#limitConnection(socket));
    if (connectionsTotal !== undefined) this.#server.maxConnections = connectionsTotal;
    this.#server.on('drop', () => deps.events?.emit('connection.refused', { reason: 'total' }));
  }

  #limitConnection(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (this.#isTrustedProxy(address) || this.#connections.tryAdd(socket)) return;
    this.#deps.events?.emit('connection.refused', { reason: 'address', address });
    socket.destroy();
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

  /** @param path Passed by Express for an action whose URL is not plain, such as a percent-encoded one. */
  async #handleRequest(
    request: IncomingMessage,
    response: ServerResponse,
    path: ActionPath | undefined = actionPathOf(request, this.#basePaths),
  ): Promise<void> {
    const { router, maxBytes } = this.#deps;
    if (this.#draining) return sendAndClose(response, router.reject('draining'));
    // Actions bypass Express, which would cost as much time as computing their digest.
    if (!path) return this.#servePage(request, response);
    if (hasDuplicateSignatureHeader(request)) return sendAndClose(response, router.reject('signature-duplicate'));
    const { headers, socket } = request;
    const source = clientAddressOf(socket.remoteAddress ?? '', headers['x-forwarded-for'], this.#isTrustedProxy);
    const inbound = { action: path.action, basePath: path.basePath, source, headers: signatureHeaders(request) };
    const isUnsigned = path.action === 'on_subscribe';
    const limit = isUnsigned ? Math.min(maxBytes, MAX_CHALLENGE_BYTES) : maxBytes;
    const sizeProblem = declaredSizeProblem(request, limit);
    if (sizeProblem !== undefined) return sendAndClose(response, router.reject(sizeProblem));
    if (!isUnsigned && !isReadableSignature(headers.authorization)) {
      // The body is not read, because the pipeline refuses the header, or the action, without it.
      const unread = { ...inbound, rawBody: NO_BODY };
      return sendAndClose(response, await router.route(unread).process(unread));
    }
    if (headers.expect !== undefined) response.writeContinue();
    const rawBody = await readRawBody(request, limit, {
      bodies: this.#bodies,
      address: hostOf(source),
      onCounted: (body) => response.once('close', () => this.#bodies.close(body)),
    });
    if (typeof rawBody === 'string') return sendAndClose(response, router.reject(rawBody));
    const whole = { ...inbound, rawBody };
    sendResponse(response, await router.route(whole).process(whole));
  }

  async #servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#pages ??= createPages(this.#deps, this.#basePaths, (path, req, res) => this.#handleRequest(req, res, path));
    const pages = await this.#pages;
    pages(request, response);
  }
}

/**
 * @shape  `/beckn/status` and `/beckn/status?x` → `status` below `/beckn`; `/beckn/catalog/on_publish` →
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

function signatureHeaders(request: IncomingMessage): InboundRequest['headers'] {
  return {
    authorization: request.headers.authorization,
    gateway: singleHeader(request, 'x-gateway-authorization'),
    proxy: singleHeader(request, 'proxy-authorization'),
    signature: singleHeader(request, 'signature'),
  };
}

function isReadableSignature(authorization: string | undefined): boolean {
  return authorization !== undefined && !('problem' in parseSignatureHeader(authorization, { xed25519: true }));
}

/**
 * Checks whether a signature header was sent twice. Reads the raw headers, because Node drops duplicates of some of
 * these headers and joins those of others.
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
