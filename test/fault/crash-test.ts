/** Runs one journey through a process that crashes on the way, and collects the evidence of its outcome. */
import { randomUUID } from 'node:crypto';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import type { SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import type { MisbehaviourMode } from '../../src/sandbox/charge-point/device/misbehaviour.js';
import type { SandboxPaymentProvider } from '../../src/sandbox/payment-provider.js';
import { ask, begun, ended, orderIn, place, type Placed } from '../e2e/shopper.js';
import { eventually } from '../e2e/waiting.js';
import { startTestSystem, type TestSystem } from '../e2e/test-system.js';
import type { Evidence } from './journal-checker.js';
import { WireJournal } from './wire-journal.js';

const CHARGE_POINT = 'CP-01';

type ScenarioName = 'buyer-stops' | 'limit' | 'cancelled' | 'never-starts' | 'ignores-stop';

interface Scenario {
  /** The ordered energy, Wh. A large value ends the session by a stop, a small one by the limit. */
  readonly orderedWh: number;
  readonly charged: boolean;
  /** The kinds of discrepancies that may result. */
  readonly discrepancies: readonly string[];
  readonly misbehaves?: MisbehaviourMode;
  readonly times?: number;
  after(system: TestSystem, placed: Placed, charger: SimulatedChargePoint): Promise<unknown>;
}

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  // A minute and a half at 150 kW, so that even a slow restart is over before the limit.
  'buyer-stops': { orderedWh: 4_000, charged: true, discrepancies: [], after: stopSoon },
  // A dead process cannot stop the charger: the excess is measured but not billed, and becomes a discrepancy.
  limit: { orderedWh: 100, charged: true, discrepancies: ['overshoot'], after: () => Promise.resolve() },
  cancelled: { orderedWh: 400, charged: false, discrepancies: [], misbehaves: 'never-starts', after: cancel },
  'never-starts': {
    orderedWh: 400,
    charged: false,
    discrepancies: [],
    misbehaves: 'never-starts',
    after: () => Promise.resolve(),
  },
  // Each ignored stop costs a second at 150 kW; the bill is capped and the operator bears the rest.
  'ignores-stop': {
    orderedWh: 100,
    charged: true,
    discrepancies: ['overshoot', 'stop-not-obeyed'],
    misbehaves: 'ignores-stop',
    times: 1,
    after: () => Promise.resolve(),
  },
};

async function stopSoon({ buyer }: TestSystem, placed: Placed, charger: SimulatedChargePoint): Promise<void> {
  await begun(buyer, placed.orderId);
  await eventually('some energy has flowed', () => {
    const [view] = charger.state().connectors;
    return !view?.transaction || view.registerWh - view.transaction.meterStartWh >= 20;
  });
  const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
  await ask(buyer, 'cancel', { order_id: placed.orderId, descriptor }, placed.transactionId);
}

async function cancel({ buyer }: TestSystem, placed: Placed): Promise<void> {
  const descriptor = { short_desc: 'The plan has changed' };
  const message = { order_id: placed.orderId, cancellation_reason_id: '1', descriptor };
  await ask(buyer, 'cancel', message, placed.transactionId);
}

/** The store and the OCPP version of a journey. */
export interface Cell {
  readonly store: 'sqlite' | 'mongo';
  readonly ocpp: '1.6' | '2.0.1';
}

export interface CrashTest {
  readonly scenario: ScenarioName;
  /** The crash point and the hit at which the process dies, as `point:hit`. */
  readonly crashAt?: string;
  /** Set if the second process dies at the crash point. The first one is killed while the session runs. */
  readonly second?: boolean;
  readonly misbehaves?: MisbehaviourMode;
  readonly session?: { readonly [key: string]: number };
  /** The payment model when the operator collects. */
  readonly collects?: 'bpp-prepaid' | 'bpp-hold';
  /** Ends the process during the journey and starts it again. */
  readonly meanwhile?: (system: TestSystem) => Promise<void>;
}

export interface CrashTestRun {
  readonly evidence: Evidence;
  /** How each process ended: the one that was killed while the session ran, and the one that reached its crash point. */
  readonly deaths: readonly string[];
  readonly log: string;
}

/** The number of processes that a test kills. */
export function deathsOf({ second }: CrashTest): number {
  return second ? 2 : 1;
}

export interface CrashTestOptions {
  /** Default: 1.6. */
  readonly ocpp?: Cell['ocpp'];
  /** The MongoDB database of the process; by default it uses a SQLite file. */
  readonly mongoUri?: string;
}

/** The lease of a killed process must expire first, and the next process waits for that. */
const LEASE = { leaseS: 3, leaseWaitS: 20 };

