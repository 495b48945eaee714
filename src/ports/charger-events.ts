/** The charger side, in words that no OCPP version owns. The socket edge reads frames into events and writes commands into frames. */
import type { SecurityProfile, QuarantineCause } from './charger-access.js';
import type { MeterSample } from '../domain/model/command.js';
import type { ChargingRate } from '../domain/model/charger-capabilities.js';
import type { ConnectorStatus } from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';
import type { CostCommand } from './cost.js';

/** Something a charger told or asked. Times are the charger's own, epoch ms; absent when unreadable. */
export type ChargerEvent =
  | {
      readonly type: 'booted';
      readonly boot: Json;
      /** 2.x: compared with the certificate's CN. */
      readonly serialNumber?: string;
    }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'authorization-requested'; readonly idTag: string }
  | ({ readonly type: 'connector-status-changed' } & ConnectorStatusReport)
  /** The same of several connectors at once (2.x). */
  | { readonly type: 'connector-statuses-reported'; readonly connectors: readonly ConnectorStatusReport[] }
  | TransactionEvent
  /** Variables of the charger, as they are now; a page of a report. */
  | { readonly type: 'variables-reported'; readonly variables: { readonly [key: string]: string } }
  | {
      readonly type: 'transaction-started';
      readonly connectorId: number;
      readonly idTag: string;
      readonly meterStartWh: number;
      readonly at?: number;
      readonly raw: string;
    }
  | {
      readonly type: 'meter-sampled';
      readonly connectorId: number;
      readonly transactionId?: string;
      readonly samples: readonly MeterSample[];
      /** JSON text of the payload. */
      readonly raw: string;
    }
  | {
      readonly type: 'transaction-stopped';
      /** Digits; `-1`, `0` and other non-positive ones mean that the charger never learned it. */
      readonly transactionId: string;
      readonly idTag?: string;
      readonly meterStopWh?: number;
      readonly at?: number;
      readonly reason: string;
      readonly samples: readonly MeterSample[];
      readonly raw: string;
    }
  | {
      readonly type: 'data-transferred';
      readonly vendorId: string;
      readonly messageId?: string;
      readonly data?: string;
    }
  | {
      readonly type: 'certificate-requested';
      /** PKCS #10. */
      readonly csr: string;
      /** 2.x `certificateType`; absent for the charger's own connection to us. */
      readonly certificateType?: string;
      /** 2.1: comes back with the certificate. */
      readonly requestId?: number;
    }
  /** 2.x: the station does not keep a connector any more. */
  | {
      readonly type: 'reservation-ended';
      readonly reservationId: number;
      /** The station's word for why, such as `Expired`, `Removed`. */
      readonly updateStatus: string;
      readonly payload: Json;
    }
  /** Anything that is kept and acknowledged without effect. */
  | { readonly type: 'notification-received'; readonly action: string; readonly payload: Json };

export interface ConnectorStatusReport {
  /** 0 is the charge point as a whole. */
  readonly connectorId: number;
  /** 2.x has but `Occupied` for a connector with a cable in it, whatever goes on there. */
  readonly status: ConnectorStatus | 'Occupied';
  readonly errorCode: string;
  readonly at?: number;
}

/** 2.x: one event of a transaction, numbered by the station. What it says once it may not say again. */
export interface TransactionEvent {
  readonly type: 'transaction-event';
  readonly eventType: 'started' | 'updated' | 'ended';
  /** The station's own. */
  readonly transactionId: string;
  readonly seqNo: number;
  /** The station's word for why it speaks, such as `RemoteStart`, `MeterValuePeriodic`. */
  readonly triggerReason: string;
  /** It happened while the station was away, and is told afterwards. */
  readonly offline: boolean;
  readonly connectorId?: number;
  readonly idTag?: string;
  readonly remoteStartId?: number;
  readonly reservationId?: number;
  readonly chargingState?: 'Charging' | 'EVConnected' | 'SuspendedEV' | 'SuspendedEVSE' | 'Idle';
  readonly stoppedReason?: string;
  readonly samples: readonly MeterSample[];
  /** The register at the transaction's beginning and end, where this event tells it, Wh. */
  readonly meterStartWh?: number;
  readonly meterStopWh?: number;
  /** Limits that the station says it keeps (2.1). */
  readonly limit?: TransactionLimit;
  readonly at?: number;
  /** JSON text of the payload. */
  readonly raw: string;
}

