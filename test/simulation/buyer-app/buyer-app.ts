/** A simulated buyer app: it signs requests, sends them and receives callbacks, correctly or not. */
import { keyPairFromSeed, encodeKeyPair, type KeyPair } from '../../../src/beckn/signing/key-material.js';
import type { RegistryRecord } from '../../../src/beckn/registry/registry.js';
import { authorizationHeader } from '../../../src/beckn/signing/signature.js';
import { HttpFault, type HttpClient, type HttpResponse } from '../../../src/ports/http.js';
import { SeededRandom } from '../runtime/seeded-random.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import { at, text } from '../runtime/json.js';
import type { Node } from '../node/node.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';
import { BPP } from '../node/settings.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface BuyerEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
  readonly node: Node;
}

export interface SentRequest {
  readonly action: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly body: string;
}

let requestCount = 0;

export class BuyerApp {
  /** True while its address does not answer. */
  down = false;
  readonly uri: string;
  readonly #keys: KeyPair;
  /** Its own stream, so that a habit changes no other draw. */
  readonly extras: SeededRandom;
  readonly #callbacks = new Map<string, unknown[]>();
  readonly #waiting = new Map<string, (body: unknown) => void>();

  constructor(
    readonly environment: BuyerEnvironment,
    readonly id: string,
    number: number,
  ) {
    this.extras = new SeededRandom(environment.random.seedOfExtras, `${id}/extras`);
    this.uri = `https://${id}/beckn`;
    this.#keys = keyPairFromSeed(new Uint8Array(32).fill(number + 20));
  }

  record(): RegistryRecord {
    const { publicKey } = encodeKeyPair(this.#keys);
    return {
      subscriberId: this.id,
      type: 'BAP',
      url: this.uri,
      keyId: 'k1',
      signingPublicKey: publicKey,
      status: 'SUBSCRIBED',
    };
  }

  buildRequest(
    action: string,
    transactionId: string,
    message: object,
    messageId = this.environment.random.uuid(),
  ): SentRequest {
    const context = {
      domain: 'uei:charging',
      version: '1.0.0',
      action,
      location: { city: { code: 'std:080', name: 'Bengaluru' }, country: { code: 'IND', name: 'India' } },
      bap_id: this.id,
      bap_uri: this.uri,
      bpp_id: BPP.id,
      bpp_uri: BPP.uri,
      transaction_id: transactionId,
      message_id: messageId,
      timestamp: new Date(this.environment.time.now()).toISOString(),
      ttl: 'PT10M',
    };
    return { action, transactionId, messageId, body: JSON.stringify({ context, message }) };
  }

  /** Sends one signed POST. Resolves with `undefined` when no answer arrives. */
  post(request: SentRequest): Promise<'ACK' | 'NACK' | undefined> {
    const { time, random, faults, history, node } = this.environment;
    const n = (requestCount += 1);
    const rawBody = Buffer.from(request.body);
    const created = Math.floor(time.now() / 1000) - 5;
    const authorization = authorizationHeader({
      subscriberId: this.id,
      keyId: 'k1',
      secretKey: this.#keys.secretKey,
      body: rawBody,
      created,
      expires: created + 600,
    });
    return new Promise((resolve) => {
      const giveUp = time.after(20_000, () => resolve(undefined));
      const settle = (value: 'ACK' | 'NACK' | undefined): void => {
        giveUp();
        time.after(random.between(1, 40), () => resolve(value));
      };
      time.after(random.between(5, 80), () => {
        const { parts } = node;
        if (!parts) return settle(undefined);
        const present = node.aliveCheck();
        history.add({ kind: 'request', n, from: this.id, action: request.action, body: request.body });
        const inbound = { action: request.action, rawBody, headers: { authorization } };
        void Promise.resolve(parts.router.route(inbound).process(inbound)).then((answer) => {
          if (!present()) return settle(undefined);
          history.add({ kind: 'answer', n, status: answer.status, body: answer.body });
          if (faults.strikes('answer-lost', random, 0.1)) return;
          const status = text(at(JSON.parse(answer.body), 'message', 'ack', 'status'));
          settle(answer.status < 500 && status === 'ACK' ? 'ACK' : answer.status >= 500 ? undefined : 'NACK');
        });
      });
    });
  }

