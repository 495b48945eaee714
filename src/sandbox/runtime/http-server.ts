/** Provides a small JSON server on node:http for the participants of the sandbox. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly raw: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly text: string;
  /** The content type is `application/json` unless it is given here. */
  readonly headers?: { readonly [name: string]: string };
}

export const jsonResponse = (status: number, value: unknown): HttpResponse => ({ status, text: JSON.stringify(value) });

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export class HttpServer {
  readonly #host: string;
  readonly #answer: (request: HttpRequest) => Promise<HttpResponse>;
  #port: number;
  #server: Server | undefined;

  /**
   * @param port 0 picks any free port on the first `open`.
   * @param answer If it rejects, the connection is cut without an answer.
   */
  constructor(host: string, port: number, answer: (request: HttpRequest) => Promise<HttpResponse>) {
    this.#host = host;
    this.#port = port;
    this.#answer = answer;
  }

  /** Starts listening, on the same port again after a `close`. @returns The port. */
  open(): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        this.#serve(request, response).catch(() => response.destroy());
      });
      this.#server = server;
      server.once('error', reject);
      server.listen(this.#port, this.#host, () => {
        const address = server.address();
        if (typeof address === 'object' && address) this.#port = address.port;
        resolve(this.#port);
      });
    });
  }

  /** Stops listening and cuts the open connections. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, text, headers } = await this.#answer({
      method: request.method ?? '',
      path: (request.url ?? '/').split('?')[0] ?? '/',
      headers: request.headers,
      raw: await readBody(request),
    });
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