export async function run(test: CrashTest, { ocpp = '1.6', mongoUri }: CrashTestOptions = {}): Promise<CrashTestRun> {
  const scenario = SCENARIOS[test.scenario];
  const journal = new WireJournal();
  const session = { startTimeoutS: 40, ...test.session };
  // A busy machine may need half a minute for a restart, and the charge point some seconds to notice it.
  const patience = { pendingS: 120, stopAttempts: 40, unsureS: 15, lostStopS: 40 };
  const settings = { session: { ...patience, stopRetryS: 1, stopLatencyS: 1, ...session } };
  const store = mongoUri === undefined ? {} : { store: { kind: 'mongo', uri: mongoUri, ...LEASE } };
  const { collects } = test;
  const system = await startTestSystem({
    chargePoints: [CHARGE_POINT],
    settings: { ...settings, ...store },
    onMessage: journal.beckn,
    ...(collects && { collects }),
  });
  const deaths: string[] = [];
  try {
    const armed = test.crashAt === undefined ? {} : { BRIDGE_CHAOS: test.crashAt };
    await system.bridge.start(test.second ? {} : armed);
    const back = test.crashAt === undefined || test.second ? undefined : revived(system, deaths);
    // A failure is reported where `back` is awaited.
    back?.catch(() => undefined);
    const charger = await system.charger(CHARGE_POINT, { onFrame: journal.ocpp, ocpp, connect: false });
    for (const mode of [scenario.misbehaves, test.misbehaves]) {
      if (mode)
        charger.misbehave(mode, mode === scenario.misbehaves && scenario.times ? { times: scenario.times } : {});
    }
    await charger.start();
    const interrupted = test.meanwhile?.(system);
    const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', scenario.orderedWh));
    if (test.second) await dieTwice(system, placed, armed, deaths);
    await scenario.after(system, placed, charger);
    await interrupted;
    await ended(system.buyer, placed.orderId);
    if (back) await within(back, `${test.crashAt} was never reached`);
    const evidence = await evidenceOf(system, journal, placed, scenario);
    return { evidence, deaths, log: system.bridge.stderr };
  } catch (error) {
    throw new Error(`${String(error)}\n${system.bridge.stderr.slice(-6_000)}`);
  } finally {
    await system.close();
  }
}

/** @errors Throws `otherwise` if the work does not finish soon. */
async function within(work: Promise<void>, otherwise: string): Promise<void> {
  let done = false;
  await Promise.race([work.then(() => (done = true)), eventually(otherwise, () => done)]);
}

/** Waits for the crash and restarts the process, as a supervisor does. */
async function revived(system: TestSystem, deaths: string[]): Promise<void> {
  const death = await system.bridge.death;
  deaths.push(String(death.signal));
  await system.bridge.start();
}

async function dieTwice(
  system: TestSystem,
  placed: Placed,
  armed: { readonly [name: string]: string },
  deaths: string[],
): Promise<void> {
  await begun(system.buyer, placed.orderId);
  deaths.push(String((await system.bridge.kill9()).signal));
  system.bridge.spawn(armed);
  deaths.push(String((await system.bridge.death).signal));
  await system.bridge.start();
}

export async function evidenceOf(
  system: TestSystem,
  journal: WireJournal,
  placed: Placed,
  scenario: Scenario,
): Promise<Evidence> {
  const { orderId } = placed;
  const list = async (path: string, key: string): Promise<Json[]> => {
    const found: unknown = (await system.operator(path))[key];
    if (!Array.isArray(found)) throw new Error(`${path} has no ${key}`);
    return found.filter(isJson);
  };
  const owed = async (): Promise<number> => Number((await system.operator('/api/outbox')).count);
  // The last callback may be repeated once. An answered status request shows that the process works.
  const status = await ask(system.buyer, 'status', { order_id: orderId }, placed.transactionId ?? randomUUID());
  if (textOf(orderIn(status).type) !== 'DEFAULT')
    throw new Error('the final status was sent, but the answer to status does not show it');
  await eventually('no callback is owed', async () => (await owed()) === 0);
  await eventually('no payment request is pending', async () => {
    const { effects } = await system.operator(`/api/orders/${orderId}`);
    return Array.isArray(effects) && effects.length === 0;
  });
  return {
    journal,
    orderId,
    paid: placed.paid,
    charged: scenario.charged,
    discrepancies: scenario.discrepancies,
    collected: system.payments && collectedBy(system.payments),
    rejected: system.buyer.rejected,
    operator: {
      order: await system.operator(`/api/orders/${orderId}`),
      orders: await list('/api/orders', 'orders'),
      transactions: await list('/api/transactions', 'transactions'),
      discrepancies: await list('/api/discrepancies', 'discrepancies'),
      owed: await owed(),
    },
  };
}

/** Returns what the payment provider actually collected and refunded. */
function collectedBy(provider: SandboxPaymentProvider): Evidence['collected'] {
  const all = provider.payments();
  return {
    payments: all.length,
    paid: all.reduce((sum, one) => sum + one.paid, 0),
    refunds: provider.refunds.map(({ amount }) => amount),
  };
}
