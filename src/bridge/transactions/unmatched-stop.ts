/** Stops that fit no order: answered like any other, kept as they came, and shown to a person. */
import type { SessionEventsDeps } from './start-stop-transaction.js';
import type { ChargerEvent } from '../../ports/charger-events.js';
import type { TransactionRecord } from '../../ports/store.js';

export async function keepStrangeStop(
  deps: Pick<SessionEventsDeps, 'store' | 'scribe' | 'transactions' | 'registers'>,
  chargePointId: string,
  event: Extract<ChargerEvent, { type: 'transaction-stopped' }>,
  record: TransactionRecord | undefined,
  stop: NonNullable<TransactionRecord['stop']>,
): Promise<void> {
  const { store, scribe, transactions } = deps;
  if (record) {
    if (record.stop) return;
    const closed: TransactionRecord = { ...record, stop, raw: [...record.raw, event.raw] };
    await store.commit({ transactions: [closed] });
    transactions.put(closed);
    if (stop.meterStopWh !== undefined)
      deps.registers.ended(chargePointId, record.connectorId, stop.meterStopWh, stop.receivedAt);
    return;
  }
  const startKey = `stop|${encodeURIComponent(chargePointId)}|${event.transactionId}|${stop.at}|${stop.meterStopWh ?? ''}`;
  if (await transactions.byStartKey(startKey)) return;
  if (event.idTag !== undefined) transactions.keepEarlyStop(chargePointId, { ...stop, idTag: event.idTag });
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
  const rows = scribe.rows(
    undefined,
    [{ kind: 'orphan-stop', detail: `A stop of transaction ${event.transactionId}, which we never began.` }],
    {
      chargePointId,
      transactionId: event.transactionId,
    },
  );
  await store.commit({ transactions: [orphan], rows });
}
