/** Our call slot on one socket: one CALL unanswered, the others wait by priority. Independent of the charger's slot. */
import type { ChargerCommand, CommandAnswer } from '../../ports/charger-events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Events } from '../../ports/events.js';
import type { Outstanding } from '../frames/codec.js';
import type { Connection } from './connection.js';
import { countedCode, kindOfKeyword } from '../frames/call-errors.js';
import type { ErrorFrame, ResultFrame } from '../frames/frame.js';
import { changed } from '../quirks/registry.js';
import { labelledResults } from '../quirks/labelled-results.js';
import { readable } from './read-message.js';
import type { Call } from '../versions/version.js';

export interface CallOptions {
  readonly notAfter?: number;
  readonly wanted?: () => boolean;
  readonly late?: (answer: CommandAnswer) => void;
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly command: ChargerCommand;
  readonly priority: number;
  readonly options: CallOptions;
  readonly settle: (answer: CommandAnswer) => void;
}

interface Sent extends Waiting {
  readonly id: string;
  readonly call: Call;
  /** Epoch ms; after it the slot is free, and for as long again a late answer is still matched. */
  readonly deadline: number;
}

/** Stops before cancellations, those before starts and limits; what an operator asks comes before what we only want to know. */
const PRIORITY: { readonly [T in ChargerCommand['type']]: number } = {
  'remote-stop': 0,
  'cancel-reservation': 1,
  'clear-power-plan': 1,
  'remote-start': 2,
  'set-power-plan': 2,
  unlock: 2,
  reserve: 3,
  action: 3,
  trigger: 4,
  'ask-transaction': 4,
  'show-price': 4,
  'show-cost': 4,
  'show-final-cost': 4,
  'get-configuration': 5,
  'change-configuration': 5,
};

/** @source OCPP-J 1.6 §4.1.1: one CALL at a time per direction, the two directions do not wait for one another. */
export class Outbound implements Outstanding {
  private readonly waiting: Waiting[] = [];
  private inFlight: Sent | undefined;
  private overdue: Sent[] = [];

  constructor(
    private readonly line: Connection,
    private readonly tools: {
      readonly clock: Clock;
      readonly random: Random;
      readonly events: Events;
      readonly callTimeoutMs: number;
    },
  ) {}

  get current(): { readonly id: string; readonly action: string } | undefined {
    return this.inFlight && { id: this.inFlight.id, action: this.inFlight.call.action };
  }

  actionOf(id: string): string | undefined {
    const sent = this.inFlight?.id === id ? this.inFlight : this.overdue.find((other) => other.id === id);
    return sent?.call.action;
  }

