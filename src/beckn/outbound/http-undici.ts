/** Sends HTTP requests over keep-alive connections, to a pinned address if one is given. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Dispatcher, Pool } from 'undici';
import { HttpFault, type HttpClient, type HttpRequest, type HttpResponse } from '../../ports/http.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { ConnectionPlaces } from './connection-places.js';

/** Maximum number of connections to one peer. */
const MAX_CONNECTIONS_PER_PEER = 32;
/** Maximum number of peers (origin and address) with open connections. */
const MAX_PEERS = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/** Drops a byte order mark, which some servers put before their JSON. */
const UTF8 = new TextDecoder('utf-8');
/** Without this, a peer may choose any encoding. @source RFC 9110 §12.5.3 */
const UNENCODED = { 'accept-encoding': 'identity' } as const;

interface Destination {
  readonly pool: Pool;
  readonly places: ConnectionPlaces;
}

/**
 * Follows no redirects and ignores the proxy settings of the environment.
 * @param clock The real-time clock, which limits each exchange.
 */
export class UndiciHttpClient implements HttpClient {
  readonly #clock: Clock;
  readonly #destinations = createBoundedCache<Destination>(MAX_PEERS, {
    dispose: ({ pool }) => void pool.close().catch(() => undefined),
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const { pool, places } = await this.#destinationFor(url, request.pinnedAddress);
    const turn = places.take(request.maxWaitMs ?? request.timeoutMs);
    if (turn) await turn;
    try {
      return await new Promise((resolve, reject) => {
        const { method, headers, body = null } = request;
        const exchange = new Exchange({ host: url.host, limits: request, clock: this.#clock, resolve, reject });
        pool.dispatch(
          { path: url.pathname + url.search, method, headers: { ...UNENCODED, ...headers }, body },
          exchange,
        );
      });
    } finally {
      places.release();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#destinations.values()].map(({ pool }) => pool.destroy().catch(() => undefined)));
    this.#destinations.clear();
  }

  async #destinationFor({ origin, host }: URL, pinnedAddress: string | undefined): Promise<Destination> {
    const key = `${origin} ${pinnedAddress ?? ''}`;
    const existing = this.#destinations.get(key);
    if (existing) return existing;
    // Imported on first use, because a process may send nothing for a long time.
    const undici = await import('undici');
    const connect = {
      timeout: CONNECT_TIMEOUT_MS,
      ...(pinnedAddress !== undefined && { lookup: pinnedLookup(pinnedAddress) }),
    };
    const opened = this.#destinations.get(key);
    if (opened) return opened;
    const destination: Destination = {
      pool: new undici.Pool(origin, { connections: MAX_CONNECTIONS_PER_PEER, pipelining: 1, connect }),
      places: new ConnectionPlaces({ clock: this.#clock, host, places: MAX_CONNECTIONS_PER_PEER }),
    };
    this.#destinations.set(key, destination);
    return destination;
  }
}

interface ExchangeDeps {
  readonly host: string;
  readonly limits: Pick<HttpRequest, 'timeoutMs' | 'maxBytes'>;
  readonly clock: Clock;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (fault: HttpFault) => void;
}

/** Collects the response to one request from chunks, because a stream would be too costly for a few bytes. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #deps: ExchangeDeps;
  readonly #chunks: Buffer[] = [];
  readonly #cancelTimeout: Cancel;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #length = 0;

  constructor(deps: ExchangeDeps) {
    this.#deps = deps;
    const { host, limits, clock } = deps;
    const { timeoutMs } = limits;
    // One timeout covers connecting, waiting for the response and reading the body: a slow body cannot extend it.
    this.#cancelTimeout = clock.callLater(timeoutMs, () =>
      this.#fail(new HttpFault('timeout', `no complete response from ${host} within ${timeoutMs} ms`)),
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error('timed out while waiting for a connection'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length <= this.#deps.limits.maxBytes) this.#chunks.push(chunk);
    else this.#fail(this.#tooLarge());
  }

  #tooLarge(): HttpFault {
    const { maxBytes } = this.#deps.limits;
    return new HttpFault('too-large', `the response is longer than ${maxBytes} bytes`, { status: this.#status });
  }

  onResponseEnd(): void {
    if (this.#settle()) {
      const body = UTF8.decode(Buffer.concat(this.#chunks));
      this.#deps.resolve({ status: this.#status, headers: this.#headers, body });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = 'code' in error ? `${String(error.code)} ` : '';
    this.#fail(new HttpFault('network', `${this.#deps.host}: ${code}${error.message}`, { cause: error }));
  }

  #fail(fault: HttpFault): void {
    if (!this.#settle()) return;
    this.#deps.reject(fault);
    // Nobody reads the rest of the response, so the connection is closed.
    this.#controller?.abort(fault);
  }

  /** Marks the exchange as settled; returns true on the first call only. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#cancelTimeout();
    return true;
  }
}

/**
 * Creates a DNS lookup that always returns this address. Host name, SNI and certificate check still use the URL's host.
 */
function pinnedLookup(address: string) {
  const family = isIP(address);
  return (
    _host: string,
    options: { readonly all?: boolean | undefined },
    done: (error: null, address: string | { address: string; family: number }[], family?: number) => void,
  ): void => {
    if (options.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}
