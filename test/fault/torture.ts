/** One journey through a process that dies on the way, and the evidence of what became of it. */
import { randomUUID } from 'node:crypto';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import type { SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import type { MisbehaviourMode } from '../../src/sandbox/charge-point/device/misbehaviour.js';
import type { SandboxPaymentProvider } from '../../src/sandbox/payment-provider.js';
import { ask, begun, ended, orderIn, place, type Placed } from '../e2e/shopper.js';
import { eventually } from '../e2e/waiting.js';
import { openWorld, type World } from '../e2e/world.js';
import type { Evidence } from './journal-checker.js';
import { WireJournal } from './wire-journal.js';

const CHARGE_POINT = 'CP-01';

export type StoryName = 'buyer-stops' | 'limit' | 'cancelled' | 'never-starts' | 'ignores-stop';

interface Story {
  /** Wh that are ordered: enough to be stopped before, or little enough to be reached. */
  readonly orderedWh: number;
  readonly charged: boolean;
  /** Rows for a person that may come of it. */
  readonly rows: readonly string[];
  readonly misbehaves?: MisbehaviourMode;
  readonly times?: number;
  after(world: World, placed: Placed, charger: SimulatedChargePoint): Promise<unknown>;
}

const STORIES: Readonly<Record<StoryName, Story>> = {
  'buyer-stops': { orderedWh: 400, charged: true, rows: [], after: stopSoon },
  // While the process is dead nobody stops the charger: what runs over is measured, not billed, and in a row.
  limit: { orderedWh: 100, charged: true, rows: ['overshoot'], after: () => Promise.resolve() },
  cancelled: { orderedWh: 400, charged: false, rows: [], misbehaves: 'never-starts', after: cancel },
  'never-starts': {
    orderedWh: 400,
    charged: false,
    rows: [],
    misbehaves: 'never-starts',
    after: () => Promise.resolve(),
  },
  // Each ignored stop costs a second at 150 kW; the bill is capped and the rest is the operator's loss.
  'ignores-stop': {
    orderedWh: 100,
    charged: true,
    rows: ['overshoot', 'stop-not-obeyed'],
    misbehaves: 'ignores-stop',
    times: 1,
    after: () => Promise.resolve(),
  },
};

async function stopSoon({ buyer }: World, placed: Placed, charger: SimulatedChargePoint): Promise<void> {
  await begun(buyer, placed.orderId);
  await eventually('some energy has flowed', () => {
    const [view] = charger.state().connectors;
    return !view?.transaction || view.registerWh - view.transaction.meterStartWh >= 20;
  });
  const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
  await ask(buyer, 'cancel', { order_id: placed.orderId, descriptor }, placed.transactionId);
}

async function cancel({ buyer }: World, placed: Placed): Promise<void> {
  const descriptor = { short_desc: 'The plan has changed' };
  const message = { order_id: placed.orderId, cancellation_reason_id: '1', descriptor };
  await ask(buyer, 'cancel', message, placed.transactionId);
}

export interface Cycle {
  readonly story: StoryName;
  /** `point:hit`, as the process is armed. */
  readonly chaos?: string;
  /** The second process is armed: the first is killed while the session runs. */
  readonly second?: boolean;
  readonly misbehaves?: MisbehaviourMode;
  readonly session?: { readonly [key: string]: number };
  /** We collect. */
  readonly collects?: 'bpp-prepaid' | 'bpp-hold';
  /** Ends the process by its own means while the journey goes on. */
  readonly meanwhile?: (world: World) => Promise<void>;
}

export interface Outcome {
  readonly evidence: Evidence;
  /** How each process but the last one ended. */
  readonly deaths: readonly string[];
  readonly log: string;
}

export async function run(cycle: Cycle): Promise<Outcome> {
  const story = STORIES[cycle.story];
  const journal = new WireJournal();
  const session = { startTimeoutS: 6, ...cycle.session };
  const settings = { session: { pendingS: 20, stopRetryS: 1, unsureS: 5, lostStopS: 10, stopLatencyS: 1, ...session } };
  const { collects } = cycle;
  const world = await openWorld({
    chargePoints: [CHARGE_POINT],
    settings,
    onMessage: journal.beckn,
    ...(collects && { collects }),
  });
  const deaths: string[] = [];
  try {
    const armed = cycle.chaos === undefined ? {} : { BRIDGE_CHAOS: cycle.chaos };
    await world.bridge.start(cycle.second ? {} : armed);
    const back = cycle.chaos === undefined || cycle.second ? undefined : revived(world, deaths);
    const charger = await world.charger(CHARGE_POINT, { onFrame: journal.ocpp, connect: false });
    for (const mode of [story.misbehaves, cycle.misbehaves]) {
      if (mode) charger.misbehave(mode, mode === story.misbehaves && story.times ? { times: story.times } : {});
    }
    await charger.start();
    const interrupted = cycle.meanwhile?.(world);
    const placed = await place(world.buyer, world.choice(CHARGE_POINT, 'units', story.orderedWh));
    if (cycle.second) await dieTwice(world, placed, armed, deaths);
    await story.after(world, placed, charger);
    await interrupted;
    await ended(world.buyer, placed.orderId);
    if (back) await within(back, `${cycle.chaos} was never reached`);
    const evidence = await evidenceOf(world, journal, placed, story);
    return { evidence, deaths, log: world.bridge.stderr };
  } catch (error) {
    throw new Error(`${String(error)}\n${world.bridge.stderr.slice(-6_000)}`);
  } finally {
    await world.close();
  }
}

/** @errors When the work is not done soon after everything else is. */
async function within(work: Promise<void>, otherwise: string): Promise<void> {
  let done = false;
  await Promise.race([work.then(() => (done = true)), eventually(otherwise, () => done)]);
}

/** Waits for the armed death, and starts the process again as whoever watches over it would. */
async function revived(world: World, deaths: string[]): Promise<void> {
  const death = await world.bridge.death;
  deaths.push(String(death.signal));
  await world.bridge.start();
}

async function dieTwice(
  world: World,
  placed: Placed,
  armed: { readonly [name: string]: string },
  deaths: string[],
): Promise<void> {
  await begun(world.buyer, placed.orderId);
  await world.bridge.kill9();
  world.bridge.spawn(armed);
  deaths.push(String((await world.bridge.death).signal));
  await world.bridge.start();
}

async function evidenceOf(world: World, journal: WireJournal, placed: Placed, story: Story): Promise<Evidence> {
  const { orderId } = placed;
  const list = async (path: string, key: string): Promise<Json[]> => {
    const found: unknown = (await world.operator(path))[key];
    return Array.isArray(found) ? found.filter(isJson) : [];
  };
  const owed = async (): Promise<number> => Number((await world.operator('/api/outbox')).count);
  // What is told last may come again once, and a question of ours shows that the process is well.
  const status = await ask(world.buyer, 'status', { order_id: orderId }, placed.transactionId ?? randomUUID());
  if (textOf(orderIn(status).type) !== 'DEFAULT') throw new Error('the end was told and the status does not know it');
  await eventually('nothing is owed', async () => (await owed()) === 0);
  await eventually('nothing is asked of the provider any more', async () => {
    const { effects } = await world.operator(`/api/orders/${orderId}`);
    return Array.isArray(effects) && effects.length === 0;
  });
  return {
    journal,
    orderId,
    paid: placed.paid,
    charged: story.charged,
    rows: story.rows,
    collected: world.payments && collectedBy(world.payments),
    rejected: world.buyer.rejected,
    operator: {
      order: await world.operator(`/api/orders/${orderId}`),
      orders: await list('/api/orders', 'orders'),
      transactions: await list('/api/transactions', 'transactions'),
      rows: await list('/api/discrepancies', 'rows'),
      owed: await owed(),
    },
  };
}

/** What the provider has really done. */
function collectedBy({ payments, refunds }: SandboxPaymentProvider): Evidence['collected'] {
  const all = payments();
  return {
    payments: all.length,
    paid: all.reduce((sum, one) => sum + one.paid, 0),
    refunds: refunds.map(({ amount }) => amount),
  };
}