/** How far a station lets a transaction go by itself. Absent means without limit. */
export interface TransactionLimit {
  readonly energyWh?: number;
  /** From the transaction's beginning. */
  readonly timeS?: number;
  readonly socPercent?: number;
  /** Minor units of the order's currency. */
  readonly costMinor?: number;
}

export type AuthorizationStatus = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid' | 'ConcurrentTx';

/** What to answer, once it is durable. One per event type. */
export type ChargerOutcome =
  | {
      readonly type: 'booted';
      readonly status: 'Accepted' | 'Pending' | 'Rejected';
      readonly intervalS: number;
      readonly now: number;
    }
  | { readonly type: 'heartbeat'; readonly now: number }
  | { readonly type: 'authorization-requested'; readonly status: AuthorizationStatus; readonly expiresAt?: number }
  | { readonly type: 'transaction-started'; readonly transactionId: string; readonly status: AuthorizationStatus }
  | { readonly type: 'transaction-stopped'; readonly status?: AuthorizationStatus }
  | {
      readonly type: 'transaction-event';
      /** Only for an event that carried a tag. */
      readonly status?: AuthorizationStatus;
      /** What it costs so far, or has cost; absent when unknown. */
      readonly cost?: { readonly amountMinor: number; readonly currency: string };
      /** What the station is to keep by itself; a version without words for it leaves it out. `costMinor` needs `cost`. */
      readonly limit?: TransactionLimit;
    }
  | {
      readonly type: 'data-transferred';
      readonly status: 'Accepted' | 'Rejected' | 'UnknownMessageId' | 'UnknownVendorId';
    }
  /** `payload` and `now` for an answer that has to repeat something of what was noted. */
  | { readonly type: 'notification-received'; readonly payload?: Json; readonly now?: number }
  /** Accepted: a CertificateSigned follows. */
  | { readonly type: 'certificate-requested'; readonly status: 'Accepted' | 'Rejected' };

/** One socket of an identity that has come up. */
export interface ConnectionInfo {
  readonly version: string;
  /** Rises with every socket of this identity. */
  readonly generation: number;
  readonly profile?: SecurityProfile;
  /** CN of the client certificate it showed. */
  readonly certificateName?: string;
}

/** Our side of a charger's socket: what the edge tells the heart. Implemented by the bridge. */
export interface ChargerEvents {
  /** True when this identity may connect (configured), before any credential is looked at. */
  isKnown(chargePointId: string): boolean;
  /** True once this identity was accepted at boot, ever: it may speak without a new BootNotification. */
  isAccepted(chargePointId: string): boolean;
  /** What its last boot was answered, when that was not Accepted: `Pending` may be asked, `Rejected` is left alone. */
  bootStatus(chargePointId: string): 'Pending' | 'Rejected' | undefined;
  chargerConnected(chargePointId: string, info: ConnectionInfo): void;
  /** Ignored unless `generation` is the current one. */
  chargerDisconnected(chargePointId: string, generation: number): void;
  /** True while a transaction of ours is open there: a living socket is not taken from it lightly. */
  hasOpenTransaction(chargePointId: string): boolean;
  /** Two speak for this identity: no start until an operator has cleared it. */
  startQuarantine(chargePointId: string, cause: QuarantineCause): void;
  /** Any frame came in: life. Cheap, not durable by itself. */
  frameReceived(chargePointId: string): void;
  /**
   * One event to its outcome. Resolves only when what the outcome promises is durable.
   * A plain value instead of a promise when nothing had to be written.
   * @errors StoreFault when it could not be saved: the edge answers InternalError and the charger retries.
   */
  handleEvent(chargePointId: string, event: ChargerEvent): ChargerOutcome | Promise<ChargerOutcome>;
  /** How often a charge point should report its meter, seconds; `mostS` when nothing speaks for more. */
  sampleIntervalS(chargePointId: string, mostS: number): number;
  /** What GetConfiguration said at connect; `undefined` parts were not answered. */
  configurationRead(chargePointId: string, configuration: { readonly [key: string]: string }): void;
}

/**
 * The key by which every version is asked to take another Basic password; its value is the password as text. A version
 * writes it in its own words.
 * @source OCPP 2.0.1 part 2, SecurityCtrlr.BasicAuthPassword; 1.6 security whitepaper, AuthorizationKey
 */
