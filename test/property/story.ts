/** One story of an order, told to a whole bridge by a charger of one version on a still clock, and what became of it. */
import { remoteStartIdOf } from '../../src/bridge/remote-start-id.js';
import { readKept } from '../../src/ocpp/kept-meter.js';
import { Sockets, VERSIONS } from '../../src/ocpp/sockets.js';
import { PLAIN_WIRE } from '../../src/ocpp/wire.js';
import { systemRandom } from '../../src/observe/system-random.js';
import { createBridgeWorld, NETWORK } from '../fakes/bridge-world.js';
import { settle } from '../fakes/manual-clock.js';
import { FakeSocket } from '../unit/ocpp/rig.js';
import { type Asked, type End, type Flow, type Frame, framingOf, type Telling, wireOf } from './story-wires.js';

export type Step =
  | { readonly type: 'charge'; readonly forS: number; readonly powerW: number }
  | { readonly type: 'flow'; readonly flow: Flow }
  | { readonly type: 'offline'; readonly forS: number }
  | { readonly type: 'reboot' }
  | { readonly type: 'buyer-stops' };

export interface Story {
  readonly meterStartWh: number;
  readonly orderedWh: number;
  /** The cable is in before the order is made. */
  readonly cableFirst: boolean;
  readonly steps: readonly Step[];
  readonly end: Exclude<End, 'Remote'>;
  /** Everything is said twice. */
  readonly twice: boolean;
}

/** What must not depend on the version. */
export interface Told {
  readonly order: object;
  readonly callbacks: readonly string[];
  readonly rows: readonly string[];
  /** Calls to the charger that move money, in order. */
  readonly commands: readonly string[];
}

const WORDS: { readonly [action: string]: string } = {
  RemoteStartTransaction: 'start',
  RequestStartTransaction: 'start',
  RemoteStopTransaction: 'stop',
  RequestStopTransaction: 'stop',
};

export async function tellStory(telling: Telling, story: Story): Promise<Told> {
  const version = telling === 'envelope' ? '1.6' : telling;
  const framing = framingOf(telling);
  let sockets: Sockets | undefined;
  const world = await createBridgeWorld(NETWORK, ({ clock, events }) => {
    const options = {
      ...{ pingIntervalS: 86_400, callTimeoutS: 30, configureAtConnect: false, sampleIntervalS: 30 },
      wireOf: () => ({ ...PLAIN_WIRE, dialect: telling === 'envelope' ? ('envelope' as const) : ('ocpp-j' as const) }),
    };
    sockets = new Sockets({ clock, random: systemRandom, events, options });
    return { calls: sockets, readMeter: readKept };
  });
  sockets?.start(world.bridge.chargers);
  const { clock } = world;
  const spoken = VERSIONS.find(({ name }) => name === version);
  if (!sockets || !spoken) throw new Error(`nobody speaks ${version}`);
  const edge = sockets;
  const wire = wireOf(version, clock.now);
  const commands: string[] = [];
  const queue: Frame[] = [];
  let socket: FakeSocket | undefined;
  let read = 0;
  let ids = 0;
  let asked: Asked | undefined;
  let stopAsked = false;

  /** Everything that the bridge has sent since: calls are answered, answers handed to `waiting`. */
  async function hear(waiting?: { readonly id: string; readonly answered: Frame[2] }): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await settle(6);
      for (; socket && read < socket.sent.length; read += 1) {
        quiet = 0;
        const { id, action, payload } = framing.read(socket.sent[read] ?? '');
        if (action === undefined) {
          if (waiting && (!framing.distinct || id === waiting.id)) waiting.answered?.(payload);
          continue;
        }
        const word = WORDS[action];
        if (word !== undefined) commands.push(word);
        const { answer, asked: wants } = wire.answers(action, payload);
        if (wants === 'stop') stopAsked = true;
        else if (wants) asked = wants;
        socket.say(framing.result(id, answer));
      }
    }
  }

  async function drain(): Promise<void> {
    while (socket) {
      const frame = queue.shift();
      if (!frame) break;
      const [action, payload, answered] = frame;
      for (let time = 0; time < (story.twice ? 2 : 1); time += 1) {
        const id = `m-${(ids += 1)}`;
        socket.say(framing.call(id, action, payload()));
        await hear({ id, answered });
      }
    }
    await hear();
  }

  async function say(frames: readonly Frame[]): Promise<void> {
    queue.push(...frames);
    await drain();
  }

  async function connect(): Promise<void> {
    socket = new FakeSocket();
    read = 0;
    socket.listener = edge.attach(socket, { chargePointId: 'CP1', version: spoken as NonNullable<typeof spoken> });
    await hear();
  }

  await connect();
  await say(wire.boot());
  await say(wire.cable(story.cableFirst));
  const order = await world.confirm({ wh: story.orderedWh });
  await hear();
  await clock.advance(3000);
  if (!story.cableFirst) await say(wire.cable(true));
  const { idTag, remoteStartId } = asked ?? { idTag: '', remoteStartId: 0 };
  if (version !== '1.6' && remoteStartId !== remoteStartIdOf(idTag)) throw new Error('the start names another order');

  let registerWh = story.meterStartWh;
  let flow: Flow = 'Charging';
  await say(wire.begins({ idTag, remoteStartId }, registerWh));
  for (const step of story.steps) {
    if (stopAsked) break;
    switch (step.type) {
      case 'charge': {
        await clock.advance(step.forS * 1000);
        const powerW = flow === 'Charging' ? step.powerW : 0;
        registerWh += Math.floor((powerW * step.forS) / 3600);
        await say(wire.measures(registerWh, powerW));
        break;
      }
      case 'flow':
        if (step.flow === flow) break;
        flow = step.flow;
        await say(wire.flows(flow));
        break;
      case 'offline':
        socket?.drop();
        socket = undefined;
        await clock.advance(step.forS * 500);
        await say(wire.measures(registerWh, 0));
        await clock.advance(step.forS * 500);
        await connect();
        await drain();
        break;
      case 'reboot':
        await say(wire.boot());
        await clock.advance(1000);
        // Without a sign of life 1.6 gives the session up; 2.x can be asked.
        await say(wire.measures(registerWh, 0));
        break;
      case 'buyer-stops':
        await world.ask({ type: 'stop', orderId: order.id }, 'cancel');
        await hear();
    }
    await hear();
  }
  await clock.advance(2000);
  await say(wire.ends(registerWh, stopAsked ? 'Remote' : story.end));
  await say(wire.cable(false));
  await clock.advance(5000);
  await hear();

  const { state, outcome, bill, session, connectorState } = await world.order(order.id);
  const told: Told = {
    order: {
      state,
      code: outcome?.code,
      bill,
      energyWh: session?.meter.energyWh,
      meterStartWh: session?.meterStartWh,
      end: session?.end && { ...session.end, at: 0, receivedAt: 0 },
      connector: connectorState.status,
    },
    callbacks: world.told.map(({ action, body }) => `${action} ${plain(body)}`),
    rows: await world.rows(),
    commands,
  };
  // A socket that stays open would be pinged, and its bridge be told of its end after it has stopped.
  socket?.drop();
  await settle(6);
  await world.stop();
  return told;
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[A-Z2-7]{20,32}\b/g;

/** A message without what is different each time. */
function plain(body: unknown): string {
  return JSON.stringify(body).replace(TIME, 'time').replace(ID, 'id');
}
