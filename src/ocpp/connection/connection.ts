/** One socket of one charge point. It is kept small, because five thousand of them may be idle at once. */
import type { RawData, WebSocket } from 'ws';
import { report } from '../../observe/report.js';
import type { ChargerCommand, CommandResult, SendCommandOptions } from '../../ports/charger-commands.js';
import { errorCodeLabel } from '../frames/call-errors.js';
import { ocppJCodec, type Codec } from '../frames/codec.js';
import { envelopeCodec } from '../frames/envelope.js';
import type { Frame } from '../frames/frame.js';
import { ProtocolViolations } from '../leniency/protocol-violations.js';
import { labelledResults } from '../quirks/labelled-results.js';
import type { Quirk } from '../quirks/quirk.js';
import { quirksFor } from '../quirks/registry.js';
import type { Call, OcppVersion } from '../versions/version.js';
import { ChargerSocket } from './charger-socket.js';
import type {
  ChargePointSettings,
  ChargerConnection,
  ConnectionContext,
  ConnectionDeps,
  ConnectionObserver,
  ConnectionState,
  IdentityState,
  Violation,
} from './connection-context.js';
import { InboundCalls } from './inbound-calls.js';
import { KeepAlive } from './keep-alive.js';
import { OutboundCalls } from './outbound-calls.js';
import { isAllowedWhilePending, requestedMessageOf } from './pre-boot-messages.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import type { ConnectionOrigin } from './takeover.js';
import { UnreadableFrames } from '../frames/unreadable-frames.js';

/** How many bytes a charger may leave unread before its socket is terminated. */
const UNREAD_BYTES_LIMIT = 1_048_576;
/** The socket is closed after this many binary frames; OCPP-J has only text frames. */
const BINARY_FRAME_LIMIT = 50;
const NO_ACTIONS: ReadonlySet<string> = new Set();

export class Connection implements SocketListener, ChargerConnection {
  readonly #context: ConnectionContext;
  readonly #observer: ConnectionObserver;
  readonly socket: SocketPort;
  readonly identity: IdentityState;
  readonly version: OcppVersion;
  readonly origin: ConnectionOrigin;
  readonly settings: ChargePointSettings;
  state: ConnectionState = 'standby';
  /** True while another socket claims this identity. Until the dispute ends, we send no CALL on this socket. */
  contested = false;
  readonly #keepAlive: KeepAlive;
  statusDueAt = 0;
  requestedBeforeBoot: ReadonlySet<string> = NO_ACTIONS;
  codec: Codec;
  quirks: readonly Quirk[];
  /** Whether the dialect is known, from the configuration or from the first readable frame. */
  #dialectDecided: boolean;
  readonly #unreadableFrames: UnreadableFrames;
  #binaryFrames = 0;
  #closing = false;
  readonly #inboundCalls: InboundCalls;
  outboundCalls: OutboundCalls | undefined;

  constructor({ context, observer, socket, identity, version, origin, settings }: ConnectionDeps) {
    this.#context = context;
    this.#observer = observer;
    this.socket = socket;
    this.identity = identity;
    this.version = version;
    this.origin = origin;
    this.settings = settings;
    this.#keepAlive = new KeepAlive(context.clock.monotonic(), context.pingIntervalMs);
    this.quirks = settings.quirks.length === 0 ? settings.quirks : quirksFor(version.name, settings.quirks);
    // Only 1.6 has the envelope dialect.
    const dialect = version.name === '1.6' ? settings.dialect : 'ocpp-j';
    this.codec = dialect === 'envelope' ? envelopeCodec : this.#selectOcppJCodec();
    this.#dialectDecided = dialect !== 'auto';
    this.#unreadableFrames = new UnreadableFrames(context.options.unreadableFramesPerMinute ?? 0);
    this.#inboundCalls = new InboundCalls(context, this);
  }

