/**
 * Where every Beckn request comes in: bytes → signature → JSON → context → dialect → schema → what is asked → kept → ACK.
 * An ACK means that the request is durable and will be answered; after a NACK nothing of it exists. Knows no HTTP
 * server, so that a simulation can call it.
 */
import type { BuyerRequests } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import type { PeerSettings } from '../../config/config.js';
import type { Json } from '../../domain/model/object.js';
import { parseJson } from '../../schema/json-guard.js';
import { becknCheck } from '../../schema/validators.js';
import { ackFormatFor, type AckContext } from '../protocol/ack-format.js';
import { checkContext, type CheckedContext } from '../protocol/context-check.js';
import type { Subscriber } from '../protocol/context.js';
import type { BecknDialect } from '../protocol/dialect.js';
import { selectDialect } from '../dialects/choice.js';
import { valueAt, isObject, readText } from '../protocol/json-reading.js';
import { createRateLimit } from './rate-limit.js';
import {
  ackResponse,
  NACKS,
  refusalResponse,
  nackResponse,
  type WireResponse,
  type NackCode,
} from '../protocol/nack-codes.js';
import { readSignature } from '../signing/signature.js';
import { NEVER_STALE } from '../protocol/ttl.js';
import { createCountersigner, withSignatureHeader } from './signed-ack.js';
import type { Signer } from '../signing/signer.js';
import {
  signatureChallenge,
  type AuthenticatedSender,
  type AuthenticationFailure,
  type Verifier,
} from '../registry/verify.js';

export interface RequestPipelineDeps {
  readonly dialects: readonly BecknDialect[];
  readonly verifier: Verifier;
  readonly buyerRequests: BuyerRequests;
  readonly peerSettings: (bapId: string) => PeerSettings;
  readonly subscriber: Subscriber;
  /** Which network this is the door of; absent for the first one. */
  readonly network?: string;
  /** Signs ACKs, for those who want them signed. */
  readonly signer?: Signer;
  readonly clock: Clock;
  readonly events: Events;
  readonly options?: Partial<RequestPipelineOptions>;
  /** What others answer to messages of ours, by action. */
  readonly callbackReceivers?: ReadonlyMap<string, CallbackReceiver>;
}

/** Takes in a reply of one participant to us. */
export interface CallbackReceiver {
  readonly subscriberId: string;
  readonly family: BecknDialect['family'];
  /** Resolves when all of it that must last is saved. @errors StoreFault: it is answered 503. */
  handleCallback(body: unknown): Promise<void>;
}

