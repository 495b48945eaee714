/** Plays a provider for bap-check, which acknowledges requests and sends callbacks as its profile says. */
import type { Clock, Random } from '../../../ports/runtime.js';
import type { HttpRequest, HttpResponse } from '../../runtime/http-server.js';
import type { Json } from '../../runtime/json.js';
import { UNKNOWN_ID, type CallbackSender, type OutboundCallback } from './callback-sender.js';
import { buildAnswer, readOrderId, type SessionSnapshot } from './provider-messages.js';
import { isAction, type Action, type ProviderProfile } from './provider-profiles.js';
import { readRequest, type ParsedRequest } from './read-request.js';
import type {
  CallbackLabel,
  Expected,
  Offer,
  QuotedTransaction,
  ReceivedRequest,
  RunRecord,
  SentCallback,
  Timing,
} from './run-record.js';

export interface ProviderOptions {
  readonly clock: Clock;
  readonly random: Random;
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

export class CheckProvider {
  /** The session that callbacks report. */
  session: SessionSnapshot = { status: 'ACTIVE', connector: 'Preparing', energyWh: 0, elapsedS: 0 };
  readonly #options: ProviderOptions;
  readonly #entries: (ReceivedRequest | SentCallback)[] = [];
  readonly #transactions = new Map<string, QuotedTransaction>();
  readonly #unreadable: string[] = [];
  readonly #pendingAnswers = new Set<Promise<void>>();
  /** The deviations of the profile that have already happened. Each happens only once. */
  readonly #doneDeviations = new Set<string>();
  /** Action and message id of each acknowledged request. A repeat is acknowledged too, but gets no second callback. */
  readonly #acknowledged = new Set<string>();

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  get profile(): ProviderProfile {
    return this.#options.profile;
  }

