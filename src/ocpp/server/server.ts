/** The WebSocket listeners that chargers connect to. */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type PerMessageDeflateOptions, type RawData } from 'ws';
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { TlsSettings } from '../../config/config.js';
import { ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.js';
import { Handshake, type AuthenticatedPeer, type HandshakeRules } from './handshake.js';
import { RejectedConnections } from './rejected-connections.js';
import { createListener, type Listener } from './listener.js';
import type { SocketListener } from '../connection/socket-port.js';
import { OCPP_VERSIONS, type Connections } from '../connection/connections.js';
import { encodeTextFrame } from '../frames/text-frame.js';
import type { OcppVersion } from '../versions/version.js';

export interface OcppServerOptions extends HandshakeRules, Partial<ConnectionLimitOptions> {
  readonly connections: Connections;
  readonly chargerEvents: Pick<ChargerEvents, 'isKnown'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Where refused identities are listed. */
  readonly rejectedConnections?: RejectedConnections;
  /** Bytes of one message, unpacked; a longer one closes the socket with 1009. */
  readonly maxBytes: number;
  /** Seconds for TLS, and again for the request's head. */
  readonly handshakeS?: number;
  /** Bytes of the request's head. */
  readonly headerBytes?: number;
  readonly versions?: readonly OcppVersion[];
  /** The version of a socket that names no subprotocol at all, where the identity may come so. */
  readonly versionWithoutSubprotocol?: (chargePointId: string) => OcppVersion | undefined;
}

export interface OcppServer {
  /** One more port, plain or TLS. Resolves to it: the given one, or the one that 0 found. */
  listen(host: string, port: number, tls?: TlsSettings): Promise<number>;
  /** 503 to newcomers, goodbye to everybody, then closed. */
  close(graceMs: number): Promise<void>;
}

/** A `ws` socket that knows its listener: handlers are shared functions instead of closures per socket. */
class ChargerSocket extends WebSocket {
  listener: SocketListener | undefined;
  events: Events | undefined;
  /** What is below it, where nothing packs the messages. */
  stream: Duplex | undefined;

  /** One write where that is possible: `ws` makes two of head and text, and the system calls are what a reply costs. */
  override send(text: string): void {
    const frame = this.stream && this.readyState === WebSocket.OPEN ? encodeTextFrame(text) : undefined;
    if (frame === undefined) super.send(text);
    else this.stream?.write(frame, 'latin1');
  }
}

/** Seconds after which a charger that met a closing server should come back. */
const RETRY_AFTER_S = 5;
/** How long a refused peer may take to read why, ms. */
const REFUSAL_READ_TIMEOUT_MS = 5_000;

/**
 * 12 KB an idle socket; with context takeover it would be 230. The bound on unpacked bytes is `maxPayload`.
 * @source OCPP 2.0.1 part 4 §3.4 (RFC 7692 must be supported); 1.6 does not ask for it
 */
const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: 1024,
  zlibDeflateOptions: { memLevel: 5 },
};

export function createOcppServer(options: OcppServerOptions): OcppServer {
  const {
    connections: sockets,
    chargerEvents: intake,
    events,
    clock,
    rejectedConnections: knocks = new RejectedConnections(),
    versions = OCPP_VERSIONS,
  } = options;
  const { waitingPerNetwork = 500, socketsTotal = 20_000 } = options;
  const doorkeeper = new Handshake(options, (id) => intake.isKnown(id), { clock, events, rejectedConnections: knocks });
  const crowd = new ConnectionLimits({ waitingPerNetwork, socketsTotal }, doorkeeper.isTrustedProxy);
  const chosen = (offered: Iterable<string>): OcppVersion | undefined => {
    for (const name of offered) {
      const version = versions.find(({ subprotocol }) => subprotocol === name);
      if (version) return version;
    }
    return undefined;
  };
  const socketServer = (perMessageDeflate: PerMessageDeflateOptions | false): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate,
      maxPayload: options.maxBytes,
      // A Latin-1 umlaut in a vendor's name must not cost the charger its socket; it reads as U+FFFD.
      skipUTF8Validation: true,
      WebSocket: ChargerSocket,
      handleProtocols: (offered) => chosen(offered)?.subprotocol ?? false,
    });
  const [plain, deflating] = [socketServer(false), socketServer(DEFLATE)];
  const listeners: Listener[] = [];
  let draining = false;

  const refuse = (stream: Duplex, status: number, headers: string): void => {
    const cut = clock.callLater(REFUSAL_READ_TIMEOUT_MS, () => stream.destroy());
    stream.once('close', cut);
    stream.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`,
    );
  };

  const attach = (socket: ChargerSocket, admission: AuthenticatedPeer, request: IncomingMessage): void => {
    socket.on('error', ignore);
    const named = request.headers['sec-websocket-protocol'] !== undefined;
    const version =
      chosen([socket.protocol]) ?? (named ? undefined : options.versionWithoutSubprotocol?.(admission.chargePointId));
    if (!version) {
      // OCPP-J 1.6 §3.2: complete the handshake without a subprotocol, then close at once.
      doorkeeper.recordRejection(request, admission.address, admission.chargePointId, 'no common subprotocol');
      socket.close(1002, 'no common subprotocol');
      return;
    }
    crowd.handshakeCompleted(request.socket);
    socket.events = events;
    socket.listener = sockets.attach(socket, { ...admission, version });
    socket.on('message', onMessage);
    socket.on('pong', onPong);
    socket.on('close', onClose);
  };

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', ignore);
    if (draining) {
      refuse(stream, 503, `Retry-After: ${RETRY_AFTER_S}\r\n`);
      return;
    }
    const admission = doorkeeper.authenticate(request);
    if (!admission.ok) {
      refuse(stream, admission.status, REFUSAL_HEADERS[admission.status]);
      return;
    }
    const { ok: _, ...admitted } = admission;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const server = chosen(offered)?.offersCompression ? deflating : plain;
    server.handleUpgrade(request, stream, head, (socket) => {
      stream.off('error', ignore);
      if (!(socket instanceof ChargerSocket)) return;
      if (socket.extensions === '') socket.stream = stream;
      attach(socket, admitted, request);
    });
  };

  return {
    async listen(host, port, tls) {
      const { handshakeS = 10, headerBytes = 8192 } = options;
      const bounds = { handshakeMs: handshakeS * 1000, headerBytes };
      const listener = createListener({ clock, events, connectionLimits: crowd, onUpgrade, ...bounds }, tls);
      listeners.push(listener);
      return listener.listen(host, port);
    },
    async close(graceMs) {
      draining = true;
      await sockets.stop(graceMs);
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

const REFUSAL_HEADERS = {
  401: 'WWW-Authenticate: Basic realm="ocpp", charset="UTF-8"\r\n',
  404: '',
  429: 'Retry-After: 60\r\n',
} as const;

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (!(this instanceof ChargerSocket)) return;
  try {
    if (isBinary || !Buffer.isBuffer(data)) this.listener?.receiveBinary();
    else this.listener?.receive(data.toString());
  } catch (fault) {
    // Whatever a peer sends, it must not end the process.
    this.events?.emit('bug', { description: `frame: ${String(fault)}` });
  }
}

function onPong(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.receivePong();
}

function onClose(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.handleClose();
}

/** Errors of a socket are followed by its close, which is what counts. */
function ignore(): void {}
