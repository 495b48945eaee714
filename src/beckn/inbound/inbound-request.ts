/** Defines a request before it is authenticated, and the interfaces of the code that receives requests. */
import type { BecknDialect } from '../protocol/dialect.js';
import type { WireResponse } from '../protocol/nack-codes.js';

export interface InboundRequest {
  /** The action that the URL names, such as `search`. */
  readonly action: string;
  readonly rawBody: Buffer;
  /** The base path of the URL; if absent, that of the first network. */
  readonly basePath?: string;
  /** Address of the sender; absent in a simulation. */
  readonly source?: string;
  readonly headers: {
    readonly authorization?: string | undefined;
    /** X-Gateway-Authorization. */
    readonly gateway?: string | undefined;
    /** Proxy-Authorization, an older name of the gateway's header. */
    readonly proxy?: string | undefined;
    /** The `Signature` header, with which some registries sign their calls. */
    readonly signature?: string | undefined;
  };
}

export interface RequestProcessor {
  /** Never rejects. */
  process(request: InboundRequest): WireResponse | Promise<WireResponse>;
}

/** Receives one participant's callbacks to requests that we sent. */
export interface CallbackReceiver {
  readonly subscriberId: string;
  readonly family: BecknDialect['family'];
  /** Resolves when the callback's effects are durable. @errors StoreFault: the callback gets a 503. */
  handleCallback(body: unknown): Promise<void>;
}

/** Determines whether the callback to a request could be sent. */
export interface CallbackTargets {
  /**
   * Never rejects.
   * @returns Why the callback could not be sent; `unavailable` if the registry could not be queried or the resolver gave
   *          no addresses. `undefined` if no problem is known.
   */
  problemBeforeAck(recipient: {
    readonly bapId: string;
    readonly bapUri: string;
    /** Set if the callback goes to this gateway instead of the buyer app. */
    readonly gatewayId?: string;
  }): Promise<{ readonly reason: string; readonly unavailable?: 'registry' | 'resolver' } | undefined>;
}
