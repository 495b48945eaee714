/** One socket of one charge point. Lean: five thousand of them are idle at once. */
import type { ChargerCommand, CommandResult } from '../../ports/charger-events.js';
import { ocppJCodec, type Codec } from '../frames/codec.js';
import type { ConnectionContext } from './connection-context.js';
import { envelopeCodec } from '../frames/envelope.js';
import { errorCodeLabel } from '../frames/call-errors.js';
import type { Frame } from '../frames/frame.js';
import { InboundCalls } from './inbound-calls.js';
import { requestedMessageOf, ACTIONS_NEEDING_BOOT } from './pre-boot-messages.js';
import { OutboundCalls, type CallOptions } from './outbound-calls.js';
import type { Quirk } from '../quirks/quirk.js';
import { quirksFor } from '../quirks/registry.js';
import { labelledResults } from '../quirks/labelled-results.js';
import type { ReplyCache } from './reply-cache.js';
import { reportFault } from './call-replies.js';
import { ProtocolViolations } from '../leniency/protocol-violations.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import type { ConnectionOrigin } from './takeover.js';
import type { Call, OcppVersion } from '../versions/version.js';
import type { ChargePointSettings } from './wire.js';

/** What outlives a socket: it belongs to the identity. */
export interface IdentityState {
  readonly id: string;
  replyCache: ReplyCache | undefined;
  protocolViolations: ProtocolViolations | undefined;
}

