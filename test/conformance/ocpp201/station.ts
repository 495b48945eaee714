/** A 2.x station's end of a real WebSocket, against the whole heart behind a real server. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { remoteStartIdOf } from '../../../src/bridge/remote-start-id.js';
import type { Order } from '../../../src/domain/order.js';
import { readKept } from '../../../src/ocpp/kept-meter.js';
import { createOcppServer } from '../../../src/ocpp/server.js';
import { Sockets } from '../../../src/ocpp/sockets.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { type BridgeWorld, createBridgeWorld, NETWORK } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { until } from '../../fakes/until.js';

export type Version = '2.0.1' | '2.1';
export type Payload = { readonly [key: string]: unknown };

export interface Call {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
}

export class Station {
  /** Calls of the central system, in the order in which they came. */
  readonly calls: Call[] = [];
  /** How it answers them; `Accepted` to whatever is not here. */
  readonly answers: { [action: string]: (payload: Payload) => object } = {};
  readonly #waiting = new Map<string, (frame: unknown[]) => void>();
  #ids = 0;
  #seqNo = 0;

  constructor(
    readonly ws: WebSocket,
    readonly world: BridgeWorld,
  ) {
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as unknown[];
      const [type, id, action, payload] = frame as [number, string, string, Payload];
      if (type !== 2) return void this.#waiting.get(id)?.(frame);
      this.calls.push({ id, action, payload });
      const answer = this.answers[action]?.(payload) ?? { status: 'Accepted' };
      ws.send(JSON.stringify([3, id, answer]));
    });
  }

  /** The answer's payload. @errors The code of a CALLERROR. */
  async ask(action: string, payload: object): Promise<Payload> {
    const id = `s-${(this.#ids += 1)}`;
    let frame: unknown[] | undefined;
    this.#waiting.set(id, (answer) => (frame = answer));
    this.ws.send(JSON.stringify([2, id, action, payload]));
    await until(this.world.clock, () => frame !== undefined);
    if (frame?.[0] !== 3) throw new Error(String(frame?.[2]));
    return frame[2] as Payload;
  }

  boot(): Promise<Payload> {
    return this.ask('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V', serialNumber: '1' },
    });
  }

  status(connectorStatus: string): Promise<Payload> {
    const timestamp = this.time();
    return this.ask('StatusNotification', { timestamp, connectorStatus, evseId: 1, connectorId: 1 });
  }

  /** One TransactionEvent of transaction `tx`; numbered by itself. */
  async tell(
    eventType: 'Started' | 'Updated' | 'Ended',
    triggerReason: string,
    more: {
      readonly info?: object;
      readonly registerWh?: number;
      readonly context?: string;
      readonly seqNo?: number;
      readonly [key: string]: unknown;
    } = {},
  ): Promise<Payload> {
    const { info = {}, registerWh, context = 'Sample.Periodic', seqNo = this.#seqNo, ...rest } = more;
    this.#seqNo = seqNo + 1;
    const sampledValue = [{ value: registerWh, context, unitOfMeasure: { unit: 'Wh' } }];
    const meter = registerWh === undefined ? {} : { meterValue: [{ timestamp: this.time(), sampledValue }] };
    return this.ask('TransactionEvent', {
      eventType,
      triggerReason,
      timestamp: this.time(),
      seqNo,
      transactionInfo: { transactionId: 'tx', ...info },
      ...meter,
      ...rest,
    });
  }

  /** Waits until the central system has called. */
  async called(action: string): Promise<Call> {
    await until(this.world.clock, () => this.calls.some((call) => call.action === action));
    return this.calls.find((call) => call.action === action) as Call;
  }

  time(): string {
    return new Date(this.world.clock.now()).toISOString();
  }
}

export interface Ground {
  readonly world: BridgeWorld;
  readonly sockets: Sockets;
  connect(protocols: readonly string[]): Promise<Station>;
  stop(): Promise<void>;
}

export async function startGround(configureAtConnect = false): Promise<Ground> {
  let edge: Sockets | undefined;
  const world = await createBridgeWorld(NETWORK, ({ clock, events }) => {
    const options = { pingIntervalS: 86_400, callTimeoutS: 30, configureAtConnect, sampleIntervalS: 30 };
    edge = new Sockets({ clock, random: systemRandom, events, options });
    return { calls: edge, readMeter: readKept };
  });
  const sockets = edge as unknown as Sockets;
  sockets.start(world.bridge.chargers);
  const server = createOcppServer({
    sockets,
    intake: world.bridge.chargers,
    clock: world.clock,
    events: world.events,
    basePath: '/ocpp',
    maxBytes: 65_536,
    defaultProfile: 0,
    credentials: () => ({ profile: 0 }),
  });
  const port = await server.listen('127.0.0.1', 0);
  const open: WebSocket[] = [];
  return {
    world,
    sockets,
    async connect(protocols) {
      const ws = new WebSocket(`ws://127.0.0.1:${port}/ocpp/CP1`, [...protocols], { perMessageDeflate: false });
      open.push(ws);
      const station = new Station(ws, world);
      await once(ws, 'open');
      return station;
    },
    async stop() {
      for (const ws of open) ws.terminate();
      await settle(10);
      const closed = server.close(1000);
      await world.clock.advance(2000);
      await closed;
      await world.stop();
    },
  };
}

/** What a station says of the order that it was asked to start for. */
export const named = (order: Order): { readonly info: object; readonly idToken: object } => ({
  info: { remoteStartId: remoteStartIdOf(order.idTag ?? ''), chargingState: 'Charging' },
  idToken: { idToken: order.idTag ?? '', type: 'Central' },
});
