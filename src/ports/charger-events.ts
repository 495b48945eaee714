/** Defines chargers' messages as events, independently of the OCPP version. The socket edge converts CALLs to them. */
import type { MeterSample } from '../domain/model/command.js';
import type { ConnectorStatus } from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';
import type { QuarantineCause, SecurityProfile } from './charger-access.js';

/**
 * A message from a charger. Times are by the charger's clock, epoch ms; an unreadable time is absent. `receivedAt`,
 * epoch ms by our clock, is present in a message that was kept in the frame journal and now reaches the store.
 */
export type ChargerEvent =
  | {
      readonly type: 'booted';
      readonly boot: Json;
      /** The serial number (2.x), which is compared with the CN of the client certificate. */
      readonly serialNumber?: string;
    }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'authorization-requested'; readonly idTag: string }
  | ({ readonly type: 'connector-status-changed' } & ConnectorStatusReport)
  /** 2.x: the statuses of several connectors in one message. */
  | {
      readonly type: 'connector-statuses-reported';
      readonly connectors: readonly ConnectorStatusReport[];
      /** The message without these statuses, if it reports anything else. It is only logged. */
      readonly rest?: { readonly action: string; readonly payload: Json };
    }
  | TransactionEvent
  /** One page of a report with current values of the charger's variables. */
  | { readonly type: 'variables-reported'; readonly variables: { readonly [key: string]: string } }
  | {
      readonly type: 'transaction-started';
      readonly connectorId: number;
      readonly idTag: string;
      /** 0 if the register could not be read. */
      readonly meterStartWh: number;
      readonly registerMissing?: true;
      readonly at?: number;
      /** The transaction id that we gave the charger before the start could be saved. */
      readonly givenTransactionId?: string;
      readonly receivedAt?: number;
      readonly raw: string;
    }
  | {
      readonly type: 'meter-sampled';
      readonly connectorId: number;
      /** Set if the message names only an EVSE, whose first connector is `connectorId`. */
      readonly isWholeEvse?: true;
      readonly transactionId?: string;
      readonly samples: readonly MeterSample[];
      readonly receivedAt?: number;
      /** JSON text of the payload. */
      readonly raw: string;
    }
  | {
      readonly type: 'transaction-stopped';
      /** A decimal integer. `0` and negative numbers mean that the charger never learned its transaction id. */
      readonly transactionId: string;
      readonly idTag?: string;
      readonly meterStopWh?: number;
      readonly at?: number;
      readonly reason: string;
      readonly samples: readonly MeterSample[];
      readonly receivedAt?: number;
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
      /** The certificate request, PKCS #10. */
      readonly csr: string;
      /** 2.x `certificateType`. If absent, the certificate serves the connection to us, and perhaps other purposes. */
      readonly certificateType?: string;
      /** The request id that CertificateSigned repeats (2.1). */
      readonly requestId?: number;
    }
  /** 2.x: the station has ended a reservation. */
  | {
      readonly type: 'reservation-ended';
      readonly reservationId: number;
      /** The station's reason, such as `Expired` or `Removed`. */
      readonly updateStatus: string;
      readonly payload: Json;
    }
  /** A message that is only logged and acknowledged. */
  | { readonly type: 'notification-received'; readonly action: string; readonly payload: Json };

export type ChargerEventType = ChargerEvent['type'];
export type ChargerEventOf<T extends ChargerEventType> = Extract<ChargerEvent, { type: T }>;

export interface ConnectorStatusReport {
  /** 0 is the charge point as a whole. */
  readonly connectorId: number;
  /** 2.x reports `Occupied` while a cable is plugged in, whether or not energy flows. */
  readonly status: ConnectorStatus | 'Occupied';
  readonly errorCode: string;
  readonly at?: number;
}

/** One event of a transaction (2.x). Values such as the tag may be present in only one of the transaction's events. */
export interface TransactionEvent {
  readonly type: 'transaction-event';
  readonly eventType: 'started' | 'updated' | 'ended';
  /** Chosen by the station. */
  readonly transactionId: string;
  readonly seqNo: number;
  /** The station's reason for the event, such as `RemoteStart` or `MeterValuePeriodic`. */
  readonly triggerReason: string;
  /** Whether the event occurred while the station was offline. */
  readonly offline: boolean;
  readonly connectorId?: number;
  /** Set if the message names only an EVSE. `connectorId` is then its first connector, but another may be meant. */
  readonly isWholeEvse?: true;
  readonly idTag?: string;
  readonly remoteStartId?: number;
  readonly reservationId?: number;
  readonly chargingState?: 'Charging' | 'EVConnected' | 'SuspendedEV' | 'SuspendedEVSE' | 'Idle';
  readonly stoppedReason?: string;
  readonly samples: readonly MeterSample[];
  /** The register at the transaction's start and end, if this event contains it, Wh. */
  readonly meterStartWh?: number;
  readonly meterStopWh?: number;
  /** The limits that the station enforces (2.1). */
  readonly limit?: TransactionLimit;
  readonly at?: number;
  readonly receivedAt?: number;
  /** JSON text of the payload. */
  readonly raw: string;
}

