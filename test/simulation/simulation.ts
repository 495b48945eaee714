/** One seeded simulation of the whole bridge with its chargers and buyer apps, until every order has ended. */
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { BuyerApp, callbackTransport, resetCounters } from './buyer-app.js';
import { SeededRandom } from './seeded-random.js';
import { Charger } from './charger.js';
import { drawDialect } from './charger-dialect.js';
import { type KnownOrders, probeForeignOrder, visit } from './visits.js';
import { type Fault, Faults } from './faults.js';
import { History, type Timed } from './history.js';
import { CHARGE_POINTS, networkOf, CONNECTORS } from './network.js';
import { Node, type Interceptors } from './node.js';
import { VirtualTime } from './virtual-clock.js';
import { scheduleFaults, endFaults } from './fault-schedule.js';

export interface SimulationRun {
  readonly seed: number;
  readonly history: readonly Timed[];
  /** The final content of the store as plain JSON. */
  readonly orders: readonly unknown[];
  readonly discrepancies: readonly unknown[];
  readonly transactions: readonly unknown[];
  readonly ledger: readonly unknown[];
  readonly hash: string;
  readonly struck: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
  readonly states: ReadonlyMap<string, number>;
  /** The bugs that the bridge itself reported. */
  readonly bugs: readonly string[];
  readonly events: number;
  readonly kills: number;
  /** Virtual hours. */
  readonly hours: number;
}

export interface Options {
  readonly interceptors?: Interceptors;
  readonly faults?: readonly Fault[];
}

const START = Date.UTC(2026, 0, 15, 6, 0, 0);
const FAULTY_MS = 2.5 * 3_600_000;
/** The time after the faults. It exceeds every wait of the bridge except the week of terminal callbacks. */
const MAX_RECOVERY_MS = 80 * 3_600_000;

export async function simulate(seed: number, options: Options = {}): Promise<SimulationRun> {
  await loadSodium();
  resetCounters();
  const time = new VirtualTime(START);
  const history = new History(() => time.now());
  const random = (name: string): SeededRandom => new SeededRandom(seed, name);
  const faults = new Faults(random('faults'), options.faults);
  const states = new Map<string, number>();
  const bugs: string[] = [];
  const buyers: BuyerApp[] = [];
  const node: Node = new Node({
    time,
    random: random('bridge'),
    faults,
    history,
    http: callbackTransport({ time, random: random('callbacks'), faults, history }, () => buyers),
    get registry() {
      return buyers.map((buyer) => buyer.record());
    },
    network: networkOf,
    interceptors: options.interceptors ?? {},
    states,
    bugs,
  });
  for (const [index, id] of ['one.example', 'two.example'].entries()) {
    buyers.push(new BuyerApp({ time, random: random(id), faults, history, node }, id, index));
  }
  const chargers = CHARGE_POINTS.map(
    (id) =>
      new Charger(
        {
          time,
          random: random(id),
          faults,
          history,
          dialect: drawDialect(random(`${id}/dialect`), faults),
          connect: (connection) => node.accept(connection),
        },
        id,
        CONNECTORS.filter((connector) => connector.chargePointId === id),
      ),
  );
  try {
    node.boot();
    const people = random('people');
    for (const charger of chargers) time.after(people.between(0, 60_000), () => charger.start());
    scheduleVisits(time, people, faults, buyers);
    // The names of the streams are part of the seed: another name changes the course of every remembered seed.
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
        chargers.every((charger) => charger.powered && !charger.callQueue.busy && charger.connection?.open === true);
      if (!settled) time.after(60_000, probe);
    };
    time.after(60_000, probe);
    await time.runUntil(START + FAULTY_MS + MAX_RECOVERY_MS, () => settled);
    for (const charger of chargers) for (const connector of charger.connectors) charger.recordFlow(connector);
    const page = { limit: 1000 };
    return {
      seed,
      history: history.entries,
      orders: (await node.store?.listOrders(page)) ?? [],
      discrepancies: (await node.store?.listDiscrepancies(page)) ?? [],
      transactions: (await node.store?.listTransactions(page)) ?? [],
      ledger: (await node.store?.listLedger({ limit: 10_000 })) ?? [],
      hash: history.hash(),
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

/** Schedules visits during the faulty period, sometimes two for one connector at the same moment. */
function scheduleVisits(time: VirtualTime, random: SeededRandom, faults: Faults, buyers: readonly BuyerApp[]): void {
  const knownOrders: KnownOrders = [];
  const start = (app: BuyerApp, connector = random.pick(CONNECTORS)): void => void visit(app, knownOrders, connector);
  for (let left = random.between(4, 9); left > 0; left--) {
    const connector = random.pick(CONNECTORS);
    const app = random.pick(buyers);
    time.after(Math.floor(random.next() * FAULTY_MS * 0.9), () => {
      start(app, connector);
      if (!faults.strikes('race', random, 0.5)) return;
      for (const other of buyers) if (other !== app) start(other, connector);
    });
  }
  const hostileBuyer = buyers[1];
  if (!faults.has('hostile') || !hostileBuyer) return;
  for (let left = 4; left > 0; left--) {
    time.after(Math.floor(random.next() * FAULTY_MS), () => void probeForeignOrder(hostileBuyer, knownOrders));
  }
}
