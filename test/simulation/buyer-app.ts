/** A simulated buyer app: it signs, asks, and takes callbacks, well or badly. */
import { keyPairFromSeed, encodeKeyPair, type KeyPair } from '../../src/beckn/signing/key-material.js';
import type { RegistryRecord } from '../../src/beckn/registry/registry.js';
import { authorizationHeader } from '../../src/beckn/signing/signature.js';
import { HttpFault, type HttpClient, type HttpResponse } from '../../src/ports/http.js';
import type { Chance } from './chance.js';
import type { Faults } from './faults.js';
import type { History } from './history.js';
import { at, text } from './json.js';
import type { Node } from './node.js';
import { BPP } from './settings.js';
import type { VirtualTime } from './virtual-clock.js';

export interface BuyerWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
  readonly node: Node;
}

export interface Asked {
  readonly action: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly body: string;
}

let asked = 0;

export class BuyerApp {
  /** Nobody answers at its address. */
  down = false;
  readonly uri: string;
  readonly #keys: KeyPair;
  readonly #heard = new Map<string, unknown[]>();
  readonly #waiting = new Map<string, (body: unknown) => void>();

  constructor(
    readonly world: BuyerWorld,
    readonly id: string,
    number: number,
  ) {
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

  write(action: string, transactionId: string, message: object, messageId = this.world.chance.uuid()): Asked {
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
      timestamp: new Date(this.world.time.now()).toISOString(),
      ttl: 'PT10M',
    };
    return { action, transactionId, messageId, body: JSON.stringify({ context, message }) };
  }

  /** One POST. `undefined`: no answer came. @param as Whose signature; its own unless it lies. */
  post(request: Asked): Promise<'ACK' | 'NACK' | undefined> {
    const { time, chance, faults, history, node } = this.world;
    const n = (asked += 1);
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
        time.after(chance.between(1, 40), () => resolve(value));
      };
      time.after(chance.between(5, 80), () => {
        const { parts } = node;
        if (!parts) return settle(undefined);
        const present = node.presence();
        history.add({ kind: 'request', n, from: this.id, action: request.action, body: request.body });
        void parts.router.process({ action: request.action, rawBody, headers: { authorization } }).then((answer) => {
          if (!present()) return settle(undefined);
          history.add({ kind: 'answer', n, status: answer.status, body: answer.body });
          if (faults.strikes('answer-lost', chance, 0.1)) return;
          const word = text(at(JSON.parse(answer.body), 'message', 'ack', 'status'));
          settle(answer.status < 500 && word === 'ACK' ? 'ACK' : answer.status >= 500 ? undefined : 'NACK');
        });
      });
    });
  }

  /** Sends until it is answered, then waits for the callback. @errors `undefined`: refused, or nothing came. */
  async ask(request: Asked, tries = 5): Promise<unknown> {
    const { time, chance, faults } = this.world;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (faults.strikes('duplicate-request', chance, 0.3)) void this.post(request);
      const word = await this.post(request);
      if (faults.strikes('duplicate-request', chance, 0.2)) void this.post(request);
      if (faults.strikes('message-id-reused', chance, 0.2)) {
        void this.post({ ...request, body: request.body.replace('"ttl":"PT10M"', '"ttl":"PT11M"') });
      }
      if (word === 'NACK') return undefined;
      if (word === 'ACK') {
        const body = await this.callback(request.messageId, 90_000);
        if (body !== undefined) return body;
      } else await time.sleep(chance.between(500, 15_000));
    }
    return undefined;
  }

  /** The first callback with this message id. */
  callback(messageId: string, withinMs: number): Promise<unknown> {
    const known = this.#heard.get(messageId)?.[0];
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const cancel = this.world.time.after(withinMs, () => {
        this.#waiting.delete(messageId);
        resolve(undefined);
      });
      this.#waiting.set(messageId, (body) => {
        cancel();
        resolve(body);
      });
    });
  }

  #hear(body: string): void {
    const parsed: unknown = JSON.parse(body);
    const messageId = text(at(parsed, 'context', 'message_id'));
    this.#heard.set(messageId, [...(this.#heard.get(messageId) ?? []), parsed]);
    const waiting = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    waiting?.(parsed);
  }

  /** A callback arrives. */
  take(body: string): HttpResponse {
    const { faults, chance } = this.world;
    const answer = (status: number, word: 'ACK' | 'NACK'): HttpResponse => ({
      status,
      headers: {},
      body: JSON.stringify({ message: { ack: { status: word } } }),
    });
    if (faults.strikes('callback-error', chance, 0.25)) return answer(chance.pick([500, 503, 429, 401]), 'NACK');
    if (faults.strikes('callback-refused', chance, 0.15)) return answer(chance.pick([200, 400]), 'NACK');
    this.#hear(body);
    // It took it, and said nothing of use.
    if (faults.strikes('callback-error', chance, 0.1)) return answer(502, 'NACK');
    return answer(200, 'ACK');
  }
}

let posted = 0;

/** The wire between the bridge and the buyer apps: late, and sometimes not at all. */
export function callbackWire(world: Omit<BuyerWorld, 'node'>, apps: () => readonly BuyerApp[]) {
  const { time, chance, faults, history } = world;
  return (alive: () => boolean): HttpClient => ({
    send: ({ url, body = '', timeoutMs }) =>
      new Promise((resolve, reject) => {
        if (!alive()) return;
        const n = (posted += 1);
        history.add({ kind: 'callback', n, url, body });
        const app = apps().find((one) => url.startsWith(`${one.uri}/`));
        const slow = faults.strikes('callback-slow', chance, 0.2) ? 15_000 : 300;
        const wayMs = chance.between(5, slow);
        const fail = (reason: 'network' | 'timeout', ms: number): void =>
          void time.after(ms, () => alive() && reject(new HttpFault(reason, 'not reached')));
        if (!app || app.down) {
          if (app) faults.count('callback-down');
          fail('network', 20);
          return;
        }
        time.after(wayMs, () => {
          // What a dead process had sent arrives if it was well on its way, else it is lost with the connection.
          if (!alive() && wayMs > 300) return;
          const response = app.take(body);
          const ack = response.status < 300 && !response.body.includes('NACK');
          history.add({ kind: 'delivery', n, to: app.id, status: response.status, ack });
          if (2 * wayMs > timeoutMs) fail('timeout', 0);
          else time.after(wayMs, () => alive() && resolve(response));
        });
      }),
  });
}

/** Numbers begin at 1 in every simulation. */
export function resetNumbers(): void {
  asked = 0;
  posted = 0;
}
