/** What one OCPP version is: one table of routes in, one writer of commands out. */
import type {
  CommandResultDetails,
  ChargerCommand,
  ChargerEvent,
  ChargerOutcome,
  CommandResult,
} from '../../ports/charger-events.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { Json } from '../../domain/model/object.js';
import type { Check } from '../../schema/validators.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import type { Payload } from '../frames/frame.js';

/** One action that a charger may call. */
export interface Route {
  readonly checkRequest: Check;
  readonly checkResponse: Check;
  /** `fresh` is never answered from memory; `brief` for a minute; `money` as long as the memory reaches. */
  readonly caching: 'none' | 'brief' | 'permanent';
  /** True for the message by which an identity becomes accepted. */
  readonly isBoot: boolean;
  /** @errors OutcomeMismatch when the heart answered another event than the one it was asked. */
  writeResponse(outcome: ChargerOutcome): Payload;
  /** Turns a payload that its check let pass, or that was mended, into an event. */
  readEvent(payload: Payload, raw: string, now: number): ChargerEvent;
  /**
   * Dotted paths of the fields without which nobody knows what is billed. Only money messages have them: while they can be
   * read the message is taken, and `read` makes the best of the rest.
   */
  readonly billingFields?: readonly string[];
  /** Told without wanting an answer (2.1): nothing but a SEND brings it. */
  readonly sendOnly?: true;
}

export interface Call {
  readonly action: string;
  readonly payload: Payload;
  readonly checkRequest: Check;
  readonly checkResponse: Check;
}

/** What the charger is asked to be set to at connect. */
export interface TargetConfiguration {
  readonly sampleIntervalS: number;
}

/** One command to the charger whose socket has just come up; lowest priority. */
export type SendCommand = (command: ChargerCommand) => Promise<CommandResult>;

export interface OcppVersion {
  readonly name: OcppJVersion;
  readonly subprotocol: string;
  /** Compressed messages are offered (RFC 7692): 2.x demands it. */
  readonly offersCompression?: boolean;
  readonly routes: ReadonlyMap<string, Route>;
  /** True for every action of this version, in whichever direction. */
  hasAction(action: string): boolean;
  errorCode(kind: ErrorKind): string;
  /** The command as a CALL; `undefined` when this version has no words for it. */
  encodeCommand(command: ChargerCommand): Call | undefined;
  /** The status word of an answer, when it has one. */
  statusOf(payload: Json): string | undefined;
  /** What an answer says besides its status; absent for a version whose answers say nothing more. */
  detailsOf?(payload: Json): CommandResultDetails;
  /** The samples of a payload that was kept in the meter journal. Never throws. @unit `receivedAt` epoch ms. */
  readMeterSamples(payload: Payload, receivedAt: number): readonly MeterSample[];
  /** Reads the charger's configuration, then sets what differs. Answers what it read, if it could. */
  configure(ask: SendCommand, wanted: TargetConfiguration): Promise<{ readonly [key: string]: string } | undefined>;
}

/** The heart answered another event than the one it was asked: our bug. */
export class OutcomeMismatch extends Error {
  constructor(wanted: string, got: string) {
    super(`the answer to ${wanted} was of type ${got}`);
    this.name = 'OutcomeMismatch';
  }
}