export interface RequestPipelineOptions {
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

export const REQUEST_PIPELINE_DEFAULTS: RequestPipelineOptions = {
  maxBytes: 256 * 1024,
  maxDepth: 32,
  maxKeys: 5000,
  staleness: 'warn',
  ackStatus: 200,
  perBapPerMinute: 0,
  domains: [],
  replyViaGateway: false,
};

export interface InboundRequest {
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

export interface RequestPipeline {
  /** Never rejects. */
  process(arrival: InboundRequest): Promise<WireResponse>;
  /** A NACK of the adapter's own making, counted like the door's. */
  reject(code: NackCode, about?: Parameters<typeof nackResponse>[1]): WireResponse;
  /** For a person who opens the address in a browser. */
  readonly description: { readonly [key: string]: Json };
}

export function createRequestPipeline(deps: RequestPipelineDeps): RequestPipeline {
  const { dialects, verifier, buyerRequests: intake, clock, events, subscriber: self } = deps;
  const options: RequestPipelineOptions = { ...REQUEST_PIPELINE_DEFAULTS, ...deps.options };
  const { callbackReceivers: replies = new Map<string, CallbackReceiver>() } = deps;
  const actions = new Set([...dialects.flatMap((dialect) => [...dialect.actions]), ...replies.keys()]);
  const mayPass = createRateLimit(clock, options.perBapPerMinute);
  const utf8 = new TextDecoder('utf-8', { fatal: true });

  function reject(
    code: NackCode,
    about: Parameters<typeof nackResponse>[1] = {},
    who: RejectionLabels = {},
  ): WireResponse {
    events.emit('request.rejected', { reason: code, ...who });
    const voice = about.ackContext ?? { format: ackFormatFor(deps.peerSettings(who.subscriberId ?? '')) };
    if (NACKS[code].status !== 401 || about.headers) return nackResponse(code, { ...about, ackContext: voice });
    return nackResponse(code, {
      ...about,
      ackContext: voice,
      headers: { 'WWW-Authenticate': signatureChallenge(self.bppId) },
    });
  }

  function rejectSignature(problem: AuthenticationFailure, action: string): WireResponse {
    const code = problem.status === 503 ? 'registry-unavailable' : 'signature-invalid';
    const headers = problem.status === 401 ? { [problem.header]: problem.challenge } : {};
    return reject(code, { detail: toSentence(problem.reason), headers }, { action, kind: problem.kind });
  }

  async function verifyAndParse({ action, rawBody, headers }: InboundRequest): Promise<WireResponse> {
    const receivedAt = clock.now();
    if (!actions.has(action)) {
      return reject('action-unknown', { detail: `Served: ${[...actions].join(', ')}.` }, { action: 'unknown' });
    }
    if (rawBody.length > options.maxBytes)
      return reject('too-large', { detail: `At most ${options.maxBytes} bytes.` }, { action });

    const reply = replies.get(action);
    const { authorization } = headers;
    const signer = await verifier.authenticate({ authorization, rawBody, ...(reply && { role: 'any' }) });
    if (!signer.ok) return rejectSignature(signer, action);
    const { subscriberId } = signer;
    const relay =
      action === 'search' || action === 'discover'
        ? await verifier.authenticateGateway({ ...headers, rawBody, digest: signer.digest })
        : undefined;
    if (relay && !relay.ok) return rejectSignature(relay, action);
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
      return reject(code, { detail: toSentence(parsed.message) }, { action, subscriberId });
    }
    if (reply) return deliverToReceiver(reply, action, parsed.value, subscriberId);
    const context = checkContext(parsed.value, { action, signer: subscriberId, bppId: self.bppId });
    if ('code' in context) {
      const { wire } = context;
      const voice = { format: ackFormatFor(deps.peerSettings(subscriberId)), requestContext: wire };
      return reject(context.code, { ...context, ackContext: voice }, { action, subscriberId });
    }
    const via = options.replyViaGateway ? relay?.subscriberId : undefined;
    return readAndSubmit({ action, body: parsed.value, context, signer, receivedAt, via, authorization });
  }

  async function deliverToReceiver(
    reply: CallbackReceiver,
    action: string,
    body: unknown,
    subscriberId: string,
  ): Promise<WireResponse> {
    const who = { action, subscriberId };
    if (subscriberId !== reply.subscriberId) {
      return reject('signer-unexpected', { detail: `The signer is ${subscriberId}.` }, who);
    }
    const violation = becknCheck(reply.family, action)?.(body);
    if (violation) {
      const detail = toSentence(`At ${violation.path || 'the body'}: ${violation.message}`);
      return reject('schema-invalid', { detail, path: violation.path }, { ...who, path: violation.path });
    }
    await reply.handleCallback(body);
    return ackResponse(options.ackStatus);
  }

