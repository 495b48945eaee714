/** A simulated buyer app: it signs and sends requests and receives callbacks, correctly or not. */
import { keyPairFromSeed, encodeKeyPair, type KeyPair } from '../../../src/beckn/signing/key-material.js';
import type { RegistryRecord } from '../../../src/beckn/registry/registry.js';
import { authorizationHeader } from '../../../src/beckn/signing/signature.js';
import type { HttpResponse } from '../../../src/ports/http.js';
import type { BuyerDialect, Message } from '../dialects/buyer-dialect.js';
import { isAcknowledged, messageIdOf } from '../dialects/envelope.js';
import { SeededRandom } from '../runtime/seeded-random.js';
import type { Faults } from '../faults.js';
import type { History, Intent } from '../runtime/history.js';
import type { Node } from '../node/node.js';
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
  readonly intent: Intent;
}

let requestCount = 0;

/** Restarts the numbering of requests. Every simulation calls it first. */
export function resetRequestCount(): void {
  requestCount = 0;
}

export class BuyerApp {
  /** True while its address does not answer. */
  down = false;
  readonly uri: string;
  readonly #keys: KeyPair;
  /** A separate random stream for bookings, odd amounts and the like, so that these draws do not change the others. */
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
    dialect: BuyerDialect,
    transactionId: string,
    { action, message }: Message,
    intent: Omit<Intent, 'dialect'>,
  ): SentRequest {
    const { random, time } = this.environment;
    const messageId = random.uuid();
    const timestamp = new Date(time.now()).toISOString();
    const context = dialect.context({ action, bapId: this.id, bapUri: this.uri, transactionId, messageId, timestamp });
    const body = JSON.stringify({ context, message });
    return { action, transactionId, messageId, body, intent: { ...intent, dialect: dialect.name } };
  }

  /** Sends one signed POST. Resolves with `undefined` if no answer arrives or its status is 500 or above. */
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
        const { action, body, intent } = request;
        history.add({ kind: 'request', n, from: this.id, action, body, intent });
        const inbound = { action, rawBody, headers: { authorization } };
        void Promise.resolve(parts.router.route(inbound).process(inbound)).then((answer) => {
          if (!present()) return settle(undefined);
          history.add({ kind: 'answer', n, status: answer.status, body: answer.body });
          if (faults.strikes('answer-lost', random, 0.1)) return;
          const isAck = isAcknowledged(JSON.parse(answer.body));
          settle(answer.status < 500 && isAck ? 'ACK' : answer.status >= 500 ? undefined : 'NACK');
        });
      });
    });
  }

  /**
   * Sends a request until its callback arrives, `tries` times at most. Resolves with `undefined` after a NACK or if no
   * callback arrives.
   */
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

  /** Resolves with the first callback of this message id, or with `undefined` if none arrives within `withinMs`. */
  callback(messageId: string, withinMs: number): Promise<unknown> {
    const stored = this.#callbacks.get(messageId)?.[0];
    if (stored !== undefined) return Promise.resolve(stored);
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
    const messageId = messageIdOf(parsed);
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
