/** Sends our CALLs on one socket, one at a time; further commands queue by priority. */
import type { ChargerCommand, CommandResult, SendCommandOptions } from '../../ports/charger-commands.js';
import { errorCodeLabel, errorKindOfKeyword } from '../frames/call-errors.js';
import type { OutstandingCalls } from '../frames/codec.js';
import type { ErrorFrame, ResultFrame } from '../frames/frame.js';
import { labelledResults } from '../quirks/labelled-results.js';
import { applyQuirks } from '../quirks/registry.js';
import type { Call } from '../versions/version.js';
import type { ChargerConnection, ConnectionContext } from './connection-context.js';
import { readMessage } from './read-message.js';

interface QueuedCommand {
  readonly command: ChargerCommand;
  readonly priority: number;
  readonly options: SendCommandOptions;
  readonly resolve: (result: CommandResult) => void;
}

interface SentCall extends QueuedCommand {
  readonly id: string;
  readonly call: Call;
  /** Monotonic ms. After it, the next CALL may be sent; a late answer is still accepted for another call timeout. */
  readonly deadline: number;
}

/**
 * Lower numbers go first: stops; cancelled reservations and cleared profiles; starts, limits and unlocks; reservations
 * and operators' requests; our queries, and prices and costs to display; configuration and passwords.
 */
const PRIORITY: { readonly [T in ChargerCommand['type']]: number } = {
  'remote-stop': 0,
  'cancel-reservation': 1,
  'clear-charging-profile': 1,
  'remote-start': 2,
  'set-charging-profile': 2,
  'unlock-connector': 2,
  reserve: 3,
  action: 3,
  'trigger-message': 4,
  'get-transaction-status': 4,
  'show-price': 4,
  'show-cost': 4,
  'show-final-cost': 4,
  'get-configuration': 5,
  'change-configuration': 5,
  'change-password': 5,
};

/** @source OCPP-J 1.6 §4.1.1: one CALL at a time in each direction; the two directions do not wait for each other. */
export class OutboundCalls implements OutstandingCalls {
  readonly #context: ConnectionContext;
  readonly #connection: ChargerConnection;
  readonly #queue: QueuedCommand[] = [];
  #inFlight: SentCall | undefined;
  #timedOut: SentCall[] = [];

  constructor(context: ConnectionContext, connection: ChargerConnection) {
    this.#context = context;
    this.#connection = connection;
  }

  get inFlightCall(): { readonly id: string; readonly action: string } | undefined {
    return this.#inFlight && { id: this.#inFlight.id, action: this.#inFlight.call.action };
  }

  actionOf(id: string): string | undefined {
    const sent = this.#inFlight?.id === id ? this.#inFlight : this.#timedOut.find((call) => call.id === id);
    return sent?.call.action;
  }

  /** Queues a command by its priority; `sendNext` sends it. */
  enqueue(command: ChargerCommand, options: SendCommandOptions): Promise<CommandResult> {
    return new Promise((resolve) => {
      const priority = PRIORITY[command.type];
      const firstBehind = this.#queue.findIndex((queued) => queued.priority > priority);
      const index = firstBehind < 0 ? this.#queue.length : firstBehind;
      this.#queue.splice(index, 0, { command, priority, options, resolve });
    });
  }

  /** Sends the next queued command that can be sent, if no CALL is in flight and the connection allows it. */
  sendNext(): void {
    while (this.#inFlight === undefined && this.#queue.length > 0 && this.#connection.canSendCall()) {
      const next = this.#queue.shift();
      const frame = next && this.#toFrame(next);
      if (frame !== undefined) this.#connection.sendFrame(frame);
    }
  }

  /**
   * Returns the frame of the command's CALL and makes it the CALL in flight; `undefined` if the command is not sent.
   */
  #toFrame(next: QueuedCommand): string | undefined {
    const { clock, random, callTimeoutMs } = this.#context;
    const connection = this.#connection;
    const { command, options } = next;
    if (clock.now() > (options.sendBefore ?? Infinity) || options.stillWanted?.() === false) {
      next.resolve({ kind: 'not-sent', reason: 'expired' });
      return undefined;
    }
    const encoded = connection.version.encodeCommand(command);
    if (!encoded) {
      next.resolve({ kind: 'not-sent', reason: 'unsupported' });
      return undefined;
    }
    const version = connection.version.name;
    const call = { ...encoded, payload: applyQuirks(connection.quirks, 'call', { version, ...encoded }) };
    const violation = call.checkRequest(call.payload);
    if (violation) {
      next.resolve(this.#invalidCall(command, call.action, `${violation.path}: ${violation.message}`));
      return undefined;
    }
    const id = random.uuid();
    this.#inFlight = { ...next, id, call, deadline: clock.monotonic() + (options.timeoutMs ?? callTimeoutMs) };
    connection.noteRequestedMessage(call);
    return connection.codec.encodeCall(id, call.action, JSON.stringify(call.payload));
  }

