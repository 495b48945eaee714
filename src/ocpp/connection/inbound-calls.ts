/** The charger's call slot on one socket: its CALLs are answered one after the other. Independent of ours. */
import type { ChargerOutcome } from '../../ports/charger-events.js';
import { configureAtConnect } from './configure-on-connect.js';
import type { Connection } from './connection.js';
import type { Edge } from './connection-context.js';
import { faultyKind, FAULTY_SENTENCES, kindOfKeyword } from '../frames/call-errors.js';
import { idFault, payloadText, type CallFrame, type FaultyFrame, type SendFrame } from '../frames/frame.js';
import { meant } from './action-aliases.js';
import { changed } from '../quirks/registry.js';
import { readable } from './read-message.js';
import { fingerprint } from './reply-cache.js';
import { failure, refusal, success, tell } from './call-replies.js';
import type { Route } from '../versions/version.js';

/** Unanswered CALLs of one charger after which its socket is not read any more. */
const INBOX_LIMIT = 100;

export class Inbound {
  /** A CALL is in work. */
  working = false;
  paused = false;
  /** A boot is in work: nothing of ours goes out before its answer. */
  booting = false;
  private accepted = false;
  /** The questions at connect were asked on this socket. */
  private greeted = false;
  private inbox: (CallFrame | FaultyFrame)[] | undefined;

  constructor(
    private readonly edge: Edge,
    private readonly line: Connection,
  ) {}

  /** The identity is this socket's from now on. */
  open(): void {
    this.accepted = this.served();
    this.drain();
  }

  close(): void {
    this.inbox = undefined;
  }

  /** Only who was accepted once, and is not held since, may be asked, and may ask. */
  isAccepted(): boolean {
    return (this.accepted ||= this.served());
  }

  private served(): boolean {
    const { intake } = this.edge;
    return intake.accepted(this.line.id) && intake.held(this.line.id) === undefined;
  }

  /** Before it is accepted: what we have asked for, and what moves money of one that was accepted before. */
  private heardAnyway(route: Route, action: string): boolean {
    const { intake } = this.edge;
    if (route.identity && intake.accepted(this.line.id)) return true;
    return intake.held(this.line.id) === 'Pending' && this.line.invited.has(action);
  }

  take(frame: CallFrame | FaultyFrame): void {
    if (this.working || this.line.state === 'held') this.enqueue(frame);
    else this.work(frame);
  }

  /** Never answered, not even with an error, and waits for no CALL. @source OCPP-J 2.1 §4.2.5 */
  takeSend(frame: SendFrame): void {
    const { line, edge } = this;
    const route = line.version.routes.get(frame.action);
    // What moves money is taken in whichever way it comes.
    if (!route?.sent && !route?.identity) line.sin(frame.action, '', 'send', undefined, false);
    else if (line.state !== 'live' || !this.isAccepted()) line.dropped('not-accepted');
    else {
      try {
        const { payload } = readable(line, route.sent ? 'send' : 'request', frame, route.request, route.identity);
        if (!payload) return;
        const done = edge.intake.handle(line.id, route.read(payload, payloadText(frame), edge.clock.now()));
        if (done instanceof Promise) done.catch((fault: unknown) => tell(edge, line, frame.action, fault));
      } catch (fault) {
        tell(edge, line, frame.action, fault);
      }
    }
  }

  private enqueue(frame: CallFrame | FaultyFrame): void {
    this.inbox ??= [];
    this.inbox.push(frame);
    if (this.inbox.length >= INBOX_LIMIT && !this.paused) {
      this.paused = true;
      this.line.socket.pause();
    }
  }

  /** Answers what has piled up, in the order of its arrival. */
  private drain(): void {
    while (this.inbox && !this.working && this.line.state === 'live') {
      const next = this.inbox.shift();
      if (this.inbox.length === 0) this.inbox = undefined;
      if (next) this.work(next);
    }
    if (this.paused && (this.inbox?.length ?? 0) < INBOX_LIMIT / 2) {
      this.paused = false;
      this.line.socket.resume();
    }
  }

  private work(frame: CallFrame | FaultyFrame): void {
    const reply = frame.type === 'call' ? this.answer(frame) : this.refuseFrame(frame);
    if (typeof reply === 'string') {
      this.line.write(reply);
      return;
    }
    this.working = true;
    void reply.then((text) => {
      this.working = false;
      this.line.write(text);
      this.line.advance();
      this.drain();
    });
  }