  async function readAndSubmit(taken: CheckedRequest): Promise<WireResponse> {
    const { action, body, context, signer, receivedAt, via } = taken;
    const who = { action, subscriberId: signer.subscriberId };
    const peer = deps.peerSettings(context.bapId);
    // The meta API's requests have no message.
    const message = valueAt(body, 'message') ?? (action.startsWith('get_') ? {} : undefined);
    const known = isObject(message) ? message : {};
    const dialect = selectDialect(dialects, context.wire, known, peer.dialect);
    const shape = ackFormatFor(peer, dialect?.ackFormat);
    const { messageId, fieldNames: names } = context;
    const countersign =
      shape.counterSignature && deps.signer && createCountersigner(deps.signer, { digest: signer.digest, messageId });
    const voice: AckContext = {
      format: shape,
      requestContext: context.wire,
      messageId,
      ...(countersign && { countersign }),
    };
    if (!dialect || !servesNetwork(context)) {
      const path = `context.${names.network}`;
      return reject('dialect-unsupported', { detail: unsupportedDetail(context), path, ackContext: voice }, who);
    }

    // What one dialect serves another may not know.
    if (!dialect.actions.has(action)) {
      const detail = `There is no ${action} in ${dialect.displayName}.`;
      return reject('action-unknown', { detail, path: 'context.action', ackContext: voice }, who);
    }

    const violation = becknCheck(dialect.family, action)?.(body);
    if (violation) {
      // A path keeps its letters, wherever in a sentence it stands.
      const detail = toSentence(`At ${violation.path || 'the body'}: ${violation.message}`);
      return reject(
        'schema-invalid',
        { detail, path: violation.path, ackContext: voice },
        { ...who, path: violation.path },
      );
    }
    if (!isObject(message)) return reject('context-missing', { path: 'message', ackContext: voice }, who);
    const request = dialect.read(action, context.wire, message, peer);
    if ('refusal' in request) {
      events.emit('request.rejected', { reason: request.refusal.code, ...who });
      return refusalResponse(request.refusal, voice);
    }
    const late = context.staleAt === undefined ? 0 : receivedAt - context.staleAt;
    if (late > 0 && options.staleness === 'strict' && !NEVER_STALE.has(request.type)) {
      const detail = `It expired ${Math.ceil(late / 1000)} s ago (server time ${new Date(receivedAt).toISOString()}).`;
      return reject('stale', { detail, path: 'context.timestamp', ackContext: voice }, who);
    }

    const signature = shape.requestSignature ? readSignature(taken.authorization) : undefined;
    const receipt = await intake.handleRequest({
      ...(deps.network !== undefined && { network: deps.network }),
      bapId: context.bapId,
      bapUri: context.bapUri,
      dialect: dialect.name,
      action,
      messageId,
      becknTransactionId: context.transactionId,
      digest: signer.digest,
      ...(signature !== undefined && { signature }),
      ...(via !== undefined && { gatewayId: via }),
      replyContext: dialect.replyContext(context.wire),
      ...(dialect.orderIdFormat && { orderIdFormat: dialect.orderIdFormat }),
      receivedAt,
      ...(context.staleAt !== undefined && { expiresAt: context.staleAt }),
      request,
    });
    if (receipt.ack) {
      const answer = ackResponse(peer.ackStatus ?? options.ackStatus, voice);
      return signature === undefined || !deps.signer ? answer : withSignatureHeader(answer, deps.signer, signature);
    }
    if ('contentDiffers' in receipt)
      return reject('message-id-reused', { path: `context.${names.messageId}`, ackContext: voice }, who);
    return refusalResponse(dialect.translateRefusal?.(receipt.refusal) ?? receipt.refusal, voice);
  }

  function servesNetwork({ wire, fieldNames: names }: CheckedContext): boolean {
    const domain = valueAt(wire, names.network);
    return options.domains.length === 0 || (typeof domain === 'string' && options.domains.includes(domain));
  }

  function unsupportedDetail({ wire, fieldNames: names }: CheckedContext): string {
    const said = (name: string): string => readText(valueAt(wire, name), 50) ?? 'nothing';
    return `Asked for ${said(names.network)} ${said('version')}; spoken: ${dialects.map((dialect) => dialect.displayName).join(', ')}.`;
  }

  return {
    async process(arrival) {
      try {
        return await verifyAndParse(arrival);
      } catch (error) {
        if (error instanceof StoreFault) return reject('unavailable', {}, { action: arrival.action });
        events.emit('bug', { where: 'beckn request pipeline', error });
        return nackResponse('bug');
      }
    },
    reject,
    description: {
      what: 'A Beckn provider platform (BPP) for EV charging. Requests are signed POSTs to the actions below this path.',
      subscriber_id: self.bppId,
      speaks: dialects.map((dialect) => dialect.displayName),
      actions: [...actions],
    },
  };
}

interface RejectionLabels {
  readonly subscriberId?: string;
  readonly [detail: string]: unknown;
}

interface CheckedRequest {
  readonly action: string;
  readonly body: unknown;
  readonly context: CheckedContext;
  readonly signer: AuthenticatedSender;
  readonly receivedAt: number;
  readonly via: string | undefined;
  readonly authorization: string | undefined;
}

/** First letter large, a full stop at the end. */
function toSentence(words: string): string {
  const text = words.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
