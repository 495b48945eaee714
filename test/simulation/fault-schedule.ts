/**
 * The schedule of faults that strike without a cause in the traffic, such as restarts, dropped connections, power cuts
 * and full disks.
 */
import type { BuyerApp } from './buyer-app/buyer-app.js';
import { SeededRandom } from './runtime/seeded-random.js';
import type { Charger } from './charger/charger.js';
import type { Faults } from './faults.js';
import type { Node } from './node/node.js';
import type { VirtualTime } from './runtime/virtual-clock.js';

export interface FaultTargets {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly node: Node;
  readonly chargers: readonly Charger[];
  readonly buyers: readonly BuyerApp[];
}

/** Schedules the enabled faults of this file at random times between now and `until`, epoch ms. */
export function scheduleFaults({ time, random, faults, node, chargers, buyers }: FaultTargets, until: number): void {
  const span = until - time.now();
  const times = (most: number, work: () => void): void => {
    for (let left = random.between(1, most); left > 0; left--) {
      time.after(Math.floor(random.next() * span), () => {
        if (!faults.ended) work();
      });
    }
  };
  if (faults.has('restart'))
    times(4, () => {
      faults.count('restart');
      node.kill(random.between(400, 60_000));
    });
  if (faults.has('long-outage')) {
    // Longer than a start may wait, sometimes longer than a session may last.
    const outage = new SeededRandom(random.between(0, 1_000_000), 'outage');
    time.after(Math.floor(outage.next() * span), () => {
      if (faults.ended) return;
      faults.count('long-outage');
      node.kill(outage.happens(0.3) ? 25 * 3_600_000 : outage.between(130_000, 3_600_000));
    });
  }
  if (faults.has('store-failure'))
    times(4, () => {
      faults.count('store-failure');
      node.storeFails = true;
      time.after(random.between(500, 40_000), () => {
        node.storeFails = false;
      });
    });
  if (faults.has('store-away'))
    times(2, () => {
      faults.count('store-away');
      node.storeFails = true;
      time.after(random.between(600_000, 2_400_000), () => {
        node.storeFails = false;
      });
    });
  if (faults.has('second-process')) times(3, () => node.startSecondProcess());
  if (faults.has('live-clock-step'))
    times(2, () => {
      faults.count('live-clock-step');
      node.stepHostClock(random.pick([-86_400_000, -3_600_000, 3_600_000, 86_400_000]));
    });
  if (faults.has('registry-away'))
    times(3, () => {
      faults.count('registry-away');
      node.registryAway = true;
      time.after(random.between(5000, 1_200_000), () => {
        node.registryAway = false;
      });
    });
  for (const charger of chargers) {
    const strike = (fault: 'socket-drop' | 'half-open', work: () => void, most: number): void => {
      if (faults.has(fault))
        times(most, () => {
          if (!charger.connection?.open) return;
          faults.count(fault);
          work();
        });
    };
    strike('socket-drop', () => charger.connection?.drop(), 6);
    strike('half-open', () => charger.connection?.goHalfOpen(), 2);
    rebooting(charger);
    if (faults.has('clock-step'))
      times(2, () => {
        faults.count('clock-step');
        charger.stepClock(random.pick([-86_400_000, -3_600_000, -90_000, 90_000, 3_600_000, 86_400_000]));
      });
    if (faults.has('local-start')) times(5, () => localStart(charger));
    if (faults.has('connector-fault')) times(4, () => breakDown(charger));
    if (faults.has('double-sockets'))
      times(2, () => {
        faults.count('double-sockets');
        charger.openAgain(random.between(3, 6));
      });
  }
  for (const buyer of buyers)
    if (faults.has('callback-down'))
      times(3, () => {
        buyer.down = true;
        time.after(random.between(10_000, 3_600_000), () => {
          buyer.down = false;
        });
      });

  function rebooting(charger: Charger): void {
    const kinds = { 'reboot-soft': 'before', 'reboot-hard': 'after', 'reboot-lost': 'never' } as const;
    for (const fault of ['reboot-soft', 'reboot-hard', 'reboot-lost'] as const) {
      if (!faults.has(fault)) continue;
      times(2, () => {
        faults.count(fault);
        charger.reboot(kinds[fault]);
      });
    }
  }

  /** Puts a free connector out of order for a while. */
  function breakDown(charger: Charger): void {
    const connector = random.pick(charger.connectors);
    if (!charger.accepted || !charger.powered || connector.session || connector.pending) return;
    faults.count('connector-fault');
    const status = random.pick(['Faulted', 'Unavailable']);
    charger.reportStatus(connector, status);
    time.after(random.between(300_000, 2_400_000), () => {
      if (connector.status === status) charger.reportStatus(connector, 'Available');
    });
  }

  /**
   * Starts a transaction with one of the operator's cards, instead of a RemoteStart that waits for the cable, and ends
   * it after a while.
   */
  function localStart(charger: Charger): void {
    const connector = random.pick(charger.connectors);
    if (!charger.powered || connector.session || /Faulted|Unavailable/.test(connector.status)) return;
    faults.count('local-start');
    if (connector.pending) connector.pending.cancelled = true;
    connector.pending = undefined;
    charger.startTransaction(connector, `CARD${random.between(1, 9)}`);
    const { session } = connector;
    time.after(random.between(120_000, 900_000), () => {
      if (connector.session === session) charger.endTransaction(connector, 'Local');
    });
  }
}

/** Ends all faults. Clocks that were stepped stay wrong. */
export function endFaults({ faults, node, buyers, chargers }: FaultTargets): void {
  faults.ended = true;
  node.storeFails = false;
  node.registryAway = false;
  for (const buyer of buyers) buyer.down = false;
  // Half-open connections remain. The bridge's pings detect them after a while.
  for (const charger of chargers) if (!charger.powered && charger.connection) charger.connection.drop();
}