export const PASSWORD_KEY = 'SecurityCtrlr.BasicAuthPassword';

/** Power over time, from `startsAt`, or from the transaction's beginning: each period lasts until the next begins. */
export type ChargingSchedule = readonly { readonly startS: number; readonly limitW: number }[];

/** Something we ask of a charger. A version says whether it has words for it. */
export type ChargerCommand =
  | {
      readonly type: 'remote-start';
      readonly connectorId: number;
      readonly idTag: string;
      /** 2.x: comes back in the transaction's first event. Positive, at most 2^31 − 1. */
      readonly remoteStartId: number;
      readonly schedule?: ChargingSchedule;
      /** How this charger counts power; watts unless given. */
      readonly rate?: ChargingRate;
    }
  | { readonly type: 'remote-stop'; readonly transactionId: string }
  | {
      readonly type: 'trigger-message';
      readonly requestedMessage:
        'MeterValues' | 'StatusNotification' | 'BootNotification' | 'Heartbeat' | 'TransactionEvent';
      readonly connectorId?: number;
    }
  | { readonly type: 'get-configuration'; readonly keys?: readonly string[] }
  | { readonly type: 'change-configuration'; readonly key: string; readonly value: string }
  /** A profile for one running transaction (TxProfile); a later one of the same id replaces it. */
  | {
      readonly type: 'set-charging-profile';
      readonly profileId: number;
      readonly connectorId: number;
      readonly transactionId: string;
      readonly schedule: ChargingSchedule;
      readonly rate?: ChargingRate;
      /** When the plan's time begins, by the charger's own clock, epoch ms; with the transaction unless given. */
      readonly startsAt?: number;
    }
  | { readonly type: 'clear-charging-profile'; readonly profileId: number }
  | {
      readonly type: 'reserve';
      readonly reservationId: number;
      readonly connectorId: number;
      readonly idTag: string;
      /** Epoch ms. */
      readonly expiresAt: number;
    }
  | { readonly type: 'cancel-reservation'; readonly reservationId: number }
  | { readonly type: 'unlock-connector'; readonly connectorId: number }
  | CostCommand
  /** Whether a transaction still runs, and whether messages about it wait (2.x). */
  | { readonly type: 'get-transaction-status'; readonly transactionId: string }
  /** Any action that we may call, in the version's own words: what an operator asks. */
  | { readonly type: 'action'; readonly action: string; readonly payload: { readonly [key: string]: Json } };

/** What an answer says besides its status. */
export interface CommandResultDetails {
  /** Of a remote-start: the transaction that was there already. */
  readonly transactionId?: string;
  /** Of an ask-transaction: whether it goes on, and whether messages of it wait. */
  readonly ongoing?: boolean;
  readonly messagesInQueue?: boolean;
}

export type CommandResult =
  /** The charger's own answer; `status` is its status word, such as `Accepted`, when there is one. */
  | ({ readonly kind: 'answered'; readonly status?: string; readonly payload: Json } & CommandResultDetails)
  /** The charger answered with CALLERROR. */
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  /** It left, and nobody knows what became of it: timeout, or the socket died. */
  | { readonly kind: 'unknown'; readonly reason: 'timeout' | 'disconnected' | 'replaced' }
  /**
   * It never left: no socket, expired or unwanted by its turn in the queue, the identity is not accepted yet, its
   * version has no words for it, or the payload of an `action` breaks its schema (`detail` says where).
   */
  | {
      readonly kind: 'not-sent';
      readonly reason: 'offline' | 'expired' | 'not-accepted' | 'unsupported' | 'invalid';
      readonly detail?: string;
    };

/** Commands to chargers. Implemented by the socket edge (through the bus). Never rejects. */
export interface ChargerCommandSender {
  sendCommand(
    chargePointId: string,
    command: ChargerCommand,
    options?: {
      /** Not put on the wire after this; epoch ms. */
      readonly sendBefore?: number;
      /** Asked just before it leaves, for it may have waited behind other commands. False: not sent. */
      readonly stillWanted?: () => boolean;
      /** An answer that came after we had given up; real information all the same. */
      readonly onLateAnswer?: (answer: CommandResult) => void;
      /** How long the charger may take to answer, ms; the edge's own measure unless given. */
      readonly timeoutMs?: number;
    },
  ): Promise<CommandResult>;
  isOnline(chargePointId: string): boolean;
}
