/**
 * Processes the requests of one network: bytes → signature → JSON → context → dialect → schema → bridge → ACK. After
 * an ACK, a request is durable and will be answered, except a search without hits if `search.emptyAnswer` is `none`.
 * Nothing of a refused request is stored. Does not depend on an HTTP server, so that a simulation can call it.
 */
import type { Acknowledgement, BuyerRequests, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import type { PeerSettings } from '../../config/config.js';
import type { Json } from '../../domain/model/object.js';
import { parseJson } from '../../schema/json-guard.js';
import { becknCheck } from '../../schema/validators.js';
import { ackFormatFor } from '../protocol/ack-format.js';
import type { BecknDialect } from '../protocol/dialect.js';
import {
  ackResponse,
  NACKS,
  nackResponse,
  refusalResponse,
  type NackCode,
  type NackDetails,
  type WireResponse,
} from '../protocol/nack-codes.js';
import type { Subscriber } from '../protocol/wire.js';
import { readSignature } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';
import { signatureChallenge, type AuthenticationFailure, type Verifier } from '../registry/verify.js';
import type { CallbackReceiver, CallbackTargets, InboundRequest, RequestProcessor } from './inbound-request.js';
import { AddressBudget, RequestBudgets, type Admission } from './address-limits.js';
import { REQUEST_PIPELINE_DEFAULTS, type RequestPipelineOptions } from './pipeline-options.js';
import { RateLimiter } from './rate-limit.js';
import { readRequest, schemaRejection, toSentence, type ReadRequest, type Rejection } from './read-request.js';
import { withSignatureHeader } from './signed-ack.js';

export interface RequestPipelineDeps {
  readonly dialects: readonly BecknDialect[];
  readonly verifier: Pick<Verifier, 'authenticate' | 'authenticateGateway'>;
  readonly buyerRequests: BuyerRequests;
  readonly callbackTargets: CallbackTargets;
  readonly peerSettings: (bapId: string) => PeerSettings;
  readonly subscriber: Subscriber;
  /** Name of the network whose requests are processed. */
  readonly network: string;
  /** Signs ACKs for peers that want them signed. */
  readonly signer?: Signer;
  readonly clock: Clock;
  readonly events: Events;
  readonly options?: Partial<RequestPipelineOptions>;
  /** Returns the current limit, if it can change; `options.perBapPerMinute` by default. */
  readonly perBapPerMinute?: () => number;
  /** Shared by the pipelines of one listener. */
  readonly addressBudget?: AddressBudget;
  /** Receivers of callbacks to our own requests, by action. */
  readonly callbackReceivers?: ReadonlyMap<string, CallbackReceiver>;
}

/** Labels of the event `request.rejected`, in addition to its reason. */
interface RejectionLabels {
  readonly subscriberId?: string;
  readonly [label: string]: unknown;
}

/** The response with which a stage of `process` ends the request. */
interface Rejected {
  readonly response: WireResponse;
}

interface Authenticated {
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly admission: Admission;
  /** Subscriber id of the gateway, if the callback is to go through it. */
  readonly gatewayId: string | undefined;
}

const UNAVAILABLE_CODES = { registry: 'registry-unavailable', resolver: 'callback-host-unknown' } as const;

type Handler = (request: VerifiedRequest) => Promise<Acknowledgement>;

export class RequestPipeline implements RequestProcessor {
  readonly #deps: RequestPipelineDeps;
  readonly #options: RequestPipelineOptions;
  readonly #receivers: ReadonlyMap<string, CallbackReceiver>;
  readonly #actions: ReadonlySet<string>;
  readonly #budgets: RequestBudgets;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });

  constructor(deps: RequestPipelineDeps) {
    this.#deps = deps;
    this.#options = { ...REQUEST_PIPELINE_DEFAULTS, ...deps.options };
    this.#receivers = deps.callbackReceivers ?? new Map();
    this.#actions = new Set([...deps.dialects.flatMap(({ actions }) => [...actions]), ...this.#receivers.keys()]);
    const { perBapPerMinute, failuresPerAddressPerMinute } = this.#options;
    const { clock, addressBudget = new AddressBudget(clock, failuresPerAddressPerMinute) } = deps;
    this.#budgets = new RequestBudgets(addressBudget, new RateLimiter(clock, deps.perBapPerMinute ?? perBapPerMinute));
  }

  /** Shown to a person who opens the address in a browser. */
  get description(): { readonly [key: string]: Json } {
    return {
      what: 'A Beckn provider platform (BPP) for EV charging. Requests are signed POSTs to the actions below this path.',
      subscriber_id: this.#deps.subscriber.bppId,
      speaks: this.#deps.dialects.map(({ displayName }) => displayName),
      actions: [...this.#actions],
    };
  }

  async process(inbound: InboundRequest): Promise<WireResponse> {
    const { action, source, headers } = inbound;
    let admission: Admission | undefined;
    let acknowledgement: Acknowledgement | undefined;
    try {
      const authenticated = await this.#authenticate(inbound);
      if ('response' in authenticated) return authenticated.response;
      ({ admission } = authenticated);
      const parsed = this.#parse(inbound, admission.sender.subscriberId);
      if ('response' in parsed) return parsed.response;
      const read = await this.#read(action, parsed.body, authenticated);
      if ('response' in read) return read.response;
      const { format } = read.ackContext;
      const signature = format.requestSignature ? readSignature(headers.authorization) : undefined;
      // The cast is safe, because the handler is selected by the type of the request.
      const verified = this.#toVerified(read, authenticated, signature);
      acknowledgement = await (this.#deps.buyerRequests[read.request.type] as Handler)(verified);
      if (acknowledgement.ack && !acknowledgement.repeated) this.#warnIfStale(read, authenticated.receivedAt);
      return this.#respond(acknowledgement, read, signature);
    } catch (error) {
      if (error instanceof StoreFault) return this.reject('unavailable', {}, { action });
      this.#deps.events.emit('bug', { where: 'beckn request pipeline', error });
      return nackResponse('bug');
    } finally {
      if (admission) this.#budgets.settle(source, admission, acknowledgement);
    }
  }

  #toVerified(
    read: ReadRequest,
    { admission, gatewayId, receivedAt }: Authenticated,
    signature?: string,
  ): VerifiedRequest {
    const { action, request, context, dialect } = read;
    return {
      network: this.#deps.network,
      bapId: context.bapId,
      bapUri: context.bapUri,
      dialect: dialect.name,
      action,
      messageId: context.messageId,
      becknTransactionId: context.transactionId,
      digest: admission.sender.digest,
      ...(signature !== undefined && { signature }),
      ...(gatewayId !== undefined && { gatewayId }),
      replyContext: dialect.replyContext(context.wire),
      ...(dialect.orderIdFormat && { orderIdFormat: dialect.orderIdFormat }),
      receivedAt,
      ...(context.staleAt !== undefined && { expiresAt: context.staleAt }),
      request,
    };
  }

  #warnIfStale({ action, subscriberId, context: { staleAt = Infinity } }: ReadRequest, receivedAt: number): void {
    if (receivedAt <= staleAt) return;
    const lateS = Math.ceil((receivedAt - staleAt) / 1000);
    this.#deps.events.emit('request.stale', { action, subscriberId, lateS });
  }

  /** Counts a rejection and builds its NACK, in the sender's format if the sender is known. */
  reject(code: NackCode, details: NackDetails = {}, labels: RejectionLabels = {}): WireResponse {
    const { events, peerSettings, subscriber } = this.#deps;
    events.emit('request.rejected', { reason: code, ...labels });
    const ackContext = details.ackContext ?? { format: ackFormatFor(peerSettings(labels.subscriberId ?? '')) };
    if (NACKS[code].status !== 401 || details.headers) return nackResponse(code, { ...details, ackContext });
    const headers = { 'WWW-Authenticate': signatureChallenge(subscriber.bppId) };
    return nackResponse(code, { ...details, ackContext, headers });
  }

  /** Checks action, size and rate, and the signatures over the raw bytes. */
  async #authenticate({ action, rawBody, headers, source }: InboundRequest): Promise<Authenticated | Rejected> {
    const { verifier, clock } = this.#deps;
    const receivedAt = clock.now();
    const { maxBytes, replyViaGateway } = this.#options;
    if (!this.#budgets.mayProceed(source, headers.authorization)) {
      return {
        response: this.reject('address-limited', {}, { action: this.#actions.has(action) ? action : 'unknown' }),
      };
    }
    if (!this.#actions.has(action)) {
      this.#budgets.recordFailure(source);
      const detail = `Served: ${[...this.#actions].join(', ')}.`;
      return { response: this.reject('action-unknown', { detail }, { action: 'unknown' }) };
    }
    if (rawBody.length > maxBytes) {
      this.#budgets.recordFailure(source);
      return { response: this.reject('too-large', { detail: `The limit is ${maxBytes} bytes.` }, { action }) };
    }
    const role = this.#receivers.has(action) ? 'any' : 'BAP';
    const sender = await verifier.authenticate({ authorization: headers.authorization, rawBody, role, source });
    if (!sender.ok) return this.#rejectSignature(sender, action, source);
    const gateway =
      action === 'search' || action === 'discover'
        ? await verifier.authenticateGateway({ ...headers, rawBody, digest: sender.digest, source })
        : undefined;
    if (gateway && !gateway.ok) return this.#rejectSignature(gateway, action, source);
    const { subscriberId } = sender;
    const admission = this.#budgets.admit(sender);
    if (!admission) return { response: this.reject('rate-limited', {}, { action, subscriberId }) };
    return { receivedAt, admission, gatewayId: replyViaGateway ? gateway?.subscriberId : undefined };
  }

  #rejectSignature(failure: AuthenticationFailure, action: string, source: string | undefined): Rejected {
    this.#budgets.recordFailure(source);
    const code = failure.status === 503 ? 'registry-unavailable' : 'signature-invalid';
    const headers = failure.status === 401 ? { [failure.header]: failure.challenge } : {};
    const details = { detail: toSentence(failure.reason), headers };
    return { response: this.reject(code, details, { action, kind: failure.kind }) };
  }

  #parse({ action, rawBody }: InboundRequest, subscriberId: string): { readonly body: unknown } | Rejected {
    let text: string;
    try {
      text = this.#utf8.decode(rawBody);
    } catch {
      return { response: this.reject('not-utf8', {}, { action, subscriberId }) };
    }
    const parsed = parseJson(text, this.#options);
    if (parsed.ok) return { body: parsed.value };
    const code = parsed.reason === 'syntax' ? 'json-syntax' : 'json-too-complex';
    return { response: this.reject(code, { detail: toSentence(parsed.message) }, { action, subscriberId }) };
  }

  /** Reads a request and checks that its callback can be sent. A callback to our own request goes to its receiver. */
  async #read(action: string, body: unknown, authenticated: Authenticated): Promise<ReadRequest | Rejected> {
    const { receivedAt, gatewayId, admission } = authenticated;
    const { sender } = admission;
    const receiver = this.#receivers.get(action);
    if (receiver) return { response: await this.#deliver(receiver, action, sender.subscriberId, body) };
    const labels = { action, subscriberId: sender.subscriberId };
    const read = readRequest({ ...this.#deps, options: this.#options }, { action, body, sender, receivedAt });
    if ('request' in read) return (await this.#checkCallbackTarget(read, gatewayId)) ?? read;
    if ('rejection' in read) return { response: this.#toResponse(read.rejection, labels) };
    this.#deps.events.emit('request.rejected', { reason: read.refusal.code, ...labels });
    return { response: refusalResponse(read.refusal, read.ackContext) };
  }

  async #deliver(
    receiver: CallbackReceiver,
    action: string,
    subscriberId: string,
    body: unknown,
  ): Promise<WireResponse> {
    const labels = { action, subscriberId };
    if (subscriberId !== receiver.subscriberId) {
      return this.reject('signer-unexpected', { detail: `The signer is ${subscriberId}.` }, labels);
    }
    const violation = becknCheck(receiver.family, action)?.(body);
    if (violation) return this.#toResponse(schemaRejection(violation), labels);
    await receiver.handleCallback(body);
    return ackResponse(this.#options.ackStatus);
  }

  /** An ACK promises a callback, so a request whose callback could not be sent gets a NACK. */
  async #checkCallbackTarget(read: ReadRequest, gatewayId: string | undefined): Promise<Rejected | undefined> {
    const { context, ackContext, action, subscriberId } = read;
    const { bapId, bapUri, fieldNames } = context;
    const recipient = { bapId, bapUri, ...(gatewayId !== undefined && { gatewayId }) };
    const problem = await this.#deps.callbackTargets.problemBeforeAck(recipient);
    if (!problem) return undefined;
    const code = problem.unavailable ? UNAVAILABLE_CODES[problem.unavailable] : 'bap-uri-refused';
    const details = { detail: toSentence(problem.reason), path: `context.${fieldNames.bapUri}`, ackContext };
    return { response: this.reject(code, details, { action, subscriberId }) };
  }

  #toResponse({ code, details }: Rejection, labels: RejectionLabels): WireResponse {
    const isSchemaViolation = code === 'schema-invalid' && details.path !== undefined;
    return this.reject(code, details, isSchemaViolation ? { ...labels, path: details.path } : labels);
  }

  #respond(acknowledgement: Acknowledgement, read: ReadRequest, signature: string | undefined): WireResponse {
    const { signer } = this.#deps;
    const { context, dialect, ackContext, peer, action, subscriberId } = read;
    if (acknowledgement.ack) {
      const response = ackResponse(peer.ackStatus ?? this.#options.ackStatus, ackContext);
      return signature === undefined || !signer ? response : withSignatureHeader(response, signer, signature);
    }
    if ('contentDiffers' in acknowledgement) {
      const path = `context.${context.fieldNames.messageId}`;
      return this.reject('message-id-reused', { path, ackContext }, { action, subscriberId });
    }
    const { refusal } = acknowledgement;
    return refusalResponse(dialect.translateRefusal?.(refusal) ?? refusal, ackContext);
  }
}
