/** The provider that is played: requests in, acknowledgements out, callbacks as the profile has them. */
import type { Clock, Random } from '../../../ports/runtime.js';
import type { Json } from '../../runtime/json.js';
import type { HttpRequest, HttpResponse } from '../../runtime/http-server.js';
import { UNKNOWN_ID, type CallbackSender, type OutboundCallback } from './callback-sender.js';
import type {
  Timing,
  SentCallback,
  Expected,
  QuotedTransaction,
  CallbackLabel,
  Offer,
  ReceivedRequest,
  RunRecord,
} from './run-record.js';
import { isAction, type Action, type ProviderProfile } from './provider-profiles.js';
import { buildAnswer, readOrderId, type SessionSnapshot } from './provider-messages.js';
import { readRequest, type ReadRequest } from './read-request.js';

export interface ProviderOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly profile: ProviderProfile;
  readonly expected: Expected;
  readonly offer: Offer;
  readonly sendCallback: CallbackSender;
  readonly timing: Pick<Timing, 'processingMs' | 'lateByMs'>;
  /** Told of everything, as it happens. */
  onEntry(entry: ReceivedRequest | SentCallback): void;
}

export interface CheckProvider {
  readonly profile: ProviderProfile;
  readonly offer: Offer;
  readonly entries: readonly (ReceivedRequest | SentCallback)[];
  readonly transactions: ReadonlyMap<string, QuotedTransaction>;
  /** Why requests could not even be read. */
  readonly unreadable: readonly string[];
  /** Where the session stands; callbacks tell it so. */
  session: SessionSnapshot;
  receive(incoming: HttpRequest): Promise<HttpResponse>;
  /** Sends a callback that nobody asked for, or one with a flaw. */
  sendCallback(
    label: CallbackLabel,
    given: QuotedTransaction,
    message: Json,
    again?: OutboundCallback,
  ): Promise<OutboundCallback>;
  /** Resolves once no callback is on its way. */
  whenIdle(): Promise<void>;
}

const ERROR_CODES: Readonly<Record<'nack' | 'error' | 'unreadable' | 'unknown', string>> = {
  // BECKN-005: not applicable now; item not available; invalid request; not implemented.
  nack: '40001',
  error: '40002',
  unreadable: '30000',
  unknown: '40001',
};

