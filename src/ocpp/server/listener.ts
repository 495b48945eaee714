/** Listens on one port for chargers, plain or TLS, and limits what a stranger may keep open. */
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerOptions,
} from 'node:http';
import { createServer as createSecure, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsSettings } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { CertificateExpiry, DEFAULT_WARN_DAYS } from './certificate-expiry.js';
import type { ConnectionLimits } from './connection-limits.js';
import { loadTls, reloadCertificates, tlsOptions, type CertificateReload } from './tls.js';

export interface ListenerOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly connectionLimits: ConnectionLimits;
  /** Time for the TLS handshake, and again for the request's headers, ms. */
  readonly handshakeMs: number;
  readonly headerBytes: number;
  readonly onUpgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;
}

export class Listener {
  readonly #server: PlainServer | SecureServer;
  readonly #connectionLimits: ConnectionLimits;
  readonly #certificates: CertificateReload | undefined;
  readonly #expiry: CertificateExpiry | undefined;

  /** @errors Throws if a certificate cannot be used; the message names the file. */
  constructor(options: ListenerOptions, tls: TlsSettings | undefined) {
    const { connectionLimits, events, handshakeMs, headerBytes, onUpgrade } = options;
    this.#connectionLimits = connectionLimits;
    const limits: ServerOptions = {
      maxHeaderSize: headerBytes,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.min(1000, handshakeMs),
    };
    if (tls) {
      const files = loadTls(tls);
      const server = createSecure({ ...limits, ...tlsOptions(files), handshakeTimeout: handshakeMs });
      server.on('tlsClientError', (error: Error & { code?: string }, socket) => {
        const problem = error.code ?? error.message;
        events.emit('charger.refused', { reason: 'no TLS handshake', address: socket.remoteAddress, problem });
      });
      const { clock } = options;
      const expiry = new CertificateExpiry({ clock, events, warnDays: tls.warnDays ?? DEFAULT_WARN_DAYS });
      expiry.check(files.cert);
      this.#certificates = reloadCertificates(server, tls, files, { clock, events, expiry });
      this.#expiry = expiry;
      this.#server = server;
    } else this.#server = createPlain(limits);

    this.#server.on('request', (_request, response) => {
      response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket' }).end();
    });
    this.#server.on('connection', (socket: Socket) => {
      if (!connectionLimits.tryAdd(socket)) socket.destroy();
    });
    this.#server.on('upgrade', onUpgrade);
  }

  /** Epoch ms at which the first served certificate ends; `undefined` without TLS. */
  get certificatesEndAt(): number | undefined {
    return this.#expiry?.endsAt;
  }

  /** Reads the certificate files at once, which happens every minute otherwise. */
  reloadCertificates(): void {
    this.#certificates?.now();
  }

  /** Resolves to the port: the given one, or the free one that 0 stands for. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  async close(): Promise<void> {
    this.#certificates?.stop();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#connectionLimits.terminateAll();
    });
  }
}