  /**
   * Returns the result for an invalid payload. An operator wrote the payload of an `action`; any other invalid payload
   * is our bug, and is reported.
   */
  #invalidCall(command: ChargerCommand, action: string, detail: string): CommandResult {
    if (command.type === 'action') return { kind: 'not-sent', reason: 'invalid', detail };
    const { id, version } = this.#connection;
    const description = `not sent: ${detail}`;
    this.#context.events.emit('bug', { chargePointId: id, action, description });
    return { kind: 'error', code: version.errorCode('internal'), description };
  }

  /** Matches a response to the CALL in flight or a timed-out CALL. @returns False if it matches none. */
  handleResponse(frame: ResultFrame | ErrorFrame): boolean {
    const sent = this.#inFlight;
    if (sent?.id === frame.id) {
      this.#inFlight = undefined;
      sent.resolve(this.#readResponse(frame, sent));
      this.sendNext();
      return true;
    }
    const index = this.#timedOut.findIndex((call) => call.id === frame.id);
    const late = index < 0 ? undefined : this.#timedOut.splice(index, 1)[0];
    if (!late) return false;
    const result = this.#readResponse(frame, late);
    const { id: chargePointId } = this.#connection;
    this.#context.events.emit('charger.late-answer', { chargePointId, command: late.command.type, kind: result.kind });
    late.options.onLateAnswer?.(result);
    return true;
  }

  #readResponse(frame: ResultFrame | ErrorFrame, sent: SentCall): CommandResult {
    const connection = this.#connection;
    const { version, codec, settings } = connection;
    const { action, checkResponse: check } = sent.call;
    if (frame.type !== 'result') return this.#toErrorResult(sent, frame.code, frame.description);
    if (frame.label === undefined) connection.dropDetectedQuirk(labelledResults);
    else this.#noteLabel(frame.label, action);
    const read = readMessage(connection, { kind: 'response', action, payload: frame.payload, check });
    const payload = read.payload ?? frame.payload;
    const status = version.statusOf(payload);
    // Unless the charge point is strict, a readable status is the answer, whatever else is wrong with the payload.
    if (read.violation && (status === undefined || settings.strict)) {
      const { path, keyword, message } = read.violation;
      const code = version.errorCode(errorKindOfKeyword(keyword));
      const error = codec.encodeResultError?.(sent.id, code, `${path}: ${message}`);
      if (error !== undefined) connection.sendFrame(error);
      return this.#toErrorResult(sent, code, `unusable answer: ${path}: ${message}`);
    }
    return { kind: 'answered', payload, ...(status !== undefined && { status }), ...version.detailsOf?.(payload) };
  }

  /**
   * Records that a charger labels its results. If the label fits, our results are labelled too, until the charger sends
   * one without a label. With the quirk configured, our results are always labelled; without it, a strict charge point
   * gets no labels.
   */
  #noteLabel(label: string, action: string): void {
    const connection = this.#connection;
    // Two of the published examples omit the word `Request`.
    const fits = label === action || `Request${label}` === action;
    connection.recordViolation({ action, keyword: fits ? 'labelled-result' : 'label', found: label, lenient: true });
    if (fits && !connection.quirks.includes(labelledResults)) connection.addDetectedQuirks([labelledResults]);
  }

  #toErrorResult({ call }: SentCall, code: string, description: string): CommandResult {
    this.#context.events.emit('charger.call-error', {
      chargePointId: this.#connection.id,
      action: call.action,
      from: 'charger',
      code: errorCodeLabel(code),
    });
    return { kind: 'error', code, description: description.slice(0, 255) };
  }

  /**
   * Times out the CALL in flight if it is overdue, drops expired commands and sends the next one. Called by the sweep.
   * @param now Monotonic, ms.
   */
  expireCalls(now: number): void {
    const { clock, callTimeoutMs } = this.#context;
    if (this.#timedOut.length > 0)
      this.#timedOut = this.#timedOut.filter(({ deadline }) => now < deadline + callTimeoutMs);
    const sent = this.#inFlight;
    if (sent && now >= sent.deadline) {
      this.#inFlight = undefined;
      this.#timedOut.push(sent);
      sent.resolve({ kind: 'unknown', reason: 'timeout' });
    }
    for (let index = this.#queue.length - 1; index >= 0; index -= 1) {
      const queued = this.#queue[index];
      if (!queued || clock.now() <= (queued.options.sendBefore ?? Infinity)) continue;
      this.#queue.splice(index, 1);
      queued.resolve({ kind: 'not-sent', reason: 'expired' });
    }
    this.sendNext();
  }

  /** Discards the queued commands, which count as not sent. */
  discardQueue(): void {
    for (const queued of this.#queue.splice(0)) queued.resolve({ kind: 'not-sent', reason: 'offline' });
  }

  /**
   * Ends all CALLs because the socket is closed or replaced. The effect of the CALL in flight is unknown; queued
   * commands count as not sent.
   */
  endAllCalls(reason: 'disconnected' | 'replaced'): void {
    const sent = this.#inFlight;
    this.#inFlight = undefined;
    this.#timedOut = [];
    sent?.resolve({ kind: 'unknown', reason });
    this.discardQueue();
  }
}
