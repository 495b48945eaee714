/** What all connections of the socket edge share, and what one connection offers to its two call slots. */
import type { ChargerCommand, CommandResult, SendCommandOptions } from '../../ports/charger-commands.js';
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Codec } from '../frames/codec.js';
import type { ProtocolViolations } from '../leniency/protocol-violations.js';
import type { Quirk } from '../quirks/quirk.js';
import type { Call, OcppVersion } from '../versions/version.js';
import type { ReplyCache } from './reply-cache.js';
import type { SocketPort } from './socket-port.js';
import type { QuarantineRule } from './takeover.js';

/** How one charge point writes its messages and how its mistakes are treated, as configured. */
export interface ChargePointSettings {
  /** `auto`: the first frame of each socket decides. */
  readonly dialect: 'auto' | 'ocpp-j' | 'envelope';
  /**
   * True: every fault is answered with its CALLERROR, as certification requires. False: whatever can be read is
   * accepted.
   */
  readonly strict: boolean;
  readonly quirks: readonly Quirk[];
}

export const DEFAULT_CHARGE_POINT_SETTINGS: ChargePointSettings = { dialect: 'ocpp-j', strict: false, quirks: [] };

export interface ConnectionOptions {
  /** Frames a minute that are no OCPP before a socket is closed; 0 or absent means no limit. */
  readonly unreadableFramesPerMinute?: number;
  /** Seconds between pings; a socket that is silent for three of them is closed. */
  readonly pingIntervalS: number;
  /** Seconds until a CALL of ours counts as unanswered. */
  readonly callTimeoutS: number;
  readonly configureAtConnect: boolean;
  /** Seconds between meter samples, set at the charger after it connects. */
  readonly sampleIntervalS: number;
  /** Milliseconds between two sweeps over all sockets, the resolution of pings and timeouts; 1000 by default. */
  readonly sweepMs?: number;
  /** How many takeovers put a charge point into quarantine; by default more than 3 in 10 minutes. */
  readonly quarantine?: QuarantineRule;
  /** The settings of each charge point; `DEFAULT_CHARGE_POINT_SETTINGS` by default. */
  readonly settingsOf?: (chargePointId: string) => ChargePointSettings;
}

/** One object for all connections. */
export interface ConnectionContext {
  readonly chargerEvents: ChargerEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly options: ConnectionOptions;
  readonly callTimeoutMs: number;
  readonly pingIntervalMs: number;
}

/** What belongs to a charge point and outlives its sockets. */
export interface IdentityState {
  readonly id: string;
  replyCache: ReplyCache | undefined;
  protocolViolations: ProtocolViolations | undefined;
}

/** A rule that a frame or payload breaks. */
export interface Violation {
  /** A JSON Schema keyword, or the fault of the frame. */
  readonly keyword: string;
  readonly action?: string;
  readonly path?: string;
  /** The value that breaks the rule. */
  readonly found?: unknown;
  /** The message was accepted all the same. */
  readonly lenient?: boolean;
}

/** `standby`: another socket has the identity, and nothing is answered yet. */
export type ConnectionState = 'standby' | 'active' | 'ended';

/** Learns what happens to a connection. */
export interface ConnectionObserver {
  /** A sign of life while two sockets claim one identity. */
  onAlive(connection: ChargerConnection): void;
  onClosed(connection: ChargerConnection): void;
}

/** One connection, as its call slots and the readers of its messages use it. */
export interface ChargerConnection {
  readonly id: string;
  readonly identity: IdentityState;
  readonly version: OcppVersion;
  readonly settings: ChargePointSettings;
  readonly state: ConnectionState;
  readonly socket: SocketPort;
  readonly codec: Codec;
  readonly quirks: readonly Quirk[];
  /** Actions that we have requested while the boot was not accepted. */
  readonly requestedBeforeBoot: ReadonlySet<string>;
  /** When a StatusNotification should have arrived, epoch ms; 0 when none is expected. */
  statusDueAt: number;
  canSendCall(): boolean;
  sendFrame(text: string): void;
  /** Sends the next queued CALL, if there is one and it may be sent. */
  resumeSending(): void;
  /** Queues a command, for `resumeSending` to send. Resolves with the answer, or with why the command was not sent. */
  queueCommand(command: ChargerCommand, options: SendCommandOptions): Promise<CommandResult>;
  noteRequestedMessage(call: Call): void;
  recordViolation(violation: Violation): void;
  addDetectedQuirks(quirks: readonly Quirk[]): void;
  reportFault(action: string, fault: unknown): void;
  reportDroppedFrame(reason: string): void;
}
