/** The WebSocket listener that chargers connect to. */
import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { ChargerIntake } from '../bridge/ports/chargers.js';
import type { Events } from '../bridge/ports/observe.js';
import type { Clock } from '../bridge/ports/runtime.js';
import { Doorkeeper, type HandshakeRules } from './handshake.js';
import type { SocketListener } from './socket-port.js';
import { VERSIONS, type Sockets } from './sockets.js';
import type { OcppVersion } from './versions/version.js';

export interface OcppServerOptions extends HandshakeRules {
  readonly sockets: Sockets;
  readonly intake: ChargerIntake;
  readonly clock: Clock;
  readonly events: Events;
  /** Bytes of one message; a longer one closes the socket with 1009. */
  readonly maxBytes: number;
  /** The version of a socket that names no subprotocol at all, where the identity may come so. */
  readonly unnamed?: (chargePointId: string) => OcppVersion | undefined;
}

export interface OcppServer {
  /** Resolves to the port: the given one, or the one that 0 found. */
  listen(host: string, port: number): Promise<number>;
  /** 503 to newcomers, goodbye to everybody, then closed. */
  close(graceMs: number): Promise<void>;
}

/** A `ws` socket that knows its listener: handlers are shared functions instead of closures per socket. */
class ChargerSocket extends WebSocket {
  listener: SocketListener | undefined;
  events: Events | undefined;
}

/** Seconds after which a charger that met a closing server should come back. */
const RETRY_AFTER_S = 5;

export function createOcppServer(options: OcppServerOptions): OcppServer {
  const { sockets, intake, events } = options;
  const doorkeeper = new Doorkeeper(options, (id) => intake.knows(id), options);
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Deflate costs 10 to 200 KB a socket, and 1.6 does not ask for it.
    perMessageDeflate: false,
    maxPayload: options.maxBytes,
    // A Latin-1 umlaut in a vendor's name must not cost the charger its socket; it reads as U+FFFD.
    skipUTF8Validation: true,
    WebSocket: ChargerSocket,
    handleProtocols: (offered) => {
      for (const name of offered) if (versionOf(name)) return name;
      return false;
    },
  });
  let draining = false;
  const streams = new Set<Duplex>();
  function forget(this: Duplex): void {
    streams.delete(this);
  }

  const server: Server = createServer((_request, response) => {
    response.writeHead(426, { Connection: 'Upgrade', Upgrade: 'websocket' }).end();
  });
  server.on('connection', (stream) => {
    streams.add(stream);
    stream.on('close', forget);
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', ignore);
    if (draining) {
      answer(stream, 503, `Retry-After: ${RETRY_AFTER_S}\r\n`);
      return;
    }
    const admission = doorkeeper.admit(request);
    if (!admission.ok) {
      const more = {
        401: 'WWW-Authenticate: Basic realm="ocpp", charset="UTF-8"\r\n',
        404: '',
        429: 'Retry-After: 60\r\n',
      };
      answer(stream, admission.status, more[admission.status]);
      return;
    }
    wss.handleUpgrade(request, stream, head, (socket) => {
      stream.off('error', ignore);
      socket.on('error', ignore);
      const offered = request.headers['sec-websocket-protocol'];
      const version =
        versionOf(socket.protocol) ?? (offered === undefined ? options.unnamed?.(admission.chargePointId) : undefined);
      if (!version) {
        // OCPP-J 1.6 §3.2: complete the handshake without a subprotocol, then close at once.
        events.emit('charger.refused', { chargePointId: admission.chargePointId, reason: 'no common subprotocol' });
        socket.close(1002, 'no common subprotocol');
        return;
      }
      socket.events = events;
      socket.listener = sockets.attach(socket, { ...admission, version });
      socket.on('message', onMessage);
      socket.on('pong', onPong);
      socket.on('close', onClose);
    });
  });

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address: string | AddressInfo | null = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    async close(graceMs) {
      draining = true;
      await sockets.stop(graceMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const stream of streams) stream.destroy();
      });
    },
  };
}

function versionOf(subprotocol: string): (typeof VERSIONS)[number] | undefined {
  return VERSIONS.find((version) => version.subprotocol === subprotocol);
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (!(this instanceof ChargerSocket)) return;
  try {
    if (isBinary || !Buffer.isBuffer(data)) this.listener?.binary();
    else this.listener?.frame(data.toString());
  } catch (fault) {
    // Whatever a peer sends, it must not end the process.
    this.events?.emit('bug', { description: `frame: ${String(fault)}` });
  }
}

function onPong(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.pong();
}

function onClose(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.closed();
}

/** Errors of a socket are followed by its close, which is what counts. */
function ignore(): void {}

function answer(stream: Duplex, status: number, headers: string): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`,
  );
}