  private refuseFrame({ idText, fault }: FaultyFrame): string {
    this.line.sin('', '', fault, undefined, false);
    return refusal(this.edge, this.line, idText, '', faultyKind(fault), FAULTY_SENTENCES[fault]);
  }

  /** The reply to one CALL; a promise of it, which never rejects, when something has to be saved first. */
  private answer(sent: CallFrame): string | Promise<string> {
    const { edge, line } = this;
    const { version, id } = line;
    let frame = sent;
    let route = version.routes.get(frame.action);
    if (!route || route.sent) {
      frame = meant(sent, line);
      route = version.routes.get(frame.action);
      if (!route || route.sent) {
        line.sin(frame.action, '', 'action', undefined, false);
        return version.knows(frame.action)
          ? this.refuse(frame, 'not-supported', 'This action is not served here.')
          : this.refuse(frame, 'not-implemented', `There is no such action in OCPP ${version.name}.`);
      }
    }
    const badId = idFault(frame.idText);
    if (badId !== undefined) {
      const refused = line.codec.rules.longestId < Infinity && (line.wire.strict || !bears(badId, route));
      line.sin(frame.action, '', `id-${badId}`, undefined, !refused);
      if (refused) return this.refuse(frame, 'framework', 'An id is a string of at most 36 characters.');
    }
    // OCPP 1.6 §4.2 and errata: only who was never accepted has to boot before it speaks.
    if (!this.accepted && !route.boot && !this.isAccepted() && !this.heardAnyway(route, frame.action)) {
      return this.refuse(frame, 'security', 'Send BootNotification first and wait until it is accepted.');
    }
    const now = edge.clock.now();
    const print = route.replay === 'fresh' ? 0 : fingerprint(frame.text);
    if (route.replay !== 'fresh') {
      const earlier = line.identity.replay?.find(print, now);
      if (earlier !== undefined) return line.codec.result(frame, earlier);
    }
    if (line.statusDueAt !== 0 && frame.action === 'StatusNotification') line.statusDueAt = 0;
    if (!this.greeted && !route.boot && this.accepted) this.greet();

    let payload =
      line.quirks.length === 0 ? frame.payload : changed(line.quirks, 'inbound', frame.action, frame.payload);
    let outcome: ChargerOutcome | Promise<ChargerOutcome>;
    try {
      if (route.request(payload)) {
        const read = readable(line, 'request', frame, route.request, route.identity);
        if (!read.payload) {
          const { path, keyword, message } = read.violation;
          return this.refuse(frame, kindOfKeyword(keyword), `${path}: ${message}`);
        }
        payload = read.payload;
      }
      if (route.boot) this.booting = true;
      outcome = edge.intake.handle(id, route.read(payload, payloadText(frame), now));
    } catch (fault) {
      if (route.boot) this.booted(undefined);
      return failure(edge, line, frame, fault);
    }
    if (outcome instanceof Promise) {
      const asked = frame;
      const its = route;
      return outcome.then(
        (settled) => this.conclude(asked, its, settled, print),
        (fault: unknown) => {
          if (its.boot) this.booted(undefined);
          return failure(edge, line, asked, fault);
        },
      );
    }
    return this.conclude(frame, route, outcome, print);
  }

  private refuse(frame: CallFrame, kind: Parameters<typeof refusal>[4], description: string): string {
    return refusal(this.edge, this.line, frame.idText, frame.action, kind, description);
  }

  private conclude(frame: CallFrame, route: Route, outcome: ChargerOutcome, print: number): string {
    if (route.boot) this.booted(outcome);
    return success(this.edge, this.line, frame, route, outcome, print);
  }

  /** What the heart said of a boot, or that it could not say. Its answer is being written in this turn. */
  private booted(outcome: ChargerOutcome | undefined): void {
    this.booting = false;
    this.accepted = this.served();
    if (outcome?.type === 'booted' && outcome.status === 'Accepted') this.greet();
  }

  /** Asks the questions of connect, after the answer that is being written in this turn. */
  private greet(): void {
    this.greeted = true;
    if (!this.edge.options.configureAtConnect) return;
    this.edge.clock.soon(() => {
      if (this.line.state === 'live') configureAtConnect(this.edge, this.line);
    });
  }
}

/** A number is echoed as it came; too long an id costs the CALL, unless it moves money. @source OCPP-J 2.0.1 §4.1.4 */
function bears(fault: 'type' | 'maxLength', route: Route): boolean {
  return fault === 'type' || route.replay === 'money';
}
