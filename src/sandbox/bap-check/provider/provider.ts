/** Plays the provider of bap-check: it acknowledges requests and sends callbacks as its profile says. */
import type { Clock, Random } from '../../../ports/runtime.js';
import { dialectOfDomain, type DialectName } from '../../dialects/all.js';
import {
  CURRENCY,
  type CallbackDetails,
  type Dialect,
  type Offer,
  type SessionSnapshot,
  type Step,
} from '../../dialects/dialect.js';
import type { HttpRequest, HttpResponse } from '../../runtime/http-server.js';
import type { Json } from '../../runtime/json.js';
import { UNKNOWN_ID, type CallbackSender, type OutboundCallback } from './callback-sender.js';
import type { ProviderProfile } from './provider-profiles.js';
import { readRequest, type ParsedRequest } from './read-request.js';
import { createReplyFormat, type ReplyFormat } from './reply-format.js';
import type {
  CallbackLabel,
  Expected,
  QuotedTransaction,
  ReceivedRequest,
  RunRecord,
  SentCallback,
  Timing,
} from './run-record.js';

export interface ProviderOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialect: Dialect;
  readonly profile: ProviderProfile;
  readonly expected: Expected;
  readonly offer: Offer;
  readonly callbackSender: CallbackSender;
  readonly timing: Pick<Timing, 'processingMs' | 'lateByMs'>;
  /** Called for each request and callback as it is recorded. */
  onEntry(entry: ReceivedRequest | SentCallback): void;
}

/** Error codes by their use in this file. @source BECKN-005. */
const ERROR_CODES = { nack: '40001', error: '40002', unreadable: '30000', unknown: '40001' } as const;
const MAX_STRAY_PATHS = 20;

export class CheckProvider {
  /** The session that callbacks report. */
  session: SessionSnapshot = { phase: 'waiting', energyWh: 0, elapsedS: 0 };
  readonly #options: ProviderOptions;
  readonly #reply: ReplyFormat;
  readonly #entries: (ReceivedRequest | SentCallback)[] = [];
  readonly #transactions = new Map<string, QuotedTransaction>();
  readonly #unreadable: string[] = [];
  readonly #strayPaths: string[] = [];
  #otherDialect: DialectName | undefined;
  readonly #pendingAnswers = new Set<Promise<void>>();
  /** The profile's deviations that have already been carried out. Each is carried out only once. */
  readonly #doneDeviations = new Set<string>();
  /** Action and message id of each acknowledged request. A repeat is acknowledged too, but gets no second callback. */
  readonly #acknowledged = new Set<string>();

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#reply = createReplyFormat(options.dialect, options.profile, options.expected.bppId);
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  get profile(): ProviderProfile {
    return this.#options.profile;
  }

  get entries(): RunRecord['entries'] {
    return this.#entries;
  }

  get transactions(): ReadonlyMap<string, QuotedTransaction> {
    return this.#transactions;
  }

  /** The action of each request that could not be read, and the reason. */
  get unreadable(): readonly string[] {
    return this.#unreadable;
  }

  get strayPaths(): readonly string[] {
    return this.#strayPaths;
  }

  /** The dialect of the latest readable request, if bap-check knows it and it is not the tested one. */
  get otherDialect(): DialectName | undefined {
    return this.#otherDialect;
  }

