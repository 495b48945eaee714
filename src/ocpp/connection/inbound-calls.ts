/** Answers a charger's CALLs one at a time, independently of the CALLs that we send; handles its SENDs (2.1). */
import type { ChargerEvent, ChargerEventHandlers, ChargerOutcome } from '../../ports/charger-events.js';
import { StoreFault } from '../../ports/store.js';
import {
  errorKindOfFrameFault,
  errorKindOfKeyword,
  FRAME_FAULT_DESCRIPTIONS,
  type ErrorKind,
} from '../frames/call-errors.js';
import { FrameBacklog } from '../frames/frame-backlog.js';
import { findIdFault, payloadTextOf, type CallFrame, type FaultyFrame, type SendFrame } from '../frames/frame.js';
import type { Payload } from '../frames/payload.js';
import type { Route } from '../versions/version.js';
import { resolveActionAlias } from './action-aliases.js';
import { buildCallError, buildCallResult, buildFaultReply, type AcceptedCall } from './call-replies.js';
import { configureOnConnect } from './configure-on-connect.js';
import type { ChargerConnection, ConnectionContext } from './connection-context.js';
import { readMessage } from './read-message.js';
import { fingerprintOf } from './reply-cache.js';

type Handler = (chargePointId: string, event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome>;

export class InboundCalls {
  readonly #context: ConnectionContext;
  readonly #connection: ChargerConnection;
  /** The queued CALLs, and the SENDs that are being saved. */
  readonly #backlog: FrameBacklog;
  processing = false;
  /** True while a BootNotification is being handled. We send no CALL before its response. */
  bootInProgress = false;
  #bootAccepted = false;
  #configurationRequested = false;
  #queue: (CallFrame | FaultyFrame)[] | undefined;

  constructor(context: ConnectionContext, connection: ChargerConnection) {
    this.#context = context;
    this.#connection = connection;
    this.#backlog = new FrameBacklog(connection.socket);
  }

  /** True while reading from the socket is paused. */
  get paused(): boolean {
    return this.#backlog.isPaused;
  }

  /** Handles the CALLs that were queued before the socket became active. */
  start(): void {
    this.#bootAccepted = this.#readBootAccepted();
    this.#processQueue();
  }

  discardQueue(): void {
    this.#queue = undefined;
  }

  /**
   * Returns whether the charge point's last BootNotification was accepted, on this or an earlier socket. If it was not,
   * the charge point may send and receive only a few messages.
   */
  isBootAccepted(): boolean {
    return (this.#bootAccepted ||= this.#readBootAccepted());
  }

  #readBootAccepted(): boolean {
    const { chargerEvents } = this.#context;
    const { id } = this.#connection;
    return chargerEvents.isAccepted(id) && chargerEvents.bootStatus(id) === undefined;
  }

  /**
   * Handles a CALL, or queues it while another CALL is being handled or the socket is on standby. Replies once the
   * outcome is durable.
   */
  process(frame: CallFrame | FaultyFrame): void {
    const { chargerEvents, clock } = this.#context;
    const connection = this.#connection;
    if (this.processing || connection.state === 'standby') {
      this.#enqueue(frame);
      return;
    }
    const call = frame.type === 'call' ? this.#accept(frame) : this.#rejectFrame(frame);
    if (typeof call === 'string') {
      connection.sendFrame(call);
      return;
    }
    let outcome: ChargerOutcome | Promise<ChargerOutcome>;
    try {
      const payload = this.#readPayload(call);
      if (typeof payload === 'string') {
        connection.sendFrame(payload);
        return;
      }
      if (call.route.isBoot) this.bootInProgress = true;
      const event = call.route.readEvent(payload, payloadTextOf(call.frame), clock.now());
      if (!call.route.isBoot) chargerEvents.messageAccepted(connection.id);
      outcome = handlerOf(chargerEvents.handlers, event)(connection.id, event);
    } catch (fault) {
      this.#sendFaultReply(call, fault);
      return;
    }
    if (!(outcome instanceof Promise)) {
      connection.sendFrame(this.#buildReply(call, outcome));
      return;
    }
    this.processing = true;
    void outcome.then(
      (settled) => this.#finish(this.#buildReply(call, settled)),
      (fault: unknown) => this.#finish(this.#buildFaultReply(call, fault)),
    );
  }

  /** Handles a SEND. It gets no reply, not even an error, and does not wait for CALLs. @source OCPP-J 2.1 §4.2.5 */
  processSend(frame: SendFrame): void {
    const { chargerEvents, clock } = this.#context;
    const connection = this.#connection;
    const { id, version } = connection;
    const { action, payload: received } = frame;
    const route = version.routes.get(action);
    // A message that affects a bill is accepted even as a SEND.
    if (!route?.sendOnly && !route?.billingFields) {
      connection.recordViolation({ action, keyword: 'send' });
      return;
    }
    if (connection.state !== 'active' || !this.isBootAccepted()) {
      connection.reportDroppedFrame('not-accepted');
      return;
    }
    try {
      const { checkRequest: check, billingFields } = route;
      const kind = route.sendOnly ? 'send' : 'request';
      const { payload } = readMessage(connection, { kind, action, payload: received, check, billingFields });
      if (!payload) return;
      const event = route.readEvent(payload, payloadTextOf(frame), clock.now());
      chargerEvents.messageAccepted(id);
      const outcome = handlerOf(chargerEvents.handlers, event)(id, event);
      if (!(outcome instanceof Promise)) return;
      this.#backlog.add();
      void outcome
        .catch((fault: unknown) => connection.reportFault(action, fault))
        .finally(() => this.#backlog.remove());
    } catch (fault) {
      connection.reportFault(action, fault);
    }
  }

  #enqueue(frame: CallFrame | FaultyFrame): void {
    this.#queue ??= [];
    this.#queue.push(frame);
    this.#backlog.add();
  }

  /** Handles the queued CALLs in order of arrival. */
  #processQueue(): void {
    while (this.#queue && !this.processing && this.#connection.state === 'active') {
      const next = this.#queue.shift();
      if (this.#queue.length === 0) this.#queue = undefined;
      if (!next) continue;
      this.process(next);
      this.#backlog.remove();
    }
  }

  #sendFaultReply(call: AcceptedCall, fault: unknown): void {
    const reply = this.#buildFaultReply(call, fault);
    if (reply !== undefined) this.#connection.sendFrame(reply);
  }

  #finish(reply: string | undefined): void {
    this.processing = false;
    if (reply !== undefined) this.#connection.sendFrame(reply);
    this.#connection.resumeSending();
    this.#processQueue();
  }

  #rejectFrame(frame: FaultyFrame): string {
    const { idText, fault } = frame;
    this.#connection.recordViolation({ keyword: fault });
    return this.#reject({ idText, action: '' }, errorKindOfFrameFault(fault), FRAME_FAULT_DESCRIPTIONS[fault]);
  }

  /**
   * Returns the CALL with its route, or the reply if the CALL is refused or was answered before. If the boot was
   * accepted on an earlier socket, the first accepted CALL on this one starts the configuration.
   */
  #accept(received: CallFrame): AcceptedCall | string {
    const connection = this.#connection;
    const routed = this.#findRoute(received);
    if (typeof routed === 'string') return routed;
    const { frame, route } = routed;
    const refusal = this.#checkId(frame, route) ?? this.#checkBoot(frame, route);
    if (refusal !== undefined) return refusal;
    const fingerprint = route.caching === 'none' ? 0 : fingerprintOf(frame.text);
    if (route.caching !== 'none') {
      const earlier = connection.identity.replyCache?.find(fingerprint, this.#context.clock.monotonic());
      if (earlier !== undefined) return connection.codec.encodeResult(frame, earlier);
    }
    if (connection.statusDueAt !== 0 && frame.action === 'StatusNotification') connection.statusDueAt = 0;
    if (!this.#configurationRequested && !route.isBoot && this.#bootAccepted) this.#requestConfiguration();
    return { frame, route, fingerprint };
  }

  #findRoute(received: CallFrame): { readonly frame: CallFrame; readonly route: Route } | string {
    const connection = this.#connection;
    const { version } = connection;
    const direct = version.routes.get(received.action);
    if (direct && !direct.sendOnly) return { frame: received, route: direct };
    const frame = resolveActionAlias(received, connection);
    const route = version.routes.get(frame.action);
    if (route && !route.sendOnly) return { frame, route };
    connection.recordViolation({ action: frame.action, keyword: 'action' });
    return version.hasAction(frame.action)
      ? this.#reject(frame, 'not-supported', 'This action is not supported here.')
      : this.#reject(frame, 'not-implemented', `There is no such action in OCPP ${version.name}.`);
  }

  /**
   * Refuses a 2.x CALL whose id is a number or too long. Unless the charge point is strict, tolerates numeric ids, and
   * any id of a message that starts, updates or ends a transaction. Records a faulty id in every version.
   * @source OCPP-J 2.0.1 §4.1.4
   */
  #checkId(frame: CallFrame, route: Route): string | undefined {
    const fault = findIdFault(frame.idText);
    if (fault === undefined) return undefined;
    const { codec, settings } = this.#connection;
    const isTolerated = !settings.strict && (fault === 'type' || route.caching === 'permanent');
    const isRefused = codec.rules.maxIdLength < Infinity && !isTolerated;
    this.#connection.recordViolation({ action: frame.action, keyword: `id-${fault}`, lenient: !isRefused });
    return isRefused ? this.#reject(frame, 'framework', 'An id is a string of at most 36 characters.') : undefined;
  }

  /**
   * Refuses messages before the boot is accepted. Exceptions are BootNotification, messages that we requested from a
   * Pending charge point and, if an earlier boot was accepted, messages that affect a bill.
   * @source OCPP 1.6 §4.2 and its errata
   */
  #checkBoot(frame: CallFrame, route: Route): string | undefined {
    if (route.isBoot || this.#bootAccepted || this.isBootAccepted()) return undefined;
    const { chargerEvents } = this.#context;
    const { id, requestedBeforeBoot } = this.#connection;
    if (route.billingFields && chargerEvents.isAccepted(id)) return undefined;
    if (chargerEvents.bootStatus(id) === 'Pending' && requestedBeforeBoot.has(frame.action)) return undefined;
    return this.#reject(frame, 'security', 'Send BootNotification first and wait until it is accepted.');
  }

  /** Returns the payload to handle, or the error reply if it cannot be read. */
  #readPayload({ frame, route }: AcceptedCall): Payload | string {
    const connection = this.#connection;
    const { action } = frame;
    const { checkRequest: check, billingFields } = route;
    const read = readMessage(connection, { kind: 'request', action, payload: frame.payload, check, billingFields });
    if (read.payload) return read.payload;
    const { path, keyword, message } = read.violation;
    return this.#reject(frame, errorKindOfKeyword(keyword), `${path}: ${message}`);
  }

  #reject(frame: Pick<CallFrame, 'idText' | 'action'>, kind: ErrorKind, description: string): string {
    return buildCallError(this.#context, this.#connection, frame, { kind, description });
  }

  #buildReply(call: AcceptedCall, outcome: ChargerOutcome): string {
    if (call.route.isBoot) this.#finishBoot(outcome);
    return buildCallResult(this.#context, this.#connection, call, outcome);
  }

  /**
   * Builds the error reply; `undefined` for a message that affects a bill and could not be saved. Such a message stays
   * unanswered, because some chargers treat an error as an acknowledgement.
   */
  #buildFaultReply(call: AcceptedCall, fault: unknown): string | undefined {
    if (call.route.isBoot) this.#finishBoot(undefined);
    if (call.route.billingFields && fault instanceof StoreFault) {
      this.#connection.reportFault(call.frame.action, fault);
      return undefined;
    }
    return buildFaultReply(this.#context, this.#connection, call.frame, fault);
  }

  /** @param outcome `undefined` if the boot could not be saved, or if our code failed on it. */
  #finishBoot(outcome: ChargerOutcome | undefined): void {
    this.bootInProgress = false;
    this.#bootAccepted = this.#readBootAccepted();
    if (outcome?.type === 'booted' && outcome.status === 'Accepted') this.#requestConfiguration();
  }

  /** Starts the configuration after this event-loop turn, so that the reply is sent first. */
  #requestConfiguration(): void {
    this.#configurationRequested = true;
    if (!this.#context.options.configureAtConnect) return;
    this.#context.clock.callSoon(() => {
      if (this.#connection.state === 'active') configureOnConnect(this.#context, this.#connection);
    });
  }
}

/** Returns the handler for the event's type. `route()` ensures that the message's response writer fits its outcome. */
function handlerOf(handlers: ChargerEventHandlers, event: ChargerEvent): Handler {
  return handlers[event.type] as Handler;
}