  submit(command: ChargerCommand, options: CallOptions): Promise<CommandAnswer> {
    return new Promise((settle) => {
      const priority = PRIORITY[command.type];
      const behind = this.waiting.findIndex((other) => other.priority > priority);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, { command, priority, options, settle });
      this.advance();
    });
  }

  /** Sends the next CALL if the slot is free. */
  advance(): void {
    while (this.inFlight === undefined && this.waiting.length > 0 && this.line.mayCall()) {
      const next = this.waiting.shift();
      if (next) this.send(next);
    }
  }

  private send(next: Waiting): void {
    const now = this.tools.clock.now();
    if (now > (next.options.notAfter ?? Infinity) || next.options.wanted?.() === false) {
      next.settle({ kind: 'not-sent', reason: 'expired' });
      return;
    }
    const written = this.line.version.write(next.command);
    if (!written) {
      next.settle({ kind: 'not-sent', reason: 'unsupported' });
      return;
    }
    const { quirks } = this.line;
    const payload = changed(quirks, 'call', written.action, written.payload);
    const call: Call = payload === written.payload ? written : { ...written, payload };
    const violation = call.request(call.payload);
    if (violation && next.command.type === 'action') {
      next.settle({ kind: 'not-sent', reason: 'invalid', detail: `${violation.path}: ${violation.message}` });
      return;
    }
    if (violation) {
      const description = `not sent: ${violation.path}: ${violation.message}`;
      this.tools.events.emit('bug', { chargePointId: this.line.id, action: call.action, description });
      next.settle({ kind: 'error', code: this.line.version.errorCode('internal'), description });
      return;
    }
    const id = this.tools.random.uuid();
    this.inFlight = { ...next, id, call, deadline: now + (next.options.timeoutMs ?? this.tools.callTimeoutMs) };
    this.line.sending(call);
    this.line.write(this.line.codec.call(id, call.action, JSON.stringify(call.payload)));
  }

  /** False when nothing of ours has this id: the frame is dropped. */
  answered(frame: ResultFrame | ErrorFrame): boolean {
    const sent = this.inFlight;
    if (sent?.id === frame.id) {
      this.inFlight = undefined;
      sent.settle(this.read(frame, sent));
      this.advance();
      return true;
    }
    const index = this.overdue.findIndex((other) => other.id === frame.id);
    const late = index < 0 ? undefined : this.overdue.splice(index, 1)[0];
    if (!late) return false;
    const answer = this.read(frame, late);
    this.tools.events.emit('charger.late-answer', {
      chargePointId: this.line.id,
      command: late.command.type,
      kind: answer.kind,
    });
    late.options.late?.(answer);
    return true;
  }

  private read(frame: ResultFrame | ErrorFrame, sent: Sent): CommandAnswer {
    const { line } = this;
    const { action, response } = sent.call;
    if (frame.type !== 'result') return this.failed(sent, frame.code, frame.description);
    if (frame.label !== undefined) this.labelled(frame.label, action);
    const { payload, violation } = readable(line, 'response', { action, payload: frame.payload }, response);
    const status = line.version.statusOf(payload ?? frame.payload);
    if (violation && (status === undefined || line.wire.strict)) {
      const code = line.version.errorCode(kindOfKeyword(violation.keyword));
      const description = `${violation.path}: ${violation.message}`;
      const told = line.codec.resultError?.(sent.id, code, description);
      if (told !== undefined) line.write(told);
      return this.failed(sent, code, `unusable answer: ${description}`);
    }
    // A status that can be read is the answer, whatever else is wrong with the payload.
    const answer = payload ?? frame.payload;
    const details = line.version.detailsOf?.(answer);
    return { kind: 'answered', payload: answer, ...(status === undefined ? {} : { status }), ...details };
  }

  /** Who labels its results is answered so from now on. */
  private labelled(label: string, action: string): void {
    const { line } = this;
    // Two of the drawings leave the first word out.
    const fits = label === action || `Request${label}` === action;
    line.sin(action, '', fits ? 'labelled-result' : 'label', label, true);
    if (!line.quirks.includes(labelledResults)) line.hold([labelledResults]);
  }

  private failed(sent: Sent, code: string, description: string): CommandAnswer {
    this.tools.events.emit('charger.call-error', {
      chargePointId: this.line.id,
      action: sent.call.action,
      from: 'charger',
      code: countedCode(code),
    });
    return { kind: 'error', code, description: description.slice(0, 255) };
  }

  /** Ends what has waited too long. Called by the one sweeper of all sockets. */
  sweep(now: number): void {
    if (this.overdue.length > 0) {
      this.overdue = this.overdue.filter((late) => now < late.deadline + this.tools.callTimeoutMs);
    }
    const sent = this.inFlight;
    if (sent && now >= sent.deadline) {
      this.inFlight = undefined;
      this.overdue.push(sent);
      sent.settle({ kind: 'unknown', reason: 'timeout' });
    }
    for (let index = this.waiting.length - 1; index >= 0; index -= 1) {
      const entry = this.waiting[index];
      if (!entry || now <= (entry.options.notAfter ?? Infinity)) continue;
      this.waiting.splice(index, 1);
      entry.settle({ kind: 'not-sent', reason: 'expired' });
    }
    this.advance();
  }

  /** Nothing will be sent any more: what waited never was. */
  forget(): void {
    for (const entry of this.waiting.splice(0)) entry.settle({ kind: 'not-sent', reason: 'offline' });
  }

  /** The socket is gone: what was sent is unknown, what waited was never sent. */
  abandon(reason: 'disconnected' | 'replaced'): void {
    const sent = this.inFlight;
    this.inFlight = undefined;
    this.overdue = [];
    sent?.settle({ kind: 'unknown', reason });
    this.forget();
  }
}
