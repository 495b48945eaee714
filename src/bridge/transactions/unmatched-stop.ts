/** Stops that fit no order: answered like any other, kept as they came, and shown to a person. */
import type { StartStopTransactionDeps } from './start-stop-transaction.js';
import type { ChargerEvent } from '../../ports/charger-events.js';
import type { TransactionRecord } from '../../ports/stored-records.js';

export async function recordUnmatchedStop(
  deps: Pick<StartStopTransactionDeps, 'store' | 'discrepancies' | 'transactions' | 'meterGaps'>,
  chargePointId: string,
  event: Extract<ChargerEvent, { type: 'transaction-stopped' }>,
  record: TransactionRecord | undefined,
  stop: NonNullable<TransactionRecord['stop']>,
): Promise<void> {
  const { store, discrepancies, transactions } = deps;
  if (record) {
    if (record.stop) return;
    const closed: TransactionRecord = { ...record, stop, raw: [...record.raw, event.raw] };
    await store.commit({ transactions: [closed] });
    transactions.put(closed);
    if (stop.meterStopWh !== undefined)
      deps.meterGaps.recordRegister(chargePointId, record.connectorId, stop.meterStopWh, stop.receivedAt);
    return;
  }
  const startKey = `stop|${encodeURIComponent(chargePointId)}|${event.transactionId}|${stop.at}|${stop.meterStopWh ?? ''}`;
  if (await transactions.findByStartKey(startKey)) return;
  if (event.idTag !== undefined) transactions.rememberEarlyStop(chargePointId, { ...stop, idTag: event.idTag });
  const orphan: TransactionRecord = {
    chargePointId,
    transactionId: `stop-${event.transactionId}-${stop.at}`,
    startKey,
    connectorId: 0,
    idTag: event.idTag ?? '',
    meterStartWh: stop.meterStopWh ?? 0,
    startedAt: stop.at,
    receivedAt: stop.receivedAt,
    stop,
    raw: [event.raw],
  };
  const rows = discrepancies.create(
    undefined,
    [{ kind: 'unmatched-stop', detail: `A stop of transaction ${event.transactionId}, which we never began.` }],
    {
      chargePointId,
      transactionId: event.transactionId,
    },
  );
  await store.commit({ transactions: [orphan], discrepancies: rows });
}
