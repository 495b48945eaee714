/** Our call slot on one socket: one CALL unanswered, the others wait by priority. Independent of the charger's slot. */
import type { ChargerCommand, CommandAnswer } from '../bridge/ports/chargers.js';
import type { Clock, Random } from '../bridge/ports/runtime.js';
import type { Events } from '../bridge/ports/observe.js';
import { countedCode, kindOfKeyword } from './errors.js';
import { callText, type ErrorFrame, type ResultFrame } from './frame.js';
import type { Call, OcppVersion } from './versions/version.js';

export interface CallOptions {
  readonly notAfter?: number;
  readonly wanted?: () => boolean;
  readonly late?: (answer: CommandAnswer) => void;
  readonly timeoutMs?: number;
}

/** What the slot needs of its socket. */
export interface Line {
  readonly id: string;
  readonly version: OcppVersion;
  /** False while a boot is unanswered or the socket is contested: nothing new goes out. */
  mayCall(): boolean;
  write(text: string): void;
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
  'get-configuration': 5,
  'change-configuration': 5,
};

/** @source OCPP-J 1.6 §4.1.1: one CALL at a time per direction, the two directions do not wait for one another. */
export class Outbound {
  private readonly waiting: Waiting[] = [];
  private inFlight: Sent | undefined;
  private overdue: Sent[] = [];

  constructor(
    private readonly line: Line,
    private readonly tools: {
      readonly clock: Clock;
      readonly random: Random;
      readonly events: Events;
      readonly callTimeoutMs: number;
    },
  ) {}

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
    const call = this.line.version.write(next.command);
    if (!call) {
      next.settle({ kind: 'not-sent', reason: 'unsupported' });
      return;
    }
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
    this.line.write(callText(id, call.action, JSON.stringify(call.payload)));
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
    if (frame.type === 'error') return this.failed(sent, frame.code, frame.description);
    const status = this.line.version.statusOf(frame.payload);
    const violation = sent.call.response(frame.payload);
    if (violation && status === undefined) {
      const code = this.line.version.errorCode(kindOfKeyword(violation.keyword));
      return this.failed(sent, code, `unusable answer: ${violation.path}: ${violation.message}`);
    }
    // A status that can be read is the answer, whatever else is wrong with the payload.
    const details = this.line.version.detailsOf?.(frame.payload);
    return { kind: 'answered', payload: frame.payload, ...(status === undefined ? {} : { status }), ...details };
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

  /** The socket is gone: what was sent is unknown, what waited was never sent. */
  abandon(reason: 'disconnected' | 'replaced'): void {
    const sent = this.inFlight;
    this.inFlight = undefined;
    this.overdue = [];
    sent?.settle({ kind: 'unknown', reason });
    for (const entry of this.waiting.splice(0)) entry.settle({ kind: 'not-sent', reason: 'offline' });
  }
}
