/** HTTP out, over kept-alive connections that never leave the address they were checked for. */
import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Dispatcher, Pool } from 'undici';
import { HttpFault, type HttpClient, type HttpRequest, type HttpResponse } from '../bridge/ports/http.js';

/** Connections to one peer at once. */
const CONNECTIONS = 32;
/** Peers (origin and address) whose connections are kept. */
const MAX_PEERS = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/** Follows no redirect and looks at no proxy setting of the environment. */
export function createHttpClient(): HttpClient & { close(): Promise<void> } {
  const pools = new LRUCache<string, Pool>({
    max: MAX_PEERS,
    dispose: (pool) => void pool.close().catch(() => undefined),
  });

  async function poolFor(origin: string, pinnedAddress: string | undefined): Promise<Pool> {
    // Imported on first use: not every process sends callbacks at once.
    const undici = await import('undici');
    const key = `${origin} ${pinnedAddress ?? ''}`;
    const known = pools.get(key);
    if (known) return known;
    const connect = {
      timeout: CONNECT_TIMEOUT_MS,
      ...(pinnedAddress === undefined ? {} : { lookup: pinTo(pinnedAddress) }),
    };
    const pool = new undici.Pool(origin, { connections: CONNECTIONS, pipelining: 1, connect });
    pools.set(key, pool);
    return pool;
  }

  return {
    async send(request) {
      const url = new URL(request.url);
      const pool = await poolFor(url.origin, request.pinnedAddress);
      // One deadline over connecting, waiting and reading: a body that dribbles ends with it too.
      const signal = AbortSignal.timeout(request.timeoutMs);
      try {
        const answer = await pool.request({
          path: url.pathname + url.search,
          method: request.method,
          headers: { ...request.headers },
          body: request.body ?? null,
          signal,
        });
        return await readResponse(answer, request.maxBytes);
      } catch (error) {
        throw fault(error, signal, request);
      }
    },
    async close() {
      const open = [...pools.values()];
      await Promise.all(open.map((pool) => pool.destroy().catch(() => undefined)));
      pools.clear();
    },
  };
}

/** Name, SNI and certificate check stay the host's; only the address is given. */
function pinTo(address: string) {
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

async function readResponse(answer: Dispatcher.ResponseData, maxBytes: number): Promise<HttpResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early destroys the body, and the connection with it.
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new HttpFault('too-large', `the response is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: answer.statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function fault(error: unknown, signal: AbortSignal, request: HttpRequest): HttpFault {
  if (error instanceof HttpFault) return error;
  const host = new URL(request.url).host;
  if (signal.aborted) {
    return new HttpFault('timeout', `no complete response from ${host} within ${request.timeoutMs} ms`, {
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error ? `${String(error.code)} ` : '';
  const message = error instanceof Error ? error.message : String(error);
  return new HttpFault('network', `${host}: ${code}${message}`, { cause: error });
}
