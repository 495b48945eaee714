/**
 * Where every Beckn request comes in: bytes → signature → JSON → context → dialect → schema → what is asked → kept → ACK.
 * An ACK means that the request is durable and will be answered; after a NACK nothing of it exists. Knows no HTTP
 * server, so that a simulation can call it.
 */
import type { BuyerIntake } from '../bridge/ports/buyers.js';
import type { Events } from '../bridge/ports/observe.js';
import type { Clock } from '../bridge/ports/runtime.js';
import { StoreFault } from '../bridge/ports/store.js';
import type { PeerSettings } from '../config/config.js';
import type { Json } from '../domain/order.js';
import { parseJson } from '../schema/json-guard.js';
import { becknCheck } from '../schema/validators.js';
import { checkContext, type CheckedContext } from './context-check.js';
import type { Self } from './context.js';
import type { BecknDialect } from './dialects/dialect.js';
import { at, isObject } from './dialects/json-reading.js';
import { createRateLimit } from './rate-limit.js';
import { ack, REJECTIONS, refused, rejection, type Answer, type RejectionCode } from './refusals.js';
import { challengeOf, type Authentic, type Unauthentic, type Verifier } from './verify.js';

export interface DoorDeps {
  readonly dialects: readonly BecknDialect[];
  readonly verifier: Verifier;
  readonly intake: BuyerIntake;
  readonly peer: (bapId: string) => PeerSettings;
  readonly self: Self;
  readonly clock: Clock;
  readonly events: Events;
  readonly options?: Partial<DoorOptions>;
  /** What others answer to messages of ours, by action. */
  readonly replies?: ReadonlyMap<string, Reply>;
}

/** Takes in a reply of one participant to us. */
export interface Reply {
  readonly subscriberId: string;
  readonly family: BecknDialect['family'];
  /** Resolves when all of it that must last is saved. @errors StoreFault: it is answered 503. */
  take(body: unknown): Promise<void>;
}

export interface DoorOptions {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** `strict`: a request past its ttl is refused, but for those that must work late. */
  readonly staleness: 'warn' | 'strict';
  readonly ackStatus: 200 | 202;
  /** 0: no limit. */
  readonly perBapPerMinute: number;
}

export const DOOR_DEFAULTS: DoorOptions = {
  maxBytes: 256 * 1024,
  maxDepth: 32,
  maxKeys: 5000,
  staleness: 'warn',
  ackStatus: 200,
  perBapPerMinute: 0,
};

export interface Arrival {
  /** The last segment of the URL. */
  readonly action: string;
  readonly rawBody: Buffer;
  readonly headers: {
    readonly authorization?: string | undefined;
    /** X-Gateway-Authorization. */
    readonly gateway?: string | undefined;
    /** Proxy-Authorization, its older name. */
    readonly proxy?: string | undefined;
  };
}

export interface Door {
  /** Never rejects. */
  receive(arrival: Arrival): Promise<Answer>;
  /** A NACK of the adapter's own making, counted like the door's. */
  reject(code: RejectionCode, about?: Parameters<typeof rejection>[1]): Answer;
  /** For a person who opens the address in a browser. */
  readonly description: { readonly [key: string]: Json };
}

