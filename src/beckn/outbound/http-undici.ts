/** HTTP out, over kept-alive connections that never leave the address they were checked for. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Dispatcher, Pool } from 'undici';
import { HttpFault, type HttpClient, type HttpRequest, type HttpResponse } from '../../ports/http.js';
import type { Cancel, Clock } from '../../ports/runtime.js';

/** Connections to one peer at once. */
const MAX_CONNECTIONS_PER_PEER = 32;
/** Peers (origin and address) whose connections are kept. */
const MAX_PEERS = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Follows no redirect and looks at no proxy setting of the environment.
 * @param clock Real time: it bounds each exchange.
 */
export function createHttpClient(clock: Clock): HttpClient & { close(): Promise<void> } {
  const pools = new LRUCache<string, Pool>({
    max: MAX_PEERS,
    dispose: (pool) => void pool.close().catch(() => undefined),
  });

  async function poolFor(origin: string, pinnedAddress: string | undefined): Promise<Pool> {
    const key = `${origin} ${pinnedAddress ?? ''}`;
    const known = pools.get(key);
    if (known) return known;
    // Imported on first use: not every process sends callbacks at once.
    const undici = await import('undici');
    const connect = {
      timeout: CONNECT_TIMEOUT_MS,
      ...(pinnedAddress === undefined ? {} : { lookup: pinnedLookup(pinnedAddress) }),
    };
    const pool =
      pools.get(key) ?? new undici.Pool(origin, { connections: MAX_CONNECTIONS_PER_PEER, pipelining: 1, connect });
    pools.set(key, pool);
    return pool;
  }

  return {
    async send(request) {
      const url = new URL(request.url);
      const pool = await poolFor(url.origin, request.pinnedAddress);
      return new Promise((resolve, reject) => {
        const { method, headers, body = null } = request;
        const exchange = new Exchange(url.host, request, clock, resolve, reject);
        pool.dispatch({ path: url.pathname + url.search, method, headers: { ...headers }, body }, exchange);
      });
    },
    async close() {
      const open = [...pools.values()];
      await Promise.all(open.map((pool) => pool.destroy().catch(() => undefined)));
      pools.clear();
    },
  };
}

/**
 * One request and the whole of its response, heard piece by piece: a stream for each answer of a few bytes would cost
 * more than the answer.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  private status = 0;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private readonly cancelDeadline: Cancel;

  constructor(
    private readonly host: string,
    private readonly limits: Pick<HttpRequest, 'timeoutMs' | 'maxBytes'>,
    clock: Clock,
    private readonly resolve: (response: HttpResponse) => void,
    private readonly reject: (fault: HttpFault) => void,
  ) {
    const { timeoutMs } = limits;
    // One deadline over connecting, waiting and reading: a body that dribbles ends with it too.
    this.cancelDeadline = clock.callLater(timeoutMs, () =>
      this.fail(new HttpFault('timeout', `no complete response from ${host} within ${timeoutMs} ms`)),
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error('given up while it waited for a connection'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length <= this.limits.maxBytes) this.chunks.push(chunk);
    else this.fail(new HttpFault('too-large', `the response is longer than ${this.limits.maxBytes} bytes`));
  }

  onResponseEnd(): void {
    if (this.settle()) {
      const body = Buffer.concat(this.chunks).toString('utf8');
      this.resolve({ status: this.status, headers: this.headers, body });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = 'code' in error ? `${String(error.code)} ` : '';
    this.fail(new HttpFault('network', `${this.host}: ${code}${error.message}`, { cause: error }));
  }

  private fail(fault: HttpFault): void {
    if (!this.settle()) return;
    this.reject(fault);
    // The connection goes with it: what still comes belongs to nobody.
    this.controller?.abort(fault);
  }

  /** True the first time. */
  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.cancelDeadline();
    return true;
  }
}

/** Name, SNI and certificate check stay the host's; only the address is given. */
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