  get offer(): Offer {
    return this.#options.offer;
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

  /** Answers one request from the buyer app. If it is acknowledged, the callback follows later. */
  receive(request: HttpRequest): Promise<HttpResponse> {
    const { method, path } = request;
    const action = path.split('/').at(-1) ?? '';
    if (method !== 'POST' || !isAction(action)) {
      const error = this.#error(ERROR_CODES.unknown, `This provider does not support ${method} ${path}.`);
      return Promise.resolve(this.#nack(404, undefined, error));
    }
    const at = this.#options.clock.now();
    const parsed = readRequest(request, this.#options.expected.publicKey);
    if (typeof parsed === 'string') {
      this.#unreadable.push(`${action}: ${parsed}`);
      return Promise.resolve(this.#nack(400, undefined, this.#error(ERROR_CODES.unreadable, parsed)));
    }
    const { reply, ...response } = this.#respond(action, parsed);
    this.#record({ kind: 'request', at, action, ...parsed, reply, replyStatus: response.status });
    return Promise.resolve(response);
  }

  /**
   * Sends an unsolicited on_status about an order, with a flaw if `label` names one.
   * @param earlier A callback whose body is sent again unchanged, instead of a new one.
   */
  async sendStatus(
    label: CallbackLabel,
    { transactionId, orderId }: QuotedTransaction,
    message: Json,
    earlier?: OutboundCallback,
  ): Promise<OutboundCallback> {
    const messageId = this.#options.random.uuid();
    const ownContext = this.#buildContext(this.#latestContext(transactionId), 'on_status', transactionId, messageId);
    const context = label === 'unknown-signer' ? { ...ownContext, bpp_id: UNKNOWN_ID } : ownContext;
    const text = label === 'raw-bytes' ? unusualJson({ context, message }) : JSON.stringify({ context, message });
    const callback = earlier
      ? { ...earlier, label }
      : { label, action: 'on_status', transactionId, messageId, orderId, text };
    await this.#send(callback);
    return callback;
  }

  /** Resolves once every acknowledged request has its callback. */
  async whenIdle(): Promise<void> {
    while (this.#pendingAnswers.size > 0) await Promise.all(this.#pendingAnswers);
  }

  #respond(action: Action, request: ParsedRequest): HttpResponse & { reply: ReceivedRequest['reply'] } {
    const { context } = request;
    const { ack, nack, nackFor, unavailableFor } = this.profile;
    if (nackFor === action && this.#isFirst('nack')) {
      const code = nack.status === 401 ? '401' : ERROR_CODES.nack;
      const error = this.#error(code, 'Not possible now. Ask again later, with a new message.');
      return { ...this.#nack(nack.status, context, error), reply: 'nack' };
    }
    if (unavailableFor === action && this.#isFirst('unavailable')) {
      const error = this.#error('503', 'Too busy. Try again later.');
      return { ...this.#nack(503, context, error), reply: 'unavailable' };
    }
    const key = `${action} ${request.messageId}`;
    if (!this.#acknowledged.has(key)) this.#answerLater(action, request);
    this.#acknowledged.add(key);
    const body = { ...(ack.withContext ? { context } : {}), message: { ack: { status: 'ACK' } } };
    return { status: ack.status, text: JSON.stringify(body), reply: 'ack' };
  }

  #answerLater(action: Action, request: ParsedRequest): void {
    const answer: Promise<void> = this.#answer(action, request).finally(() => this.#pendingAnswers.delete(answer));
    this.#pendingAnswers.add(answer);
  }

  async #answer(action: Action, request: ParsedRequest): Promise<void> {
    const { clock, offer, timing } = this.#options;
    const { transactionId, messageId } = request;
    const transaction = this.#findByOrder(readOrderId(request.message)) ?? this.#transaction(transactionId);
    const { errorCallbackFor, lateCallbackFor } = this.profile;
    const fails = errorCallbackFor === action && this.#isFirst('error');
    const late = !fails && lateCallbackFor === action && this.#isFirst('late');
    const delayMs = timing.processingMs + (late ? timing.lateByMs : 0);
    await new Promise<void>((resolve) => clock.callLater(delayMs, resolve));
    const context = this.#buildContext(request.context, `on_${action}`, transactionId, messageId);
    const details = { request: request.message, offer, transaction, session: this.session, now: clock.now() };
    const body = fails
      ? {
          context,
          error: this.#error(ERROR_CODES.error, 'This connector has just been taken. Choose another, or try again.'),
        }
      : { context, message: buildAnswer(action, details) };
    if (!fails) transaction.answers.push({ action, at: clock.now() });
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

  #error(code: string, message: string): Json {
    return { code: this.profile.numericCodes ? Number(code) : code, message };
  }

  #nack(status: number, context: Json | undefined, error: Json): HttpResponse {
    const { withContext, errorInMessage } = this.profile.nack;
    const ack = { status: 'NACK' };
    const head = withContext && context ? { context } : {};
    const body = errorInMessage ? { ...head, message: { ack, error } } : { ...head, message: { ack }, error };
    const realm = `Signature realm="${this.#options.expected.bppId}",headers="(created) (expires) digest"`;
    return {
      status,
      text: JSON.stringify(body),
      ...(status === 401 ? { headers: { 'www-authenticate': realm } } : {}),
    };
  }

  /**
   * Returns a transaction, or creates it with a random amount and order id, which only an app that reads the callbacks
   * can know.
   */
  #transaction(transactionId: string): QuotedTransaction {
    const existing = this.#transactions.get(transactionId);
    if (existing) return existing;
    const { random } = this.#options;
    const amount = (100 + random.fraction() * 100).toFixed(2);
    const orderId = `ORD-${random.base32(8)}`;
    const transaction: QuotedTransaction = { transactionId, amount, currency: 'INR', orderId, answers: [] };
    this.#transactions.set(transactionId, transaction);
    return transaction;
  }

  #findByOrder(orderId: string): QuotedTransaction | undefined {
    return [...this.#transactions.values()].find((transaction) => transaction.orderId === orderId);
  }

  #buildContext(requestContext: Json, action: string, transactionId: string, messageId: string): Json {
    const { expected, clock } = this.#options;
    return {
      ...requestContext,
      action,
      bap_id: expected.subscriberId,
      bap_uri: expected.bapUri,
      bpp_id: expected.bppId,
      bpp_uri: expected.bppUri,
      transaction_id: transactionId,
      message_id: messageId,
      timestamp: new Date(clock.now()).toISOString(),
      ttl: 'PT10M',
    };
  }

  /** Returns the context of the latest request, from which callbacks take their domain, version and location. */
  #latestContext(transactionId: string): Json {
    const request = this.#entries.findLast(
      (entry) => entry.kind === 'request' && entry.transactionId === transactionId,
    );
    return request?.kind === 'request' ? request.context : {};
  }
}

/** Serialises JSON in an unusual form: indented, with a final line break and an escaped letter. */
function unusualJson(body: Json): string {
  return `${JSON.stringify(body, null, 3).replaceAll('"Status"', '"St\\u0061tus"')}\n`;
}
