/** One socket of one charge point. Lean: five thousand of them are idle at once. */
import type { ChargerCommand, ChargerOutcome, CommandAnswer } from '../bridge/ports/chargers.js';
import { configureAtConnect } from './connect.js';
import type { Edge } from './edge.js';
import { kindOfKeyword } from './errors.js';
import { parseFrame, payloadText, resultText, type CallFrame } from './frame.js';
import { Outbound, type CallOptions } from './outbound.js';
import { fingerprint, type Replay } from './replay.js';
import { failure, refusal, success } from './reply.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import type { OcppVersion, Route } from './versions/version.js';

/** What outlives a socket: it belongs to the identity. */
export interface Identity {
  readonly id: string;
  replay: Replay | undefined;
}

/** Who wants to know what becomes of a socket. */
export interface Owner {
  /** A sign of life while two sockets claim one identity. */
  alive(connection: Connection): void;
  gone(connection: Connection): void;
}

/** `held`: another socket has the identity, nothing is answered yet. */
type State = 'held' | 'live' | 'dead';

/** Unanswered CALLs of one charger after which its socket is not read any more. */
const INBOX_LIMIT = 100;
/** Bytes of replies that a charger may leave unread. */
const UNREAD_LIMIT = 1_048_576;

export class Connection implements SocketListener {
  generation = 0;
  state: State = 'held';
  /** Another socket claims this identity: its life is being asked for, and nothing new goes out. */
  contested = false;
  /** Anything came in since the last ping. */
  heard = true;
  missed = 0;
  /** Epoch ms. */
  pingDueAt: number;
  /** Epoch ms when a StatusNotification should have come; 0 when none is waited for. */
  statusDueAt = 0;
  private accepted = false;
  /** The questions at connect were asked on this socket. */
  private greeted = false;
  private booting = false;
  private working = false;
  private paused = false;
  private inbox: CallFrame[] | undefined;
  private outbound: Outbound | undefined;

  constructor(
    private readonly edge: Edge,
    private readonly owner: Owner,
    readonly socket: SocketPort,
    readonly identity: Identity,
    readonly version: OcppVersion,
    readonly address: string,
    readonly authenticated: boolean,
  ) {
    this.pingDueAt = edge.clock.now() + edge.pingMs;
  }

  get id(): string {
    return this.identity.id;
  }

  /** The identity is this socket's from now on. */
  admit(generation: number): void {
    this.generation = generation;
    this.state = 'live';
    this.accepted = this.edge.intake.accepted(this.id);
    this.drain();
  }

  frame(text: string): void {
    if (this.state === 'dead') return;
    this.heard = true;
    if (this.contested) this.owner.alive(this);
    if (this.state === 'live') this.edge.intake.seen(this.id);
    const frame = parseFrame(text);
    switch (frame.type) {
      case 'call':
        if (this.working || this.state === 'held') this.enqueue(frame);
        else this.work(frame);
        return;
      case 'dropped':
        this.dropped(frame.reason);
        return;
      default:
        if (!this.outbound?.answered(frame)) this.dropped('unknown-id');
    }
  }

  binary(): void {
    if (this.state !== 'dead') this.dropped('binary');
  }

  pong(): void {
    this.heard = true;
    if (this.contested) this.owner.alive(this);
  }

  closed(): void {
    this.leave('disconnected');
    this.owner.gone(this);
  }

