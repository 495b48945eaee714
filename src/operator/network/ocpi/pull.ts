/**
 * Pulls locations and tariffs from an OCPI peer, page by page. The token is neither stored nor logged.
 * @source OCPI 2.2.1 §4.1.4 (pagination), §4.1.2 (Authorization header)
 */
import { HttpFault, type HttpClient, type HttpResponse } from '../../../ports/http.js';
import type { Fault } from '../edits/fault.js';
import type { PulledObjects } from './read-ocpi.js';
import { isObject, listOf, numberOf, textOf, type OcpiObject } from './json-values.js';

export interface OcpiSource {
  /** The URL of the peer's versions endpoint, of one version's details, or of a module. */
  readonly url: string;
  readonly token: string;
  /** Limits the pull to objects that have changed since this time, RFC 3339. */
  readonly since?: string;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_PAGES = 1000;
const MAX_TOKEN_LENGTH = 1024;
/** The supported versions, newest first. For our purposes they differ only in the names of price bounds. */
const VERSIONS = ['2.3.0', '2.3', '2.2.1'] as const;

/**
 * Reads the peer from a request body. @param mode In production the URL must be https.
 * @returns `undefined` if the body has no `ocpi`; the rule if `ocpi` breaks one.
 */
export function readOcpiSource(
  body: unknown,
  mode: 'sandbox' | 'production',
): OcpiSource | { rule: string } | undefined {
  const given: unknown = isObject(body) ? body['ocpi'] : undefined;
  if (given === undefined) return undefined;
  if (!isObject(given)) return { rule: 'must be an object with url and token' };
  const [url, token, since] = [textOf(given, 'url'), textOf(given, 'token'), textOf(given, 'since')];
  if (url === undefined || !URL.canParse(url)) return { rule: 'needs the url of the peer' };
  if (token === undefined || token.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))
    return { rule: 'needs a token' };
  if (new URL(url).protocol !== 'https:' && !(mode === 'sandbox' && new URL(url).protocol === 'http:'))
    return { rule: 'needs an https url' };
  return { url, token, ...(since !== undefined && { since }) };
}

export async function pullOcpi(
  source: OcpiSource,
  http: HttpClient,
): Promise<{ readonly pulled: readonly PulledObjects[] } | { readonly fault: Fault }> {
  try {
    const peer = new OcpiPeer(source, http);
    const pulled: PulledObjects[] = [];
    for (const module of await peer.modules()) pulled.push(await peer.pull(module));
    return { pulled };
  } catch (error) {
    if (!(error instanceof OcpiFault) && !(error instanceof HttpFault)) throw error;
    return { fault: { file: withoutQuery(source.url), rule: `could not be pulled: ${error.message}` } };
  }
}

class OcpiFault extends Error {}

/** Since 2.2.1 the token is sent in base64, but many peers still expect it unencoded, as in older versions. */
type TokenForm = 'base64' | 'plain';

class OcpiPeer {
  readonly #source: OcpiSource;
  readonly #http: HttpClient;
  readonly #origin: string;
  #tokenForm: TokenForm = 'base64';

  constructor(source: OcpiSource, http: HttpClient) {
    this.#source = source;
    this.#http = http;
    this.#origin = new URL(source.url).origin;
  }

  /**
   * Finds the URLs of the modules by way of the versions and their details. The source may also name a module directly.
   */
  async modules(): Promise<readonly string[]> {
    let { url } = this.#source;
    for (let hops = 0; hops < 3; hops += 1) {
      const { data } = await this.#get(url);
      if (isObject(data) && Array.isArray(data['endpoints'])) return this.#senders(listOf(data, 'endpoints'));
      const versions = Array.isArray(data) ? data.filter(isObject) : [];
      const version = VERSIONS.flatMap((name) => versions.filter((one) => textOf(one, 'version') === name))[0];
      const next = version && textOf(version, 'url');
      if (next === undefined) {
        if (versions.length > 0 && versions.every((one) => 'version' in one && 'url' in one))
          throw new OcpiFault('the peer speaks neither 2.2.1 nor 2.3');
        return [this.#source.url];
      }
      url = next;
    }
    throw new OcpiFault('its versions lead to no modules');
  }

  #senders(endpoints: readonly OcpiObject[]): string[] {
    const urls = ['tariffs', 'locations'].flatMap((module) => {
      const found = endpoints.find((one) => textOf(one, 'identifier') === module && textOf(one, 'role') !== 'RECEIVER');
      return (found && textOf(found, 'url')) ?? [];
    });
    if (urls.length === 0) throw new OcpiFault('it offers neither locations nor tariffs');
    return urls;
  }

  async pull(module: string): Promise<PulledObjects> {
    const first = new URL(module);
    if (this.#source.since !== undefined) first.searchParams.set('date_from', this.#source.since);
    const objects: OcpiObject[] = [];
    const seen = new Set<string>();
    let next: string | undefined = first.href;
    while (next !== undefined) {
      if (seen.size === MAX_PAGES) throw new OcpiFault(`${withoutQuery(module)} has more than ${MAX_PAGES} pages`);
      seen.add(next);
      const page: OcpiPage = await this.#get(next);
      if (!Array.isArray(page.data) || !page.data.every(isObject))
        throw new OcpiFault(`${withoutQuery(next)} did not answer with a list of objects`);
      objects.push(...page.data);
      next = page.next;
      if (next !== undefined && seen.has(next)) throw new OcpiFault(`the pages of ${withoutQuery(module)} never end`);
    }
    return { source: withoutQuery(module), objects };
  }

  /**
   * Gets a document or a page. Refuses URLs of another origin, so that the token is sent only to the peer. After a 401,
   * sends the token unencoded from then on.
   */
  async #get(url: string): Promise<OcpiPage> {
    if (!URL.canParse(url) || new URL(url).origin !== this.#origin)
      throw new OcpiFault(`it refers to another host than ${this.#origin}`);
    let response = await this.#send(url);
    if (response.status === 401 && this.#tokenForm === 'base64') {
      this.#tokenForm = 'plain';
      response = await this.#send(url);
    }
    if (response.status !== 200) throw new OcpiFault(`${withoutQuery(url)} answered ${response.status}`);
    const body = parseJson(response.body);
    const status = isObject(body) ? numberOf(body, 'status_code') : undefined;
    if (!isObject(body) || (status !== undefined && (status < 1000 || status > 1999)))
      throw new OcpiFault(`${withoutQuery(url)} answered OCPI status ${status ?? 'none'}`);
    const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(response.headers['link'] ?? '')?.[1];
    return { data: body['data'], ...(next !== undefined && { next: new URL(next, url).href }) };
  }

  #send(url: string): Promise<HttpResponse> {
    const { token } = this.#source;
    const form = this.#tokenForm === 'plain' ? token : Buffer.from(token, 'utf8').toString('base64');
    const headers = { authorization: `Token ${form}`, accept: 'application/json' };
    return this.#http.send({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
  }
}

interface OcpiPage {
  readonly data: unknown;
  readonly next?: string;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes a URL safe to show, because a query may contain a secret. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '');
}
