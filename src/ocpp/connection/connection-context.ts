/** Defines what all charger connections share, and what a connection offers to the handlers of its CALLs. */
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
import type { ConnectionOrigin, QuarantineRule } from './takeover.js';

/** How one charge point writes its messages and how we treat its mistakes, as configured. */
export interface ChargePointSettings {
  /** With `auto`, the first readable frame of each socket decides. */
  readonly dialect: 'auto' | 'ocpp-j' | 'envelope';
  /**
   * If true, a message that violates its schema is rejected, as certification requires. If false, it is accepted if it
   * can be repaired.
   */
  readonly strict: boolean;
  readonly quirks: readonly Quirk[];
}

export const DEFAULT_CHARGE_POINT_SETTINGS: ChargePointSettings = { dialect: 'ocpp-j', strict: false, quirks: [] };

export interface ConnectionOptions {
  /**
   * How many unusable frames (see `UnreadableFrames`) a socket may carry per minute before it is closed; 0 or absent
   * means no limit.
   */
  readonly unreadableFramesPerMinute?: number;
  /** Seconds between pings; a silent socket is terminated within three such intervals. */
  readonly pingIntervalS: number;
  /** Seconds after which one of our CALLs counts as unanswered. */
  readonly callTimeoutS: number;
  readonly configureAtConnect: boolean;
  /**
   * The longest interval between meter samples, seconds. A more powerful charger is configured to sample more often.
   */
  readonly sampleIntervalS: number;
  /** Milliseconds between sweeps over all sockets, and so the resolution of pings and timeouts; 1000 by default. */
  readonly sweepMs?: number;
  /** How many takeovers lead to a quarantine; by default, more than 3 in 10 minutes. */
  readonly quarantine?: QuarantineRule;
  /** The settings of each charge point; `DEFAULT_CHARGE_POINT_SETTINGS` by default. */
  readonly settingsOf?: (chargePointId: string) => ChargePointSettings;
}

/** The settings and dependencies that all connections share. */
export interface ConnectionContext {
  readonly chargerEvents: ChargerEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly options: ConnectionOptions;
  readonly callTimeoutMs: number;
  readonly pingIntervalMs: number;
}

/** The state of a charge point that outlives its sockets. */
export interface IdentityState {
  readonly id: string;
  replyCache: ReplyCache | undefined;
  protocolViolations: ProtocolViolations | undefined;
}

/** A rule that a frame or payload violates. */
export interface Violation {
  /** A JSON Schema keyword, or our name for another fault, such as `unknown-id`. */
  readonly keyword: string;
  readonly action?: string;
  readonly path?: string;
  /** The value that violates the rule. */
  readonly found?: unknown;
  /** Whether the message was accepted nevertheless. */
  readonly lenient?: boolean;
}

/** `standby` means that another socket still has the identity, so this socket gets no answers yet. */
export type ConnectionState = 'standby' | 'active' | 'ended';

export interface ConnectionObserver {
  /** Called when a frame, ping or pong arrives while another socket claims the same identity. */
  onAlive(connection: ChargerConnection): void;
  onClosed(connection: ChargerConnection): void;
}

/** The part of a connection that the handlers of its messages use. */
export interface ChargerConnection {
  readonly id: string;
  readonly identity: IdentityState;
  readonly version: OcppVersion;
  readonly settings: ChargePointSettings;
  readonly state: ConnectionState;
  readonly socket: SocketPort;
  readonly codec: Codec;
  readonly quirks: readonly Quirk[];
  /** Messages that we requested before the boot was accepted; the charge point may send them. */
  readonly requestedBeforeBoot: ReadonlySet<string>;
  /** The deadline for a StatusNotification, monotonic ms; 0 if none is expected. */
  statusDueAt: number;
  canSendCall(): boolean;
  sendFrame(text: string): void;
  /** Sends the next queued CALL, if there is one and it may be sent now. */
  resumeSending(): void;
  /** Queues a command for `resumeSending` to send. Resolves with its result, even if it was never sent. */
  queueCommand(command: ChargerCommand, options: SendCommandOptions): Promise<CommandResult>;
  noteRequestedMessage(call: Call): void;
  recordViolation(violation: Violation): void;
  addDetectedQuirks(quirks: readonly Quirk[]): void;
  dropDetectedQuirk(quirk: Quirk): void;
  reportFault(action: string, fault: unknown): void;
  reportDroppedFrame(reason: string): void;
}

export interface ConnectionDeps {
  readonly context: ConnectionContext;
  readonly observer: ConnectionObserver;
  readonly socket: SocketPort;
  readonly identity: IdentityState;
  readonly version: OcppVersion;
  readonly origin: ConnectionOrigin;
  readonly settings: ChargePointSettings;
}