  /** Answers one request from the buyer app. If it is acknowledged, the callback follows later. */
  receive(request: HttpRequest): Promise<HttpResponse> {
    return Promise.resolve(this.#receive(request));
  }

  #receive(request: HttpRequest): HttpResponse {
    const { method, path } = request;
    const { clock, dialect, expected } = this.#options;
    const action = path.split('/').at(-1) ?? '';
    const at = clock.now();
    const parsed = readRequest(request, expected.publicKey, dialect.envelope.names);
    if (typeof parsed !== 'string') this.#otherDialect = dialectOfDomain(parsed.context, dialect);
    if (this.#otherDialect)
      return this.#refuse(undefined, `This provider speaks ${dialect.envelope.domain} only.`, 400);
    const message = typeof parsed === 'string' ? {} : parsed.message;
    const step = method === 'POST' && path.endsWith(`/bpp/${action}`) ? dialect.stepOf(action, message) : undefined;
    if (step === undefined) {
      if (this.#strayPaths.length < MAX_STRAY_PATHS) this.#strayPaths.push(`${method} ${path}`);
      return this.#refuse(undefined, `This provider does not support ${method} ${path}.`, 404);
    }
    if (typeof parsed === 'string') {
      this.#unreadable.push(`${action}: ${parsed}`);
      return this.#reply.nack(undefined, this.#reply.error(ERROR_CODES.unreadable, parsed), 400);
    }
    const { reply, ...response } = this.#respond(action, step, parsed);
    this.#record({ kind: 'request', at, action, step, ...parsed, reply, replyStatus: response.status });
    return response;
  }

  #refuse(context: Json | undefined, reason: string, status: number): HttpResponse {
    return this.#reply.nack(context, this.#reply.error(ERROR_CODES.unknown, reason), status);
  }

  /**
   * Sends an unsolicited callback about an order, with a flaw if `label` names one.
   * @param session The state to report; its time is `now`, epoch ms.
   * @param earlier A callback to send again unchanged, instead of a new one.
   */
  async sendReport(
    label: CallbackLabel,
    transaction: QuotedTransaction,
    { session = this.session, now = this.#options.clock.now() }: { session?: SessionSnapshot; now?: number } = {},
    earlier?: OutboundCallback,
  ): Promise<OutboundCallback> {
    const { transactionId, orderId } = transaction;
    const { dialect, random } = this.#options;
    const action = label === 'terminal' ? dialect.terminalAction : 'on_status';
    const messageId = random.uuid();
    const ownContext = this.#buildContext(this.#latestContext(transactionId), action, transactionId, messageId);
    const { bppId } = dialect.envelope.names;
    const context = label === 'unknown-signer' ? { ...ownContext, [bppId]: UNKNOWN_ID } : ownContext;
    const message = dialect.buildReport(this.#details({}, transaction, session, now));
    const text = label === 'raw-bytes' ? unusualJson({ context, message }) : JSON.stringify({ context, message });
    const callback = earlier ? { ...earlier, label } : { label, action, transactionId, messageId, orderId, text };
    await this.#send(callback);
    return callback;
  }

  /** Resolves once every acknowledged request has its callback. */
  async whenIdle(): Promise<void> {
    while (this.#pendingAnswers.size > 0) await Promise.all(this.#pendingAnswers);
  }

  #respond(action: string, step: Step, request: ParsedRequest): HttpResponse & { reply: ReceivedRequest['reply'] } {
    const { context } = request;
    const { nack, nackFor, unavailableFor } = this.profile;
    if (nackFor === step && this.#isFirst('nack')) {
      const code = nack.status === 401 ? '401' : ERROR_CODES.nack;
      const error = this.#reply.error(code, 'Not possible now. Ask again later, with a new message.');
      return { ...this.#reply.nack(context, error), reply: 'nack' };
    }
    if (unavailableFor === step && this.#isFirst('unavailable')) {
      const error = this.#reply.error('503', 'Too busy. Try again later.');
      return { ...this.#reply.nack(context, error, 503), reply: 'unavailable' };
    }
    const key = `${action} ${request.messageId}`;
    if (!this.#acknowledged.has(key)) this.#answerLater(action, step, request);
    this.#acknowledged.add(key);
    return { ...this.#reply.ack(context), reply: 'ack' };
  }

  #answerLater(action: string, step: Step, request: ParsedRequest): void {
    const answer: Promise<void> = this.#answer(action, step, request).finally(() =>
      this.#pendingAnswers.delete(answer),
    );
    this.#pendingAnswers.add(answer);
  }

  async #answer(action: string, step: Step, request: ParsedRequest): Promise<void> {
    const { clock, dialect, timing } = this.#options;
    const { transactionId, messageId, message } = request;
    const transaction = this.#findByOrder(dialect.readOrderId(message)) ?? this.#transaction(transactionId);
    const { errorCallbackFor, lateCallbackFor } = this.profile;
    const fails = errorCallbackFor === step && this.#isFirst('error');
    const late = !fails && lateCallbackFor === step && this.#isFirst('late');
    const delayMs = timing.processingMs + (late ? timing.lateByMs : 0);
    await new Promise<void>((resolve) => clock.callLater(delayMs, resolve));
    if (step === 'start' && !fails) this.session = { phase: 'charging', energyWh: 0, elapsedS: 0 };
    const context = this.#buildContext(request.context, `on_${action}`, transactionId, messageId);
    const details = this.#details(message, transaction, this.session, clock.now());
    const body = fails
      ? { context, error: this.#takenError() }
      : { context, message: dialect.buildAnswer(step, details) };
    if (!fails) transaction.answers.push({ step, at: clock.now() });
    const callback: OutboundCallback = {
      label: fails ? 'error' : late ? 'late' : 'answer',
      action: `on_${action}`,
      transactionId,
      messageId,
      orderId: transaction.orderId,
      text: JSON.stringify(body),
    };
    await this.#send(callback);
    if (late) await this.#send({ ...callback, label: 'duplicate' });
    if (step === 'init' && dialect.asksProviderToCollect?.(message) === true)
      await this.sendReport('unsolicited', transaction, { session: { phase: 'quoted', energyWh: 0, elapsedS: 0 } });
  }

  #takenError(): Json {
    return this.#reply.error(ERROR_CODES.error, 'This connector has just been taken. Choose another, or try again.');
  }

  #details(request: Json, order: QuotedTransaction, session: SessionSnapshot, now: number): CallbackDetails {
    const { offer, expected } = this.#options;
    const { bppId, bppUri, subscriberId } = expected;
    return { request, provider: { bppId, bppUri, bapId: subscriberId }, offer, order, session, now };
  }

  async #send(callback: OutboundCallback): Promise<void> {
    this.#record(await this.#options.callbackSender.send(callback));
  }

  #record(entry: ReceivedRequest | SentCallback): void {
    this.#entries.push(entry);
    this.#options.onEntry(entry);
  }

  /** Returns true only on the first call for a deviation. */
  #isFirst(deviation: string): boolean {
    if (this.#doneDeviations.has(deviation)) return false;
    this.#doneDeviations.add(deviation);
    return true;
  }

  /**
   * Returns a transaction, or creates it with a random amount and order id, which only an app that reads the callbacks
   * can know.
   */
  #transaction(transactionId: string): QuotedTransaction {
    const existing = this.#transactions.get(transactionId);
    if (existing) return existing;
    const { random, dialect } = this.#options;
    const amount = (100 + random.fraction() * 100).toFixed(2);
    const orderId = dialect.hasUuidOrders ? random.uuid() : `ORD-${random.base32(8)}`;
    const transaction: QuotedTransaction = { transactionId, amount, currency: CURRENCY, orderId, answers: [] };
    this.#transactions.set(transactionId, transaction);
    return transaction;
  }

