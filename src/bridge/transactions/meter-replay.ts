/** After a restart: a running session's meter as it was, the saved one and every kept frame since. */
import type { MeterSample } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry } from '../../ports/stored-records.js';

export interface MeterReplayDeps {
  readonly store: Pick<Store, 'meterEntriesOf'>;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  /** Reads a kept meter frame again, in the version that its charge point speaks. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

export async function replayMeter(
  { store, orders: desk, chargePoints: views, readMeter }: MeterReplayDeps,
  order: Order,
): Promise<void> {
  const session = order.session;
  if (!session || session.end) return;
  const version = views.record(order.connector.chargePointId).version;
  const entries = await store.meterEntriesOf(order.id, session.meter.journalSeq);
  const last = entries.at(-1);
  if (!last) return;
  // All at once: what was said on the way has been told, and is no news.
  const samples = entries.flatMap((entry) =>
    readMeter(entry, version).map((sample) => ({ ...sample, receivedAt: entry.receivedAt })),
  );
  await desk.handle(order, { type: 'record-sample', samples, journalSeq: last.seq });
}
