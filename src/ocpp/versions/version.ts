/** What an OCPP version consists of: a table of routes for the charger's messages, and an encoder for our commands. */
import type { ChargerCommand, CommandResult, CommandResultDetails } from '../../ports/charger-commands.js';
import type { ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { Json } from '../../domain/model/object.js';
import type { Check } from '../../schema/validators.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import type { Payload } from '../frames/payload.js';

/** How one action of a charger becomes an event, and the event's outcome the response. */
export interface Route {
  readonly checkRequest: Check;
  readonly checkResponse: Check;
  /**
   * How long a repeated CALL gets the same response: `none` never, `brief` a minute, `permanent` as long as the cache
   * lasts.
   */
  readonly caching: 'none' | 'brief' | 'permanent';
  /** True for BootNotification. */
  readonly isBoot: boolean;
  /**
   * Dotted paths of the fields that decide what is billed; only messages that affect a bill have them. Such a message
   * is accepted while these can be read, and `readEvent` reads what it can of the rest.
   */
  readonly billingFields?: readonly string[];
  /** 2.1: the message comes as a SEND only. */
  readonly sendOnly?: true;
  /** Reads a valid or coerced payload. @param raw JSON text of the payload as received. @unit `now` epoch ms. */
  readEvent(payload: Payload, raw: string, now: number): ChargerEvent;
  /** Takes the outcome of the event that `readEvent` returned: `route()` types the two together. */
  writeResponse(outcome: ChargerOutcome): Payload;
}

/** One of our CALLs. */
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
  /** Whether compressed messages (RFC 7692) are offered; 2.x requires it. */
  readonly offersCompression?: boolean;
  readonly routes: ReadonlyMap<string, Route>;
  /** Whether the version has this action, in either direction. */
  hasAction(action: string): boolean;
  errorCode(kind: ErrorKind): string;
  /** The command as a CALL; `undefined` if the version has no message for it. */
  encodeCommand(command: ChargerCommand): Call | undefined;
  /** The status of a response, if it has one. */
  statusOf(payload: Json): string | undefined;
  /** What a response contains besides its status; not implemented where responses contain nothing else. */
  detailsOf?(payload: Json): CommandResultDetails;
  /** The samples of a stored meter message. Never throws. @unit `receivedAt` epoch ms. */
  readMeterSamples(payload: Payload, receivedAt: number): readonly MeterSample[];
  /** Reads the charger's configuration and changes what differs from the target. Returns what was read, if anything. */
  configure(
    sendCommand: SendCommand,
    target: TargetConfiguration,
  ): Promise<{ readonly [key: string]: string } | undefined>;
}
