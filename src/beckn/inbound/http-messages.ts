/** Reads headers and sends responses with Node's HTTP server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WireResponse } from '../protocol/nack-codes.js';

/** Returns a header as a single string; `undefined` if it was not sent. */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

export function sendResponse(response: ServerResponse, { status, headers, body }: WireResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers }).end(body);
}

/** Responds and closes the connection without reading the rest of the request. */
export function sendAndClose(response: ServerResponse, wireResponse: WireResponse): void {
  response.setHeader('Connection', 'close');
  sendResponse(response, wireResponse);
}
