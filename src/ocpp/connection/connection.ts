/** One socket of one charge point. Lean: five thousand of them are idle at once. */
import type { ChargerCommand, CommandAnswer } from '../../ports/charger-events.js';
import { ocppJ, type Codec } from '../frames/codec.js';
import type { Edge } from './connection-context.js';
import { envelope } from '../frames/envelope.js';
import { countedCode } from '../frames/call-errors.js';
import type { Frame } from '../frames/frame.js';
import { Inbound } from './inbound-calls.js';
import { invitedBy, SESSION_ACTIONS } from './pre-boot-messages.js';
import { Outbound, type CallOptions } from './outbound-calls.js';
import type { Quirk } from '../quirks/quirk.js';
import { quirksFor } from '../quirks/registry.js';
import { labelledResults } from '../quirks/labelled-results.js';
import type { Replay } from './reply-cache.js';
import { tell } from './call-replies.js';
import { Sins } from '../leniency/protocol-violations.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import type { Origin } from './takeover.js';
import type { Call, OcppVersion } from '../versions/version.js';
import type { Wire } from './wire.js';

/** What outlives a socket: it belongs to the identity. */
export interface Identity {
  readonly id: string;
  replay: Replay | undefined;
  sins: Sins | undefined;
}

/** Who wants to know what becomes of a socket. */
export interface Owner {
  /** A sign of life while two sockets claim one identity. */
  alive(connection: Connection): void;
  gone(connection: Connection): void;
}

/** `held`: another socket has the identity, nothing is answered yet. */
type State = 'held' | 'live' | 'dead';

