/**
 * One seeded simulation of the whole bridge with its chargers and buyer apps. It runs until every order has ended and
 * nothing is owed, or until `MAX_RECOVERY_MS` after the faults.
 */
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { BuyerApp, resetRequestCount } from './buyer-app/buyer-app.js';
import { callbackTransport, resetCallbackCount } from './buyer-app/callback-transport.js';
import { SeededRandom } from './runtime/seeded-random.js';
import { Charger } from './charger/charger.js';
import type { ChargerConnection } from './charger/charger-connection.js';
import { Station } from './charger/station.js';
import { drawHabits } from './charger/charger-habits.js';
import { dialectNamed, drawBuyerDialect } from './dialects/all.js';
import type { BuyerDialect } from './dialects/buyer-dialect.js';
import { type Fault, Faults } from './faults.js';
import type { RunEvidence } from './checks/checker.js';
import { History } from './runtime/history.js';
import { ALL_CONNECTORS, CHARGE_POINTS, networkOf } from './node/network.js';
import { SimulatedPaymentProvider } from './buyer-app/payment-provider.js';
import { HELD_CHARGE_POINT, PREPAID_APP, PULSE_APP } from './node/settings.js';
import { scheduleVisits } from './buyer-app/visit-schedule.js';
import { Node, type Interceptors } from './node/node.js';
import { VirtualTime } from './runtime/virtual-clock.js';
import { scheduleFaults, endFaults } from './fault-schedule.js';

export interface SimulationRun extends RunEvidence {
  /** Runs with equal hashes had identical traffic. */
  readonly hash: () => string;
  readonly struck: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
  readonly states: ReadonlyMap<string, number>;
  /** The bugs that the bridge itself reported. */
  readonly bugs: readonly string[];
  readonly events: number;
  readonly kills: number;
  /** The duration in virtual hours. */
  readonly hours: number;
}

export interface Options {
  readonly interceptors?: Interceptors;
  /** The faults that are enabled; by default, the seed draws a subset of all. */
  readonly faults?: readonly Fault[];
  /** The only dialect in the run; by default, every visit draws one. */
  readonly dialect?: string | undefined;
}

const START = Date.UTC(2026, 0, 15, 6, 0, 0);
const FAULTY_MS = 2.5 * 3_600_000;
/** The longest time after the faults. It exceeds every wait of the bridge except the week for terminal callbacks. */
const MAX_RECOVERY_MS = 80 * 3_600_000;

export async function simulate(seed: number, options: Options = {}): Promise<SimulationRun> {
  await loadSodium();
  resetRequestCount();
  resetCallbackCount();
  const time = new VirtualTime(START);
  const history = new History(() => time.now());
  const random = (name: string): SeededRandom => new SeededRandom(seed, name);
  const faults = new Faults(random('faults'), options.faults);
  const states = new Map<string, number>();
  const bugs: string[] = [];
  const extras = random('extras');
  const provider = new SimulatedPaymentProvider({
    time,
    random: random('provider'),
    faults,
    history,
    node: () => node,
  });
  const node: Node = new Node({
    time,
    random: random('bridge'),
    faults,
    history,
    http: callbackTransport({ time, random: random('callbacks'), faults, history }, () => buyers, provider),
    get registry() {
      return buyers.map((buyer) => buyer.record());
    },
    network: networkOf,
    storeRandom: random('store'),
    ratingShare: faults.strikes('rating-too-small', extras, 0.8) ? 0.5 : 1,
    interceptors: options.interceptors ?? {},
    states,
    bugs,
  });
  const appOf = (id: string, index: number): BuyerApp =>
    new BuyerApp({ time, random: random(id), faults, history, node }, id, index);
  const buyers = [
    appOf('one.example', 0),
    appOf('two.example', 1),
    appOf(PREPAID_APP, 2),
    appOf(PULSE_APP, 3),
  ] as const;
  const special = [
    ...(faults.has('boot-held') ? [HELD_CHARGE_POINT] : []),
    ...(faults.has('timed-tariff') ? ['CP-T'] : []),
  ];
  const chargers = [...CHARGE_POINTS, ...special].map(
    (id) =>
      new Charger(
        {
          time,
          random: random(id),
          faults,
          history,
          habits: drawHabits(random(`${id}/dialect`), faults),
          connect: (connection) => node.accept(connection),
        },
        id,
        ALL_CONNECTORS.filter((connector) => connector.chargePointId === id),
      ),
  );
  const stations = (faults.has('stations') ? ['CP-S', 'CP-U'] : []).map((id) => {
    const connect = (connection: ChargerConnection): boolean => node.accept(connection);
    return new Station({ time, random: random(id), faults, history, connect }, id, 60_000);
  });
  try {
    node.boot();
    for (const station of stations) station.start();
    const people = random('people');
    const regular = chargers.slice(0, CHARGE_POINTS.length);
    for (const charger of regular) time.after(people.between(0, 60_000), () => charger.start());
    for (const charger of chargers) if (!regular.includes(charger)) charger.start();
    const dialects = random('dialects');
    const drawDialect = (): BuyerDialect => dialectNamed(options.dialect) ?? drawBuyerDialect(dialects);
    scheduleVisits({ time, faults, people, extras, drawDialect, buyers, provider, stations }, FAULTY_MS);
    // The names of the streams act like a part of the seed: a new name changes the course of every remembered seed.
    const targets = { time, random: random('weather'), faults, node, chargers, buyers };
    scheduleFaults(targets, START + FAULTY_MS);
    await time.runUntil(START + FAULTY_MS);
    history.add({ kind: 'faults-ended' });
    endFaults(targets);
    // Open orders end by their own limits; a probe checks every minute.
    let settled = false;
    const probe = (): void => {
      const { parts } = node;
      settled =
        parts !== undefined &&
        parts.bridge.openOrders().length === 0 &&
        parts.bridge.owedRequests().length === 0 &&
        provider.isSettled &&
        stations.every((station) => station.isSettled) &&
        chargers.every(
          (charger) =>
            charger.powered &&
            // A charger whose boots are never accepted keeps its messages for ever.
            (!charger.callQueue.busy || charger.id === HELD_CHARGE_POINT) &&
            (charger.connection?.open === true || charger.habits.reconnectMs > 0),
        );
      if (!settled) time.after(60_000, probe);
    };
    time.after(60_000, probe);
    await time.runUntil(START + FAULTY_MS + MAX_RECOVERY_MS, () => settled);
    for (const charger of chargers) for (const connector of charger.connectors) charger.recordFlow(connector);
    for (const station of stations) station.recordFlow();
    const page = { limit: 1000 };
    // The MongoDB store first completes unfinished writes, which needs the clock to advance.
    const read = async <T>(question: Promise<readonly T[]> | undefined): Promise<readonly T[]> => {
      let answered = false;
      void question?.catch(() => []).then(() => (answered = true));
      await time.runUntil(time.now() + 600_000, () => answered);
      return (await question) ?? [];
    };
    return {
      seed,
      history: history.entries,
      orders: await read(node.store?.listOrders(page)),
      discrepancies: await read(node.store?.listDiscrepancies(page)),
      transactions: await read(node.store?.listTransactions(page)),
      ledger: await read(node.store?.listLedger({ limit: 10_000 })),
      hash: () => history.hash(),
      struck: faults.struck,
      faults: faults.all,
      states,
      bugs,
      events: time.ran,
      kills: node.kills,
      hours: (time.now() - START) / 3_600_000,
    };
  } finally {
    node.close();
  }
}
