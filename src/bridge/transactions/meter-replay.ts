/** Brings the meter of an open session up to date after a restart, from journal entries newer than the saved order. */
import type { MeterSample } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface MeterReplayDeps {
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  /** Parses the samples of a stored meter message. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

/** Returns the journal entries that the saved order lacks. */
export async function missedEntries(
  store: Pick<Store, 'meterEntriesOf'>,
  { id, session }: Order,
): Promise<readonly MeterEntry[]> {
  return session && !session.end ? store.meterEntriesOf(id, session.meter.journalSeq) : [];
}

export async function replayMeter(
  { orders, chargePoints, readMeter }: MeterReplayDeps,
  order: Order,
  entries: readonly MeterEntry[],
): Promise<void> {
  const last = entries.at(-1);
  if (!last) return;
  const { version } = chargePoints.record(order.connector.chargePointId);
  // One command for all entries, so that progress from before the restart is not reported again entry by entry.
  const samples = entries.flatMap((entry) =>
    readMeter(entry, version).map((sample) => ({ ...sample, receivedAt: entry.receivedAt })),
  );
  await orders.handle(order, { type: 'record-sample', samples, journalSeq: last.seq });
}
