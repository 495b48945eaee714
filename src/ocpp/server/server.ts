/** Runs the WebSocket server to which chargers connect. */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type PerMessageDeflateOptions } from 'ws';
import type { TlsSettings } from '../../config/config.js';
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { ChargerSocket } from '../connection/charger-socket.js';
import { listenTo } from '../connection/connection.js';
import type { Connections } from '../connection/connections.js';
import { OCPP_VERSIONS } from '../ocpp-versions.js';
import type { OcppVersion } from '../versions/version.js';
import { ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.js';
import { Handshake, type HandshakeResult, type HandshakeRules } from './handshake.js';
import { Listener } from './listener.js';
import { RejectedConnections } from './rejected-connections.js';
import { REJECTION_REASONS } from './rejection-reasons.js';
import { RejectionRecorder } from './rejection-recorder.js';

export interface OcppServerOptions extends HandshakeRules, Partial<ConnectionLimitOptions> {
  readonly connections: Connections;
  readonly chargerEvents: Pick<ChargerEvents, 'isKnown'>;
  readonly clock: Clock;
  readonly events: Events;
  /** The list of refused connections. */
  readonly rejectedConnections?: RejectedConnections;
  /** The maximum size of a message after decompression, bytes. A longer message closes the socket with 1009. */
  readonly maxBytes: number;
  /** The time limit for the TLS handshake, and again for the request's headers, seconds; 10 by default. */
  readonly handshakeS?: number;
  /** The maximum size of the request's headers, bytes; 8192 by default. */
  readonly headerBytes?: number;
  readonly versions?: readonly OcppVersion[];
  /** Returns the version for a charge point that names no subprotocol; `undefined` if it must name one. */
  readonly versionWithoutSubprotocol?: (chargePointId: string) => OcppVersion | undefined;
}

/** The Retry-After for chargers that connect during shutdown, seconds. */
const RETRY_AFTER_S = 5;
/** How long a refused peer may take to read the response, ms. */
const REFUSAL_READ_TIMEOUT_MS = 5_000;

/**
 * Without context takeover, an idle socket takes 12 KB instead of 230 KB. `maxPayload` limits the decompressed bytes.
 * @source OCPP 2.0.1 part 4 §3.4 requires RFC 7692; 1.6 does not.
 */
const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: 1024,
  zlibDeflateOptions: { memLevel: 5 },
};

const REFUSAL_HEADERS = {
  401: 'WWW-Authenticate: Basic realm="ocpp", charset="UTF-8"\r\n',
  404: '',
  429: 'Retry-After: 60\r\n',
} as const;

export class OcppServer {
  readonly #options: OcppServerOptions;
  readonly #versions: readonly OcppVersion[];
  readonly #handshake: Handshake;
  readonly #rejections: RejectionRecorder;
  readonly #connectionLimits: ConnectionLimits;
  readonly #plain: WebSocketServer;
  readonly #deflating: WebSocketServer;
  readonly #listeners: Listener[] = [];
  #isClosing = false;

  constructor(options: OcppServerOptions) {
    const { chargerEvents, clock, events, rejectedConnections = new RejectedConnections() } = options;
    const { waitingPerNetwork = 500, socketsTotal = 20_000 } = options;
    this.#options = options;
    this.#versions = options.versions ?? OCPP_VERSIONS;
    const isKnown = (id: string): boolean => chargerEvents.isKnown(id);
    this.#rejections = new RejectionRecorder({ rejectedConnections, clock, events });
    this.#handshake = new Handshake(options, { isKnown, clock, rejections: this.#rejections });
    this.#connectionLimits = new ConnectionLimits({ waitingPerNetwork, socketsTotal }, this.#handshake.isTrustedProxy);
    this.#plain = this.#createSocketServer(false);
    this.#deflating = this.#createSocketServer(DEFLATE);
  }

