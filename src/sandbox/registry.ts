/** Simulates a registry in memory that answers lookups as deployed registries do and accepts subscriptions. */
import { loadSodium } from '../beckn/signing/signature.js';
import type { Clock } from '../ports/runtime.js';
import { toWireRecord, type SandboxSubscriber } from './registry-record.js';
import { SUBSCRIBE_PATHS, SubscriptionHandler, type RegistrySubscriptions } from './registry-subscriptions.js';
import { HttpServer, jsonResponse, type HttpRequest, type HttpResponse } from './runtime/http-server.js';
import { parseJson } from './runtime/json.js';
import { makeKeys, type SandboxKeys } from './runtime/keys.js';

/** How lookups fail: `down` cuts the connection, `500` answers 500, `slow` holds the answer until the mode changes. */
export type RegistryFailure = 'down' | '500' | 'slow';

export interface RegistryOptions {
  readonly clock: Clock;
  readonly records?: readonly SandboxSubscriber[];
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Any free port by default. */
  readonly port?: number;
}

const LOOKUP_PATHS: ReadonlySet<string> = new Set(['/subscribers/lookup', '/lookup', '/v2.0/lookup']);
/** Matches `/dedi/lookup/{subscriber}/{registry}/{key}`. */
const DEDI_LOOKUP_PATH = /^\/dedi\/lookup\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** @errors Rejects if the port is taken. */
export async function startSandboxRegistry(options: RegistryOptions): Promise<SandboxRegistry> {
  await loadSodium();
  const registry = new SandboxRegistry(options, await makeKeys());
  await registry.open();
  return registry;
}

export class SandboxRegistry {
  readonly #clock: Clock;
  readonly #host: string;
  readonly #server: HttpServer;
  readonly #subscriptions: SubscriptionHandler;
  #records: SandboxSubscriber[];
  #failure: RegistryFailure | undefined;
  /** Functions that release the answers held in `slow` mode. */
  #waiting: (() => void)[] = [];
  #lookups = 0;
  #port = 0;

  constructor({ clock, records = [], host = '127.0.0.1', port = 0 }: RegistryOptions, signingKeys: SandboxKeys) {
    this.#clock = clock;
    this.#host = host;
    this.#records = [...records];
    this.#server = new HttpServer(host, port, (request) => this.#answer(request));
    this.#subscriptions = new SubscriptionHandler({
      clock,
      signingKeys,
      addRecord: (record) => this.add(record),
      findPublicKey: (subscriberId, keyId) => this.#find(subscriberId, keyId)?.signingPublicKey,
    });
  }

  async open(): Promise<void> {
    this.#port = await this.#server.open();
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`;
  }

  /** The number of lookups so far, failed ones included. */
  get requests(): number {
    return this.#lookups;
  }

  get subscriptions(): RegistrySubscriptions {
    return this.#subscriptions;
  }

  /** Adds a record, or replaces the one with the same subscriber and key ids. */
  add(record: SandboxSubscriber): void {
    this.remove(record.subscriberId, record.keyId);
    this.#records.push(record);
  }

  /** Removes one key of a subscriber, or all of them if `keyId` is absent. */
  remove(subscriberId: string, keyId?: string): void {
    this.#records = this.#records.filter(
      (record) => record.subscriberId !== subscriberId || (keyId !== undefined && record.keyId !== keyId),
    );
  }

  /** Makes lookups fail in this way until `setFailure` is called again; `undefined` makes them work again. */
  setFailure(mode: RegistryFailure | undefined): void {
    this.#failure = mode;
    if (mode !== 'slow') this.#releaseWaiting();
  }

  close(): Promise<void> {
    this.#releaseWaiting();
    return this.#server.close();
  }

  #find(subscriberId: string, keyId: string): SandboxSubscriber | undefined {
    return this.#records.find((record) => record.subscriberId === subscriberId && record.keyId === keyId);
  }

  #releaseWaiting(): void {
    for (const release of this.#waiting.splice(0)) release();
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    const { method, path, headers, raw } = request;
    if (method === 'GET' && path === '/subscribers')
      return jsonResponse(
        200,
        this.#records.map((record) => toWireRecord(record, this.#clock.now())),
      );
    if (method === 'POST' && SUBSCRIBE_PATHS.has(path)) {
      const { status, value } = this.#subscriptions.handle(path, raw, headers.authorization);
      return jsonResponse(status, value);
    }
    const dedi = method === 'GET' ? DEDI_LOOKUP_PATH.exec(path) : null;
    if (!dedi && (method !== 'POST' || !LOOKUP_PATHS.has(path))) {
      const paths = [...LOOKUP_PATHS].join(', ');
      return jsonResponse(404, { error: `${method} ${path} does not exist here; POST to one of ${paths}` });
    }
    return this.#answerLookup(request, dedi);
  }

  async #answerLookup({ raw }: HttpRequest, dedi: RegExpExecArray | null): Promise<HttpResponse> {
    this.#lookups += 1;
    if (this.#failure === 'down') throw new Error('the registry is down');
    if (this.#failure === '500') return jsonResponse(500, { error: 'this registry was set to fail' });
    if (this.#failure === 'slow') await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!dedi) return this.#lookUp(parseJson(raw.toString('utf8')));
    const [, subscriberId = '', , keyId = ''] = dedi;
    return this.#lookUpDedi(decodeURIComponent(subscriberId), decodeURIComponent(keyId));
  }

  /**
   * Answers with the records that match whichever of subscriber id, key id, type, domain and status the query contains.
   * A record without a domain matches any domain.
   */
  #lookUp(query: unknown): HttpResponse {
    if (typeof query !== 'object' || query === null)
      return jsonResponse(400, { error: 'the body is not a JSON object' });
    const fields = new Map<string, unknown>(Object.entries(query));
    const matches = (value: string | undefined, ...names: readonly string[]): boolean =>
      names.every((name) => fields.get(name) === undefined || value === undefined || fields.get(name) === value);
    const found = this.#records.filter(
      (record) =>
        matches(record.subscriberId, 'subscriber_id') &&
        matches(record.keyId, 'unique_key_id', 'pub_key_id', 'key_id', 'ukId') &&
        matches(record.type, 'type') &&
        matches(record.domain, 'domain') &&
        matches(record.status ?? 'SUBSCRIBED', 'status'),
    );
    return jsonResponse(
      200,
      found.map((record) => toWireRecord(record, this.#clock.now())),
    );
  }

  #lookUpDedi(subscriberId: string, keyId: string): HttpResponse {
    const record = this.#find(subscriberId, keyId);
    if (!record) return jsonResponse(404, { message: 'Record not found' });
    const { subscriber_url: url, status, ...details } = toWireRecord(record, this.#clock.now());
    const state = status === 'SUBSCRIBED' ? 'live' : 'revoked';
    const data = { details: { ...details, url }, state, ttl: 300 };
    return jsonResponse(200, { message: 'Record retrieved', data });
  }
}