  #selectOcppJCodec(): Codec {
    return ocppJCodec(this.version.name, this.quirks.includes(labelledResults));
  }

  get id(): string {
    return this.identity.id;
  }

  /** Makes this the active socket of its charge point, and handles the CALLs that arrived on standby. */
  activate(): void {
    this.state = 'active';
    this.#inboundCalls.start();
  }

  receive(text: string): void {
    if (this.state === 'ended') return;
    this.recordLife();
    if (this.state === 'active') this.#context.chargerEvents.frameReceived(this.id);
    const frame = this.#dialectDecided ? this.codec.parseFrame(text, this.outboundCalls) : this.#parseFirstFrame(text);
    if (frame.type === 'faulty') this.#countUnreadable();
    switch (frame.type) {
      case 'call':
      case 'faulty':
        return this.#inboundCalls.process(frame);
      case 'send':
        return this.#inboundCalls.processSend(frame);
      case 'dropped':
        return this.#dropFrame(frame.fault);
      case 'result-error':
        return this.#reportResultError(errorCodeLabel(frame.code));
      default:
        if (!this.outboundCalls?.handleResponse(frame)) this.#dropFrame('unknown-id');
    }
  }

  /** The first readable frame decides the dialect of the socket: an object means the envelope, anything else OCPP-J. */
  #parseFirstFrame(text: string): Frame {
    this.codec = text.trimStart().startsWith('{') ? envelopeCodec : this.#selectOcppJCodec();
    const frame = this.codec.parseFrame(text, undefined);
    this.#dialectDecided = frame.type !== 'dropped' && frame.type !== 'faulty';
    if (this.#dialectDecided) this.#context.clock.callSoon(() => this.resumeSending());
    return frame;
  }

  /** Reports that the charger could not use one of our responses (2.1). */
  #reportResultError(code: string): void {
    this.#context.events.emit('charger.call-error', { chargePointId: this.id, from: 'charger', code, result: true });
  }

  #dropFrame(reason: string): void {
    this.recordViolation({ keyword: reason });
    this.reportDroppedFrame(reason);
    this.#countUnreadable();
  }

  #countUnreadable(): void {
    if (this.#unreadableFrames.record(this.#context.clock.monotonic())) this.close(1008, 'too many unusable frames');
  }

  receiveBinary(): void {
    if (this.state === 'ended') return;
    this.#dropFrame('binary');
    this.#binaryFrames += 1;
    if (this.#binaryFrames === BINARY_FRAME_LIMIT) this.close(1003, 'OCPP-J is text');
  }

  recordLife(): void {
    this.#keepAlive.recordLife();
    if (this.contested) this.#observer.onAlive(this);
  }

  close(code: number, reason: string): void {
    this.#stopSending();
    this.socket.close(code, reason);
  }

  terminate(): void {
    this.#stopSending();
    this.socket.terminate();
  }

  /** Discards the queued CALLs, which would be late after a reconnect, and refuses further ones. */
  #stopSending(): void {
    this.#closing = true;
    this.outboundCalls?.discardQueue();
  }

  handleClose(): void {
    this.detach('disconnected');
    this.#observer.onClosed(this);
  }

  /** Stops reading, answering and sending on this socket, without closing it. */
  detach(reason: 'disconnected' | 'replaced'): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.#inboundCalls.discardQueue();
    this.outboundCalls?.endAllCalls(reason);
  }

  /** True while a CALL from the charger is being handled. */
  get hasCallInProgress(): boolean {
    return this.#inboundCalls.processing;
  }

  recordViolation({ keyword, action = '', path = '', found, lenient = false }: Violation): void {
    const { events, clock } = this.#context;
    const rule = { version: this.version.name, action, path, keyword };
    this.identity.protocolViolations ??= new ProtocolViolations();
    const isNew = this.identity.protocolViolations.record(rule, found, lenient, clock.now());
    if (lenient) events.emit('charger.violation-tolerated', { chargePointId: this.id, ...rule });
    if (isNew) events.emit('charger.protocol-violation', { chargePointId: this.id, ...rule, lenient });
  }

  /** Applies detected quirks until the socket closes, unless the charge point is strict. */
  addDetectedQuirks(quirks: readonly Quirk[]): void {
    if (quirks.length === 0 || this.settings.strict) return;
    this.#setQuirks([...this.quirks, ...quirks]);
    const { events } = this.#context;
    for (const { name } of quirks) events.emit('charger.quirk-detected', { chargePointId: this.id, quirk: name });
  }

  /** Removes a quirk that the charger no longer shows, unless it is configured. */
  dropDetectedQuirk(quirk: Quirk): void {
    if (!this.settings.quirks.includes(quirk)) this.#setQuirks(this.quirks.filter((other) => other !== quirk));
  }

  #setQuirks(quirks: readonly Quirk[]): void {
    this.quirks = quirks;
    if (this.codec.name === 'ocpp-j') this.codec = this.#selectOcppJCodec();
  }

  reportFault(action: string, fault: unknown): void {
    report(this.#context.events, action, fault, { chargePointId: this.id });
  }

  reportDroppedFrame(reason: string): void {
    this.#context.events.emit('charger.frame-dropped', { chargePointId: this.id, reason });
  }

  canSendCall(): boolean {
    return this.state === 'active' && this.#dialectDecided && !this.#inboundCalls.bootInProgress && !this.contested;
  }

  sendFrame(text: string): void {
    if (this.state !== 'active') return;
    this.socket.send(text);
    if (this.socket.bufferedAmount > UNREAD_BYTES_LIMIT) {
      this.reportDroppedFrame('not-reading');
      this.terminate();
    }
  }

  queueCommand(command: ChargerCommand, options: SendCommandOptions): Promise<CommandResult> {
    if (this.state !== 'active' || this.#closing) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    const isPending = this.#context.chargerEvents.bootStatus(this.id) === 'Pending';
    if (!this.#inboundCalls.isBootAccepted() && !(isPending && isAllowedWhilePending(command)))
      return Promise.resolve({ kind: 'not-sent', reason: 'not-accepted' });
    this.outboundCalls ??= new OutboundCalls(this.#context, this);
    return this.outboundCalls.enqueue(command, options);
  }

  /** Records which message our next CALL requests, if the charger's boot is not accepted. */
  noteRequestedMessage(call: Call): void {
    if (this.#inboundCalls.isBootAccepted()) return;
    const action = requestedMessageOf(call);
    if (action !== undefined) this.requestedBeforeBoot = new Set([...this.requestedBeforeBoot, action]);
  }

  resumeSending(): void {
    this.outboundCalls?.sendNext();
  }

  /** Keeps the identity on this socket, and sends the CALLs that waited for the end of the dispute. */
  endDispute(): void {
    this.contested = false;
    this.resumeSending();
  }

  /**
   * Pings the charger if that is due, terminates a dead socket, expires CALLs, and requests an overdue
   * StatusNotification.
   * @param now Monotonic, ms.
   */
  checkTimers(now: number): void {
    // This check comes before the CALLs, so that none is sent to a dead socket.
    const due = this.#keepAlive.check(now, this.#inboundCalls.paused);
    if (due === 'dead') this.terminate();
    else if (due === 'ping') this.socket.ping();
    this.outboundCalls?.expireCalls(now);
    if (this.statusDueAt !== 0 && now >= this.statusDueAt) {
      this.statusDueAt = 0;
      void this.queueCommand({ type: 'trigger-message', requestedMessage: 'StatusNotification' }, {});
      this.resumeSending();
    }
  }
}

/** Passes everything that arrives on the socket to the listener from now on. */
export function listenTo(socket: ChargerSocket, listener: SocketListener): void {
  socket.setListener(listener);
  socket.on('message', onMessage);
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (!(this instanceof ChargerSocket)) return;
  try {
    if (isBinary || !Buffer.isBuffer(data)) this.listener?.receiveBinary();
    else this.listener?.receive(data.toString());
  } catch (fault) {
    // Whatever a peer sends, it must not end the process.
    this.listener?.reportFault('frame', fault);
  }
}