export function createDoor(deps: DoorDeps): Door {
  const { dialects, verifier, intake, clock, events, self } = deps;
  const options: DoorOptions = { ...DOOR_DEFAULTS, ...deps.options };
  const { replies = new Map<string, Reply>() } = deps;
  const actions = new Set([...dialects.flatMap((dialect) => [...dialect.actions]), ...replies.keys()]);
  const mayPass = createRateLimit(clock, options.perBapPerMinute);
  const utf8 = new TextDecoder('utf-8', { fatal: true });

  function reject(code: RejectionCode, about: Parameters<typeof rejection>[1] = {}, detail: object = {}): Answer {
    events.emit('door.rejected', { reason: code, ...detail });
    if (REJECTIONS[code].status !== 401 || about.headers) return rejection(code, about);
    return rejection(code, { ...about, headers: { 'WWW-Authenticate': challengeOf(self.bppId) } });
  }

  function rejectSigner(problem: Unauthentic, action: string): Answer {
    const code = problem.status === 503 ? 'registry-unavailable' : 'signature-invalid';
    const headers = problem.status === 401 ? { [problem.header]: problem.challenge } : {};
    return reject(code, { detail: sentence(problem.reason), headers }, { action, kind: problem.kind });
  }

  async function receive({ action, rawBody, headers }: Arrival): Promise<Answer> {
    const receivedAt = clock.now();
    if (!actions.has(action)) {
      return reject('action-unknown', { detail: `Served: ${[...actions].join(', ')}.` }, { action: 'unknown' });
    }
    if (rawBody.length > options.maxBytes)
      return reject('too-large', { detail: `At most ${options.maxBytes} bytes.` }, { action });

    const reply = replies.get(action);
    const { authorization } = headers;
    const signer = await verifier.authenticate({ authorization, rawBody, ...(reply && { role: 'any' }) });
    if (!signer.ok) return rejectSigner(signer, action);
    if (action === 'search' || action === 'discover') {
      const relay = await verifier.authenticateGateway({ ...headers, rawBody, digest: signer.digest });
      if (relay && !relay.ok) return rejectSigner(relay, action);
    }
    const { subscriberId } = signer;
    if (!mayPass(subscriberId)) return reject('rate-limited', {}, { action, subscriberId });

    let text: string;
    try {
      text = utf8.decode(rawBody);
    } catch {
      return reject('not-utf8', {}, { action, subscriberId });
    }
    const parsed = parseJson(text, options);
    if (!parsed.ok) {
      const code = parsed.reason === 'syntax' ? 'json-syntax' : 'json-too-complex';
      return reject(code, { detail: sentence(parsed.message) }, { action, subscriberId });
    }
    if (reply) return takeReply(reply, action, parsed.value, subscriberId);
    const context = checkContext(parsed.value, { action, signer: subscriberId, bppId: self.bppId });
    if ('code' in context) return reject(context.code, context, { action, subscriberId });
    return take({ action, body: parsed.value, context, signer, receivedAt });
  }

  async function takeReply(reply: Reply, action: string, body: unknown, subscriberId: string): Promise<Answer> {
    const who = { action, subscriberId };
    if (subscriberId !== reply.subscriberId) {
      return reject('signer-not-expected', { detail: `The signer is ${subscriberId}.` }, who);
    }
    const violation = becknCheck(reply.family, action)?.(body);
    if (violation) {
      const detail = sentence(`At ${violation.path || 'the body'}: ${violation.message}`);
      return reject('schema-invalid', { detail, path: violation.path }, { ...who, path: violation.path });
    }
    await reply.take(body);
    return ack(options.ackStatus);
  }

  async function take({ action, body, context, signer, receivedAt }: Taken): Promise<Answer> {
    const who = { action, subscriberId: signer.subscriberId };
    const peer = deps.peer(context.bapId);
    const dialect = dialects.find((one) =>
      peer.dialect === undefined ? one.matches(context.wire) : one.name === peer.dialect,
    );
    if (!dialect) return reject('dialect-unsupported', { detail: spoken(context), path: 'context.domain' }, who);

    const violation = becknCheck(dialect.family, action)?.(body);
    if (violation) {
      // A path keeps its letters, wherever in a sentence it stands.
      const detail = sentence(`At ${violation.path || 'the body'}: ${violation.message}`);
      return reject('schema-invalid', { detail, path: violation.path }, { ...who, path: violation.path });
    }
    const message = at(body, 'message');
    if (!isObject(message)) return reject('context-missing', { path: 'message' }, who);
    const request = dialect.read(action, context.wire, message, peer);
    if ('refusal' in request) {
      events.emit('door.rejected', { reason: request.refusal.code, ...who });
      return refused(request.refusal);
    }
    const late = context.staleAt === undefined ? 0 : receivedAt - context.staleAt;
    if (late > 0 && options.staleness === 'strict' && !LATE_IS_FINE.has(request.type)) {
      const detail = `It expired ${Math.ceil(late / 1000)} s ago (server time ${new Date(receivedAt).toISOString()}).`;
      return reject('stale', { detail, path: 'context.timestamp' }, who);
    }

    const receipt = await intake.receive({
      bapId: context.bapId,
      bapUri: context.bapUri,
      dialect: dialect.name,
      action,
      messageId: context.messageId,
      becknTransactionId: context.transactionId,
      digest: signer.digest,
      conversation: dialect.conversation(context.wire),
      receivedAt,
      ...(context.staleAt !== undefined && { staleAt: context.staleAt }),
      request,
    });
    if (receipt.ack) return ack(peer.ackStatus ?? options.ackStatus);
    if ('changed' in receipt) return reject('changed-repeat', { path: 'context.message_id' }, who);
    return refused(receipt.refusal);
  }

  function spoken(context: CheckedContext): string {
    const asked = `${String(at(context.wire, 'domain'))} ${String(at(context.wire, 'version'))}`.slice(0, 100);
    return `Asked for ${asked}; spoken: ${dialects.map((dialect) => dialect.speaks).join(', ')}.`;
  }

  return {
    async receive(arrival) {
      try {
        return await receive(arrival);
      } catch (error) {
        if (error instanceof StoreFault) return reject('unavailable', {}, { action: arrival.action });
        events.emit('bug', { where: 'beckn door', error });
        return rejection('bug');
      }
    },
    reject,
    description: {
      what: 'A Beckn provider platform (BPP) for EV charging. Requests are signed POSTs to the actions below this path.',
      subscriber_id: self.bppId,
      speaks: dialects.map((dialect) => dialect.speaks),
      actions: [...actions],
    },
  };
}

interface Taken {
  readonly action: string;
  readonly body: unknown;
  readonly context: CheckedContext;
  readonly signer: Authentic;
  readonly receivedAt: number;
}

/** What a buyer may ask about or end at any time: a stop that comes late is still a stop. */
const LATE_IS_FINE: ReadonlySet<string> = new Set(['status', 'cancel', 'stop', 'update']);

/** First letter large, a full stop at the end. */
function sentence(words: string): string {
  const text = words.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
