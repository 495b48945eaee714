/** A charger that uses one wire format on the real socket edge, with a manual clock. */
import { Connections } from '../../src/ocpp/connection/connections.js';
import { OCPP_VERSIONS } from '../../src/ocpp/ocpp-versions.js';
import { readStoredMeterValues } from '../../src/ocpp/connection/stored-meter-values.js';
import { DEFAULT_CHARGE_POINT_SETTINGS } from '../../src/ocpp/connection/connection-context.js';
import { systemRandom } from '../../src/observe/system-random.js';
import type { BridgeHarness, createBridgeHarness } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { FakeSocket } from '../unit/ocpp/ocpp-harness.js';
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
  /** The start and stop calls of the bridge, in order. */
  readonly commands: readonly string[];
  /** Returns the start that the bridge requested last. */
  requestedStart(): StartRequest | undefined;
  stopRequested(): boolean;
  connect(): Promise<void>;
  drop(): void;
  /** Sends the frames now, or after the next `connect`. */
  send(frames: readonly Frame[]): Promise<void>;
  /** Answers the bridge's calls that are still unanswered. `connect` and `send` do so, too. */
  answerCalls(): Promise<void>;
}

const COMMANDS: { readonly [action: string]: string } = {
  RemoteStartTransaction: 'start',
  RequestStartTransaction: 'start',
  RemoteStopTransaction: 'stop',
  RequestStopTransaction: 'stop',
};

/** Returns the socket edge for a harness, and a function that creates its charger once the bridge exists. */
export function socketEdgeFor(format: WireFormat): {
  readonly wiring: NonNullable<Parameters<typeof createBridgeHarness>[1]>;
  charger(harness: BridgeHarness, chargePointId: string, repeated?: boolean): ScenarioCharger;
} {
  let sockets: Connections | undefined;
  return {
    wiring: ({ clock, events }) => {
      const dialect = format === 'envelope' ? ('envelope' as const) : ('ocpp-j' as const);
      const options = {
        ...{ pingIntervalS: 86_400, callTimeoutS: 30, configureAtConnect: false, sampleIntervalS: 30 },
        settingsOf: () => ({ ...DEFAULT_CHARGE_POINT_SETTINGS, dialect }),
      };
      sockets = new Connections({ clock, random: systemRandom, events, options });
      return { calls: sockets, readMeter: readStoredMeterValues };
    },
    charger(harness, chargePointId, repeated = false) {
      if (!sockets) throw new Error('the bridge has no edge yet');
      sockets.start(harness.bridge.chargerEvents);
      return openCharger(harness, sockets, format, chargePointId, repeated);
    },
  };
}

function openCharger(
  harness: BridgeHarness,
  edge: Connections,
  format: WireFormat,
  chargePointId: string,
  repeated: boolean,
): ScenarioCharger {
  const name = format === 'envelope' ? '1.6' : format;
  const version = OCPP_VERSIONS.find((one) => one.name === name);
  if (!version) throw new Error(`no such version: ${name}`);
  const spokenVersion = version;
  const framing = framingOf(format);
  const messages = chargerMessages(name, harness.clock.now);
  const commands: string[] = [];
  const queue: Frame[] = [];
  let socket: FakeSocket | undefined;
  let read = 0;
  let ids = 0;
  let requestedStart: StartRequest | undefined;
  let stopRequested = false;

  /** Processes the new frames of the bridge: answers its calls and passes its answers to `waiting`. */
  async function answerCalls(waiting?: { readonly id: string; readonly answered: Frame[2] }): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await settle(6);
      for (; socket && read < socket.sent.length; read += 1) {
        quiet = 0;
        const { id, action, payload } = framing.read(socket.sent[read] ?? '');
        if (action === undefined) {
          if (waiting && (!framing.uniqueIds || id === waiting.id)) waiting.answered?.(payload);
          continue;
        }
        const command = COMMANDS[action];
        if (command !== undefined) commands.push(command);
        const { answer, requested } = messages.respond(action, payload);
        if (requested === 'stop') stopRequested = true;
        else if (requested) requestedStart = requested;
        socket.say(framing.result(id, answer));
      }
    }
  }

  async function drain(): Promise<void> {
    while (socket) {
      const frame = queue.shift();
      if (!frame) break;
      const [action, payload, answered] = frame;
      for (let time = 0; time < (repeated ? 2 : 1); time += 1) {
        const id = `m-${(ids += 1)}`;
        socket.say(framing.call(id, action, payload()));
        await answerCalls({ id, answered });
      }
    }
    await answerCalls();
  }

  return {
    messages,
    commands,
    requestedStart: () => requestedStart,
    stopRequested: () => stopRequested,
    async connect() {
      socket = new FakeSocket();
      read = 0;
      socket.listener = edge.attach(socket, { chargePointId, version: spokenVersion });
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
    answerCalls: () => answerCalls(),
  };
}
