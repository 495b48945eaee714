/** Defines HTTP requests to other hosts, and the resolution of host names. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** The limit for the whole exchange, ms of real time: from connecting on, without the wait for a free connection. */
  readonly timeoutMs: number;
  /** The longest wait for a free connection to the peer, ms of real time; by default `timeoutMs`. */
  readonly maxWaitMs?: number;
  /** A longer response body causes an HttpFault. */
  readonly maxBytes: number;
  /** The address that was checked for this host; the connection goes there instead of resolving the host again. */
  readonly pinnedAddress?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** Sends HTTP requests to other hosts. @errors HttpFault */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
}

/** Thrown if no usable response arrives: the connection failed, the exchange timed out, or the response is too long. */
export class HttpFault extends Error {
  /** The status of a response that is too long. */
  readonly status: number | undefined;

  constructor(
    readonly reason: 'timeout' | 'network' | 'too-large',
    message: string,
    options?: { readonly cause?: unknown; readonly status?: number },
  ) {
    super(message, options);
    this.name = 'HttpFault';
    this.status = options?.status;
  }
}

/** 4xx statuses that depend on keys, clocks or load rather than on the request. */
const RETRYABLE_CLIENT_ERRORS: ReadonlySet<number> = new Set([401, 408, 425, 429]);

/** Checks whether a request that got this status may succeed if it is repeated. @param status Any status but 2xx. */
export function isRetryableStatus(status: number): boolean {
  return status < 400 || status > 499 || RETRYABLE_CLIENT_ERRORS.has(status);
}

export interface Dns {
  /** Returns all addresses of the host, IPv4 and IPv6. */
  resolve(host: string): Promise<readonly string[]>;
}
