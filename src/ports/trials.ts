/** Defines trials: a whole order that an operator plays on the own bridge. Implemented in `app`. */
import type { Site } from '../domain/model/network.js';

/** The buyer app of a trial, which only this trial knows. */
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
  /** A simulated charge point plays the connector, although the real one may be connected. */
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
  /** Present if a simulated charge point has to connect, as `site.chargePoint.id`. */
  readonly simulated?: { readonly url: string; readonly password: string };
}

export type TrialRefusal = { readonly refused: 'unknown-connector' | 'not-listening'; readonly message: string };

export interface Trials {
  open(request: TrialRequest): Trial | TrialRefusal;
  /** Ends a trial: its buyer app and its charge point are not known any more. @returns False for an unknown trial. */
  close(id: string): boolean;
}
