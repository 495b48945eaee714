/** Defines what an OCPP version provides: routes for the charger's messages, and an encoder for our commands. */
import type { ChargerCommand, CommandResult, CommandResultDetails } from '../../ports/charger-commands.js';
import type { ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { Json } from '../../domain/model/object.js';
import type { Check } from '../../schema/validators.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import type { Payload } from '../frames/payload.js';

/** Converts a charger's message to an event, and the outcome of that event to the response. */
export interface Route {
  readonly checkRequest: Check;
  readonly checkResponse: Check;
  /**
   * How long a repeated CALL gets the same response: `none` not at all, `brief` for a minute, `permanent` until newer
   * responses take its place.
   */
  readonly caching: 'none' | 'brief' | 'permanent';
  /** True for BootNotification. */
  readonly isBoot: boolean;
  /**
   * Dotted paths of the fields that decide what is billed; only messages that affect a bill have them. Unless the
   * charge point is strict, such a message is accepted if these fields can be read, and `readEvent` reads what it can
   * of the rest.
   */
  readonly billingFields?: readonly string[];
  /** 2.1: the message is sent only as a SEND. */
  readonly sendOnly?: true;
  /** Reads a valid or coerced payload. @param raw JSON text of the payload as received. @unit `now` epoch ms. */
  readEvent(payload: Payload, raw: string, now: number): ChargerEvent;
  /** Writes the response for the outcome of the event that `readEvent` returned; `route()` makes their types agree. */
  writeResponse(outcome: ChargerOutcome): Payload;
}

/** A CALL that we send. */
export interface Call {
  readonly action: string;
  readonly payload: Payload;
  readonly checkRequest: Check;
  readonly checkResponse: Check;
}

/** Settings that a charger is given after it connects. */
export interface TargetConfiguration {
  readonly sampleIntervalS: number;
}

/** Sends one command to the charger that has just connected, with the lowest priority. */
export type SendCommand = (command: ChargerCommand) => Promise<CommandResult>;

export interface OcppVersion {
  readonly name: OcppJVersion;
  readonly subprotocol: string;
  /** Whether compression (RFC 7692) is offered; 2.x requires it. */
  readonly offersCompression?: boolean;
  readonly routes: ReadonlyMap<string, Route>;
  /** Whether the version has this action, in either direction. */
  hasAction(action: string): boolean;
  errorCode(kind: ErrorKind): string;
  /** Returns the command as a CALL; `undefined` if the version has none for it. */
  encodeCommand(command: ChargerCommand): Call | undefined;
  /** Returns the status of a response, if it has one. */
  statusOf(payload: Json): string | undefined;
  /** Returns what a response contains in addition to its status; absent in versions without such responses. */
  detailsOf?(payload: Json): CommandResultDetails;
  /** Reads the samples of a stored meter message. Never throws. @unit `receivedAt` is epoch ms. */
  readMeterSamples(payload: Payload, receivedAt: number): readonly MeterSample[];
  /** Reads the charger's configuration and changes what differs from the target. Returns what was read, if anything. */
  configure(
    sendCommand: SendCommand,
    target: TargetConfiguration,
  ): Promise<{ readonly [key: string]: string } | undefined>;
}
