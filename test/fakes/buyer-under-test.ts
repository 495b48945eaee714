/** A third party's buyer app with its own cryptography. It completes an order by itself and can violate each rule. */
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
import { SPEECHES, type Speech, type SpeechName } from './buyer-speech.js';

export type Json = { [key: string]: any }; // oxlint-disable-line typescript/no-explicit-any -- wire JSON of unknown shape

export const SUBSCRIBER = 'shop.example/bap';
export const KEY_ID = 'k1';
const pair = generateKeyPairSync('ed25519');
const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
export const PUBLIC_KEY: Uint8Array = spki.subarray(-32);
export const PUBLIC_KEY_DER = spki.toString('base64');
const otherKey = createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** The violations of the app. Without any, it conforms. */
export interface Violations {
  /** Changes the context. `message` changes the message, and `header` the authorization header. */
  context?(action: string, context: Json): Json;
  message?(action: string, message: Json): Json | undefined;
  header?(value: string): string | undefined;
  /** Changes the bytes after signing. */
  body?(text: string): string;
  readonly signature?: {
    readonly subscriberId?: string;
    keyId?(action: string): string;
    /** Added to `created`, in seconds. */
    readonly createdOffsetS?: number;
    readonly lifetimeS?: number;
    readonly otherKey?: boolean;
  };
  /** The callback check that the app skips. */
  readonly unchecked?:
    | 'everything'
    | 'missing-signature'
    | 'expiry'
    | 'signer'
    | 'registration'
    | 'body-beside-digest-header'
    | 'signature-without-digest-header'
    | 'raw-bytes';
  /** Replaces the ACK of a verified callback. `times` counts the deliveries of the same body, from 1. */
  answer?(callback: Json, times: number, app: { hasSent(messageId: string): boolean }): Answer | undefined;
  /** Replaces the NACK of a callback that did not verify. */
  readonly refusal?: Answer;
  /** Delays the answer to this action's callback. */
  readonly slow?: { readonly action: string; readonly ms: number };
  /** Continues after the ACK of this action, without waiting for its callback. */
  readonly skipsCallbackOf?: string;
  /** Confirms again when on_init arrives again. */
  readonly paysAgain?: boolean;
  readonly stopsAfterError?: boolean;
  /**
   * `repeats` sends the same bytes three more times, `resends` sends a new message without a pause, and `stops` ends the
   * journey. If absent, the app sends a new message after `AFTER_NACK_MS`.
   */
  readonly afterNack?: 'repeats' | 'resends' | 'stops';
  /** Repeats after a 503 with a new timestamp under the same message_id. */
  readonly rewritesRepeats?: boolean;
  /** Treats a 202 as a failure and repeats the request. */
  readonly acceptsOnly200?: boolean;
  /** Sends this action after the end of the order. */
  readonly afterEnd?: string;
  readonly omits?: readonly string[];
  /** Posts to this path at the provider's origin instead of the provider's own path. */
  readonly basePath?: string;
  /** Ends the journey silently after the callback to this request. */
  readonly stopsAfter?: string;
  /** Answers every callback without verifying it; `cut` closes the connection, `silence` never answers. */
  readonly answersAll?: Answer | 'cut' | 'silence';
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export const nack = (status: number, message: string): Answer => ({
  status,
  text: JSON.stringify({ message: { ack: { status: 'NACK' } }, error: { code: String(status), message } }),
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const blake = (bytes: Uint8Array | string): string => createHash('blake2b512').update(bytes).digest('base64');
const signingString = (created: number, expires: number, digest: string): string =>
  `(created): ${created}\n(expires): ${expires}\ndigest: BLAKE-512=${digest}`;

export interface BuyerUnderTest {
  readonly bapUri: string;
  readonly triggerUrl: string;
  close(): Promise<void>;
}

/** How long the app waits before a new request after a NACK. */
const AFTER_NACK_MS = 150;

export async function startBuyerUnderTest(
  violations: Violations = {},
  dialect: SpeechName = 'uei-charging-1.0.0',
): Promise<BuyerUnderTest> {
  const speech: Speech = SPEECHES[dialect];
  const actionOf = (name: string): string => speech.actions?.[name] ?? name;
  let provider = { bpp_id: '', bpp_uri: '', registry_url: '' };
  let base = '';
  const nothing = { provider: '', items: [] as readonly string[], orderId: '', amount: '', currency: '' };
  let journey = { transactionId: '', ...nothing };
  let stopped = false;
  const requests = new Map<string, string>();
  const handled = new Set<string>();
  const seen = new Map<string, number>();
  const endedOrders = new Set<string>();
  const running = new Set<Promise<void>>();

  function later(work: () => Promise<void>): void {
    const one: Promise<void> = work()
      .catch(() => undefined)
      .finally(() => running.delete(one));
    running.add(one);
  }

  function authorization(action: string, body: string): string | undefined {
    const { signature: deviation = {} } = violations;
    const created = Math.floor(Date.now() / 1_000) - 5 + (deviation.createdOffsetS ?? 0);
    const expires = created + (deviation.lifetimeS ?? 300);
    const key = deviation.otherKey ? otherKey : pair.privateKey;
    const signature = sign(null, Buffer.from(signingString(created, expires, blake(body))), key).toString('base64');
    const keyId = `${deviation.subscriberId ?? SUBSCRIBER}|${deviation.keyId?.(action) ?? KEY_ID}|ed25519`;
    const header =
      `Signature keyId="${keyId}",algorithm="ed25519",created="${created}",expires="${expires}",` +
      `headers="(created) (expires) digest",signature="${signature}"`;
    return violations.header ? violations.header(header) : header;
  }

  function bodyOf(name: string): string {
    const action = actionOf(name);
    const { bpp_id: bppId, bpp_uri: bppUri } = provider;
    const { transactionId } = journey;
    const ids = { bapId: SUBSCRIBER, bapUri: `${base}/bap/`, bppId, bppUri, transactionId, messageId: randomUUID() };
    const context = speech.context(action, ids, new Date().toISOString());
    const message = speech.message(name, journey);
    return JSON.stringify({
      context: violations.context?.(name, context) ?? context,
      message: violations.message?.(name, message) ?? message,
    });
  }

  async function post(name: string, text: string): Promise<{ status: number; isAck: boolean }> {
    const action = actionOf(name);
    const authorized = authorization(action, text);
    const headers = {
      'content-type': 'application/json',
      ...(authorized === undefined ? {} : { authorization: authorized }),
    };
    const body = violations.body?.(text) ?? text;
    const { basePath } = violations;
    const address = basePath === undefined ? provider.bpp_uri : new URL(basePath, provider.bpp_uri).href;
    const response = await fetch(`${address}/${action}`, { method: 'POST', headers, body });
    return { status: response.status, isAck: speech.isAck((await response.json()) as Json) };
  }

  async function send(name: string): Promise<void> {
    if (violations.omits?.includes(name)) return continueAfter(name);
    const text = bodyOf(name);
    const context = (JSON.parse(text) as Json).context as Json | undefined;
    requests.set(String(context?.[speech.messageIdField]), name);
    const { status, isAck } = await post(name, text);
    if (status === 503) {
      await pause(20);
      const fresh = JSON.parse(text) as Json;
      if (violations.rewritesRepeats) fresh.context.timestamp = new Date(Date.now() + 1).toISOString();
      await post(name, JSON.stringify(fresh));
    } else if (!isAck) {
      if (violations.afterNack === 'stops') stopped = true;
      else if (violations.afterNack === 'repeats') {
        for (let times = 0; times < 3; times += 1) await post(name, text);
      } else if (status !== 404) {
        await pause(violations.afterNack === 'resends' ? 0 : AFTER_NACK_MS);
        await send(name);
      }
    } else if (status === 202 && violations.acceptsOnly200) {
      await post(name, text);
    }
    if (isAck && violations.skipsCallbackOf === name) await continueAfter(name);
  }

  async function continueAfter(name: string): Promise<void> {
    const journeyOf = ['search', ...speech.journey];
    const next = journeyOf[journeyOf.indexOf(name) + 1];
    if (next !== undefined && journeyOf.includes(name) && !stopped) await send(next);
  }

  async function publicKeyOf(subscriber_id: string, unique_key_id: string): Promise<Uint8Array | undefined> {
    const response = await fetch(`${provider.registry_url}/subscribers/lookup`, {
      method: 'POST',
      body: JSON.stringify({ subscriber_id, unique_key_id }),
    });
    const [record] = (await response.json()) as Json[];
    return record ? Buffer.from(record.signing_public_key as string, 'base64') : undefined;
  }

  /** Returns why the callback fails verification, or `undefined` if it passes. */
  async function findFault(headers: IncomingHttpHeaders, raw: Buffer, body: Json): Promise<string | undefined> {
    const { unchecked } = violations;
    if (unchecked === 'everything') return undefined;
    const { authorization: header } = headers;
    if (header === undefined) return unchecked === 'missing-signature' ? undefined : 'no signature';
    const get = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '';
    const [subscriber = '', keyId = ''] = get('keyId').split('|');
    if (Number(get('expires')) * 1_000 < Date.now() && unchecked !== 'expiry') return 'expired';
    if (subscriber !== (body.context.bpp_id ?? body.context.bppId) && unchecked !== 'signer') return 'another signer';
    const key = await publicKeyOf(subscriber, keyId);
    if (!key) return unchecked === 'registration' ? undefined : 'no such key';
    const claimed = String(headers.digest ?? '').replace('BLAKE-512=', '');
    if (claimed === '' && unchecked === 'signature-without-digest-header') return undefined;
    const bodyDigest = unchecked === 'raw-bytes' ? blake(JSON.stringify(body)) : blake(raw);
    const digest = claimed !== '' && unchecked === 'body-beside-digest-header' ? claimed : bodyDigest;
    const text = signingString(Number(get('created')), Number(get('expires')), digest);
    const spkiKey = Buffer.concat([spki.subarray(0, 12), key]);
    const keyObject = createPublicKey({ key: spkiKey, format: 'der', type: 'spki' });
    const fits = verify(null, Buffer.from(text), keyObject, Buffer.from(get('signature'), 'base64'));
    return fits ? undefined : 'the signature does not fit';
  }

  async function react(body: Json): Promise<void> {
    const messageId = body.context[speech.messageIdField] as string;
    const name = requests.get(messageId);
    const order = speech.orderOf(body.message as Json | undefined);
    if (stopped) return;
    if (speech.isComplete(order) && !endedOrders.has(speech.idOf(order))) {
      endedOrders.add(speech.idOf(order));
      // The terminal callback must have been answered, because a request that crosses it violates nothing.
      if (violations.afterEnd) {
        await pause(200);
        await send(violations.afterEnd);
      }
      await send(speech.rating);
      return;
    }
    if (name === undefined) return;
    if (handled.has(messageId)) {
      if (violations.paysAgain) await post('confirm', bodyOf('confirm'));
      return;
    }
    handled.add(messageId);
    if (body.error) {
      if (violations.stopsAfterError) stopped = true;
      else await send(name);
      return;
    }
    if (name === 'search') journey = { ...journey, ...speech.readCatalogue(body.message as Json) };
    if (name === 'init') journey = { ...journey, ...speech.priceOf(order) };
    if (name === 'init' || name === 'confirm') journey.orderId = speech.idOf(order) ?? '';
    if (violations.stopsAfter === name) stopped = true;
    if (violations.skipsCallbackOf !== name) await continueAfter(name);
  }

  const refuse = (reason: string): Answer => ({
    status: 401,
    text: speech.ack.replace('"ACK"', '"NACK"').replace(/}$/, `,"error":{"code":"401","message":"${reason}"}}`),
  });

  async function receive(headers: IncomingHttpHeaders, raw: Buffer): Promise<Answer> {
    const body = JSON.parse(raw.toString()) as Json;
    const reason = await findFault(headers, raw, body);
    if (violations.slow?.action === body.context.action) await pause(violations.slow?.ms ?? 0);
    if (reason !== undefined) return violations.refusal ?? refuse(reason);
    const text = raw.toString();
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    const answer = violations.answer?.(body, times, { hasSent: (messageId) => requests.has(messageId) });
    later(() => react(body));
    return answer ?? { status: 200, text: speech.ack };
  }

  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      if (request.url === '/begin') {
        response.writeHead(204).end();
        if (stopped) return;
        provider = JSON.parse(raw.toString()) as typeof provider;
        journey = { transactionId: randomUUID(), ...nothing };
        later(() => send('search'));
        return;
      }
      const { answersAll } = violations;
      if (answersAll === 'silence') return;
      if (answersAll === 'cut') return void request.socket.destroy();
      if (answersAll) return void response.writeHead(answersAll.status).end(answersAll.text);
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
      stopped = true;
      await Promise.all(running);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
