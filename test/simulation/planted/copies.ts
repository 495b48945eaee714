/** Planted bugs: the bridge runs on a copied or replaced store, which the check before its start should prevent. */
import type { PlantedBug } from './planted-bug.js';

const FILE = 'test/unit/app/store/store-origin.test.ts';

export const COPY_BUGS: readonly PlantedBug[] = [
  {
    bug: 'a backup that was put back gives its transaction numbers again',
    edits: [
      {
        file: 'app/store/store-origin.ts',
        find: "      await store.skipNumbers('transactionId', Math.max(floor, this.#lastNumber));",
        put: '      void floor;',
      },
    ],
    faults: [],
    test: {
      file: FILE,
      title: 'keeps a backup mute that was put back, and never gives its numbers again once it is accepted',
    },
  },
  {
    bug: 'settings that name another store than the one with open orders are not told',
    edits: [
      {
        file: 'app/store/store-origin.ts',
        find: '    if (!file || file.openOrders === 0 || (file.store === this.#name && !isEmptied)) return undefined;',
        put: '    if (!file || file.openOrders === 0 || file.store !== this.#name || !isEmptied) return undefined;',
      },
    ],
    faults: [],
    test: { file: FILE, title: 'refuses another store while the last one may have open orders' },
  },
];
