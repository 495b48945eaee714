/** One seeded world: the whole bridge, its chargers and its buyer apps, until everything is quiet again. */
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { BuyerApp, callbackWire, resetNumbers } from './buyer-app.js';
import { Chance } from './chance.js';
import { Charger } from './charger.js';
import { type Known, steal, visit } from './drivers.js';
import { type Fault, Faults } from './faults.js';
import { History, type Timed } from './history.js';
import { CHARGE_POINTS, networkOf, OUTLETS } from './network.js';
import { Node, type Plants } from './node.js';
import { VirtualTime } from './virtual-clock.js';
import { brew, heal } from './weather.js';

export interface Outcome {
  readonly seed: number;
  readonly history: readonly Timed[];
  /** The store at the end, as plain JSON: orders, discrepancies, transactions. */
  readonly orders: readonly unknown[];
  readonly discrepancies: readonly unknown[];
  readonly transactions: readonly unknown[];
  readonly ledger: readonly unknown[];
  readonly hash: string;
  readonly struck: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
  readonly states: ReadonlyMap<string, number>;
  /** What the bridge itself reported as its own mistake. */
  readonly bugs: readonly string[];
  readonly events: number;
  readonly kills: number;
  /** Virtual hours. */
  readonly hours: number;
}

export interface Options {
  readonly plants?: Plants;
  readonly faults?: readonly Fault[];
}

const START = Date.UTC(2026, 0, 15, 6, 0, 0);
const FAULTY_MS = 2.5 * 3_600_000;
/** After the healing: longer than every wait of the bridge but its week of terminal callbacks. */
const LONGEST_MS = 30 * 3_600_000;

export async function simulate(seed: number, options: Options = {}): Promise<Outcome> {
  await loadSodium();
  resetNumbers();
  const time = new VirtualTime(START);
  const history = new History(() => time.now());
  const chance = (name: string): Chance => new Chance(seed, name);
  const faults = new Faults(chance('faults'), options.faults);
  const states = new Map<string, number>();
  const bugs: string[] = [];
  const buyers: BuyerApp[] = [];
  const node: Node = new Node({
    time,
    chance: chance('bridge'),
    faults,
    history,
    http: callbackWire({ time, chance: chance('callbacks'), faults, history }, () => buyers),
    get registry() {
      return buyers.map((buyer) => buyer.record());
    },
    network: networkOf,
    plants: options.plants ?? {},
    states,
    bugs,
  });
  for (const [index, id] of ['one.example', 'two.example'].entries()) {
    buyers.push(new BuyerApp({ time, chance: chance(id), faults, history, node }, id, index));
  }
  const chargers = CHARGE_POINTS.map(
    (id) =>
      new Charger(
        { time, chance: chance(id), faults, history, connect: (link) => node.take(link) },
        id,
        OUTLETS.filter((outlet) => outlet.chargePointId === id),
      ),
  );
  try {
    node.boot();
    const people = chance('people');
    for (const charger of chargers) time.after(people.between(0, 60_000), () => charger.start());
    populate(time, people, faults, buyers);
    const weather = { time, chance: chance('weather'), faults, node, chargers, buyers };
    brew(weather, START + FAULTY_MS);
    await time.runUntil(START + FAULTY_MS);
    history.add({ kind: 'healed' });
    heal(weather);
    // What is open ends by its own limits; a probe every minute asks whether it has.
    let quiet = false;
    const probe = (): void => {
      const { parts } = node;
      quiet =
        parts !== undefined &&
        parts.bridge.openOrders().length === 0 &&
        parts.bridge.owedRequests().length === 0 &&
        chargers.every((charger) => charger.powered && !charger.line.busy && charger.link?.open === true);
      if (!quiet) time.after(60_000, probe);
    };
    time.after(60_000, probe);
    await time.runUntil(START + FAULTY_MS + LONGEST_MS, () => quiet);
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

/** Visits through the faulty time; sometimes two for one connector at one moment. */
function populate(time: VirtualTime, chance: Chance, faults: Faults, buyers: readonly BuyerApp[]): void {
  const known: Known = [];
  const start = (app: BuyerApp, outlet = chance.pick(OUTLETS)): void => void visit(app, known, outlet);
  for (let left = chance.between(4, 9); left > 0; left--) {
    const outlet = chance.pick(OUTLETS);
    const app = chance.pick(buyers);
    time.after(Math.floor(chance.next() * FAULTY_MS * 0.9), () => {
      start(app, outlet);
      if (!faults.strikes('race', chance, 0.5)) return;
      for (const other of buyers) if (other !== app) start(other, outlet);
    });
  }
  const thief = buyers[1];
  if (!faults.has('hostile') || !thief) return;
  for (let left = 4; left > 0; left--) {
    time.after(Math.floor(chance.next() * FAULTY_MS), () => void steal(thief, known));
  }
}
