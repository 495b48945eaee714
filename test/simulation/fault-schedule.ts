/** When faults strike that nobody provokes: restarts, cut lines, power cuts, full disks. */
import type { BuyerApp } from './buyer-app.js';
import type { Chance } from './seeded-random.js';
import type { Charger } from './charger.js';
import type { Faults } from './faults.js';
import type { Node } from './node.js';
import type { VirtualTime } from './virtual-clock.js';

export interface Weather {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly node: Node;
  readonly chargers: readonly Charger[];
  readonly buyers: readonly BuyerApp[];
}

/** Sets everything that will go wrong until `until`, epoch ms. */
export function brew({ time, chance, faults, node, chargers, buyers }: Weather, until: number): void {
  const span = until - time.now();
  const times = (most: number, work: () => void): void => {
    for (let left = chance.between(1, most); left > 0; left--) {
      time.after(Math.floor(chance.next() * span), () => {
        if (!faults.healed) work();
      });
    }
  };
  if (faults.has('restart'))
    times(4, () => {
      faults.count('restart');
      node.kill(chance.between(400, 60_000));
    });
  if (faults.has('store-failure'))
    times(4, () => {
      faults.count('store-failure');
      node.storeFails = true;
      time.after(chance.between(500, 40_000), () => {
        node.storeFails = false;
      });
    });
  if (faults.has('registry-away'))
    times(3, () => {
      faults.count('registry-away');
      node.registryAway = true;
      time.after(chance.between(5000, 1_200_000), () => {
        node.registryAway = false;
      });
    });
  for (const charger of chargers) {
    const strike = (fault: 'socket-drop' | 'half-open', work: () => void, most: number): void => {
      if (faults.has(fault))
        times(most, () => {
          if (!charger.link?.open) return;
          faults.count(fault);
          work();
        });
    };
    strike('socket-drop', () => charger.link?.cut(), 6);
    strike('half-open', () => charger.link?.die(), 2);
    rebooting(charger);
    if (faults.has('clock-step'))
      times(2, () => {
        faults.count('clock-step');
        charger.skewMs += chance.pick([-86_400_000, -3_600_000, -90_000, 90_000, 3_600_000, 86_400_000]);
      });
    if (faults.has('local-start')) times(5, () => localStart(charger));
  }
  for (const buyer of buyers)
    if (faults.has('callback-down'))
      times(3, () => {
        buyer.down = true;
        time.after(chance.between(10_000, 3_600_000), () => {
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

  /** Somebody with a card of the house. */
  function localStart(charger: Charger): void {
    const outlet = chance.pick(charger.outlets);
    if (!charger.powered || outlet.session) return;
    faults.count('local-start');
    if (outlet.pending) outlet.pending.cancelled = true;
    outlet.pending = undefined;
    charger.begin(outlet, `CARD${chance.between(1, 9)}`);
    const { session } = outlet;
    time.after(chance.between(120_000, 900_000), () => {
      if (outlet.session === session) charger.end(outlet, 'Local');
    });
  }
}

/** Nothing goes wrong any more. */
export function heal({ faults, node, buyers, chargers }: Weather): void {
  faults.healed = true;
  node.storeFails = false;
  node.registryAway = false;
  for (const buyer of buyers) buyer.down = false;
  // Lines that are dead without anybody knowing would be found out by pings; that takes a while and is left so.
  for (const charger of chargers) if (!charger.powered && charger.link) charger.link.cut();
}
