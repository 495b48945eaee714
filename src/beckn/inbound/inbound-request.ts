/** A request before it is authenticated, and the two kinds of code that may receive it. */
import type { BecknDialect } from '../protocol/dialect.js';
import type { WireResponse } from '../protocol/nack-codes.js';

export interface InboundRequest {
  /** The last segment of the URL. */
  readonly action: string;
  readonly rawBody: Buffer;
  /** The base path of the URL; absent when only one is served. */
  readonly basePath?: string;
  /** Address of the sender; absent without a network, as in a simulation. */
  readonly source?: string;
  readonly headers: {
    readonly authorization?: string | undefined;
    /** X-Gateway-Authorization. */
    readonly gateway?: string | undefined;
    /** Proxy-Authorization, an older name of the gateway's header. */
    readonly proxy?: string | undefined;
    /** Signature, which registries send beside Authorization. */
    readonly signature?: string | undefined;
  };
}

export interface RequestProcessor {
  /** Never rejects. */
  process(request: InboundRequest): WireResponse | Promise<WireResponse>;
}

/** Receives the callbacks of one participant to requests of ours. */
export interface CallbackReceiver {
  readonly subscriberId: string;
  readonly family: BecknDialect['family'];
  /** Resolves when the callback's effects are durable. @errors StoreFault: the callback is answered 503. */
  handleCallback(body: unknown): Promise<void>;
}