export function createProvider(options: ProviderOptions): CheckProvider {
  const { clock, random, profile, expected, offer, sendCallback: call, timing: pace } = options;
  const entries: (ReceivedRequest | SentCallback)[] = [];
  const given = new Map<string, QuotedTransaction>();
  const unreadable: string[] = [];
  const under = new Set<Promise<void>>();
  /** What the profile does the first time only, and has done. */
  const done = new Set<string>();
  /** Requests that were acknowledged: a repeat gets its answer and no second callback. */
  const acknowledged = new Set<string>();

  function keep(entry: ReceivedRequest | SentCallback): void {
    entries.push(entry);
    options.onEntry(entry);
  }

  const once = (what: string): boolean => !done.has(what) && Boolean(done.add(what));

  const errorOf = (code: string, message: string): Json => ({
    code: profile.numericCodes ? Number(code) : code,
    message,
  });

  function nack(status: number, context: Json | undefined, error: Json): HttpResponse {
    const { withContext, errorInMessage: errorInside } = profile.nack;
    const ack = { status: 'NACK' };
    const head = withContext && context ? { context } : {};
    const body = errorInside ? { ...head, message: { ack, error } } : { ...head, message: { ack }, error };
    const realm = `Signature realm="${expected.bppId}",headers="(created) (expires) digest"`;
    return {
      status,
      text: JSON.stringify(body),
      ...(status === 401 ? { headers: { 'www-authenticate': realm } } : {}),
    };
  }

  /** The transaction's own amount and order id: nobody can know them who was not told. */
  function givenIn(transactionId: string): QuotedTransaction {
    const known = given.get(transactionId);
    if (known) return known;
    const amount = (100 + random.fraction() * 100).toFixed(2);
    const fresh = { transactionId, amount, currency: 'INR', orderId: `ORD-${random.base32(8)}`, answers: [] };
    given.set(transactionId, fresh);
    return fresh;
  }

  const byOrder = (orderId: string): QuotedTransaction | undefined =>
    [...given.values()].find((one) => orderId !== '' && one.orderId === orderId);

  function contextOf(request: Json, action: string, transactionId: string, messageId: string): Json {
    return {
      ...request,
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

  async function send(outbound: OutboundCallback): Promise<void> {
    keep(await call(outbound));
  }

  async function answer(action: Action, request: ReadRequest): Promise<void> {
    const { transactionId, messageId, context } = request;
    const mine = byOrder(readOrderId(request.message)) ?? givenIn(transactionId);
    const on = `on_${action}`;
    const fails = profile.errorCallbackFor === action && once('error');
    const late = !fails && profile.lateCallbackFor === action && once('late');
    const holdMs = pace.processingMs + (late ? pace.lateByMs : 0);
    await new Promise<void>((resolve) => clock.callLater(holdMs, resolve));
    const head = contextOf(context, on, transactionId, messageId);
    const error = errorOf(
      ERROR_CODES.error,
      'Somebody else has just taken this connector. Choose another, or try again.',
    );
    const body = fails
      ? { context: head, error }
      : { context: head, message: buildAnswer(action, request.message, offer, mine, provider.session, clock.now()) };
    const text = JSON.stringify(body);
    const { orderId } = mine;
    if (!fails) mine.answers.push({ action, at: clock.now() });
    const label = fails ? 'error' : late ? 'late' : 'answer';
    const outbound = { label, action: on, transactionId, messageId, orderId, text } as const;
    await send(outbound);
    if (late) await send({ ...outbound, label: 'duplicate' });
  }

  /** Runs beside everything else; `settled` waits for it. */
  function later(work: () => Promise<void>): void {
    const running: Promise<void> = work().finally(() => under.delete(running));
    under.add(running);
  }

  function respond(action: Action, request: ReadRequest): HttpResponse & { reply: ReceivedRequest['reply'] } {
    const { context } = request;
    const name = `${action} ${request.messageId}`;
    if (profile.nackFor === action && once('refusal')) {
      const said = errorOf(
        profile.nack.status === 401 ? '401' : ERROR_CODES.nack,
        'Not now. Ask again later, with a new message.',
      );
      return { ...nack(profile.nack.status, context, said), reply: 'nack' };
    }
    if (profile.unavailableFor === action && once('stumble')) {
      return { ...nack(503, context, errorOf('503', 'Too busy. Come again.')), reply: 'unavailable' };
    }
    if (!acknowledged.has(name)) later(() => answer(action, request));
    acknowledged.add(name);
    const ack = { message: { ack: { status: 'ACK' } } };
    const text = JSON.stringify(profile.ack.withContext ? { context, ...ack } : ack);
    return { status: profile.ack.status, text, reply: 'ack' };
  }

  const provider: CheckProvider = {
    profile,
    offer,
    entries,
    transactions: given,
    unreadable,
    session: { status: 'ACTIVE', connector: 'Preparing', energyWh: 0, elapsedS: 0 },
    receive(incoming) {
      const action = incoming.path.split('/').at(-1) ?? '';
      if (incoming.method !== 'POST' || !isAction(action)) {
        const what = `${incoming.method} ${incoming.path}`;
        return Promise.resolve(
          nack(404, undefined, errorOf(ERROR_CODES.unknown, `${what} is not played by this provider`)),
        );
      }
      const at = clock.now();
      const request = readRequest(incoming, expected.publicKey);
      if (typeof request === 'string') {
        unreadable.push(`${action}: ${request}`);
        return Promise.resolve(nack(400, undefined, errorOf(ERROR_CODES.unreadable, request)));
      }
      const { reply, ...outgoing } = respond(action, request);
      keep({ kind: 'request', at, action, ...request, reply, replyStatus: outgoing.status });
      return Promise.resolve(outgoing);
    },
    async sendCallback(label, mine, message, again) {
      const { transactionId, orderId } = mine;
      const messageId = random.uuid();
      const said = contextOf(lastContext(entries, transactionId), 'on_status', transactionId, messageId);
      const context = label === 'unknown-signer' ? { ...said, bpp_id: UNKNOWN_ID } : said;
      const text = label === 'raw-bytes' ? unusualJson({ context, message }) : JSON.stringify({ context, message });
      const fresh = { label, action: 'on_status', transactionId, messageId, orderId, text };
      const outbound = again ? { ...again, label } : fresh;
      await send(outbound);
      return outbound;
    },
    async whenIdle() {
      while (under.size > 0) await Promise.all(under);
    },
  };
  return provider;
}

/** Of the newest request: domain, version and place as the buyer app says them. */
function lastContext(entries: RunRecord['entries'], transactionId: string): Json {
  const last = entries.findLast((one) => one.kind === 'request' && one.transactionId === transactionId);
  return last?.kind === 'request' ? last.context : {};
}

/** The same JSON as nobody's writer would write it: blanks, a line break at the end, an escaped letter. */
function unusualJson(body: Json): string {
  return `${JSON.stringify(body, null, 3).replaceAll('"Status"', '"St\\u0061tus"')}\n`;
}
