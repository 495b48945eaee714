/** The charger's call slot on one socket: its CALLs are answered one after the other. Independent of ours. */
import type { ChargerOutcome } from '../../ports/charger-events.js';
import { configureOnConnect } from './configure-on-connect.js';
import type { Connection } from './connection.js';
import type { ConnectionContext } from './connection-context.js';
import { errorKindOfFrameFault, FRAME_FAULT_DESCRIPTIONS, errorKindOfKeyword } from '../frames/call-errors.js';
import { findIdFault, payloadTextOf, type CallFrame, type FaultyFrame, type SendFrame } from '../frames/frame.js';
import { resolveActionAlias } from './action-aliases.js';
import { applyQuirks } from '../quirks/registry.js';
import { readMessage } from './read-message.js';
import { fingerprintOf } from './reply-cache.js';
import { buildFaultReply, buildCallError, buildCallResult, reportFault } from './call-replies.js';
import type { Route } from '../versions/version.js';

/** Unanswered CALLs of one charger after which its socket is not read any more. */
const QUEUE_LIMIT = 100;

export class InboundCalls {
  /** A CALL is in work. */
  processing = false;
  paused = false;
  /** A boot is in work: nothing of ours goes out before its answer. */
  bootInProgress = false;
  private accepted = false;
  /** The questions at connect were asked on this socket. */
  private configurationRequested = false;
  private queue: (CallFrame | FaultyFrame)[] | undefined;

  constructor(
    private readonly context: ConnectionContext,
    private readonly connection: Connection,
  ) {}

  /** The identity is this socket's from now on. */
  start(): void {
    this.accepted = this.checkBootAccepted();
    this.processQueue();
  }

  discardQueue(): void {
    this.queue = undefined;
  }

  /** Only who was accepted once, and is not held since, may be asked, and may ask. */
  isBootAccepted(): boolean {
    return (this.accepted ||= this.checkBootAccepted());
  }

  private checkBootAccepted(): boolean {
    const { chargerEvents: intake } = this.context;
    return intake.isAccepted(this.connection.id) && intake.bootStatus(this.connection.id) === undefined;
  }

  /** Before it is accepted: what we have asked for, and what moves money of one that was accepted before. */
  private isAcceptedBeforeBoot(route: Route, action: string): boolean {
    const { chargerEvents: intake } = this.context;
    if (route.billingFields && intake.isAccepted(this.connection.id)) return true;
    return intake.bootStatus(this.connection.id) === 'Pending' && this.connection.requestedBeforeBoot.has(action);
  }

  process(frame: CallFrame | FaultyFrame): void {
    if (this.processing || this.connection.state === 'standby') this.enqueue(frame);
    else this.processNow(frame);
  }

  /** Never answered, not even with an error, and waits for no CALL. @source OCPP-J 2.1 §4.2.5 */
  processSend(frame: SendFrame): void {
    const { connection: line, context: edge } = this;
    const route = line.version.routes.get(frame.action);
    // What moves money is taken in whichever way it comes.
    if (!route?.sendOnly && !route?.billingFields) line.recordViolation(frame.action, '', 'send', undefined, false);
    else if (line.state !== 'active' || !this.isBootAccepted()) line.reportDroppedFrame('not-accepted');
    else {
      try {
        const { payload } = readMessage(
          line,
          route.sendOnly ? 'send' : 'request',
          frame,
          route.checkRequest,
          route.billingFields,
        );
        if (!payload) return;
        const done = edge.chargerEvents.handleEvent(
          line.id,
          route.readEvent(payload, payloadTextOf(frame), edge.clock.now()),
        );
        if (done instanceof Promise) done.catch((fault: unknown) => reportFault(edge, line, frame.action, fault));
      } catch (fault) {
        reportFault(edge, line, frame.action, fault);
      }
    }
  }

  private enqueue(frame: CallFrame | FaultyFrame): void {
    this.queue ??= [];
    this.queue.push(frame);
    if (this.queue.length >= QUEUE_LIMIT && !this.paused) {
      this.paused = true;
      this.connection.socket.pause();
    }
  }

  /** Answers what has piled up, in the order of its arrival. */
  private processQueue(): void {
    while (this.queue && !this.processing && this.connection.state === 'active') {
      const next = this.queue.shift();
      if (this.queue.length === 0) this.queue = undefined;
      if (next) this.processNow(next);
    }
    if (this.paused && (this.queue?.length ?? 0) < QUEUE_LIMIT / 2) {
      this.paused = false;
      this.connection.socket.resume();
    }
  }

  private processNow(frame: CallFrame | FaultyFrame): void {
    const reply = frame.type === 'call' ? this.answerCall(frame) : this.rejectFrame(frame);
    if (typeof reply === 'string') {
      this.connection.sendFrame(reply);
      return;
    }
    this.processing = true;
    void reply.then((text) => {
      this.processing = false;
      this.connection.sendFrame(text);
      this.connection.resumeSending();
      this.processQueue();
    });
  }

