/** Our call slot on one socket: one CALL unanswered, the others wait by priority. Independent of the charger's slot. */
import type { ChargerCommand, CommandResult } from '../../ports/charger-events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Events } from '../../ports/events.js';
import type { OutstandingCalls } from '../frames/codec.js';
import type { Connection } from './connection.js';
import { errorCodeLabel, errorKindOfKeyword } from '../frames/call-errors.js';
import type { ErrorFrame, ResultFrame } from '../frames/frame.js';
import { applyQuirks } from '../quirks/registry.js';
import { labelledResults } from '../quirks/labelled-results.js';
import { readMessage } from './read-message.js';
import type { Call } from '../versions/version.js';

export interface CallOptions {
  readonly sendBefore?: number;
  readonly stillWanted?: () => boolean;
  readonly onLateAnswer?: (answer: CommandResult) => void;
  readonly timeoutMs?: number;
}

interface QueuedCommand {
  readonly command: ChargerCommand;
  readonly priority: number;
  readonly options: CallOptions;
  readonly resolve: (answer: CommandResult) => void;
}

interface SentCall extends QueuedCommand {
  readonly id: string;
  readonly call: Call;
  /** Epoch ms; after it the slot is free, and for as long again a late answer is still matched. */
  readonly deadline: number;
}

/** Stops before cancellations, those before starts and limits; what an operator asks comes before what we only want to know. */
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
};

/** @source OCPP-J 1.6 §4.1.1: one CALL at a time per direction, the two directions do not wait for one another. */
export class OutboundCalls implements OutstandingCalls {
  private readonly queue: QueuedCommand[] = [];
  private inFlight: SentCall | undefined;
  private timedOut: SentCall[] = [];

  constructor(
    private readonly connection: Connection,
    private readonly deps: {
      readonly clock: Clock;
      readonly random: Random;
      readonly events: Events;
      readonly callTimeoutMs: number;
    },
  ) {}

  get inFlightCall(): { readonly id: string; readonly action: string } | undefined {
    return this.inFlight && { id: this.inFlight.id, action: this.inFlight.call.action };
  }

  actionOf(id: string): string | undefined {
    const sent = this.inFlight?.id === id ? this.inFlight : this.timedOut.find((other) => other.id === id);
    return sent?.call.action;
  }

  enqueue(command: ChargerCommand, options: CallOptions): Promise<CommandResult> {
    return new Promise((settle) => {
      const priority = PRIORITY[command.type];
      const behind = this.queue.findIndex((other) => other.priority > priority);
      this.queue.splice(behind < 0 ? this.queue.length : behind, 0, { command, priority, options, resolve: settle });
      this.sendNext();
    });
  }

  /** Sends the next CALL if the slot is free. */
  sendNext(): void {
    while (this.inFlight === undefined && this.queue.length > 0 && this.connection.canSendCall()) {
      const next = this.queue.shift();
      if (next) this.encodeAndSend(next);
    }
  }

  private encodeAndSend(next: QueuedCommand): void {
    const now = this.deps.clock.now();
    if (now > (next.options.sendBefore ?? Infinity) || next.options.stillWanted?.() === false) {
      next.resolve({ kind: 'not-sent', reason: 'expired' });
      return;
    }
    const written = this.connection.version.encodeCommand(next.command);
    if (!written) {
      next.resolve({ kind: 'not-sent', reason: 'unsupported' });
      return;
    }
    const { quirks } = this.connection;
    const payload = applyQuirks(quirks, 'call', written.action, written.payload);
    const call: Call = payload === written.payload ? written : { ...written, payload };
    const violation = call.checkRequest(call.payload);
    if (violation && next.command.type === 'action') {
      next.resolve({ kind: 'not-sent', reason: 'invalid', detail: `${violation.path}: ${violation.message}` });
      return;
    }
    if (violation) {
      const description = `not sent: ${violation.path}: ${violation.message}`;
      this.deps.events.emit('bug', { chargePointId: this.connection.id, action: call.action, description });
      next.resolve({ kind: 'error', code: this.connection.version.errorCode('internal'), description });
      return;
    }
    const id = this.deps.random.uuid();
    this.inFlight = { ...next, id, call, deadline: now + (next.options.timeoutMs ?? this.deps.callTimeoutMs) };
    this.connection.noteRequestedMessage(call);
    this.connection.sendFrame(this.connection.codec.encodeCall(id, call.action, JSON.stringify(call.payload)));
  }