  /** Opens one more port, plain or TLS. Resolves with the port in use: the given one, or a free one if it is 0. */
  async listen(host: string, port: number, tls?: TlsSettings): Promise<number> {
    const { clock, events, handshakeS = 10, headerBytes = 8192 } = this.#options;
    const listener = new Listener(
      {
        ...{ clock, events, headerBytes, connectionLimits: this.#connectionLimits, rejections: this.#rejections },
        handshakeMs: handshakeS * 1000,
        onUpgrade: (request, stream, head) => this.#upgrade(request, stream, head),
      },
      tls,
    );
    this.#listeners.push(listener);
    return listener.listen(host, port);
  }

  /** Returns the earliest expiry of the certificates served to chargers, epoch ms; `undefined` without TLS. */
  certificatesEndAt(): number | undefined {
    const ends = this.#listeners.flatMap(({ certificatesEndAt }) => certificatesEndAt ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  reloadCertificates(): void {
    for (const listener of this.#listeners) listener.reloadCertificates();
  }

  /** Answers new connections with 503, closes the sockets, then the ports. @param graceMs See `Connections.stop`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    await this.#options.connections.stop(graceMs);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  #createSocketServer(perMessageDeflate: PerMessageDeflateOptions | false): WebSocketServer {
    return new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate,
      maxPayload: this.#options.maxBytes,
      // Invalid UTF-8, such as a Latin-1 umlaut in a vendor's name, must not close the socket; it reads as U+FFFD.
      skipUTF8Validation: true,
      WebSocket: ChargerSocket,
      handleProtocols: (offered) => this.#selectVersion(offered)?.subprotocol ?? false,
    });
  }

  /** Returns the first offered version that we support; the client lists them in order of preference. */
  #selectVersion(offered: Iterable<string>): OcppVersion | undefined {
    for (const name of offered) {
      const version = this.#versions.find(({ subprotocol }) => subprotocol === name);
      if (version) return version;
    }
    return undefined;
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', ignore);
    if (this.#isClosing) {
      this.#refuse(stream, 503, `Retry-After: ${RETRY_AFTER_S}\r\n`);
      return;
    }
    const result = this.#handshake.authenticate(request);
    if (!result.ok) {
      this.#refuse(stream, result.status, REFUSAL_HEADERS[result.status]);
      return;
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const server = this.#selectVersion(offered)?.offersCompression ? this.#deflating : this.#plain;
    const refuse = ({ message }: Error): void => {
      this.#rejections.record(
        request,
        result,
        { id: result.chargePointId, code: 'no-websocket' },
        { problem: message },
      );
      this.#refuse(stream, 400, 'Sec-WebSocket-Version: 13\r\nContent-Type: text/plain\r\n', message);
    };
    // The event is emitted before `handleUpgrade` returns, so it cannot concern another request.
    server.once('wsClientError', refuse);
    server.handleUpgrade(request, stream, head, (socket) => {
      stream.off('error', ignore);
      if (!(socket instanceof ChargerSocket)) return;
      if (socket.extensions === '') socket.stream = stream;
      this.#attach(socket, result, request);
    });
    server.off('wsClientError', refuse);
  }

  #refuse(stream: Duplex, status: number, headers: string, text = ''): void {
    const cancel = this.#options.clock.callLater(REFUSAL_READ_TIMEOUT_MS, () => stream.destroy());
    stream.once('close', cancel);
    stream.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: ${text.length}\r\n${headers}\r\n${text}`,
    );
  }

  #attach(
    socket: ChargerSocket,
    { ok: _, isTls, ...peer }: Extract<HandshakeResult, { ok: true }>,
    request: IncomingMessage,
  ): void {
    const { connections, versionWithoutSubprotocol } = this.#options;
    socket.on('error', ignore);
    const namesSubprotocol = request.headers['sec-websocket-protocol'] !== undefined;
    const version =
      this.#selectVersion([socket.protocol]) ??
      (namesSubprotocol ? undefined : versionWithoutSubprotocol?.(peer.chargePointId));
    if (!version) {
      // OCPP-J 1.6 §3.2: complete the handshake without a subprotocol, then close at once.
      const rejection = { id: peer.chargePointId, code: 'no-common-subprotocol' } as const;
      this.#rejections.record(request, { address: peer.address, isTls }, rejection);
      socket.close(1002, REJECTION_REASONS[rejection.code].reason);
      return;
    }
    this.#connectionLimits.handshakeCompleted(request.socket);
    listenTo(socket, connections.attach(socket, { ...peer, version }));
  }
}

/** Ignores a socket's error, because the close event that follows is handled. */
function ignore(): void {}
