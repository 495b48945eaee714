/** Runs one order scenario with a charger of one version against the whole bridge on a manual clock. */
import { remoteStartIdOf } from '../../src/domain/matching/remote-start-id.js';
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

export interface Scenario {
  readonly meterStartWh: number;
  readonly orderedWh: number;
  /** Whether the cable is plugged in before the order. */
  readonly cableFirst: boolean;
  readonly steps: readonly Step[];
  readonly end: Exclude<End, 'Remote'>;
  /** Whether the charger sends every message twice. */
  readonly repeated: boolean;
}

/** The parts of the result that must not depend on the version. */
export interface ScenarioResult {
  readonly order: object;
  readonly callbacks: readonly string[];
  readonly discrepancies: readonly string[];
  /** The start and stop calls to the charger, in order. */
  readonly commands: readonly string[];
}

export async function runScenario(format: WireFormat, scenario: Scenario): Promise<ScenarioResult> {
  const edge = socketEdgeFor(format);
  const harness = await createBridgeHarness(NETWORK, edge.wiring);
  const charger = edge.charger(harness, 'CP1', scenario.repeated);
  const { clock } = harness;
  const { messages: messages } = charger;

  await charger.connect();
  await charger.send(messages.boot());
  await charger.send(messages.cableChanged(scenario.cableFirst));
  const order = await harness.confirm({ wh: scenario.orderedWh });
  await charger.answerCalls();
  await clock.advance(3000);
  if (!scenario.cableFirst) await charger.send(messages.cableChanged(true));
  const { idTag, remoteStartId } = charger.requestedStart() ?? { idTag: '', remoteStartId: 0 };
  const usesRemoteStartId = format === '2.0.1' || format === '2.1';
  if (usesRemoteStartId && remoteStartId !== remoteStartIdOf(idTag))
    throw new Error('the remote start id belongs to another order');

  let registerWh = scenario.meterStartWh;
  let flow: Flow = 'Charging';
  await charger.send(messages.transactionStarted({ idTag, remoteStartId }, registerWh));
  for (const step of scenario.steps) {
    if (charger.stopRequested()) break;
    switch (step.type) {
      case 'charge': {
        await clock.advance(step.forS * 1000);
        const powerW = flow === 'Charging' ? step.powerW : 0;
        registerWh += Math.floor((powerW * step.forS) / 3600);
        await charger.send(messages.meterValues(registerWh, powerW));
        break;
      }
      case 'flow':
        if (step.flow === flow) break;
        flow = step.flow;
        await charger.send(messages.chargingStateChanged(flow));
        break;
      case 'offline':
        charger.drop();
        await clock.advance(step.forS * 500);
        await charger.send(messages.meterValues(registerWh, 0));
        await clock.advance(step.forS * 500);
        await charger.connect();
        break;
      case 'reboot':
        await charger.send(messages.boot());
        await clock.advance(1000);
        // Without a message the bridge would end a 1.6 session; a 2.x station can be queried.
        await charger.send(messages.meterValues(registerWh, 0));
        break;
      case 'buyer-stops':
        await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
        await charger.answerCalls();
    }
    await charger.answerCalls();
  }
  await clock.advance(2000);
  await charger.send(messages.transactionEnded(registerWh, charger.stopRequested() ? 'Remote' : scenario.end));
  await charger.send(messages.cableChanged(false));
  await clock.advance(5000);
  await charger.answerCalls();

  const { state, outcome, bill, session, connectorState } = await harness.order(order.id);
  const result: ScenarioResult = {
    order: {
      state,
      code: outcome?.code,
      bill,
      energyWh: session?.meter.energyWh,
      meterStartWh: session?.meterStartWh,
      end: session?.end && { ...session.end, at: 0, receivedAt: 0 },
      connector: connectorState.status,
    },
    callbacks: harness.callbacks.map(({ action, body }) => `${action} ${withoutVariables(body)}`),
    // They are listed by their random ids.
    discrepancies: (await harness.discrepancies()).sort(),
    commands: charger.commands,
  };
  // An open socket would be pinged, and would report its close to a stopped bridge.
  charger.drop();
  await settle(6);
  await harness.stop();
  return result;
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[A-Z2-7]{20,32}\b/g;

/** Replaces the values in a message that differ in every run. */
function withoutVariables(body: unknown): string {
  return JSON.stringify(body).replace(TIME, 'time').replace(ID, 'id');
}
