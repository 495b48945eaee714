/** Defines what the operator's API reads from the running process because the store does not hold it. */
import type { SecurityProfile, Quarantine } from '../../ports/charger-access.js';
import type { Site } from '../../domain/model/network.js';
import type { Order } from '../../domain/model/order.js';
import type { RequestRecord } from '../../ports/stored-records.js';

export interface OperatorView {
  /** True once a shutdown has begun. */
  readonly draining: boolean;
  /** Returns why the process is not ready, apart from a shutdown, a mute bridge and the health of the store. */
  readinessProblems(): readonly ReadinessProblem[];
  /** Returns all open orders (`isOpen`), with their live meters. */
  openOrders(): readonly Order[];
  /** Returns the acknowledged requests whose callback has not been delivered yet. */
  owedRequests(): readonly RequestRecord[];
  /** The connectors of the network. */
  readonly sites: readonly Site[];
  /** Returns the connectors that an item id, UBC id, QR code, charge point code or station id refers to. */
  sitesOfItem(itemId: string): readonly Site[];
  /** Returns one entry for each configured, approved or connected charge point. */
  chargePoints(): readonly ChargePointView[];
  /** Returns the protocol violations of a charge point since this process started. */
  protocolViolations(chargePointId: string): ProtocolViolationReport;
}

export interface ReadinessProblem {
  /** A key of `FINDINGS`. */
  readonly code: 'disk-full' | 'frames-kept' | 'registry-unavailable';
  /** One sentence. */
  readonly message: string;
}

interface ProtocolViolationReport {
  readonly total: number;
  /** A bounded list, the most frequently broken rules first. */
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
