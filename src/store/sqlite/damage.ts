/** Finds damage in the files of a store, and says what to do about it. */
import { statSync } from 'node:fs';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy } from '../../ports/stored-records.js';
import { damagedFile, setBytesAside } from '../quarantine.js';
import { textOf, type SqliteHandle } from './connection.js';
import type { EngineHost } from './engine-port.js';
import { findWalDamage } from './wal-check.js';

/** Databases up to this size, in bytes, are checked on each start, which takes a fraction of a second. */
const CHECKED_BYTES = 64 << 20;
const WAY_OUT = 'start once with --repair-store to go on with what can be read';

/** Adds the remedy to an error that damage has caused. A record that is not JSON is damaged, even on an intact page. */
export function withWayOut(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const isDamage = error instanceof SyntaxError || /malformed|not a database|damaged/.test(message);
  return isDamage ? new Error(`the store is damaged: ${message}; ${WAY_OUT}`, { cause: error }) : error;
}

/** @errors Throws if SQLite would silently drop commits of the write-ahead log. */
export function assertWholeLog(path: string): void {
  const found = findWalDamage(`${path}-wal`);
  if (!found) return;
  const { position, frame, lostCommits } = found;
  const place = `${path}-wal is damaged at byte ${position} (frame ${frame})`;
  throw new Error(
    `${place}, and ${lostCommits} ${lostCommits === 1 ? 'commit' : 'commits'} from there on would be lost`,
  );
}

/** Checks a database of up to `CHECKED_BYTES`. @errors Throws if one of its pages is damaged. */
export function assertSound(db: SqliteHandle, path: string): void {
  if (statSync(path).size > CHECKED_BYTES) return;
  const problem = textOf(db.prepare('PRAGMA quick_check(1)').get(), 'quick_check');
  if (problem !== 'ok') throw new Error(`${path} is damaged: ${problem}`);
}

/** Sets aside damaged parts of the meter journal. Opens a discrepancy for each order that may have lost readings. */
export async function reportDamagedParts(
  store: Pick<Store, 'commit'>,
  engine: EngineHost,
  { clock, events }: { readonly clock: Pick<Clock, 'now'>; readonly events?: Events },
): Promise<void> {
  const discrepancies: Discrepancy[] = [];
  for (const { file, position, bytes, recordsBefore, problem, orders } of await engine.call('damagedParts')) {
    const keptIn = setBytesAside(damagedFile(file, position), Buffer.from(bytes));
    events?.emit('store.damaged', { file, position, record: recordsBefore + 1, problem, keptIn });
    const detail = `Meter readings were lost: ${file} was damaged at byte ${position}; the bytes are in ${keptIn}.`;
    for (const orderId of orders)
      discrepancies.push({
        id: `store-damaged:${orderId}:${position}`,
        kind: 'store-damaged',
        at: clock.now(),
        detail,
        orderId,
      });
  }
  if (discrepancies.length > 0) await store.commit({ discrepancies });
}
