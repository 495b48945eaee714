/** Creates the data folder and the store that the settings name. The store is not started yet. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, Secrets } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import { createSqliteStore } from '../../store/sqlite/sqlite-store.js';

export async function openStore(
  config: Config,
  secrets: Secrets,
  {
    clock,
    events,
    onLost,
  }: { readonly clock: Clock; readonly events: Events; readonly onLost: ((reason: string) => void) | undefined },
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
      ...(onLost && { onLeaseLost: onLost }),
    });
  }
  return createSqliteStore({ path: sqlitePath(config), clock, events });
}

export function sqlitePath({ store, dataDir }: Config): string {
  return store.path || join(dataDir, 'bridge.sqlite');
}
