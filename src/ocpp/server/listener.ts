/** One port that chargers connect to, plain or TLS, with bounds on what a stranger may hold open. */
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerOptions,
} from 'node:http';
import { createServer as createSecure, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { TlsSettings } from '../../config/config.js';
import type { ConnectionLimits } from './connection-limits.js';
import { loadTls, reloadCertificates, tlsOptions } from './tls.js';

export interface ListenerOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly connectionLimits: ConnectionLimits;
  /** Time for TLS, and again for the request's head, ms. */
  readonly handshakeMs: number;
  readonly headerBytes: number;
  readonly onUpgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;
}

export interface Listener {
  /** Resolves to the port: the given one, or the one that 0 found. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

/** @errors With the file's name, when a certificate cannot be used. */
export function createListener(options: ListenerOptions, tls: TlsSettings | undefined): Listener {
  const { connectionLimits: crowd, events, handshakeMs } = options;
  const bounds: ServerOptions = {
    maxHeaderSize: options.headerBytes,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: Math.min(1000, handshakeMs),
  };
  let server: PlainServer | SecureServer;
  let stopRenewing: Cancel | undefined;
  if (tls) {
    const files = loadTls(tls);
    const secure = createSecure({ ...bounds, ...tlsOptions(files), handshakeTimeout: handshakeMs });
    secure.on('tlsClientError', (error: Error & { code?: string }, socket) => {
      const problem = error.code ?? error.message;
      events.emit('charger.refused', { reason: 'no TLS handshake', address: socket.remoteAddress, problem });
    });
    stopRenewing = reloadCertificates(secure, tls, files, options);
    server = secure;
  } else server = createPlain(bounds);

  server.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket' }).end();
  });
  server.on('connection', (socket: Socket) => {
    if (!crowd.tryAdd(socket)) socket.destroy();
  });
  server.on('upgrade', options.onUpgrade);

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    async close() {
      stopRenewing?.();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        crowd.terminateAll();
      });
    },
  };
}
