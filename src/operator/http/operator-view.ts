/** What the operator's API must know of the running process and cannot read from the store. Implemented by the bridge. */
import type { SecurityProfile } from '../../config/config.js';
import type { Order } from '../../domain/model/order.js';
import type { Quarantine } from '../../ports/quarantine.js';
import type { RequestRecord } from '../../ports/store.js';

export interface OperatorView {
  /** True from the first moment of a shutdown. */
  readonly draining: boolean;
  /** Sentences that say why this process is not ready, besides the store and draining; empty when well. */
  readinessProblems(): readonly string[];
  /** Every order that is open in memory (`isOpen`), with its live meter. */
  openOrders(): readonly Order[];
  /** Acknowledged requests whose own answer is still owed. */
  owedRequests(): readonly RequestRecord[];
  /** One entry for every configured charge point and for every one connected now. */
  chargePoints(): readonly ChargePointView[];
  /** What a charge point has got wrong since this process began. */
  protocolViolations(chargePointId: string): ProtocolViolationReport;
}

export interface ProtocolViolationReport {
  readonly total: number;
  /** The rules broken most often first; a bounded list. */
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
  /** Names of the quirks that its present socket is read with. */
  readonly quirks: readonly string[];
}

export interface ChargePointView {
  readonly id: string;
  readonly online: boolean;
  /** Epoch ms, our clock, of the present socket's opening. */
  readonly connectedAt?: number;
  /** Epoch ms, our clock, of the last frame. */
  readonly lastSeenAt?: number;
  /** Security profile that the present socket came in on. */
  readonly profile?: SecurityProfile;
  /** CN of the certificate it showed. */
  readonly certificateName?: string;
  /** Nothing is started there until an operator clears it. */
  readonly quarantine?: Quarantine;
  /** OCPP version of the present socket. */
  readonly version?: string;
  /** Faults counted since this process began. */
  readonly protocolViolations: number;
}