  /** Repeats a request until it is acknowledged, then waits for the callback. Resolves with `undefined` after a NACK or without a callback. */
  async ask(request: SentRequest, tries = 5): Promise<unknown> {
    const { time, random, faults } = this.environment;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (faults.strikes('duplicate-request', random, 0.3)) void this.post(request);
      const status = await this.post(request);
      if (faults.strikes('duplicate-request', random, 0.2)) void this.post(request);
      if (faults.strikes('message-id-reused', random, 0.2)) {
        void this.post({ ...request, body: request.body.replace('"ttl":"PT10M"', '"ttl":"PT11M"') });
      }
      if (status === 'NACK') return undefined;
      if (status === 'ACK') {
        const body = await this.callback(request.messageId, 90_000);
        if (body !== undefined) return body;
      } else await time.sleep(random.between(500, 15_000));
    }
    return undefined;
  }

  /** Resolves with the first callback of this message id, or with `undefined` after `withinMs`. */
  callback(messageId: string, withinMs: number): Promise<unknown> {
    const knownOrders = this.#callbacks.get(messageId)?.[0];
    if (knownOrders !== undefined) return Promise.resolve(knownOrders);
    return new Promise((resolve) => {
      const cancel = this.environment.time.after(withinMs, () => {
        this.#waiting.delete(messageId);
        resolve(undefined);
      });
      this.#waiting.set(messageId, (body) => {
        cancel();
        resolve(body);
      });
    });
  }

  #recordCallback(body: string): void {
    const parsed: unknown = JSON.parse(body);
    const messageId = text(at(parsed, 'context', 'message_id'));
    this.#callbacks.set(messageId, [...(this.#callbacks.get(messageId) ?? []), parsed]);
    const waiting = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    waiting?.(parsed);
  }

  /** Receives a callback and answers it. */
  accept(body: string): HttpResponse {
    const { faults, random } = this.environment;
    const answer = (httpStatus: number, status: 'ACK' | 'NACK'): HttpResponse => ({
      status: httpStatus,
      headers: {},
      body: JSON.stringify({ message: { ack: { status } } }),
    });
    if (faults.strikes('callback-error', random, 0.25)) return answer(random.pick([500, 503, 429, 401]), 'NACK');
    if (faults.strikes('callback-refused', random, 0.15)) return answer(random.pick([200, 400]), 'NACK');
    this.#recordCallback(body);
    // The app processes the callback but answers with an error.
    if (faults.strikes('callback-error', random, 0.1)) return answer(502, 'NACK');
    return answer(200, 'ACK');
  }
}

let callbackCount = 0;

/** The transport from the bridge to the buyer apps. It delays callbacks and sometimes loses them. */
export function callbackTransport(
  environment: Omit<BuyerEnvironment, 'node'>,
  apps: () => readonly BuyerApp[],
  provider: SimulatedPaymentProvider,
) {
  const { time, random, faults, history } = environment;
  return (alive: () => boolean): HttpClient => ({
    send: (request) =>
      new Promise((resolve, reject) => {
        const { url, body = '', timeoutMs } = request;
        if (!alive()) return;
        if (provider.serves(url)) {
          time.after(40, () => {
            const response = provider.handle(request);
            time.after(40, () => alive() && resolve(response));
          });
          return;
        }
        const n = (callbackCount += 1);
        history.add({ kind: 'callback', n, url, body });
        const app = apps().find((one) => url.startsWith(`${one.uri}/`));
        const slow = faults.strikes('callback-slow', random, 0.2) ? 15_000 : 300;
        const latencyMs = random.between(5, slow);
        const fail = (reason: 'network' | 'timeout', ms: number): void =>
          void time.after(ms, () => alive() && reject(new HttpFault(reason, 'not reached')));
        if (!app || app.down) {
          if (app) faults.count('callback-down');
          fail('network', 20);
          return;
        }
        time.after(latencyMs, () => {
          // A callback of a dead process still arrives when it was fast; a slow one is lost with the connection.
          if (!alive() && latencyMs > 300) return;
          const response = app.accept(body);
          const ack = response.status < 300 && !response.body.includes('NACK');
          history.add({ kind: 'delivery', n, to: app.id, status: response.status, ack });
          if (2 * latencyMs > timeoutMs) fail('timeout', 0);
          else time.after(latencyMs, () => alive() && resolve(response));
        });
      }),
  });
}

/** Restarts the numbering; every simulation begins with it. */
export function resetCounters(): void {
  requestCount = 0;
  callbackCount = 0;
}
