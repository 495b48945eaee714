/** Defines what the operator's API needs from the running process, because it is not in the store. */
import type { SecurityProfile, Quarantine } from '../../ports/charger-access.js';
import type { Site } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { RequestRecord } from '../../ports/stored-records.js';

export interface OperatorView {
  /** True once a shutdown has begun. */
  readonly draining: boolean;
  /** Why the process is not ready, except for reasons from the store, from a copy of the data and from draining. */
  readinessProblems(): readonly ReadinessProblem[];
  /** All open orders (`isOpen`), with their live meters. */
  openOrders(): readonly Order[];
  /** Acknowledged requests whose response is still to be delivered. */
  owedRequests(): readonly RequestRecord[];
  /** The connectors of the network. */
  readonly sites: readonly Site[];
  /** The connectors to which an item id, UBC id, QR code, charge point code or station id refers. */
  sitesOfItem(itemId: string): readonly Site[];
  /** One entry for each configured, approved or connected charge point. */
  chargePoints(): readonly ChargePointView[];
  /** The protocol violations of a charge point since this process started. */
  protocolViolations(chargePointId: string): ProtocolViolationReport;
}

export interface ReadinessProblem {
  /** A code from the table of findings. */
  readonly code: 'disk-full' | 'frames-kept' | 'registry-unavailable';
  /** One sentence. */
  readonly message: string;
}

interface ProtocolViolationReport {
  readonly total: number;
  /** The most frequently broken rules first; a bounded list. */
  readonly rules: readonly {
    readonly version: string;
    readonly action: string;
    readonly path: string;
    readonly keyword: string;
    readonly count: number;
    /** Epoch ms, our clock. */
    readonly lastAt: number;
    readonly example: string;
    readonly lenient: boolean;
  }[];
  /** Names of the quirks in use on the current connection. */
  readonly quirks: readonly string[];
}

export interface ChargePointView {
  readonly id: string;
  readonly online: boolean;
  /** When the current connection opened: epoch ms, our clock. */
  readonly connectedAt?: number;
  /** When the last frame arrived: epoch ms, our clock. */
  readonly lastSeenAt?: number;
  /** The security profile of the current connection. */
  readonly profile?: SecurityProfile;
  /** The CN of its client certificate. */
  readonly certificateName?: string;
  /** Present while the charge point is under quarantine and so gets no remote start. */
  readonly quarantine?: Quarantine;
  /** The OCPP version of the current connection. */
  readonly version?: string;
  /** Protocol violations since this process started. */
  readonly protocolViolations: number;
}
