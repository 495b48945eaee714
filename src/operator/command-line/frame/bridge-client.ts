/** Calls the operator's API of a running bridge. */
import { exitOfStatus } from './exit-codes.js';
import { CommandFailure } from './failure.js';

const TIMEOUT_MS = 60_000;

export interface BridgeAddress {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the address comes from, for messages. */
  readonly source: string;
}

type Query = { readonly [name: string]: string | undefined };
export type Json = { readonly [key: string]: unknown };

export class BridgeClient {
  readonly #address: BridgeAddress;

  constructor(address: BridgeAddress) {
    this.#address = address;
  }

  get url(): string {
    return this.#address.url;
  }

  /** For a program that is started to talk to the same bridge. */
  get token(): string | undefined {
    return this.#address.token;
  }

  /** @errors CommandFailure with the API's own error, message and hint. */
  async get(path: string, query: Query = {}): Promise<Json> {
    return readJson(await this.#send('GET', withQuery(path, query)));
  }

  async getText(path: string, query: Query = {}): Promise<string> {
    return (await this.#send('GET', withQuery(path, query))).text();
  }

  async post(path: string, body: unknown = {}, query: Query = {}): Promise<Json> {
    return readJson(await this.#send('POST', withQuery(path, query), body));
  }

  /** Reads all pages of a list, or the first `limit` items. */
  async list(path: string, name: string, query: Query, limit: number): Promise<readonly Json[]> {
    const items: Json[] = [];
    let cursor: string | undefined;
    do {
      const size = String(Math.min(500, limit - items.length));
      const page = await this.get(path, { ...query, limit: size, cursor });
      items.push(...asList(page[name]));
      cursor = typeof page['next'] === 'string' ? page['next'] : undefined;
    } while (cursor !== undefined && items.length < limit);
    return items;
  }

  /** Like `get`, but also accepts a 503, which `/health/ready` sends with its reasons. */
  async health(): Promise<Json> {
    return readJson(await this.#send('GET', '/health/ready', undefined, [503]));
  }

  async #send(method: string, path: string, body?: unknown, accepted: readonly number[] = []): Promise<Response> {
    const { url, token } = this.#address;
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
    if (response.ok || accepted.includes(response.status)) return response;
    throw await failureOf(response);
  }

  #unreachable(error: unknown): CommandFailure {
    const { url, source } = this.#address;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return new CommandFailure('unreachable', {
      error: 'not-running',
      message: `No bridge answers at ${url} (${source}): ${cause || 'no connection'}.`,
      hint: 'Start it with: beckn-ocpp-bridge serve --config FILE',
    });
  }
}

export function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

async function readJson(response: Response): Promise<Json> {
  const value: unknown = await response.json().catch(() => undefined);
  if (typeof value === 'object' && value !== null) return value as Json;
  throw new CommandFailure('unreachable', {
    error: 'no-bridge',
    message: `What answers at ${response.url} is no bridge: its answer is no JSON object.`,
    hint: 'Check --url.',
  });
}

async function failureOf(response: Response): Promise<CommandFailure> {
  const body = asObject(await response.json().catch(() => undefined));
  const text = (name: string): string | undefined => (typeof body[name] === 'string' ? body[name] : undefined);
  const hint = text('hint');
  return new CommandFailure(exitOfStatus(response.status), {
    ...body,
    error: text('error') ?? `http-${response.status}`,
    message: text('message') ?? `The bridge answered ${response.status}.`,
    ...(hint !== undefined && { hint }),
  });
}