  #findByOrder(orderId: string): QuotedTransaction | undefined {
    return [...this.#transactions.values()].find((transaction) => transaction.orderId === orderId);
  }

  #buildContext(requestContext: Json, action: string, transactionId: string, messageId: string): Json {
    const { expected, clock, dialect } = this.#options;
    const { domain, version, names } = dialect.envelope;
    const { location } = requestContext;
    return {
      [names.domain]: domain,
      version,
      ...(location !== undefined && version.startsWith('1.') && { location }),
      action,
      [names.bapId]: expected.subscriberId,
      [names.bapUri]: expected.bapUri,
      [names.bppId]: expected.bppId,
      [names.bppUri]: expected.bppUri,
      [names.transactionId]: transactionId,
      [names.messageId]: messageId,
      timestamp: new Date(clock.now()).toISOString(),
      ttl: 'PT10M',
    };
  }

  /** Returns the context of the latest request in a transaction, from which callbacks take their location. */
  #latestContext(transactionId: string): Json {
    const request = this.#entries.findLast(
      (entry) => entry.kind === 'request' && entry.transactionId === transactionId,
    );
    return request?.kind === 'request' ? request.context : {};
  }
}

/** Serialises JSON in an unusual form: indented, with a final line break and an escaped letter. */
function unusualJson(body: Json): string {
  return `${JSON.stringify(body, null, 3).replaceAll('"ACTIVE"', '"ACT\\u0049VE"')}\n`;
}