  /** Ends this socket's part: nothing is read, answered or sent any more. */
  leave(reason: 'disconnected' | 'replaced'): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.inbox = undefined;
    this.outbound?.abandon(reason);
  }

  /** True while a CALL of the charger is in work. */
  get busy(): boolean {
    return this.working;
  }

  private enqueue(frame: CallFrame): void {
    this.inbox ??= [];
    this.inbox.push(frame);
    if (this.inbox.length >= INBOX_LIMIT && !this.paused) {
      this.paused = true;
      this.socket.pause();
    }
  }

  /** Answers what has piled up, in the order of its arrival. */
  private drain(): void {
    while (this.inbox && !this.working && this.state === 'live') {
      const next = this.inbox.shift();
      if (this.inbox.length === 0) this.inbox = undefined;
      if (next) this.work(next);
    }
    if (this.paused && (this.inbox?.length ?? 0) < INBOX_LIMIT / 2) {
      this.paused = false;
      this.socket.resume();
    }
  }

  private work(frame: CallFrame): void {
    const reply = this.answer(frame);
    if (typeof reply === 'string') {
      this.write(reply);
      return;
    }
    this.working = true;
    void reply.then((text) => {
      this.working = false;
      this.write(text);
      this.outbound?.advance();
      this.drain();
    });
  }

  /** The reply to one CALL; a promise of it, which never rejects, when something has to be saved first. */
  private answer(frame: CallFrame): string | Promise<string> {
    const { version, edge, id } = this;
    if (frame.problem !== undefined) return refusal(edge, this, frame, 'formation', frame.problem);
    const route = version.routes.get(frame.action);
    if (!route) {
      return version.knows(frame.action)
        ? refusal(edge, this, frame, 'not-supported', 'This action is not served here.')
        : refusal(edge, this, frame, 'not-implemented', `There is no such action in OCPP ${version.name}.`);
    }
    // OCPP 1.6 §4.2 and errata: only who was never accepted has to boot before it speaks.
    if (!this.accepted && !route.boot && !(this.accepted = edge.intake.accepted(id))) {
      return refusal(edge, this, frame, 'security', 'Send BootNotification first and wait until it is accepted.');
    }
    const now = edge.clock.now();
    const print = route.replay === 'fresh' ? 0 : fingerprint(frame.text);
    if (route.replay !== 'fresh') {
      const earlier = this.identity.replay?.find(print, now);
      if (earlier !== undefined) return resultText(frame.idText, earlier);
    }
    if (this.statusDueAt !== 0 && frame.action === 'StatusNotification') this.statusDueAt = 0;
    if (!this.greeted && !route.boot) this.greet();

    let payload = frame.payload;
    let outcome: ChargerOutcome | Promise<ChargerOutcome>;
    try {
      const violation = route.request(payload);
      if (violation) {
        const kind = kindOfKeyword(violation.keyword);
        const loose = route.loosen?.(payload);
        if (!loose) return refusal(edge, this, frame, kind, `${violation.path}: ${violation.message}`);
        payload = loose;
        const code = version.errorCode(kind);
        const detail = {
          chargePointId: id,
          action: frame.action,
          from: 'bridge',
          code,
          path: violation.path,
          lenient: true,
        };
        edge.events.emit('charger.call-error', detail);
      }
      if (route.boot) this.booting = true;
      outcome = edge.intake.handle(id, route.read(payload, payloadText(frame), now));
    } catch (fault) {
      if (route.boot) this.booted(undefined);
      return failure(edge, this, frame, fault);
    }
    if (outcome instanceof Promise) {
      return outcome.then(
        (settled) => this.conclude(frame, route, settled, print),
        (fault: unknown) => {
          if (route.boot) this.booted(undefined);
          return failure(edge, this, frame, fault);
        },
      );
    }
    return this.conclude(frame, route, outcome, print);
  }

  private conclude(frame: CallFrame, route: Route, outcome: ChargerOutcome, print: number): string {
    if (route.boot) this.booted(outcome);
    return success(this.edge, this, frame, route, outcome, print);
  }

  /** What the heart said of a boot, or that it could not say. Its answer is being written in this turn. */
  private booted(outcome: ChargerOutcome | undefined): void {
    this.booting = false;
    this.accepted = this.edge.intake.accepted(this.id);
    if (outcome?.type === 'booted' && outcome.status === 'Accepted') this.greet();
  }

  /** Asks the questions of connect, after the answer that is being written in this turn. */
  private greet(): void {
    this.greeted = true;
    if (!this.edge.options.configureAtConnect) return;
    this.edge.clock.soon(() => {
      if (this.state === 'live') configureAtConnect(this.edge, this);
    });
  }

  private dropped(reason: string): void {
    this.edge.events.emit('charger.frame-dropped', { chargePointId: this.id, reason });
  }

  mayCall(): boolean {
    return this.state === 'live' && !this.booting && !this.contested;
  }

  write(text: string): void {
    if (this.state !== 'live') return;
    this.socket.send(text);
    if (this.socket.bufferedAmount > UNREAD_LIMIT) {
      this.dropped('not-reading');
      this.socket.terminate();
    }
  }

  call(command: ChargerCommand, options: CallOptions): Promise<CommandAnswer> {
    if (this.state !== 'live') return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    this.accepted ||= this.edge.intake.accepted(this.id);
    if (!this.accepted) return Promise.resolve({ kind: 'not-sent', reason: 'not-accepted' });
    this.outbound ??= new Outbound(this, this.edge);
    return this.outbound.submit(command, options);
  }

  /** Sends what a dispute about the identity held back. */
  release(): void {
    this.contested = false;
    this.outbound?.advance();
  }

  /** Pings, ends the dead, and lets overdue calls go. Called by the one sweeper. */
  sweep(now: number): void {
    this.outbound?.sweep(now);
    if (this.statusDueAt !== 0 && now >= this.statusDueAt) {
      this.statusDueAt = 0;
      void this.call({ type: 'trigger', what: 'StatusNotification' }, {});
    }
    if (now < this.pingDueAt) return;
    this.pingDueAt = now + this.edge.pingMs;
    // Whom we do not read cannot be heard.
    this.missed = this.heard || this.paused ? 0 : this.missed + 1;
    this.heard = false;
    if (this.missed >= 2) this.socket.terminate();
    else this.socket.ping();
  }
}
