/** Calls the operator's API of a running bridge. */
import { describeStranger, isFromBridge } from '../../answer-header.js';
import { nameCommands } from './endpoint-commands.js';
import { exitOfStatus } from './exit-codes.js';
import { CommandFailure } from './failure.js';
import { callHttp, type HttpAnswer } from './http-call.js';

/** The time limit for an answer for which the bridge need not wait for anybody else, ms. */
const LIMIT_MS = 60_000;

export interface BridgeAddress {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the address comes from, for error messages. */
  readonly source: string;
}

type Query = { readonly [name: string]: string | undefined };
export type Json = { readonly [key: string]: unknown };

export class BridgeClient {
  readonly #address: BridgeAddress;
  readonly #limitMs: number;

  constructor(address: BridgeAddress, limitMs = LIMIT_MS) {
    this.#address = address;
    this.#limitMs = limitMs;
  }

  get url(): string {
    return this.#address.url;
  }

  /** The operator token, which a command passes to a program that it starts. */
  get token(): string | undefined {
    return this.#address.token;
  }

  /** @errors CommandFailure with the API's own error, message and hint, or `unreachable` if no bridge answers. */
  async get(path: string, query: Query = {}): Promise<Json> {
    return this.#json(await this.#send('GET', withQuery(path, query)));
  }

  async getText(path: string, query: Query = {}): Promise<string> {
    return (await this.#send('GET', withQuery(path, query))).text;
  }

  /** @param waitMs How long the bridge may wait for others before it answers. */
  async post(path: string, body: unknown = {}, query: Query = {}, waitMs = 0): Promise<Json> {
    return this.#json(await this.#send('POST', withQuery(path, query), { body, waitMs }));
  }

  async delete(path: string): Promise<Json> {
    return this.#json(await this.#send('DELETE', path));
  }

  /** Reads a list page by page, up to `limit` items. */
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
    return this.#json(await this.#send('GET', '/health/ready', { accepted: [503] }));
  }

  async #send(
    method: string,
    path: string,
    { body, waitMs = 0, accepted = [] }: { body?: unknown; waitMs?: number; accepted?: readonly number[] } = {},
  ): Promise<HttpAnswer> {
    const { url, token } = this.#address;
    const timeoutMs = this.#limitMs + waitMs;
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    let answer: HttpAnswer;
    try {
      answer = await callHttp(`${url}${path}`, { method, headers, ...sent, timeoutMs });
    } catch (error) {
      throw this.#unreachable(error, timeoutMs);
    }
    if (!isFromBridge(answer.headers)) throw this.#stranger(answer);
    const isGood = answer.status >= 200 && answer.status < 300;
    if (isGood || accepted.includes(answer.status)) return answer;
    throw failureOf(answer);
  }

  #json(answer: HttpAnswer): Json {
    const value = parseObject(answer.text);
    if (value) return value;
    throw this.#stranger(answer);
  }

  #stranger({ status }: HttpAnswer): CommandFailure {
    const { url, source } = this.#address;
    return new CommandFailure('unreachable', { error: 'no-bridge', ...describeStranger(url, status, source) });
  }

  #unreachable(error: unknown, timeoutMs: number): CommandFailure {
    const { url, source } = this.#address;
    // The message of an AbortError says only that the request was aborted.
    if (error instanceof Error && error.name === 'AbortError')
      return new CommandFailure('unreachable', {
        error: 'no-answer',
        message: `The bridge at ${url} has not answered within ${timeoutMs / 1000} s.`,
        hint: 'It may still be at work. See what it has done before you try again.',
      });
    const cause = causeOf(error);
    return new CommandFailure('unreachable', {
      error: 'not-running',
      message: `No bridge answers at ${url} (${source}): ${cause}.`,
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

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Names the cause in one phrase. Node reports one error per address of a host name; the first is enough. */
function causeOf(error: unknown): string {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(one instanceof Error)) return String(one);
  return one.message
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[:.]+$/, '');
}

function failureOf({ status, text }: HttpAnswer): CommandFailure {
  const body = asObject(parseObject(text));
  const member = (name: string): string | undefined => (typeof body[name] === 'string' ? body[name] : undefined);
  const [message, hint] = [member('message'), member('hint')];
  return new CommandFailure(exitOfStatus(status), {
    ...body,
    error: member('error') ?? `http-${status}`,
    message: message === undefined ? `The bridge answered ${status}.` : nameCommands(message),
    ...(hint !== undefined && { hint: nameCommands(hint) }),
  });
}
