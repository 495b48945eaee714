/** The Beckn networks that are served, as an operator sees them and subscribes to them. Implemented by the Beckn edge. */
import type { Json } from '../domain/model/object.js';

export interface Networks {
  list(): readonly NetworkView[];
  /**
   * Asks the network's registry for a subscription, where it can be asked, and for a while answers its challenge.
   * @errors StoreFault
   */
  subscribe(network: string, wish: SubscribeRequest): Promise<SubscribeResult>;
}

export interface SubscribeRequest {
  /** Which of our signing keys is registered; the newest one unless given. */
  readonly keyId?: string;
  /** False: nothing is sent, only the challenge is waited for; somebody has filled in a form instead. */
  readonly send?: boolean;
}

export interface NetworkView {
  readonly name: string;
  readonly subscriberId: string;
  readonly uri: string;
  readonly basePath: string;
  readonly domains: readonly string[];
  readonly keys: readonly {
    readonly keyId: string;
    /** base64 of 32 raw bytes. */
    readonly publicKey: string;
    /** Epoch ms. */
    readonly validFrom?: number;
    readonly validUntil?: number;
    /** Whether this one signs now. */
    readonly isSigning: boolean;
  }[];
  readonly registry: {
    readonly kind: string;
    readonly url?: string;
    /** Keys of peers in the cache. */
    readonly cachedKeys: number;
    readonly lastResponseAt?: number;
    readonly lastFault?: string;
  };
  /** Epoch ms until when a challenge is answered. */
  readonly pendingUntil?: number;
}

export type SubscribeResult =
  | {
      /** What the registry said to each call; empty where it takes none. */
      readonly calls: readonly { readonly path: string; readonly status: number; readonly response?: string }[];
      /** The records that were sent, or that are to be published by hand. */
      readonly records: readonly { readonly [key: string]: Json }[];
      /** Epoch ms. */
      readonly pendingUntil: number;
      /** Why a challenge could not be solved, as things are set up. */
      readonly hint?: string;
    }
  | {
      readonly refused: 'unknown-network' | 'unknown-key' | 'registry-refused' | 'registry-unavailable';
      readonly message: string;
    };
