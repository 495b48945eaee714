/** HTTP out, and names to addresses: the only ways the bridge reaches other hosts by itself. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** Real milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** A longer response body fails. */
  readonly maxBytes: number;
  /** Connect here instead of resolving the host again: what the guard has checked. */
  readonly pinnedAddress?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** @errors HttpFault */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
}

/** No usable response: refused, reset, timed out, too long. */
export class HttpFault extends Error {
  constructor(
    readonly reason: 'timeout' | 'network' | 'too-large',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'HttpFault';
  }
}

export interface Dns {
  /** Every address of the host, IPv4 and IPv6. */
  resolve(host: string): Promise<readonly string[]>;
}
