/** Visits that only some seeds have: with money that the bridge collects, and at special charge points. */
import type { BuyerApp } from './buyer-app.js';
import type { Faults } from '../faults.js';
import { changeOfMind } from '../other-dialects.js';
import { CONNECTORS, SPECIAL_CONNECTORS } from '../node/network.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';
import { prepaidVisit } from './prepaid-visits.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';
import type { Station } from '../charger/station.js';
import { visit } from './visits.js';

export interface SpecialVisits {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly buyers: readonly BuyerApp[];
  readonly provider: SimulatedPaymentProvider;
  readonly stations: readonly Station[];
}

export function scheduleSpecialVisits(visits: SpecialVisits, spanMs: number): void {
  const { time, random, faults, buyers, provider, stations } = visits;
  const [app, , prepaid] = buyers;
  const times = (most: number, begin: () => void): void => {
    for (let left = random.between(1, most); left > 0; left--)
      time.after(120_000 + Math.floor(random.next() * spanMs * 0.85), begin);
  };
  if (!app || !prepaid) return;
  const at = (chargePointId: string): void => {
    const connector = SPECIAL_CONNECTORS.find((one) => one.chargePointId === chargePointId);
    if (connector) void visit(app, [], connector);
  };
  if (faults.has('prepaid'))
    times(6, () => {
      faults.count('prepaid');
      void prepaidVisit(prepaid, provider, random.pick(CONNECTORS));
    });
  if (faults.has('boot-held'))
    times(3, () => {
      faults.count('boot-held');
      at('CP-H');
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
  if (faults.has('other-dialects'))
    times(4, () => {
      faults.count('other-dialects');
      void changeOfMind(app, random.pick(CONNECTORS));
    });
  if (faults.has('timed-tariff'))
    times(5, () => {
      faults.count('timed-tariff');
      at('CP-T');
    });
}
