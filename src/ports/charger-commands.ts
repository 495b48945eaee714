/** Defines commands to chargers, independently of the OCPP version. The socket edge encodes them as CALLs. */
import type { ChargingRate } from '../domain/model/network.js';
import type { Json } from '../domain/model/object.js';
import type { CostCommand } from './cost.js';

/**
 * Power over time, from `startsAt` or from the start of the transaction. A period lasts until the next one begins.
 * @unit Seconds from the start of the schedule, watts.
 */
export type ChargingSchedule = readonly { readonly startS: number; readonly limitW: number }[];

export type ChargerCommand =
  | {
      readonly type: 'remote-start';
      readonly connectorId: number;
      readonly idTag: string;
      /** The id that the transaction's first event repeats (2.x), and the id of the profile. From 1 to 2^31 − 1. */
      readonly remoteStartId: number;
      readonly schedule?: ChargingSchedule;
      /** The unit in which this charger limits power; watts by default. */
      readonly rate?: ChargingRate;
    }
  | { readonly type: 'remote-stop'; readonly transactionId: string }
  | {
      readonly type: 'trigger-message';
      readonly requestedMessage:
        | 'MeterValues'
        | 'StatusNotification'
        | 'BootNotification'
        | 'Heartbeat'
        | 'TransactionEvent';
      readonly connectorId?: number;
    }
  | { readonly type: 'get-configuration'; readonly keys?: readonly string[] }
  | { readonly type: 'change-configuration'; readonly key: string; readonly value: string }
  /** Sets the HTTP Basic password of the charge point. */
  | { readonly type: 'change-password'; readonly password: string }
  /** A TxProfile for one open transaction. A later profile with the same id replaces it. */
  | {
      readonly type: 'set-charging-profile';
      readonly profileId: number;
      readonly connectorId: number;
      readonly transactionId: string;
      readonly schedule: ChargingSchedule;
      readonly rate?: ChargingRate;
      /** When the schedule begins, by the charger's clock, epoch ms; by default with the transaction. */
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
  /** 2.x: asks whether a transaction is ongoing, and whether messages about it are queued. */
  | { readonly type: 'get-transaction-status'; readonly transactionId: string }
  /** An operator's command: any action that a central system may send, in the form of the charger's OCPP version. */
  | { readonly type: 'action'; readonly action: string; readonly payload: { readonly [key: string]: Json } };

export type ChargerCommandOf<T extends ChargerCommand['type']> = Extract<ChargerCommand, { type: T }>;

/** What an answer contains besides its status. */
export interface CommandResultDetails {
  /** remote-start: the id of the transaction that had already begun. */
  readonly transactionId?: string;
  /** get-transaction-status: whether the transaction is ongoing, and whether messages about it are queued. */
  readonly ongoing?: boolean;
  readonly messagesInQueue?: boolean;
}

export type CommandResult =
  /** The charger answered; `status` is the status of the response, such as `Accepted`, if it has one. */
  | ({ readonly kind: 'answered'; readonly status?: string; readonly payload: Json } & CommandResultDetails)
  /** The charger answered with CALLERROR or in an unusable way, or our own payload was invalid and was not sent. */
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  /** The command was sent, but its effect is unknown: no answer came in time, or the socket closed or was replaced. */
  | { readonly kind: 'unknown'; readonly reason: 'timeout' | 'disconnected' | 'replaced' }
  /**
   * The command was not sent. `offline`: there is no socket, or it closed first. `expired`: its time has passed, or it
   * is no longer wanted. `not-accepted`: the boot is not accepted. `unsupported`: the charger's version has no CALL for
   * it. `invalid`: the payload of an `action` does not match its schema; `detail` says where.
   */
  | {
      readonly kind: 'not-sent';
      readonly reason: 'offline' | 'expired' | 'not-accepted' | 'unsupported' | 'invalid';
      readonly detail?: string;
    };

export interface SendCommandOptions {
  /** The command is not sent after this time, epoch ms. */
  readonly sendBefore?: number;
  /** Called just before sending, because the command may have waited. If it returns false, the command is not sent. */
  readonly stillWanted?: () => boolean;
  /** Called with an answer that arrives after the timeout, up to `ocpp.callTimeoutS` late. */
  readonly onLateAnswer?: (answer: CommandResult) => void;
  /** How long the charger may take to answer, ms; `ocpp.callTimeoutS` by default. */
  readonly timeoutMs?: number;
}

/** Sends commands to chargers. Implemented by the socket edge. Never rejects. */
export interface ChargerCommandSender {
  sendCommand(chargePointId: string, command: ChargerCommand, options?: SendCommandOptions): Promise<CommandResult>;
  isOnline(chargePointId: string): boolean;
}
