/** A minimal charger on a real WebSocket, connected to a real server. */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { TlsSettings } from '../../../src/config/config.js';
import { OcppServer, type OcppServerOptions } from '../../../src/ocpp/server/server.js';
import { Connections } from '../../../src/ocpp/connection/connections.js';
import type { ConnectionOptions } from '../../../src/ocpp/connection/connection-context.js';
import { systemClock as clock } from '../../../src/observe/system-clock.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { v16 } from '../../../src/ocpp/versions/v16/v16.js';
import { createFakeChargerEvents } from '../../fakes/charger-events.js';
import { createEventLog } from '../../fakes/event-log.js';

export class Charger {
  private readonly frames: string[] = [];
  private wanted: ((text: string) => void) | undefined;
  readonly closed: Promise<number>;

  constructor(readonly ws: WebSocket) {
    this.closed = new Promise((resolve) => ws.on('close', (code) => resolve(code)));
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer) => {
      if (!this.wanted) this.frames.push(data.toString());
      else {
        const wanted = this.wanted;
        this.wanted = undefined;
        wanted(data.toString());
      }
    });
  }

  /** Resolves with the text of the next frame from the server. */
  nextText(): Promise<string> {
    const waiting = this.frames.shift();
    return waiting === undefined ? new Promise((resolve) => (this.wanted = resolve)) : Promise.resolve(waiting);
  }

  /** Sends a frame and returns the next frame from the server. A string is sent unchanged. */
  async ask(frame: unknown): Promise<unknown> {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    return JSON.parse(await this.nextText());
  }
}

export async function startServer(
  more: Partial<OcppServerOptions> & {
    readonly known?: Set<string>;
    readonly edge?: Partial<ConnectionOptions>;
    /** Accepts sockets without a subprotocol. */
    readonly legacy?: boolean;
  } = {},
) {
  const events = createEventLog();
  const intake = createFakeChargerEvents(() => clock.now(), more.known);
  const options = { pingIntervalS: 30, callTimeoutS: 30, configureAtConnect: false, sampleIntervalS: 30, ...more.edge };
  const sockets = new Connections({ clock, random: systemRandom, events, options });
  sockets.start(intake);
  const server = new OcppServer({
    connections: sockets,
    chargerEvents: intake,
    clock,
    events,
    basePath: '/ocpp',
    maxBytes: 65_536,
    defaultProfile: 0,
    credentialOf: () => ({ profile: 0 }),
    ...(more.legacy && { versionWithoutSubprotocol: () => v16 }),
    ...more,
  });
  const port = await server.listen('127.0.0.1', 0);
  const url = `ws://127.0.0.1:${port}/ocpp`;
  const open = (path: string, protocols: string[], options: ClientOptions): WebSocket =>
    new WebSocket(/^wss?:/.test(path) ? path : `${url}/${path}`, protocols, {
      perMessageDeflate: false,
      ...options,
    });
  return {
    events,
    intake,
    sockets,
    server,
    url,
    /** Adds a TLS listener. Returns its base URL; `connect` needs it with the identity appended. */
    async listenTls(tls: TlsSettings): Promise<string> {
      return `wss://127.0.0.1:${await server.listen('127.0.0.1', 0, tls)}/ocpp`;
    },
    async connect(path = 'CP1', protocols = ['ocpp1.6'], options: ClientOptions = {}): Promise<Charger> {
      const ws = open(path, protocols, options);
      const charger = new Charger(ws);
      await once(ws, 'open');
      return charger;
    },
    /** Returns the HTTP status and headers of a refused handshake. */
    refusal(
      path: string,
      options: ClientOptions = {},
    ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
      return new Promise((resolve, reject) => {
        const ws = open(path, ['ocpp1.6'], options);
        ws.on('error', () => undefined);
        ws.on('open', () => reject(new Error('the handshake was accepted')));
        ws.on('unexpected-response', (request, response) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers });
          request.destroy();
        });
      });
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;
