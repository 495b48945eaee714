/** Defines what an OCPP version provides: routes for the charger's messages, and an encoder for our commands. */
import type { ChargerCommand, CommandResult, CommandResultDetails } from '../../ports/charger-commands.js';
import type { ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { Json } from '../../domain/model/object.js';
import type { Check } from '../../schema/validators.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import type { Payload } from '../frames/payload.js';

/** Converts a charger's message to an event, and the event's outcome to the response. */
export interface Route {
  readonly checkRequest: Check;
  readonly checkResponse: Check;
  /**
   * How long a response is cached for a repeated CALL: `none` means not at all, `brief` for a minute, and `permanent`
   * until newer responses replace it.
   */
  readonly caching: 'none' | 'brief' | 'permanent';
  /** True for BootNotification. */
  readonly isBoot: boolean;
  /**
   * The dotted paths of the fields without which a message that affects a bill is of no use; absent for other messages.
   * Unless the charge point is strict, the message is accepted if these fields can be read, and `readEvent` reads as
   * much of the rest as it can. Of paths separated by `|`, one is enough.
   */
  readonly billingFields?: readonly string[];
  /** True for a message that is sent only as a SEND (2.1). */
  readonly sendOnly?: true;
  /** Reads a valid or coerced payload. @param raw The payload's JSON text as received. @unit `now` epoch ms. */
  readEvent(payload: Payload, raw: string, now: number): ChargerEvent;
  /** Writes the response for the event's outcome; `route()` makes the types of event and outcome agree. */
  writeResponse(outcome: ChargerOutcome): Payload;
}

/** A CALL that we send. */
export interface Call {
  readonly action: string;
  readonly payload: Payload;
  readonly checkRequest: Check;
  readonly checkResponse: Check;
}

/** The settings that a charger gets after it connects. */
export interface TargetConfiguration {
  readonly sampleIntervalS: number;
}

/** Sends one command to the charger that has just connected, with the lowest priority. */
export type SendCommand = (command: ChargerCommand) => Promise<CommandResult>;

export interface OcppVersion {
  readonly name: OcppJVersion;
  readonly subprotocol: string;
  /** Whether to offer compression (RFC 7692); 2.x requires it. */
  readonly offersCompression?: boolean;
  readonly routes: ReadonlyMap<string, Route>;
  /** Returns whether the version has this action, in either direction. */
  hasAction(action: string): boolean;
  errorCode(kind: ErrorKind): string;
  /** Returns the command as a CALL; `undefined` if the version has no CALL for it, or the command does not fit it. */
  encodeCommand(command: ChargerCommand): Call | undefined;
  /** Returns the status of a response; `undefined` if it has none. */
  statusOf(payload: Json): string | undefined;
  /** Returns the details of a response besides its status. Absent in versions without such details. */
  detailsOf?(payload: Json): CommandResultDetails;
  /** Reads the samples of a stored meter message. Never throws. @unit `receivedAt` is epoch ms. */
  readMeterSamples(payload: Payload, receivedAt: number): readonly MeterSample[];
  /**
   * Reads the charger's configuration, then changes what differs from the target. Returns what was read before the
   * changes; `undefined` if it could not be read.
   */
  configure(
    sendCommand: SendCommand,
    target: TargetConfiguration,
  ): Promise<{ readonly [key: string]: string } | undefined>;
}