/** Limits at which a station ends the energy transfer of a transaction by itself. An absent member means no limit. */
export interface TransactionLimit {
  readonly energyWh?: number;
  /** From the start of the transaction. */
  readonly timeS?: number;
  readonly socPercent?: number;
  /** Minor units of the order's currency. */
  readonly costMinor?: number;
}

export type AuthorizationStatus = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid' | 'ConcurrentTx';

/** The answer to an event. It is given only once everything that it confirms is durable. */
export type ChargerOutcome =
  | {
      readonly type: 'booted';
      readonly status: 'Accepted' | 'Pending' | 'Rejected';
      readonly intervalS: number;
      readonly now: number;
    }
  | { readonly type: 'heartbeat'; readonly now: number }
  | { readonly type: 'authorization-requested'; readonly status: AuthorizationStatus; readonly expiresAt?: number }
  | {
      readonly type: 'transaction-started';
      readonly transactionId: string;
      readonly status: AuthorizationStatus;
      /** When the tag expires in the charger's cache, epoch ms. */
      readonly expiresAt?: number;
    }
  | {
      readonly type: 'transaction-stopped';
      /** Present if the stop contained a tag. */
      readonly status?: AuthorizationStatus;
      /** When the tag expires in the charger's cache, epoch ms. */
      readonly expiresAt?: number;
    }
  | {
      readonly type: 'transaction-event';
      /** Present if the event contained a tag. */
      readonly status?: AuthorizationStatus;
      /** The cost so far, or the final cost; absent if unknown. */
      readonly cost?: { readonly amountMinor: number; readonly currency: string };
      /**
       * Limits for the station to enforce, omitted in versions without them. `costMinor` takes effect only with `cost`.
       */
      readonly limit?: TransactionLimit;
    }
  | {
      readonly type: 'data-transferred';
      readonly status: 'Accepted' | 'Rejected' | 'UnknownMessageId' | 'UnknownVendorId';
    }
  /** `payload` and `now` serve responses that repeat part of the request or state the time. */
  | { readonly type: 'notification-received'; readonly payload?: Json; readonly now?: number }
  /** `Accepted` means that a CertificateSigned follows. */
  | { readonly type: 'certificate-requested'; readonly status: 'Accepted' | 'Rejected' };

/** The outcome of an event type: the one of the same name, otherwise the plain acknowledgement of a notification. */
export type ChargerOutcomeOf<T extends ChargerEventType> = Extract<
  ChargerOutcome,
  { type: T extends ChargerOutcome['type'] ? T : 'notification-received' }
>;

/**
 * One handler for each event type. A handler resolves only when everything its outcome confirms is durable; it may
 * return a plain value if there was nothing to write.
 * @errors StoreFault if the event could not be saved. The edge answers InternalError, but does not answer a message
 *   that affects a bill: some chargers take an error for a receipt, and others drop the message after a few errors.
 */
export type ChargerEventHandlers = {
  readonly [T in ChargerEventType]: (
    chargePointId: string,
    event: ChargerEventOf<T>,
  ) => ChargerOutcomeOf<T> | Promise<ChargerOutcomeOf<T>>;
};

/** A new socket of a charge point. */
export interface ConnectionInfo {
  readonly version: string;
  /** Increases with each socket of this charge point. */
  readonly generation: number;
  readonly profile?: SecurityProfile;
  /** CN of its client certificate. */
  readonly certificateName?: string;
}

/** The functions of the bridge that the socket edge calls. */
export interface ChargerEvents {
  readonly handlers: ChargerEventHandlers;
  /** Checks whether this identity is configured or approved. Called before any credential is checked. */
  isKnown(chargePointId: string): boolean;
  /** Checks whether a BootNotification of this charge point was ever accepted. */
  isAccepted(chargePointId: string): boolean;
  /**
   * Returns the answer to the last BootNotification; `undefined` if it was Accepted or there was none. A Pending charge
   * point may receive some calls, a Rejected one none.
   */
  bootStatus(chargePointId: string): 'Pending' | 'Rejected' | undefined;
  chargerConnected(chargePointId: string, info: ConnectionInfo): void;
  /** Has no effect unless `generation` is the current one. */
  chargerDisconnected(chargePointId: string, generation: number): void;
  /** Checks whether an order has an open session at the charge point. If so, its live socket is harder to take over. */
  hasOpenTransaction(chargePointId: string): boolean;
  /** Called if two clients seem to claim this identity. Blocks remote starts until an operator lifts the quarantine. */
  startQuarantine(chargePointId: string, cause: QuarantineCause): void;
  /** Called for each frame, as a sign of life. It must be cheap, so it saves nothing. */
  frameReceived(chargePointId: string): void;
  /**
   * Called when a message other than BootNotification has passed its checks. The charge point may then receive commands
   * if its boot was accepted.
   */
  messageAccepted(chargePointId: string): void;
  /** Returns how often a charge point should send its meter values, seconds; at most `maxS`. */
  sampleIntervalS(chargePointId: string, maxS: number): number;
  /** Called with the configuration that was read after the charger connected. */
  configurationRead(chargePointId: string, configuration: { readonly [key: string]: string }): void;
}
