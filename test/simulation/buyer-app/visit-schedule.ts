/** The visits: when drivers come, to which connector, with which buyer app and in which dialect. */
import type { Station } from '../charger/station.js';
import type { BuyerDialect } from '../dialects/buyer-dialect.js';
import { ueiChargingPulse } from '../dialects/uei-charging.js';
import type { Faults } from '../faults.js';
import { CONNECTORS, type ConnectorSpec, SPECIAL_CONNECTORS } from '../node/network.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';
import type { BuyerApp } from './buyer-app.js';
import { type KnownOrders, probeForeignOrder } from './hostile-requests.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';
import { prepaidVisit } from './prepaid-visits.js';
import { visit } from './visits.js';

export interface VisitSchedule {
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly people: SeededRandom;
  /** The random stream for visits that only some seeds have. */
  readonly extras: SeededRandom;
  /** Draws the dialect of a visit. */
  readonly drawDialect: () => BuyerDialect;
  /** Two buyer apps for all dialects except pulse, one for which the bridge collects, and one for pulse. */
  readonly buyers: readonly [BuyerApp, BuyerApp, BuyerApp, BuyerApp];
  readonly provider: SimulatedPaymentProvider;
  readonly stations: readonly Station[];
}

/**
 * Schedules the visits and the hostile requests of the faulty period. Sometimes two buyer apps want one connector at
 * the same moment.
 */
export function scheduleVisits(schedule: VisitSchedule, spanMs: number): void {
  const { time, people, faults, buyers } = schedule;
  const knownOrders: KnownOrders = [];
  const apps = buyers.slice(0, 2);
  for (let left = people.between(4, 9); left > 0; left--) {
    const connector = people.pick(CONNECTORS);
    const app = people.pick(apps);
    time.after(Math.floor(people.next() * spanMs * 0.9), () => {
      begin(schedule, app, connector, knownOrders);
      if (!faults.strikes('race', people, 0.5)) return;
      for (const other of apps) if (other !== app) begin(schedule, other, connector, knownOrders);
    });
  }
  if (faults.has('hostile'))
    for (let left = 4; left > 0; left--)
      time.after(Math.floor(people.next() * spanMs), () => void probeForeignOrder(buyers[1], knownOrders));
  scheduleSpecialVisits(schedule, spanMs);
}

/** Starts a visit. The pulse dialect needs its own buyer app, because its context is that of `uei:charging`. */
function begin(
  { drawDialect, buyers }: VisitSchedule,
  preferred: BuyerApp,
  connector: ConnectorSpec,
  knownOrders: KnownOrders = [],
): void {
  const dialect = drawDialect();
  const app = dialect === ueiChargingPulse ? buyers[3] : preferred;
  void visit({ app, dialect, connector, knownOrders });
}

/**
 * Schedules visits whose payment the bridge collects, visits at special charge points, and power cuts of the stations.
 */
function scheduleSpecialVisits(schedule: VisitSchedule, spanMs: number): void {
  const { time, extras: random, faults, buyers, provider, stations, drawDialect } = schedule;
  const [app, , prepaid] = buyers;
  const times = (most: number, work: () => void): void => {
    for (let left = random.between(1, most); left > 0; left--)
      time.after(120_000 + Math.floor(random.next() * spanMs * 0.85), work);
  };
  const at = (chargePointId: string): void => {
    const connector = SPECIAL_CONNECTORS.find((one) => one.chargePointId === chargePointId);
    if (connector) begin(schedule, app, connector);
  };
  if (faults.has('prepaid'))
    times(6, () => {
      faults.count('prepaid');
      void prepaidVisit({ app: prepaid, dialect: drawDialect(), connector: random.pick(CONNECTORS) }, provider);
    });
  for (const [fault, most, chargePointId] of [
    ['boot-held', 3, 'CP-H'],
    ['timed-tariff', 5, 'CP-T'],
  ] as const)
    if (faults.has(fault))
      times(most, () => {
        faults.count(fault);
        at(chargePointId);
      });
  for (const station of stations) {
    times(6, () => {
      faults.count('stations');
      at(station.id);
    });
    times(3, () => {
      if (!faults.ended) station.cutPower();
    });
  }
}