/** Who wants to know what becomes of a socket. */
export interface ConnectionObserver {
  /** A sign of life while two sockets claim one identity. */
  onAlive(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** `held`: another socket has the identity, nothing is answered yet. */
type ConnectionState = 'standby' | 'active' | 'ended';

/** Bytes of replies that a charger may leave unread. */
const UNREAD_BYTES_LIMIT = 1_048_576;
/** Binary frames after which it is surely no charger that speaks. */
const BINARY_FRAME_LIMIT = 50;
const NO_ACTIONS: ReadonlySet<string> = new Set();
/** What may be asked of a charge point before its boot is accepted. */
const PRE_BOOT_COMMANDS: ReadonlySet<ChargerCommand['type']> = new Set([
  'trigger-message',
  'get-configuration',
  'change-configuration',
]);

export class Connection implements SocketListener {
  generation = 0;
  state: ConnectionState = 'standby';
  /** Another socket claims this identity: its life is being asked for, and nothing new goes out. */
  contested = false;
  /** Anything came in since the last ping. */
  receivedSincePing = true;
  missedPings = 0;
  /** Epoch ms. */
  nextPingAt: number;
  /** Epoch ms when a StatusNotification should have come; 0 when none is waited for. */
  statusDueAt = 0;
  /** Actions that we have asked for while the boot was not accepted. */
  requestedBeforeBoot: ReadonlySet<string> = NO_ACTIONS;
  codec: Codec;
  quirks: readonly Quirk[];
  /** The dialect is known: from the start, or since the first frame that it could read. */
  private dialectDecided: boolean;
  private binaryFrames = 0;
  private closing = false;
  private readonly inboundCalls: InboundCalls;
  private outboundCalls: OutboundCalls | undefined;

  constructor(
    private readonly context: ConnectionContext,
    private readonly observer: ConnectionObserver,
    readonly socket: SocketPort,
    readonly identity: IdentityState,
    readonly version: OcppVersion,
    readonly origin: ConnectionOrigin,
    readonly settings: ChargePointSettings,
  ) {
    this.nextPingAt = context.clock.now() + context.pingIntervalMs;
    this.quirks = settings.quirks.length === 0 ? settings.quirks : quirksFor(version.name, settings.quirks);
    // The envelope was drawn for 1.6 alone.
    const dialect = version.name === '1.6' ? settings.dialect : 'ocpp-j';
    this.codec = dialect === 'envelope' ? envelopeCodec : this.selectOcppJCodec();
    this.dialectDecided = dialect !== 'auto';
    this.inboundCalls = new InboundCalls(context, this);
  }

  private selectOcppJCodec(): Codec {
    return ocppJCodec(this.version.name, this.quirks.includes(labelledResults));
  }

  get id(): string {
    return this.identity.id;
  }

  /** The identity is this socket's from now on. */
  activate(generation: number): void {
    this.generation = generation;
    this.state = 'active';
    this.inboundCalls.start();
  }

  receive(text: string): void {
    if (this.state === 'ended') return;
    this.receivedSincePing = true;
    if (this.contested) this.observer.onAlive(this);
    if (this.state === 'active') this.context.chargerEvents.frameReceived(this.id);
    const frame = this.dialectDecided ? this.codec.parseFrame(text, this.outboundCalls) : this.parseFirstFrame(text);
    switch (frame.type) {
      case 'call':
      case 'faulty':
        this.inboundCalls.process(frame);
        return;
      case 'send':
        this.inboundCalls.processSend(frame);
        return;
      case 'dropped':
        this.recordViolation('', '', frame.fault, undefined, false);
        this.reportDroppedFrame(frame.fault);
        return;
      case 'result-error': {
        const code = errorCodeLabel(frame.code);
        this.context.events.emit('charger.call-error', { chargePointId: this.id, from: 'charger', code, result: true });
        return;
      }
      default:
        if (this.outboundCalls?.handleResponse(frame)) return;
        this.recordViolation('', '', 'unknown-id', undefined, false);
        this.reportDroppedFrame('unknown-id');
    }
  }

  /** An object opens the envelope dialect, anything else the standard; the first frame that can be read locks it. */
  private parseFirstFrame(text: string): Frame {
    this.codec = text.trimStart().startsWith('{') ? envelopeCodec : this.selectOcppJCodec();
    const frame = this.codec.parseFrame(text, undefined);
    this.dialectDecided = frame.type !== 'dropped' && frame.type !== 'faulty';
    if (this.dialectDecided) this.context.clock.callSoon(() => this.resumeSending());
    return frame;
  }

  receiveBinary(): void {
    if (this.state === 'ended') return;
    this.recordViolation('', '', 'binary', undefined, false);
    this.reportDroppedFrame('binary');
    this.binaryFrames += 1;
    if (this.binaryFrames === BINARY_FRAME_LIMIT) this.close(1003, 'OCPP-J is text');
  }

  receivePong(): void {
    this.receivedSincePing = true;
    if (this.contested) this.observer.onAlive(this);
  }

  /** Ends it with a goodbye. */
  close(code: number, reason: string): void {
    this.stopSending();
    this.socket.close(code, reason);
  }

  /** Ends it without a goodbye. */
  terminate(): void {
    this.stopSending();
    this.socket.terminate();
  }

  /** No CALL leaves any more, and none waits: on a line that comes back it would arrive late. What has left may be answered. */
  private stopSending(): void {
    this.closing = true;
    this.outboundCalls?.discardQueue();
  }

  handleClose(): void {
    this.detach('disconnected');
    this.observer.onClosed(this);
  }

  /** Ends this socket's part: nothing is read, answered or sent any more. */
  detach(reason: 'disconnected' | 'replaced'): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.inboundCalls.discardQueue();
    this.outboundCalls?.endAllCalls(reason);
  }

  /** True while a CALL of the charger is in work. */
  get hasCallInProgress(): boolean {
    return this.inboundCalls.processing;
  }

  /** Counts a broken rule against the charge point. @shape `found` is the value that broke it. */
  recordViolation(action: string, path: string, keyword: string, found: unknown, lenient: boolean): void {
    const { context: edge, id, version } = this;
    const rule = { version: version.name, action, path, keyword };
    this.identity.protocolViolations ??= new ProtocolViolations();
    const isNew = this.identity.protocolViolations.record(rule, found, lenient, edge.clock.now());
    if (lenient) edge.events.emit('charger.violation-tolerated', { chargePointId: id, ...rule });
    if (isNew) edge.events.emit('charger.protocol-violation', { chargePointId: id, ...rule, lenient });
  }

  /** Quirks that the charger has given away hold for the rest of this socket. */
  addDetectedQuirks(quirks: readonly Quirk[]): void {
    if (quirks.length === 0 || this.settings.strict) return;
    this.quirks = [...this.quirks, ...quirks];
    if (quirks.includes(labelledResults) && this.codec.name === 'ocpp-j') this.codec = this.selectOcppJCodec();
    for (const { name } of quirks)
      this.context.events.emit('charger.quirk-detected', { chargePointId: this.id, quirk: name });
  }

  reportFault(action: string, fault: unknown): void {
    reportFault(this.context, this, action, fault);
  }

  reportDroppedFrame(reason: string): void {
    this.context.events.emit('charger.frame-dropped', { chargePointId: this.id, reason });
  }

  canSendCall(): boolean {
    return this.state === 'active' && this.dialectDecided && !this.inboundCalls.bootInProgress && !this.contested;
  }

  sendFrame(text: string): void {
    if (this.state !== 'active') return;
    this.socket.send(text);
    if (this.socket.bufferedAmount > UNREAD_BYTES_LIMIT) {
      this.reportDroppedFrame('not-reading');
      this.terminate();
    }
  }

  submitCommand(command: ChargerCommand, options: CallOptions): Promise<CommandResult> {
    if (this.state !== 'active' || this.closing) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    if (!this.inboundCalls.isBootAccepted() && !this.isAllowedBeforeBoot(command))
      return Promise.resolve({ kind: 'not-sent', reason: 'not-accepted' });
    this.outboundCalls ??= new OutboundCalls(this, this.context);
    return this.outboundCalls.enqueue(command, options);
  }

  /** One that is kept waiting may be configured and triggered. @source OCPP 1.6 §4.2, 2.0.1 B02.FR.01, .05, B03.FR.03 */
  private isAllowedBeforeBoot(command: ChargerCommand): boolean {
    if (this.context.chargerEvents.bootStatus(this.id) !== 'Pending') return false;
    if (command.type === 'action') return !ACTIONS_NEEDING_BOOT.has(command.action);
    return PRE_BOOT_COMMANDS.has(command.type);
  }

  /** A CALL of ours is about to leave. */
  noteRequestedMessage(call: Call): void {
    if (this.inboundCalls.isBootAccepted()) return;
    const action = requestedMessageOf(call);
    if (action !== undefined) this.requestedBeforeBoot = new Set([...this.requestedBeforeBoot, action]);
  }

  /** Sends what waits, if anything does and may. */
  resumeSending(): void {
    this.outboundCalls?.sendNext();
  }

  /** Sends what a dispute about the identity held back. */
  endDispute(): void {
    this.contested = false;
    this.resumeSending();
  }

  /** Pings, ends the dead, and lets overdue calls go. Called by the one sweeper. */
  checkTimers(now: number): void {
    // First of all: what is found dead must not be handed a call whose turn has come.
    this.checkLiveness(now);
    this.outboundCalls?.expireCalls(now);
    if (this.statusDueAt !== 0 && now >= this.statusDueAt) {
      this.statusDueAt = 0;
      void this.submitCommand({ type: 'trigger-message', requestedMessage: 'StatusNotification' }, {});
    }
  }

  private checkLiveness(now: number): void {
    if (now < this.nextPingAt) return;
    // Whom we do not read cannot be heard.
    this.missedPings = this.receivedSincePing || this.inboundCalls.paused ? 0 : this.missedPings + 1;
    // After a silence the next question comes sooner: the dead are found within three intervals.
    this.nextPingAt = now + this.context.pingIntervalMs / (this.missedPings + 1);
    this.receivedSincePing = false;
    if (this.missedPings >= 2) this.terminate();
    else this.socket.ping();
  }
}
