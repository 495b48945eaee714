/** Records Beckn messages between a buyer app and the bridge, with a proxy for requests and a client for callbacks. */
import type { HttpClient, HttpRequest as OutgoingRequest, HttpResponse as OutgoingResponse } from '../../ports/http.js';
import type { Clock } from '../../ports/runtime.js';
import type { BuyerAppMessage } from '../buyer-app/buyer-options.js';
import { namesIn } from '../buyer-app/envelope.js';
import type { HttpRequest, HttpResponse } from '../runtime/http-server.js';
import { isJson, parseJson, textOf, valueAt } from '../runtime/json.js';

export type Record = (message: BuyerAppMessage) => void;

/** Headers that are not forwarded, because they apply to one connection only. */
const HOP_HEADERS = new Set(['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding']);

function messageIdOf(text: string): string {
  const context = valueAt(parseJson(text), 'context');
  return isJson(context) ? textOf(context[namesIn(context).messageId]) : '';
}

/**
 * Creates the function that forwards the requests of a buyer app to the bridge. POST requests are recorded with their
 * answers.
 * @param target The origin of the bridge, without a path.
 */
export function createForwarder(
  target: string,
  { clock, record }: { readonly clock: Clock; readonly record: Record },
): (request: HttpRequest) => Promise<HttpResponse> {
  return async ({ method, path, headers, raw }) => {
    const isAction = method === 'POST';
    const action = path.slice(path.lastIndexOf('/') + 1);
    const text = raw.toString('utf8');
    const messageId = isAction ? messageIdOf(text) : '';
    if (isAction) record({ direction: 'out', action, messageId, text, at: clock.now() });
    const response = await fetch(`${target}${path}`, {
      method,
      headers: endToEnd(headers),
      ...(isAction && { body: new Uint8Array(raw) }),
    });
    const body = await response.text();
    if (isAction) record({ direction: 'in', action, messageId, text: body, at: clock.now() });
    return { status: response.status, text: body, headers: endToEnd(Object.fromEntries(response.headers)) };
  };
}

function endToEnd(headers: { readonly [name: string]: string | string[] | undefined }): { [name: string]: string } {
  const kept = Object.entries(headers).filter(([name, value]) => !HOP_HEADERS.has(name) && typeof value === 'string');
  return Object.fromEntries(kept) as { [name: string]: string };
}

/** Passes the bridge's requests on, and records the callbacks among them with their answers. */
export class RecordingHttpClient implements HttpClient {
  readonly #inner: HttpClient & { close(): Promise<void> };
  readonly #callbackUrl: string;
  readonly #clock: Clock;
  readonly #record: Record;

  /** @param callbackUrl The buyer app's bap_uri. */
  constructor(
    inner: HttpClient & { close(): Promise<void> },
    { callbackUrl, clock, record }: { readonly callbackUrl: string; readonly clock: Clock; readonly record: Record },
  ) {
    this.#inner = inner;
    this.#callbackUrl = callbackUrl;
    this.#clock = clock;
    this.#record = record;
  }

  async send(request: OutgoingRequest): Promise<OutgoingResponse> {
    const { url, body = '' } = request;
    if (!url.startsWith(`${this.#callbackUrl}/`)) return this.#inner.send(request);
    const action = url.slice(url.lastIndexOf('/') + 1);
    const common = { action, messageId: messageIdOf(body) };
    this.#record({ ...common, direction: 'in', text: body, at: this.#clock.now() });
    try {
      const response = await this.#inner.send(request);
      this.#record({ ...common, direction: 'out', text: response.body, at: this.#clock.now() });
      return response;
    } catch (error) {
      const message = `No answer: ${error instanceof Error ? error.message : String(error)}`;
      const text = JSON.stringify({ error: { code: '', message } });
      this.#record({ ...common, direction: 'out', text, at: this.#clock.now() });
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
