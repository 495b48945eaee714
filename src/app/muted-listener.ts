/** Replaces the Beckn and OCPP listeners while the bridge is mute, and answers every request with 503. */
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsSettings } from '../config/config.js';
import { loadTls, tlsOptions } from '../ocpp/server/tls.js';

/** How long clients should wait before they try again, s. By then, they may reach the process that has the data. */
const RETRY_AFTER_S = 60;
const BODY = JSON.stringify({
  message: { ack: { status: 'NACK' } },
  error: { type: 'CORE-ERROR', code: '503', message: 'This instance is mute. Another one may have its data.' },
});

export class MutedListener {
  readonly #servers: Server[] = [];

  /** Starts listening. @returns The port. @errors Rejects if the address or a certificate cannot be used. */
  async listen(host: string, port: number, tls?: TlsSettings): Promise<number> {
    const server = tls ? createSecure(tlsOptions(loadTls(tls)), refuse) : createPlain(refuse);
    server.on('upgrade', (_req, socket) => {
      socket.on('error', ignore);
      socket.end(`HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${RETRY_AFTER_S}\r\nConnection: close\r\n\r\n`);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }
}

const refuse: RequestListener = (_req, res) => {
  res.writeHead(503, { 'Retry-After': RETRY_AFTER_S, 'Content-Type': 'application/json', Connection: 'close' });
  res.end(BODY);
};

const ignore = (): void => undefined;
