/** Listens on one port for chargers, with or without TLS, and limits what a stranger may keep open. */
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerOptions,
} from 'node:http';
import { createServer as createSecure, type Server as SecureServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsSettings } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { CertificateExpiry, DEFAULT_WARN_DAYS } from './certificate-expiry.js';
import type { ConnectionLimits } from './connection-limits.js';
import type { RejectionRecorder } from './rejection-recorder.js';
import { loadTls, reloadCertificates, tlsOptions, type CertificateReload } from './tls.js';

export interface ListenerOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly connectionLimits: ConnectionLimits;
  readonly rejections: RejectionRecorder;
  /** The time limit for the TLS handshake, and again for the request's headers, ms. */
  readonly handshakeMs: number;
  readonly headerBytes: number;
  readonly onUpgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;
}

export class Listener {
  readonly #server: PlainServer | SecureServer;
  readonly #connectionLimits: ConnectionLimits;
  readonly #certificates: CertificateReload | undefined;
  readonly #expiry: CertificateExpiry | undefined;

  /**
   * Creates the server without listening.
   * @errors Throws if a certificate cannot be used; the message names the file.
   */
  constructor(options: ListenerOptions, tls: TlsSettings | undefined) {
    const { connectionLimits, events, rejections, handshakeMs, headerBytes, onUpgrade } = options;
    this.#connectionLimits = connectionLimits;
    const limits: ServerOptions = {
      maxHeaderSize: headerBytes,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.min(1000, handshakeMs),
    };
    if (tls) {
      const files = loadTls(tls);
      const server = createSecure({ ...limits, ...tlsOptions(files), handshakeTimeout: handshakeMs });
      // This runs before Node's own listener, which destroys the socket, so that the peer's address is not lost.
      server.prependListener('tlsClientError', (error: Error & { code?: string }, socket) => {
        const code = error.code === 'ERR_SSL_HTTP_REQUEST' ? 'plain-on-tls-port' : 'tls-handshake-failed';
        rejections.recordUnreadable(socket.remoteAddress ?? '', code, error.code ?? error.message);
      });
      const { clock } = options;
      const expiry = new CertificateExpiry({ clock, events, warnDays: tls.warnDays ?? DEFAULT_WARN_DAYS });
      expiry.check(files.cert);
      this.#certificates = reloadCertificates(server, tls, files, { clock, events, expiry });
      this.#expiry = expiry;
      this.#server = server;
    } else {
      this.#server = createPlain(limits);
      this.#server.on('clientError', (error: ParseError, socket) => {
        if (error.rawPacket && isTlsRecord(error.rawPacket) && socket instanceof Socket)
          rejections.recordUnreadable(socket.remoteAddress ?? '', 'tls-on-plain-port', error.code ?? error.message);
        refuseUnreadable(error, socket);
      });
    }

    this.#server.on('request', (_request, response) => {
      response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket' }).end();
    });
    this.#server.on('connection', (socket: Socket) => {
      if (!connectionLimits.tryAdd(socket)) socket.destroy();
    });
    this.#server.on('upgrade', onUpgrade);
  }

  /** The earliest expiry of the served certificates, epoch ms; `undefined` without TLS. */
  get certificatesEndAt(): number | undefined {
    return this.#expiry?.endsAt;
  }

  /** Reads the certificate files at once instead of within the next minute. */
  reloadCertificates(): void {
    this.#certificates?.now();
  }

  /** Starts listening. Resolves with the port: the given one, or a free one if it is 0. */
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

/** An error of Node's HTTP parser, with the bytes that it could not read. */
interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const STATUS_LINES: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers an unreadable request as Node does if there is no `clientError` listener, and closes the socket. */
function refuseUnreadable({ code = '' }: ParseError, socket: Duplex): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${STATUS_LINES[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  if (socket instanceof Socket) socket.destroySoon();
  else socket.destroy();
}

/** Returns whether these bytes begin a TLS handshake. @source RFC 8446 §5.1: type 22, then the version 3.x */
function isTlsRecord(bytes: Buffer): boolean {
  return bytes[0] === 22 && bytes[1] === 3;
}
