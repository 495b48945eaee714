/** A scripted charger on a real WebSocket, connected to a real server and the whole core. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { CertificateAuthority } from '../../src/ports/certificates.js';
import type { Network } from '../../src/domain/model/network.js';
import { readStoredMeterValues } from '../../src/ocpp/connection/stored-meter-values.js';
import { OcppServer } from '../../src/ocpp/server/server.js';
import { Connections } from '../../src/ocpp/connection/connections.js';
import { systemRandom } from '../../src/observe/system-random.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { until } from '../fakes/until.js';

export type Payload = { readonly [key: string]: unknown };

export interface Call {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
}

export class Line {
  /** Calls of the central system in order of arrival. */
  readonly calls: Call[] = [];
  /** Scripted answers by action. All other calls are answered with `Accepted`. */
  readonly answers: { [action: string]: (payload: Payload) => object } = {};
  /** Actions that the charger leaves unanswered. */
  readonly silent = new Set<string>();
  readonly #waiting = new Map<string, (frame: unknown[]) => void>();
  #ids = 0;

  constructor(
    readonly ws: WebSocket,
    readonly harness: BridgeHarness,
  ) {
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as unknown[];
      const [type, id, action, payload] = frame as [number, string, string, Payload];
      if (type !== 2) return void this.#waiting.get(id)?.(frame);
      this.calls.push({ id, action, payload });
      if (this.silent.has(action)) return;
      const answer = this.answers[action]?.(payload) ?? { status: 'Accepted' };
      ws.send(JSON.stringify([3, id, answer]));
    });
  }

  /** Sends a call and resolves with the payload of the CALLRESULT. @errors Throws the code of a CALLERROR. */
  async ask(action: string, payload: object): Promise<Payload> {
    const id = `s-${(this.#ids += 1)}`;
    let frame: unknown[] | undefined;
    this.#waiting.set(id, (answer) => (frame = answer));
    this.ws.send(JSON.stringify([2, id, action, payload]));
    await until(this.harness.clock, () => frame !== undefined);
    if (frame?.[0] !== 3) throw new Error(String(frame?.[2]));
    return frame[2] as Payload;
  }

  /** Waits until the central system has sent a call of this action. Returns the first one. */
  async called(action: string): Promise<Call> {
    await until(this.harness.clock, () => this.calls.some((call) => call.action === action));
    return this.calls.find((call) => call.action === action) as Call;
  }

  /** Sends an operator command and returns its stored result. @errors Throws if the bridge refuses the command. */
  async operated(action: string, payload: object): Promise<Payload> {
    const command = {
      chargePointId: 'CP1',
      action,
      payload: payload as never,
      expiresAfterMs: 30_000,
      timeoutMs: 30_000,
    };
    const sent = await this.harness.bridge.operatorCommands.send(command);
    if ('refused' in sent) throw new Error(sent.refused);
    const entries = await this.harness.store.listLogEntries({ chargePointId: 'CP1', kind: 'command', limit: 50 });
    return entries.find(({ id }) => id === sent.id)?.detail as unknown as Payload;
  }

  /**
   * Returns the latest 20 stored notifications as action and payload, oldest first. Those with equal times come in any
   * order.
   */
  async notifications(): Promise<[string, unknown][]> {
    const entries = await this.harness.store.listLogEntries({ chargePointId: 'CP1', kind: 'notification', limit: 20 });
    return entries.reverse().map(({ action, detail }) => [action, detail]);
  }

  time(): string {
    return new Date(this.harness.clock.now()).toISOString();
  }
}

export interface ChargerFixture<L extends Line> {
  readonly harness: BridgeHarness;
  readonly sockets: Connections;
  /** The URL for chargers, without the identity. */
  readonly url: string;
  /**
   * Connects a charger.
   * @param from The charger's address, as the proxy reports it. With it, the proxy also reports TLS and the charger
   * sends a password.
   */
  connect(protocols: readonly string[], from?: string): Promise<L>;
  stop(): Promise<void>;
}

export async function openChargerFixture<L extends Line>(
  make: new (ws: WebSocket, harness: BridgeHarness) => L,
  more: {
    readonly configureAtConnect?: boolean;
    readonly authority?: CertificateAuthority;
    readonly network?: Network;
    /** Chargers authenticate with a password, of which any is right, behind a proxy. */
    readonly hasPasswords?: boolean;
  } = {},
): Promise<ChargerFixture<L>> {
  let edge: Connections | undefined;
  const harness = await createBridgeHarness(more.network ?? NETWORK, ({ clock, events }) => {
    const { configureAtConnect = false } = more;
    const options = { pingIntervalS: 86_400, callTimeoutS: 30, configureAtConnect, sampleIntervalS: 30 };
    edge = new Connections({ clock, random: systemRandom, events, options });
    return { calls: edge, readMeter: readStoredMeterValues, authority: more.authority };
  });
  const sockets = edge as unknown as Connections;
  sockets.start(harness.bridge.chargerEvents);
  const server = new OcppServer({
    connections: sockets,
    chargerEvents: harness.bridge.chargerEvents,
    clock: harness.clock,
    events: harness.events,
    basePath: '/ocpp',
    maxBytes: 65_536,
    defaultProfile: 0,
    credentialOf: () => (more.hasPasswords ? { profile: 1, verify: () => true } : { profile: 0 }),
    ...(more.hasPasswords && { proxy: { addresses: ['127.0.0.1'] } }),
  });
  const port = await server.listen('127.0.0.1', 0);
  const open: WebSocket[] = [];
  const url = `ws://127.0.0.1:${port}/ocpp`;
  return {
    harness,
    sockets,
    url,
    async connect(protocols, from) {
      const proof = {
        authorization: `Basic ${Buffer.from('CP1:any').toString('base64')}`,
        'x-forwarded-proto': 'https',
      };
      const headers = from === undefined ? {} : { ...proof, 'x-forwarded-for': from };
      const ws = new WebSocket(`${url}/CP1`, [...protocols], { perMessageDeflate: false, headers });
      open.push(ws);
      const line = new make(ws, harness);
      await once(ws, 'open');
      return line;
    },
    async stop() {
      for (const ws of open) ws.terminate();
      await settle(10);
      const closed = server.close(1000);
      await harness.clock.advance(2000);
      await closed;
      await harness.stop();
    },
  };
}
