/**
 * Makes one HTTP request for a command. It uses `node:http`, because loading Node's `fetch` takes longer than
 * everything else a command does.
 */
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HttpCall {
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  /** The time limit for the whole response. @unit ms */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Does not follow redirects. @errors Rejects if the server cannot be reached or does not answer in time. */
export async function callHttp(url: string, { method, headers, body, timeoutMs }: HttpCall): Promise<HttpAnswer> {
  const request = new URL(url).protocol === 'https:' ? (await import('node:https')).request : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, { method, headers: { ...headers, ...length }, signal, agent: false }, resolve);
    call.on('error', reject);
    call.end(body);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}
