/** One story of an order, told to a whole bridge by a charger of one version on a still clock, and what became of it. */
import { remoteStartIdOf } from '../../src/bridge/transactions/remote-start-id.js';
import { createBridgeHarness, NETWORK } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { socketEdgeFor } from './scenario-charger.js';
import type { End, Flow, WireFormat } from './scenario-messages.js';

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

export async function tellStory(telling: WireFormat, story: Story): Promise<Told> {
  const edge = socketEdgeFor(telling);
  const harness = await createBridgeHarness(NETWORK, edge.wiring);
  const charger = edge.charger(harness, 'CP1', story.twice);
  const { clock } = harness;
  const { messages: wire } = charger;

  await charger.connect();
  await charger.send(wire.boot());
  await charger.send(wire.cableChanged(story.cableFirst));
  const order = await harness.confirm({ wh: story.orderedWh });
  await charger.answerCalls();
  await clock.advance(3000);
  if (!story.cableFirst) await charger.send(wire.cableChanged(true));
  const { idTag, remoteStartId } = charger.requestedStart() ?? { idTag: '', remoteStartId: 0 };
  const numbered = telling === '2.0.1' || telling === '2.1';
  if (numbered && remoteStartId !== remoteStartIdOf(idTag)) throw new Error('the start names another order');

  let registerWh = story.meterStartWh;
  let flow: Flow = 'Charging';
  await charger.send(wire.transactionStarted({ idTag, remoteStartId }, registerWh));
  for (const step of story.steps) {
    if (charger.stopRequested()) break;
    switch (step.type) {
      case 'charge': {
        await clock.advance(step.forS * 1000);
        const powerW = flow === 'Charging' ? step.powerW : 0;
        registerWh += Math.floor((powerW * step.forS) / 3600);
        await charger.send(wire.meterValues(registerWh, powerW));
        break;
      }
      case 'flow':
        if (step.flow === flow) break;
        flow = step.flow;
        await charger.send(wire.chargingStateChanged(flow));
        break;
      case 'offline':
        charger.drop();
        await clock.advance(step.forS * 500);
        await charger.send(wire.meterValues(registerWh, 0));
        await clock.advance(step.forS * 500);
        await charger.connect();
        break;
      case 'reboot':
        await charger.send(wire.boot());
        await clock.advance(1000);
        // Without a sign of life 1.6 gives the session up; 2.x can be asked.
        await charger.send(wire.meterValues(registerWh, 0));
        break;
      case 'buyer-stops':
        await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
        await charger.answerCalls();
    }
    await charger.answerCalls();
  }
  await clock.advance(2000);
  await charger.send(wire.transactionEnded(registerWh, charger.stopRequested() ? 'Remote' : story.end));
  await charger.send(wire.cableChanged(false));
  await clock.advance(5000);
  await charger.answerCalls();

  const { state, outcome, bill, session, connectorState } = await harness.order(order.id);
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
    callbacks: harness.callbacks.map(({ action, body }) => `${action} ${plain(body)}`),
    rows: await harness.discrepancies(),
    commands: charger.commands,
  };
  // A socket that stays open would be pinged, and its bridge be told of its end after it has stopped.
  charger.drop();
  await settle(6);
  await harness.stop();
  return told;
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[A-Z2-7]{20,32}\b/g;

/** A message without what is different each time. */
function plain(body: unknown): string {
  return JSON.stringify(body).replace(TIME, 'time').replace(ID, 'id');
}
