/** A small JSON server on node:http, for the parties of the sandbox. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly raw: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  /** JSON text. */
  readonly text: string;
  /** Besides the content type. */
  readonly headers?: { readonly [name: string]: string };
}

export interface HttpListener {
  /** Listens on the port it had before, if it had one. @returns The port. */
  open(): Promise<number>;
  /** Refuses connections, and cuts those that are there. */
  close(): Promise<void>;
}

const MAX_BYTES = 4 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BYTES) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function createHttpListener(
  host: string,
  port: number,
  answer: (incoming: HttpRequest) => Promise<HttpResponse>,
): HttpListener {
  let server: Server | undefined;
  let bound = port;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readBody(request);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const { status, text, headers } = await answer({
      method: request.method ?? '',
      path,
      headers: request.headers,
      raw,
    });
    response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(text);
  }

  return {
    open() {
      return new Promise((resolve, reject) => {
        const opened = createServer((request, response) => {
          serve(request, response).catch(() => response.destroy());
        });
        server = opened;
        opened.once('error', reject);
        opened.listen(bound, host, () => {
          const address = opened.address();
          if (typeof address === 'object' && address) bound = address.port;
          resolve(bound);
        });
      });
    },
    close() {
      const open = server;
      server = undefined;
      if (!open) return Promise.resolve();
      return new Promise((resolve) => {
        open.close(() => resolve());
        open.closeAllConnections();
      });
    },
  };
}
