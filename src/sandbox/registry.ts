/** A registry for trying things out: the lookups that deployed registries answer, and subscriptions, over a list in memory. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../ports/runtime.js';
import { createSubscriptionHandler, SUBSCRIBE_PATHS, type SubscriptionHandler } from './registry-subscriptions.js';

/** A participant as it would subscribe. */
export interface SandboxSubscriber {
  readonly subscriberId: string;
  readonly url: string;
  readonly type: 'BAP' | 'BPP' | 'BG';
  readonly keyId: string;
  /** base64 of 32 raw bytes. */
  readonly signingPublicKey: string;
  readonly domain?: string;
  readonly city?: string;
  readonly status?: string;
  /** Epoch ms; a day ago and a year from now when absent. */
  readonly validFrom?: number;
  readonly validUntil?: number;
}

export type RegistryFailure = 'down' | '500' | 'slow';

export interface SandboxRegistry {
  readonly url: string;
  /** Lookups so far. */
  readonly requests: number;
  /** Its keys, and what became of its challenges. */
  readonly subscriptions: Pick<SubscriptionHandler, 'signingPublicKey' | 'encryptionPublicKey' | 'challenges'>;
  /** Adds a participant's key, in place of an older record of the same key. */
  add(record: SandboxSubscriber): void;
  remove(subscriberId: string, keyId?: string): void;
  /** `down` cuts connections, `500` answers so, `slow` holds every answer until the mode changes. */
  setFailure(mode: RegistryFailure | undefined): void;
  close(): Promise<void>;
}

const LOOKUP_PATHS = new Set(['/subscribers/lookup', '/lookup', '/v2.0/lookup']);
/** `/dedi/lookup/{subscriber}/{registry}/{key}`. */
const DEDI_LOOKUP_PATH = /^\/dedi\/lookup\/([^/]+)\/([^/]+)\/([^/]+)$/;
const DAY_MS = 86_400_000;
const MAX_BODY_BYTES = 65_536;

export async function startSandboxRegistry(options: {
  readonly clock: Clock;
  readonly records?: readonly SandboxSubscriber[];
  readonly host?: string;
  readonly port?: number;
}): Promise<SandboxRegistry> {
  const { clock } = options;
  const host = options.host ?? '127.0.0.1';
  let records: SandboxSubscriber[] = [...(options.records ?? [])];
  let mode: RegistryFailure | undefined;
  let requests = 0;
  let held: (() => void)[] = [];

  const add = (record: SandboxSubscriber): void => {
    records = records.filter((old) => old.subscriberId !== record.subscriberId || old.keyId !== record.keyId);
    records.push(record);
  };
  const publicKey = (subscriberId: string, keyId: string): string | undefined =>
    records.find((one) => one.subscriberId === subscriberId && one.keyId === keyId)?.signingPublicKey;
  const subscribing = await createSubscriptionHandler(clock, { add, publicKey });

  const release = (): void => {
    const waiting = held;
    held = [];
    for (const answer of waiting) answer();
  };

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BODY_BYTES) request.destroy();
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      if (request.method === 'GET' && path === '/subscribers') {
        sendJson(
          response,
          200,
          records.map((record) => toWireRecord(record, clock.now())),
        );
        return;
      }
      const raw = Buffer.concat(chunks);
      if (request.method === 'POST' && SUBSCRIBE_PATHS.has(path)) {
        const { status, value } = subscribing.handle(path, raw, request.headers.authorization);
        sendJson(response, status, value);
        return;
      }
      const dedi = request.method === 'GET' ? DEDI_LOOKUP_PATH.exec(path) : null;
      if (!dedi && (request.method !== 'POST' || !LOOKUP_PATHS.has(path))) {
        sendJson(response, 404, {
          error: `no ${request.method ?? ''} ${path} here; POST one of ${[...LOOKUP_PATHS].join(', ')}`,
        });
        return;
      }
      requests += 1;
      const answer = (): void =>
        dedi
          ? answerDedi(response, dedi, records, clock.now())
          : answerLookup(response, raw.toString('utf8'), records, clock.now());
      if (mode === 'down') request.socket.destroy();
      else if (mode === '500') sendJson(response, 500, { error: 'told to fail' });
      else if (mode === 'slow') held.push(answer);
      else answer();
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${host}:${port}`,
    subscriptions: subscribing,
    get requests() {
      return requests;
    },
    add,
    remove(subscriberId, keyId) {
      records = records.filter(
        (old) => old.subscriberId !== subscriberId || (keyId !== undefined && old.keyId !== keyId),
      );
    },
    setFailure(next) {
      mode = next;
      if (next !== 'slow') release();
    },
    close() {
      release();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function answerLookup(
  response: ServerResponse,
  body: string,
  records: readonly SandboxSubscriber[],
  now: number,
): void {
  let query: unknown;
  try {
    query = JSON.parse(body);
  } catch {
    query = undefined;
  }
  if (typeof query !== 'object' || query === null) {
    sendJson(response, 400, { error: 'the body is no JSON object' });
    return;
  }
  const wanted = new Map<string, unknown>(Object.entries(query));
  const fits = (value: string | undefined, ...names: readonly string[]): boolean =>
    names.every((name) => wanted.get(name) === undefined || value === undefined || wanted.get(name) === value);
  const found = records.filter(
    (record) =>
      fits(record.subscriberId, 'subscriber_id') &&
      fits(record.keyId, 'unique_key_id', 'pub_key_id', 'key_id', 'ukId') &&
      fits(record.type, 'type') &&
      fits(record.domain, 'domain') &&
      fits(record.status ?? 'SUBSCRIBED', 'status'),
  );
  sendJson(
    response,
    200,
    found.map((record) => toWireRecord(record, now)),
  );
}

function answerDedi(
  response: ServerResponse,
  [, subscriber = '', , key = '']: RegExpExecArray,
  records: readonly SandboxSubscriber[],
  now: number,
): void {
  const [subscriberId, keyId] = [decodeURIComponent(subscriber), decodeURIComponent(key)];
  const found = records.find((one) => one.subscriberId === subscriberId && one.keyId === keyId);
  if (!found) return sendJson(response, 404, { message: 'Record not found' });
  const { subscriber_url: url, status: _status, ...details } = toWireRecord(found, now);
  const state = (found.status ?? 'SUBSCRIBED') === 'SUBSCRIBED' ? 'live' : 'revoked';
  sendJson(response, 200, { message: 'Record retrieved', data: { details: { ...details, url }, state, ttl: 300 } });
}

function toWireRecord(record: SandboxSubscriber, now: number): { readonly [name: string]: string | null } {
  return {
    subscriber_id: record.subscriberId,
    subscriber_url: record.url,
    type: record.type,
    domain: record.domain ?? null,
    city: record.city ?? null,
    country: 'IND',
    status: record.status ?? 'SUBSCRIBED',
    unique_key_id: record.keyId,
    pub_key_id: record.keyId,
    signing_public_key: record.signingPublicKey,
    valid_from: new Date(record.validFrom ?? now - DAY_MS).toISOString(),
    valid_until: new Date(record.validUntil ?? now + 365 * DAY_MS).toISOString(),
  };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
