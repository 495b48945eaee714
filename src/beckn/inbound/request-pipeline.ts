/**
 * Where every Beckn request comes in: bytes → signature → JSON → context → dialect → schema → what is asked → kept → ACK.
 * An ACK means that the request is durable and will be answered; after a NACK nothing of it exists. Knows no HTTP
 * server, so that a simulation can call it.
 */
import type { BuyerIntake } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import type { PeerSettings } from '../../config/config.js';
import type { Json } from '../../domain/model/order.js';
import { parseJson } from '../../schema/json-guard.js';
import { becknCheck } from '../../schema/validators.js';
import { shapeFor, type Voice } from '../protocol/ack-format.js';
import { checkContext, type CheckedContext } from '../protocol/context-check.js';
import type { Self } from '../protocol/context.js';
import type { BecknDialect } from '../protocol/dialect.js';
import { chooseDialect } from '../dialects/choice.js';
import { at, isObject, text } from '../protocol/json-reading.js';
import { createRateLimit } from './rate-limit.js';
import { ack, REJECTIONS, refused, rejection, type Answer, type RejectionCode } from '../protocol/nack-codes.js';
import { signatureIn } from '../signing/signature.js';
import { LATE_IS_FINE } from '../protocol/ttl.js';
import { countersigner, signedInHeader } from './signed-ack.js';
import type { Signer } from '../signing/signer.js';
import { challengeOf, type Authentic, type Unauthentic, type Verifier } from '../registry/verify.js';

export interface DoorDeps {
  readonly dialects: readonly BecknDialect[];
  readonly verifier: Verifier;
  readonly intake: BuyerIntake;
  readonly peer: (bapId: string) => PeerSettings;
  readonly self: Self;
  /** Which network this is the door of; absent for the first one. */
  readonly network?: string;
  /** Signs ACKs, for those who want them signed. */
  readonly signer?: Signer;
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
  /** The domains of this network; empty takes whatever a dialect speaks. */
  readonly domains: readonly string[];
  /** The answer to a search goes to the gateway that relayed it. */
  readonly replyViaGateway: boolean;
}

export const DOOR_DEFAULTS: DoorOptions = {
  maxBytes: 256 * 1024,
  maxDepth: 32,
  maxKeys: 5000,
  staleness: 'warn',
  ackStatus: 200,
  perBapPerMinute: 0,
  domains: [],
  replyViaGateway: false,
};

