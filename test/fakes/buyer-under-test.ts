/** An independent buyer app with its own crypto that completes a journey by itself, with switchable protocol violations. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Json = { [key: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- wire JSON of unknown shape

export const SUBSCRIBER = 'shop.example/bap';
export const KEY_ID = 'k1';
const pair = generateKeyPairSync('ed25519');
const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
export const PUBLIC_KEY: Uint8Array = spki.subarray(-32);
export const PUBLIC_KEY_DER = spki.toString('base64');
const otherKey = createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** The violations of the buyer app; without any it behaves correctly. */
export interface BuyerFaults {
  /** These functions change what is sent. */
  context?(action: string, context: Json): Json;
  message?(action: string, message: Json): Json;
  header?(value: string): string | undefined;
  /** Changes the bytes after signing. */
  body?(text: string): string;
  readonly signing?: {
    readonly subscriberId?: string;
    keyId?(action: string): string;
    readonly createdIn?: number;
    readonly lifeS?: number;
    readonly otherKey?: boolean;
  };
  /** The check of callbacks that it skips. */
  readonly skippedCheck?:
    'unsigned' | 'expired' | 'foreign' | 'unknown' | 'digest-header' | 'without-digest-header' | 'parsed-body';
  /** Replaces the answer to an authenticated callback; `refusal` replaces the answer to an unauthenticated one. */
  answer?(callback: Json, times: number, app: { known(messageId: string): boolean }): Answer | undefined;
  readonly refusal?: Answer;
  /** Delays the answer to the callback of this action. */
  readonly slow?: { readonly action: string; readonly ms: number };
  /** Continues after the acknowledgement of this action, without waiting for the callback. */
  readonly continuesAfterAck?: string;
  /** Pays again when on_init is repeated. */
  readonly paysTwice?: boolean;
  readonly stopsOnError?: boolean;
  readonly afterNack?: 'repeats' | 'sends-new-request' | 'stops';
  /** Changes the timestamp when it repeats a request after a 503. */
  readonly refreshesTimestamp?: boolean;
  /** Treats a 202 as a failure and repeats the request. */
  readonly retriesAfter202?: boolean;
  /** Sends this action after the order has ended. */
  readonly afterEnd?: string;
  readonly omits?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const ACK: Answer = { status: 200, text: '{"message":{"ack":{"status":"ACK"}}}' };
export const nack = (status: number, message: string): Answer => ({
  status,
  text: JSON.stringify({ message: { ack: { status: 'NACK' } }, error: { code: String(status), message } }),
});

/** The order of the actions. */
const NEXT: Readonly<Record<string, string>> = {
  search: 'select',
  select: 'init',
  init: 'confirm',
  confirm: 'status',
  status: 'update',
  update: 'track',
  track: 'support',
  support: 'cancel',
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const blake = (bytes: Uint8Array | string): string => createHash('blake2b512').update(bytes).digest('base64');
const signingString = (created: number, expires: number, digest: string): string =>
  `(created): ${created}\n(expires): ${expires}\ndigest: BLAKE-512=${digest}`;

export interface BuyerUnderTest {
  readonly bapUri: string;
  readonly triggerUrl: string;
  close(): Promise<void>;
}

/** @param afterNackMs The wait before it repeats a request after a NACK. */
export async function startBuyerUnderTest(faults: BuyerFaults = {}, afterNackMs = 150): Promise<BuyerUnderTest> {
  let provider = { bpp_id: '', bpp_uri: '', registry_url: '' };
  let base = '';
  let journey = { transactionId: '', order: {} as Json, orderId: '', amount: '', currency: '' };
  let hung = false;
  const requests = new Map<string, string>();
  const handled = new Set<string>();
  const seen = new Map<string, number>();
  const ended = new Set<string>();
  const running = new Set<Promise<void>>();

  function later(work: () => Promise<void>): void {
    const one: Promise<void> = work()
      .catch(() => undefined)
      .finally(() => running.delete(one));
    running.add(one);
  }

  function authorization(action: string, body: string): string | undefined {
    const { signing: signs = {} } = faults;
    const created = Math.floor(Date.now() / 1_000) - 5 + (signs.createdIn ?? 0);
    const expires = created + (signs.lifeS ?? 300);
    const key = signs.otherKey ? otherKey : pair.privateKey;
    const signature = sign(null, Buffer.from(signingString(created, expires, blake(body))), key).toString('base64');
    const keyId = `${signs.subscriberId ?? SUBSCRIBER}|${signs.keyId?.(action) ?? KEY_ID}|ed25519`;
    const header =
      `Signature keyId="${keyId}",algorithm="ed25519",created="${created}",expires="${expires}",` +
      `headers="(created) (expires) digest",signature="${signature}"`;
    return faults.header ? faults.header(header) : header;
  }

  function messageOf(action: string): Json {
    const { order, orderId, amount, currency } = journey;
    const billing = { name: 'A', email: 'a@shop.example', phone: '+910000000000' };
    switch (action) {
      case 'search':
        return { intent: {} };
      case 'select':
        return { order };
      case 'init':
        return { order: { ...order, billing } };
      case 'confirm':
        return { order: { ...order, billing, payments: [{ status: 'PAID', params: { amount, currency } }] } };
      case 'update':
        return { update_target: 'item', order: { ...order, id: orderId } };
      case 'support':
        return { support: { ref_id: orderId } };
      case 'rating':
        return { ratings: [{ id: orderId, rating_category: 'Order', value: '5' }] };
      default:
        return { order_id: orderId };
    }
  }

  function bodyOf(action: string): string {
    const context = {
      domain: 'uei:charging',
      version: '1.0.0',
      action,
      bap_id: SUBSCRIBER,
      bap_uri: `${base}/bap/`,
      ...(action === 'search' ? {} : { bpp_id: provider.bpp_id, bpp_uri: provider.bpp_uri }),
      transaction_id: journey.transactionId,
      message_id: randomUUID(),
      timestamp: new Date().toISOString(),
      ttl: 'PT30S',
    };
    const sentContext = faults.context?.(action, context) ?? context;
    const message = faults.message?.(action, messageOf(action)) ?? messageOf(action);
    return JSON.stringify({ context: sentContext, message });
  }

  async function post(action: string, text: string): Promise<{ status: number; ackStatus: unknown }> {
    const authorized = authorization(action, text);
    const headers = {
      'content-type': 'application/json',
      ...(authorized === undefined ? {} : { authorization: authorized }),
    };
    const body = faults.body?.(text) ?? text;
    const response = await fetch(`${provider.bpp_uri}/${action}`, { method: 'POST', headers, body });
    const answer = (await response.json()) as Json;
    return { status: response.status, ackStatus: answer.message?.ack?.status };
  }

  async function send(action: string): Promise<void> {
    if (faults.omits?.includes(action)) return sendNext(action);
    const text = bodyOf(action);
    const context = (JSON.parse(text) as Json).context as Json | undefined;
    requests.set(String(context?.message_id), action);
    const { status, ackStatus } = await post(action, text);
    if (status === 503) {
      await pause(20);
      const fresh = JSON.parse(text) as Json;
      if (faults.refreshesTimestamp) fresh.context.timestamp = new Date(Date.now() + 1).toISOString();
      await post(action, JSON.stringify(fresh));
    } else if (ackStatus !== 'ACK') {
      if (faults.afterNack === 'stops') hung = true;
      else if (faults.afterNack === 'repeats') {
        for (let times = 0; times < 3; times += 1) await post(action, text);
      } else {
        await pause(faults.afterNack === 'sends-new-request' ? 0 : afterNackMs);
        await send(action);
      }
    } else if (status === 202 && faults.retriesAfter202) {
      await post(action, text);
    }
    if (ackStatus === 'ACK' && faults.continuesAfterAck === action) await sendNext(action);
  }

  async function sendNext(action: string): Promise<void> {
    const next = NEXT[action];
    if (next !== undefined && !hung) await send(next);
  }

  async function publicKeyOf(subscriber_id: string, unique_key_id: string): Promise<Uint8Array | undefined> {
    const response = await fetch(`${provider.registry_url}/subscribers/lookup`, {
      method: 'POST',
      body: JSON.stringify({ subscriber_id, unique_key_id }),
    });
    const [record] = (await response.json()) as Json[];
    return record ? Buffer.from(record.signing_public_key as string, 'base64') : undefined;
  }

  /** @returns Why the callback is not authentic, or `undefined`. */
  async function authenticationProblem(
    headers: IncomingHttpHeaders,
    raw: Buffer,
    body: Json,
  ): Promise<string | undefined> {
    const { skippedCheck: believes } = faults;
    const { authorization: header } = headers;
    if (header === undefined) return believes === 'unsigned' ? undefined : 'no signature';
    const get = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '';
    const [subscriber = '', keyId = ''] = get('keyId').split('|');
    if (Number(get('expires')) * 1_000 < Date.now() && believes !== 'expired') return 'expired';
    if (subscriber !== body.context.bpp_id && believes !== 'foreign') return 'another signer';
    const key = await publicKeyOf(subscriber, keyId);
    if (!key) return believes === 'unknown' ? undefined : 'no such key';
    const statedDigest = String(headers.digest ?? '').replace('BLAKE-512=', '');
    if (statedDigest === '' && believes === 'without-digest-header') return undefined;
    const own = believes === 'parsed-body' ? blake(JSON.stringify(body)) : blake(raw);
    const digest = statedDigest !== '' && believes === 'digest-header' ? statedDigest : own;
    const text = signingString(Number(get('created')), Number(get('expires')), digest);
    const spkiKey = Buffer.concat([spki.subarray(0, 12), key]);
    const keyObject = createPublicKey({ key: spkiKey, format: 'der', type: 'spki' });
    const fits = verify(null, Buffer.from(text), keyObject, Buffer.from(get('signature'), 'base64'));
    return fits ? undefined : 'the signature does not fit';
  }

  async function react(body: Json): Promise<void> {
    const action = requests.get(body.context.message_id as string);
    const order = (body.message?.order ?? {}) as Json;
    if (hung) return;
    if (order.status === 'COMPLETE' && !ended.has(order.id as string)) {
      ended.add(order.id as string);
      // The answer to the callback must arrive first: a request that crosses it is no violation.
      if (faults.afterEnd) {
        await pause(200);
        await send(faults.afterEnd);
      }
      await send('rating');
      return;
    }
    if (action === undefined) return;
    if (handled.has(body.context.message_id as string)) {
      if (faults.paysTwice) await post('confirm', bodyOf('confirm'));
      return;
    }
    handled.add(body.context.message_id as string);
    if (body.error) {
      if (faults.stopsOnError) hung = true;
      else await send(action);
      return;
    }
    if (action === 'search') {
      const [seller] = body.message.catalog.providers as Json[];
      const items = (seller!.items as Json[]).slice(0, 3).map(({ id }) => ({ id: id as string }));
      journey.order = { provider: { id: seller!.id as string }, items };
    }
    if (action === 'init') {
      journey.amount = order.quote.price.value as string;
      journey.currency = order.quote.price.currency as string;
    }
    if (action === 'confirm') journey.orderId = order.id as string;
    if (faults.continuesAfterAck !== action) await sendNext(action);
  }

  async function receive(headers: IncomingHttpHeaders, raw: Buffer): Promise<Answer> {
    const body = JSON.parse(raw.toString()) as Json;
    const reason = await authenticationProblem(headers, raw, body);
    if (faults.slow?.action === body.context.action) await pause(faults.slow?.ms ?? 0);
    if (reason !== undefined) return faults.refusal ?? nack(401, reason);
    const fingerprint = raw.toString();
    const times = (seen.get(fingerprint) ?? 0) + 1;
    seen.set(fingerprint, times);
    const own = faults.answer?.(body, times, { known: (messageId) => requests.has(messageId) });
    later(() => react(body));
    return own ?? ACK;
  }

  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      if (request.url === '/begin') {
        response.writeHead(204).end();
        if (hung) return;
        provider = JSON.parse(raw.toString()) as typeof provider;
        journey = { transactionId: randomUUID(), order: {}, orderId: '', amount: '', currency: '' };
        later(() => send('search'));
        return;
      }
      void receive(request.headers, raw).then(({ status, text }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    bapUri: `${base}/bap`,
    triggerUrl: `${base}/begin`,
    async close() {
      hung = true;
      await Promise.all(running);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
