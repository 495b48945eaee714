/** Defines how an operator views the Beckn networks, subscribes to one, and runs trials. Implemented in `app`. */
import type { PaymentModel } from '../domain/model/payment.js';
import type { Site } from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';

/** The name of the network that the settings `subscriber` and `registry` describe. No other network may have it. */
export const MAIN_NETWORK = 'main';

export interface Networks {
  list(): readonly NetworkView[];
  /**
   * Requests a subscription in the network's registry, and answers the registry's challenge for 24 hours.
   * @errors StoreFault
   */
  subscribe(network: string, request: SubscribeRequest): Promise<SubscribeResult>;
}

export interface SubscribeRequest {
  /** The signing key to register; by default the newest one. */
  readonly keyId?: string;
  /** If false, only the challenge is answered, for a subscription that was requested in the registry's web form. */
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
    /** Whether this key signs now. */
    readonly isSigning: boolean;
  }[];
  readonly registry: {
    readonly kind: string;
    readonly url?: string;
    /** Number of cached peer keys. */
    readonly cachedKeys: number;
    readonly lastResponseAt?: number;
    readonly lastFault?: string;
  };
  /** When the network stops answering a challenge, epoch ms; absent if it answers none. */
  readonly pendingUntil?: number;
}

export type SubscribeResult =
  | {
      /** The registry's response to each call; empty for a registry without such calls. */
      readonly calls: readonly { readonly path: string; readonly status: number; readonly response?: string }[];
      /** The subscriber records that were sent, or that must be published by hand. */
      readonly records: readonly { readonly [key: string]: Json }[];
      /** When the network stops answering a challenge, epoch ms. */
      readonly pendingUntil: number;
      /** Why a challenge cannot be solved with the present settings. */
      readonly hint?: string;
    }
  | {
      readonly refused: 'unknown-network' | 'unknown-key' | 'registry-refused' | 'registry-unavailable';
      readonly message: string;
    };

/** The buyer app of a trial. It is known only to that trial. */
export interface TrialBuyer {
  readonly subscriberId: string;
  readonly keyId: string;
  /** Ed25519, base64 of the 32 raw bytes. */
  readonly publicKey: string;
  readonly bapUri: string;
}

export interface TrialRequest {
  /** Item id of the connector, or `<charge point>/<connector number>`. */
  readonly connector: string;
  readonly buyer: TrialBuyer;
  /** Whether a simulated charge point stands in for the real one, even if that is connected. */
  readonly simulate?: boolean;
}

export interface Trial {
  readonly id: string;
  /** When the trial ends by itself, epoch ms. */
  readonly until: number;
  readonly provider: {
    readonly subscriberId: string;
    readonly uri: string;
    readonly keyId: string;
    readonly publicKey: string;
  };
  /** What is ordered: the real connector, or its copy at the simulated charge point. */
  readonly site: Site;
  /** How the order is paid, and the configured payment models that the trial does not try. */
  readonly payment: { readonly model: PaymentModel; readonly untried: readonly PaymentModel[] };
  /** Set if a simulated charge point must connect; its identity is `site.chargePoint.id`. */
  readonly simulated?: { readonly url: string; readonly password: string };
}

export interface TrialRefusal {
  readonly refused: 'unknown-connector' | 'not-listening' | 'key-invalid';
  readonly message: string;
}

/** `closing`: an order of the trial is open, or owes a callback. The trial closes once that is no longer so. */
export type TrialEnd = 'closed' | 'closing' | 'unknown';

/** Trials: complete orders that operators run against their own bridge. */
export interface Trials {
  open(request: TrialRequest): Trial | TrialRefusal;
  /** Ends a trial. Once it is closed, its buyer app and its simulated charge point are unknown again. */
  close(id: string): TrialEnd;
}