export interface Arrival {
  /** The last segment of the URL. */
  readonly action: string;
  readonly rawBody: Buffer;
  /** The base path that it came in under, for who serves several. */
  readonly basePath?: string;
  readonly headers: {
    readonly authorization?: string | undefined;
    /** X-Gateway-Authorization. */
    readonly gateway?: string | undefined;
    /** Proxy-Authorization, its older name. */
    readonly proxy?: string | undefined;
    /** Signature, which registries send beside Authorization. */
    readonly signature?: string | undefined;
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

  function reject(code: RejectionCode, about: Parameters<typeof rejection>[1] = {}, who: Known = {}): Answer {
    events.emit('door.rejected', { reason: code, ...who });
    const voice = about.voice ?? { shape: shapeFor(deps.peer(who.subscriberId ?? '')) };
    if (REJECTIONS[code].status !== 401 || about.headers) return rejection(code, { ...about, voice });
    return rejection(code, { ...about, voice, headers: { 'WWW-Authenticate': challengeOf(self.bppId) } });
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
    const { subscriberId } = signer;
    const relay =
      action === 'search' || action === 'discover'
        ? await verifier.authenticateGateway({ ...headers, rawBody, digest: signer.digest })
        : undefined;
    if (relay && !relay.ok) return rejectSigner(relay, action);
    if (!mayPass(subscriberId)) return reject('rate-limited', {}, { action, subscriberId });

    let body: string;
    try {
      body = utf8.decode(rawBody);
    } catch {
      return reject('not-utf8', {}, { action, subscriberId });
    }
    const parsed = parseJson(body, options);
    if (!parsed.ok) {
      const code = parsed.reason === 'syntax' ? 'json-syntax' : 'json-too-complex';
      return reject(code, { detail: sentence(parsed.message) }, { action, subscriberId });
    }
    if (reply) return takeReply(reply, action, parsed.value, subscriberId);
    const context = checkContext(parsed.value, { action, signer: subscriberId, bppId: self.bppId });
    if ('code' in context) {
      const { wire } = context;
      const voice = { shape: shapeFor(deps.peer(subscriberId)), context: wire };
      return reject(context.code, { ...context, voice }, { action, subscriberId });
    }
    const via = options.replyViaGateway ? relay?.subscriberId : undefined;
    return take({ action, body: parsed.value, context, signer, receivedAt, via, authorization });
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

  async function take(taken: Taken): Promise<Answer> {
    const { action, body, context, signer, receivedAt, via } = taken;
    const who = { action, subscriberId: signer.subscriberId };
    const peer = deps.peer(context.bapId);
    // The meta API's requests have no message.
    const message = at(body, 'message') ?? (action.startsWith('get_') ? {} : undefined);
    const known = isObject(message) ? message : {};
    const dialect = chooseDialect(dialects, context.wire, known, peer.dialect);
    const shape = shapeFor(peer, dialect?.answers);
    const { messageId, names } = context;
    const countersign =
      shape.counterSignature && deps.signer && countersigner(deps.signer, { digest: signer.digest, messageId });
    const voice: Voice = { shape, context: context.wire, messageId, ...(countersign && { countersign }) };
    if (!dialect || !served(context)) {
      const path = `context.${names.network}`;
      return reject('dialect-unsupported', { detail: spoken(context), path, voice }, who);
    }

    // What one dialect serves another may not know.
    if (!dialect.actions.has(action)) {
      const detail = `There is no ${action} in ${dialect.speaks}.`;
      return reject('action-unknown', { detail, path: 'context.action', voice }, who);
    }

    const violation = becknCheck(dialect.family, action)?.(body);
    if (violation) {
      // A path keeps its letters, wherever in a sentence it stands.
      const detail = sentence(`At ${violation.path || 'the body'}: ${violation.message}`);
      return reject('schema-invalid', { detail, path: violation.path, voice }, { ...who, path: violation.path });
    }
    if (!isObject(message)) return reject('context-missing', { path: 'message', voice }, who);
    const request = dialect.read(action, context.wire, message, peer);
    if ('refusal' in request) {
      events.emit('door.rejected', { reason: request.refusal.code, ...who });
      return refused(request.refusal, voice);
    }
    const late = context.staleAt === undefined ? 0 : receivedAt - context.staleAt;
    if (late > 0 && options.staleness === 'strict' && !LATE_IS_FINE.has(request.type)) {
      const detail = `It expired ${Math.ceil(late / 1000)} s ago (server time ${new Date(receivedAt).toISOString()}).`;
      return reject('stale', { detail, path: 'context.timestamp', voice }, who);
    }

    const signature = shape.requestSignature ? signatureIn(taken.authorization) : undefined;
    const receipt = await intake.receive({
      ...(deps.network !== undefined && { network: deps.network }),
      bapId: context.bapId,
      bapUri: context.bapUri,
      dialect: dialect.name,
      action,
      messageId,
      becknTransactionId: context.transactionId,
      digest: signer.digest,
      ...(signature !== undefined && { signature }),
      ...(via !== undefined && { via }),
      conversation: dialect.conversation(context.wire),
      ...(dialect.orderIds && { orderIds: dialect.orderIds }),
      receivedAt,
      ...(context.staleAt !== undefined && { staleAt: context.staleAt }),
      request,
    });
    if (receipt.ack) {
      const answer = ack(peer.ackStatus ?? options.ackStatus, voice);
      return signature === undefined || !deps.signer ? answer : signedInHeader(answer, deps.signer, signature);
    }
    if ('changed' in receipt) return reject('changed-repeat', { path: `context.${names.messageId}`, voice }, who);
    return refused(dialect.refusal?.(receipt.refusal) ?? receipt.refusal, voice);
  }

  function served({ wire, names }: CheckedContext): boolean {
    const domain = at(wire, names.network);
    return options.domains.length === 0 || (typeof domain === 'string' && options.domains.includes(domain));
  }

  function spoken({ wire, names }: CheckedContext): string {
    const said = (name: string): string => text(at(wire, name), 50) ?? 'nothing';
    return `Asked for ${said(names.network)} ${said('version')}; spoken: ${dialects.map((dialect) => dialect.speaks).join(', ')}.`;
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

interface Known {
  readonly subscriberId?: string;
  readonly [detail: string]: unknown;
}

interface Taken {
  readonly action: string;
  readonly body: unknown;
  readonly context: CheckedContext;
  readonly signer: Authentic;
  readonly receivedAt: number;
  readonly via: string | undefined;
  readonly authorization: string | undefined;
}

/** First letter large, a full stop at the end. */
function sentence(words: string): string {
  const text = words.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