/** Bytes of replies that a charger may leave unread. */
const UNREAD_LIMIT = 1_048_576;
/** Binary frames after which it is surely no charger that speaks. */
const BINARY_LIMIT = 50;
const NOBODY: ReadonlySet<string> = new Set();
/** What may be asked of a charge point before its boot is accepted. */
const PREPARING: ReadonlySet<ChargerCommand['type']> = new Set([
  'trigger',
  'get-configuration',
  'change-configuration',
]);

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
  /** Actions that we have asked for while the boot was not accepted. */
  invited: ReadonlySet<string> = NOBODY;
  codec: Codec;
  quirks: readonly Quirk[];
  /** The dialect is known: from the start, or since the first frame that it could read. */
  private locked: boolean;
  private binaries = 0;
  private closing = false;
  private readonly inbound: Inbound;
  private outbound: Outbound | undefined;

  constructor(
    private readonly edge: Edge,
    private readonly owner: Owner,
    readonly socket: SocketPort,
    readonly identity: Identity,
    readonly version: OcppVersion,
    readonly origin: Origin,
    readonly wire: Wire,
  ) {
    this.pingDueAt = edge.clock.now() + edge.pingMs;
    this.quirks = wire.quirks.length === 0 ? wire.quirks : quirksFor(version.name, wire.quirks);
    // The envelope was drawn for 1.6 alone.
    const dialect = version.name === '1.6' ? wire.dialect : 'ocpp-j';
    this.codec = dialect === 'envelope' ? envelope : this.ocppJ();
    this.locked = dialect !== 'auto';
    this.inbound = new Inbound(edge, this);
  }

  private ocppJ(): Codec {
    return ocppJ(this.version.name, this.quirks.includes(labelledResults));
  }

  get id(): string {
    return this.identity.id;
  }

  /** The identity is this socket's from now on. */
  admit(generation: number): void {
    this.generation = generation;
    this.state = 'live';
    this.inbound.open();
  }

  frame(text: string): void {
    if (this.state === 'dead') return;
    this.heard = true;
    if (this.contested) this.owner.alive(this);
    if (this.state === 'live') this.edge.intake.seen(this.id);
    const frame = this.locked ? this.codec.parse(text, this.outbound) : this.firstFrame(text);
    switch (frame.type) {
      case 'call':
      case 'faulty':
        this.inbound.take(frame);
        return;
      case 'send':
        this.inbound.takeSend(frame);
        return;
      case 'dropped':
        this.sin('', '', frame.fault, undefined, false);
        this.dropped(frame.fault);
        return;
      case 'result-error': {
        const code = countedCode(frame.code);
        this.edge.events.emit('charger.call-error', { chargePointId: this.id, from: 'charger', code, result: true });
        return;
      }
      default:
        if (this.outbound?.answered(frame)) return;
        this.sin('', '', 'unknown-id', undefined, false);
        this.dropped('unknown-id');
    }
  }

  /** An object opens the envelope dialect, anything else the standard; the first frame that can be read locks it. */
  private firstFrame(text: string): Frame {
    this.codec = text.trimStart().startsWith('{') ? envelope : this.ocppJ();
    const frame = this.codec.parse(text, undefined);
    this.locked = frame.type !== 'dropped' && frame.type !== 'faulty';
    if (this.locked) this.edge.clock.soon(() => this.advance());
    return frame;
  }

  binary(): void {
    if (this.state === 'dead') return;
    this.sin('', '', 'binary', undefined, false);
    this.dropped('binary');
    this.binaries += 1;
    if (this.binaries === BINARY_LIMIT) this.close(1003, 'OCPP-J is text');
  }

  pong(): void {
    this.heard = true;
    if (this.contested) this.owner.alive(this);
  }

  /** Ends it with a goodbye. */
  close(code: number, reason: string): void {
    this.end();
    this.socket.close(code, reason);
  }

  /** Ends it without a goodbye. */
  cut(): void {
    this.end();
    this.socket.terminate();
  }

  /** No CALL leaves any more, and none waits: on a line that comes back it would arrive late. What has left may be answered. */
  private end(): void {
    this.closing = true;
    this.outbound?.forget();
  }

  closed(): void {
    this.leave('disconnected');
    this.owner.gone(this);
  }

  /** Ends this socket's part: nothing is read, answered or sent any more. */
  leave(reason: 'disconnected' | 'replaced'): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.inbound.close();
    this.outbound?.abandon(reason);
  }

  /** True while a CALL of the charger is in work. */
  get busy(): boolean {
    return this.inbound.working;
  }

  /** Counts a broken rule against the charge point. @shape `found` is the value that broke it. */
  sin(action: string, path: string, keyword: string, found: unknown, lenient: boolean): void {
    const { edge, id, version } = this;
    const rule = { version: version.name, action, path, keyword };
    this.identity.sins ??= new Sins();
    const isNew = this.identity.sins.record(rule, found, lenient, edge.clock.now());
    if (lenient) edge.events.emit('charger.lenient', { chargePointId: id, ...rule });
    if (isNew) edge.events.emit('charger.sinned', { chargePointId: id, ...rule, lenient });
  }

  /** Quirks that the charger has given away hold for the rest of this socket. */
  hold(quirks: readonly Quirk[]): void {
    if (quirks.length === 0 || this.wire.strict) return;
    this.quirks = [...this.quirks, ...quirks];
    if (quirks.includes(labelledResults) && this.codec.name === 'ocpp-j') this.codec = this.ocppJ();
    for (const { name } of quirks)
      this.edge.events.emit('charger.quirk-detected', { chargePointId: this.id, quirk: name });
  }

  report(action: string, fault: unknown): void {
    tell(this.edge, this, action, fault);
  }

  dropped(reason: string): void {
    this.edge.events.emit('charger.frame-dropped', { chargePointId: this.id, reason });
  }

  mayCall(): boolean {
    return this.state === 'live' && this.locked && !this.inbound.booting && !this.contested;
  }

  write(text: string): void {
    if (this.state !== 'live') return;
    this.socket.send(text);
    if (this.socket.bufferedAmount > UNREAD_LIMIT) {
      this.dropped('not-reading');
      this.cut();
    }
  }

  call(command: ChargerCommand, options: CallOptions): Promise<CommandAnswer> {
    if (this.state !== 'live' || this.closing) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    if (!this.inbound.isAccepted() && !this.mayAsk(command))
      return Promise.resolve({ kind: 'not-sent', reason: 'not-accepted' });
    this.outbound ??= new Outbound(this, this.edge);
    return this.outbound.submit(command, options);
  }

  /** One that is kept waiting may be configured and triggered. @source OCPP 1.6 §4.2, 2.0.1 B02.FR.01, .05, B03.FR.03 */
  private mayAsk(command: ChargerCommand): boolean {
    if (this.edge.intake.held(this.id) !== 'Pending') return false;
    if (command.type === 'action') return !SESSION_ACTIONS.has(command.action);
    return PREPARING.has(command.type);
  }

  /** A CALL of ours is about to leave. */
  sending(call: Call): void {
    if (this.inbound.isAccepted()) return;
    const action = invitedBy(call);
    if (action !== undefined) this.invited = new Set([...this.invited, action]);
  }

  /** Sends what waits, if anything does and may. */
  advance(): void {
    this.outbound?.advance();
  }

  /** Sends what a dispute about the identity held back. */
  release(): void {
    this.contested = false;
    this.advance();
  }

  /** Pings, ends the dead, and lets overdue calls go. Called by the one sweeper. */
  sweep(now: number): void {
    // First of all: what is found dead must not be handed a call whose turn has come.
    this.listenFor(now);
    this.outbound?.sweep(now);
    if (this.statusDueAt !== 0 && now >= this.statusDueAt) {
      this.statusDueAt = 0;
      void this.call({ type: 'trigger', what: 'StatusNotification' }, {});
    }
  }

  private listenFor(now: number): void {
    if (now < this.pingDueAt) return;
    // Whom we do not read cannot be heard.
    this.missed = this.heard || this.inbound.paused ? 0 : this.missed + 1;
    // After a silence the next question comes sooner: the dead are found within three intervals.
    this.pingDueAt = now + this.edge.pingMs / (this.missed + 1);
    this.heard = false;
    if (this.missed >= 2) this.cut();
    else this.socket.ping();
  }
}
