/** Brings the meter of an open session up to date after a restart, from journal entries newer than the saved order. */
import type { MeterSample } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface MeterReplayDeps {
  readonly store: Pick<Store, 'meterEntriesOf'>;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  /** Parses the samples of a stored meter message. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

export async function replayMeter(
  { store, orders, chargePoints, readMeter }: MeterReplayDeps,
  order: Order,
): Promise<void> {
  const { session } = order;
  if (!session || session.end) return;
  const { version } = chargePoints.record(order.connector.chargePointId);
  const entries = await store.meterEntriesOf(order.id, session.meter.journalSeq);
  const last = entries.at(-1);
  if (!last) return;
  // One command for all entries, so that progress from before the restart is not reported again entry by entry.
  const samples = entries.flatMap((entry) =>
    readMeter(entry, version).map((sample) => ({ ...sample, receivedAt: entry.receivedAt })),
  );
  await orders.handle(order, { type: 'record-sample', samples, journalSeq: last.seq });
}