  /** False when nothing of ours has this id: the frame is dropped. */
  handleResponse(frame: ResultFrame | ErrorFrame): boolean {
    const sent = this.inFlight;
    if (sent?.id === frame.id) {
      this.inFlight = undefined;
      sent.resolve(this.readResponse(frame, sent));
      this.sendNext();
      return true;
    }
    const index = this.timedOut.findIndex((other) => other.id === frame.id);
    const late = index < 0 ? undefined : this.timedOut.splice(index, 1)[0];
    if (!late) return false;
    const answer = this.readResponse(frame, late);
    this.deps.events.emit('charger.late-answer', {
      chargePointId: this.connection.id,
      command: late.command.type,
      kind: answer.kind,
    });
    late.options.onLateAnswer?.(answer);
    return true;
  }

  private readResponse(frame: ResultFrame | ErrorFrame, sent: SentCall): CommandResult {
    const { connection: line } = this;
    const { action, checkResponse: response } = sent.call;
    if (frame.type !== 'result') return this.callErrorResult(sent, frame.code, frame.description);
    if (frame.label !== undefined) this.noteLabelledResult(frame.label, action);
    const { payload, violation } = readMessage(line, 'response', { action, payload: frame.payload }, response);
    const status = line.version.statusOf(payload ?? frame.payload);
    if (violation && (status === undefined || line.settings.strict)) {
      const code = line.version.errorCode(errorKindOfKeyword(violation.keyword));
      const description = `${violation.path}: ${violation.message}`;
      const told = line.codec.encodeResultError?.(sent.id, code, description);
      if (told !== undefined) line.sendFrame(told);
      return this.callErrorResult(sent, code, `unusable answer: ${description}`);
    }
    // A status that can be read is the answer, whatever else is wrong with the payload.
    const answer = payload ?? frame.payload;
    const details = line.version.detailsOf?.(answer);
    return { kind: 'answered', payload: answer, ...(status === undefined ? {} : { status }), ...details };
  }

  /** Who labels its results is answered so from now on. */
  private noteLabelledResult(label: string, action: string): void {
    const { connection: line } = this;
    // Two of the drawings leave the first word out.
    const fits = label === action || `Request${label}` === action;
    line.recordViolation(action, '', fits ? 'labelled-result' : 'label', label, true);
    if (!line.quirks.includes(labelledResults)) line.addDetectedQuirks([labelledResults]);
  }

  private callErrorResult(sent: SentCall, code: string, description: string): CommandResult {
    this.deps.events.emit('charger.call-error', {
      chargePointId: this.connection.id,
      action: sent.call.action,
      from: 'charger',
      code: errorCodeLabel(code),
    });
    return { kind: 'error', code, description: description.slice(0, 255) };
  }

  /** Ends what has waited too long. Called by the one sweeper of all sockets. */
  expireCalls(now: number): void {
    if (this.timedOut.length > 0) {
      this.timedOut = this.timedOut.filter((late) => now < late.deadline + this.deps.callTimeoutMs);
    }
    const sent = this.inFlight;
    if (sent && now >= sent.deadline) {
      this.inFlight = undefined;
      this.timedOut.push(sent);
      sent.resolve({ kind: 'unknown', reason: 'timeout' });
    }
    for (let index = this.queue.length - 1; index >= 0; index -= 1) {
      const entry = this.queue[index];
      if (!entry || now <= (entry.options.sendBefore ?? Infinity)) continue;
      this.queue.splice(index, 1);
      entry.resolve({ kind: 'not-sent', reason: 'expired' });
    }
    this.sendNext();
  }

  /** Nothing will be sent any more: what waited never was. */
  discardQueue(): void {
    for (const entry of this.queue.splice(0)) entry.resolve({ kind: 'not-sent', reason: 'offline' });
  }

  /** The socket is gone: what was sent is unknown, what waited was never sent. */
  endAllCalls(reason: 'disconnected' | 'replaced'): void {
    const sent = this.inFlight;
    this.inFlight = undefined;
    this.timedOut = [];
    sent?.resolve({ kind: 'unknown', reason });
    this.discardQueue();
  }
}
