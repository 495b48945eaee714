/** A charger that speaks in one telling to the real socket edge, on a still clock. */
import { Connections } from '../../src/ocpp/connection/connections.js';
import { OCPP_VERSIONS } from '../../src/ocpp/ocpp-versions.js';
import { readStoredMeterValues } from '../../src/ocpp/connection/stored-meter-values.js';
import { DEFAULT_CHARGE_POINT_SETTINGS } from '../../src/ocpp/connection/connection-context.js';
import { systemRandom } from '../../src/observe/system-random.js';
import type { BridgeHarness, createBridgeHarness } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { FakeSocket } from '../unit/ocpp/rig.js';
import {
  type StartRequest,
  type Frame,
  framingOf,
  type WireFormat,
  type ChargerMessages,
  chargerMessages,
} from './scenario-messages.js';

export interface ScenarioCharger {
  readonly messages: ChargerMessages;
  /** Calls of ours that move money, in order. */
  readonly commands: readonly string[];
  /** The start that was asked for last. */
  requestedStart(): StartRequest | undefined;
  stopRequested(): boolean;
  connect(): Promise<void>;
  drop(): void;
  /** Says it now, or after the next `connect`. */
  send(frames: readonly Frame[]): Promise<void>;
  /** Answers whatever the bridge has called since. */
  answerCalls(): Promise<void>;
}

const WORDS: { readonly [action: string]: string } = {
  RemoteStartTransaction: 'start',
  RequestStartTransaction: 'start',
  RemoteStopTransaction: 'stop',
  RequestStopTransaction: 'stop',
};

/** The socket edge of a world, and the charger once there is a bridge. */
export function socketEdgeFor(telling: WireFormat): {
  readonly wiring: NonNullable<Parameters<typeof createBridgeHarness>[1]>;
  charger(harness: BridgeHarness, chargePointId: string, twice?: boolean): ScenarioCharger;
} {
  let sockets: Connections | undefined;
  return {
    wiring: ({ clock, events }) => {
      const dialect = telling === 'envelope' ? ('envelope' as const) : ('ocpp-j' as const);
      const options = {
        ...{ pingIntervalS: 86_400, callTimeoutS: 30, configureAtConnect: false, sampleIntervalS: 30 },
        settingsOf: () => ({ ...DEFAULT_CHARGE_POINT_SETTINGS, dialect }),
      };
      sockets = new Connections({ clock, random: systemRandom, events, options });
      return { calls: sockets, readMeter: readStoredMeterValues };
    },
    charger(harness, chargePointId, twice = false) {
      if (!sockets) throw new Error('the bridge has no edge yet');
      sockets.start(harness.bridge.chargerEvents);
      return openCharger(harness, sockets, telling, chargePointId, twice);
    },
  };
}

function openCharger(
  harness: BridgeHarness,
  edge: Connections,
  telling: WireFormat,
  chargePointId: string,
  twice: boolean,
): ScenarioCharger {
  const name = telling === 'envelope' ? '1.6' : telling;
  const version = OCPP_VERSIONS.find((one) => one.name === name);
  if (!version) throw new Error(`nobody speaks ${name}`);
  const spoken = version;
  const framing = framingOf(telling);
  const wire = chargerMessages(name, harness.clock.now);
  const commands: string[] = [];
  const queue: Frame[] = [];
  let socket: FakeSocket | undefined;
  let read = 0;
  let ids = 0;
  let asked: StartRequest | undefined;
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
        const { answer, asked: wants } = wire.respond(action, payload);
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
      for (let time = 0; time < (twice ? 2 : 1); time += 1) {
        const id = `m-${(ids += 1)}`;
        socket.say(framing.call(id, action, payload()));
        await hear({ id, answered });
      }
    }
    await hear();
  }

  return {
    messages: wire,
    commands,
    requestedStart: () => asked,
    stopRequested: () => stopAsked,
    async connect() {
      socket = new FakeSocket();
      read = 0;
      socket.listener = edge.attach(socket, { chargePointId, version: spoken });
      await drain();
    },
    drop() {
      socket?.drop();
      socket = undefined;
    },
    async send(frames) {
      queue.push(...frames);
      await drain();
    },
    answerCalls: () => hear(),
  };
}
