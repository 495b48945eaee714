/** Repairs a damaged SQLite store before it is opened. */
import type { Config } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { sqlitePath } from './open-store.js';

/**
 * Repairs the store file.
 * @returns Whether it was damaged.
 * @errors Throws if nothing in it can be read, or if the store is not SQLite.
 */
export async function repairStore(
  config: Config,
  { clock, events }: { clock: Clock; events: Events },
): Promise<boolean> {
  if (config.store.kind === 'mongo') throw new Error('--repair-store is for SQLite; repair MongoDB with its own tools');
  const { repairSqlite } = await import('../../store/repair/repair-sqlite.js');
  const { summary, isDamaged, lostOrders, doubtfulOrders } = await repairSqlite(sqlitePath(config), clock.now());
  events.emit('store.repaired', { summary, lostOrders: lostOrders.length, doubtfulOrders: doubtfulOrders.length });
  return isDamaged;
}
