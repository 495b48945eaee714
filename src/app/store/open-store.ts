/** Creates the data folder, the store that the settings name, and the check of its origin. Does not start the store. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, Secrets } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { OnNumbersReserved } from '../../store/number-blocks.js';
import { createSqliteStore } from '../../store/sqlite/sqlite-store.js';
import { StoreOrigin } from './store-origin.js';

export interface OpenedStore {
  readonly store: Store;
  /** Absent if the store does not survive the process. */
  readonly origin?: StoreOrigin | undefined;
}

interface StoreDeps {
  readonly clock: Clock;
  readonly events: Events;
  readonly onLost: ((reason: string) => void) | undefined;
  /** See `StoreOriginDeps`. */
  readonly isAccepted: boolean;
}

export async function openStore(config: Config, secrets: Secrets, deps: StoreDeps): Promise<OpenedStore> {
  const { clock, events, isAccepted } = deps;
  const open: { origin?: StoreOrigin } = {};
  const store = await createStore(config, secrets, {
    ...deps,
    onNumbersReserved: async (last) => open.origin?.numbersReserved(last),
  });
  if (config.store.path === ':memory:') return { store };
  open.origin = new StoreOrigin({ config, store, clock, events, isAccepted });
  return { store, origin: open.origin };
}

async function createStore(
  config: Config,
  secrets: Secrets,
  { clock, events, onLost, onNumbersReserved }: StoreDeps & { readonly onNumbersReserved: OnNumbersReserved },
): Promise<Store> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  if (config.store.kind === 'mongo') {
    // The driver is loaded only if MongoDB is used.
    const { createMongoStore } = await import('../../store/mongo/mongo-store.js');
    return createMongoStore({
      uri: secrets.storeUri ?? config.store.uri ?? '',
      clock,
      events,
      leaseMs: config.store.leaseS * 1000,
      leaseWaitMs: config.store.leaseWaitS * 1000,
      onNumbersReserved,
      ...(onLost && { onLeaseLost: onLost }),
    });
  }
  return createSqliteStore({ path: sqlitePath(config), clock, events, onNumbersReserved });
}

export function sqlitePath({ store, dataDir }: Config): string {
  return store.path || join(dataDir, 'bridge.sqlite');
}