  private rejectFrame({ idText, fault }: FaultyFrame): string {
    this.connection.recordViolation('', '', fault, undefined, false);
    return buildCallError(
      this.context,
      this.connection,
      idText,
      '',
      errorKindOfFrameFault(fault),
      FRAME_FAULT_DESCRIPTIONS[fault],
    );
  }

  /** The reply to one CALL; a promise of it, which never rejects, when something has to be saved first. */
  private answerCall(sent: CallFrame): string | Promise<string> {
    const { context: edge, connection: line } = this;
    const { version, id } = line;
    let frame = sent;
    let route = version.routes.get(frame.action);
    if (!route || route.sendOnly) {
      frame = resolveActionAlias(sent, line);
      route = version.routes.get(frame.action);
      if (!route || route.sendOnly) {
        line.recordViolation(frame.action, '', 'action', undefined, false);
        return version.hasAction(frame.action)
          ? this.rejectCall(frame, 'not-supported', 'This action is not served here.')
          : this.rejectCall(frame, 'not-implemented', `There is no such action in OCPP ${version.name}.`);
      }
    }
    const badId = findIdFault(frame.idText);
    if (badId !== undefined) {
      const refused =
        line.codec.rules.maxIdLength < Infinity && (line.settings.strict || !toleratesIdFault(badId, route));
      line.recordViolation(frame.action, '', `id-${badId}`, undefined, !refused);
      if (refused) return this.rejectCall(frame, 'framework', 'An id is a string of at most 36 characters.');
    }
    // OCPP 1.6 §4.2 and errata: only who was never accepted has to boot before it speaks.
    if (!this.accepted && !route.isBoot && !this.isBootAccepted() && !this.isAcceptedBeforeBoot(route, frame.action)) {
      return this.rejectCall(frame, 'security', 'Send BootNotification first and wait until it is accepted.');
    }
    const now = edge.clock.now();
    const print = route.caching === 'none' ? 0 : fingerprintOf(frame.text);
    if (route.caching !== 'none') {
      const earlier = line.identity.replyCache?.find(print, now);
      if (earlier !== undefined) return line.codec.encodeResult(frame, earlier);
    }
    if (line.statusDueAt !== 0 && frame.action === 'StatusNotification') line.statusDueAt = 0;
    if (!this.configurationRequested && !route.isBoot && this.accepted) this.requestConfiguration();

    let payload =
      line.quirks.length === 0 ? frame.payload : applyQuirks(line.quirks, 'inbound', frame.action, frame.payload);
    let outcome: ChargerOutcome | Promise<ChargerOutcome>;
    try {
      if (route.checkRequest(payload)) {
        const read = readMessage(line, 'request', frame, route.checkRequest, route.billingFields);
        if (!read.payload) {
          const { path, keyword, message } = read.violation;
          return this.rejectCall(frame, errorKindOfKeyword(keyword), `${path}: ${message}`);
        }
        payload = read.payload;
      }
      if (route.isBoot) this.bootInProgress = true;
      outcome = edge.chargerEvents.handleEvent(id, route.readEvent(payload, payloadTextOf(frame), now));
    } catch (fault) {
      if (route.isBoot) this.finishBoot(undefined);
      return buildFaultReply(edge, line, frame, fault);
    }
    if (outcome instanceof Promise) {
      const asked = frame;
      const its = route;
      return outcome.then(
        (settled) => this.buildReply(asked, its, settled, print),
        (fault: unknown) => {
          if (its.isBoot) this.finishBoot(undefined);
          return buildFaultReply(edge, line, asked, fault);
        },
      );
    }
    return this.buildReply(frame, route, outcome, print);
  }

  private rejectCall(frame: CallFrame, kind: Parameters<typeof buildCallError>[4], description: string): string {
    return buildCallError(this.context, this.connection, frame.idText, frame.action, kind, description);
  }

  private buildReply(frame: CallFrame, route: Route, outcome: ChargerOutcome, print: number): string {
    if (route.isBoot) this.finishBoot(outcome);
    return buildCallResult(this.context, this.connection, frame, route, outcome, print);
  }

  /** What the heart said of a boot, or that it could not say. Its answer is being written in this turn. */
  private finishBoot(outcome: ChargerOutcome | undefined): void {
    this.bootInProgress = false;
    this.accepted = this.checkBootAccepted();
    if (outcome?.type === 'booted' && outcome.status === 'Accepted') this.requestConfiguration();
  }

  /** Asks the questions of connect, after the answer that is being written in this turn. */
  private requestConfiguration(): void {
    this.configurationRequested = true;
    if (!this.context.options.configureAtConnect) return;
    this.context.clock.callSoon(() => {
      if (this.connection.state === 'active') configureOnConnect(this.context, this.connection);
    });
  }
}

/** A number is echoed as it came; too long an id costs the CALL, unless it moves money. @source OCPP-J 2.0.1 §4.1.4 */
function toleratesIdFault(fault: 'type' | 'maxLength', route: Route): boolean {
  return fault === 'type' || route.caching === 'permanent';
}
