/** 2.x transactions that no order has: kept and answered like any other, and shown to a person when they matter. */
import type { StationTransactionsDeps } from './transaction-event.js';
import { HISTORY_MS } from './transaction-start.js';
import { answer, entryOf, marksOf, refused, type Told } from './transaction-event-record.js';
import type { ChargerOutcome, TransactionTold } from '../../ports/charger-events.js';

/** The register of a transaction before an order has it: what flowed until then is nobody's. */
function lastRegister(event: TransactionTold, before: number | undefined): number | undefined {
  return event.samples.findLast(({ registerWh }) => registerWh !== undefined)?.registerWh ?? event.beginWh ?? before;
}

/** No order has it: nobody is authorised yet, or somebody else is. */
export async function keepUnclaimed(
  deps: Pick<StationTransactionsDeps, 'store' | 'starts' | 'transactions' | 'words' | 'book'>,
  told: Told,
): Promise<ChargerOutcome> {
  const { store, starts, transactions, words } = deps;
  const { chargePointId, event, first, at, now } = told;
  let { record } = told;
  const before = record.told?.registerWh;
  const register = lastRegister(event, before);
  const ends = event.phase === 'ended' && !record.stop;
  if (register !== undefined && event.phase !== 'ended')
    record = { ...record, told: { ...marksOf(record), registerWh: register } };
  if (ends) {
    const { endWh, stoppedReason: reason = 'Local' } = event;
    const stop = { at, receivedAt: now, reason, ...(endWh !== undefined && { meterStopWh: endWh }) };
    record = { ...record, stop, raw: first ? record.raw : [...record.raw, event.raw] };
  }
  // Energy that names nobody may be for the order whose start is on its way.
  const awaited = deps.book
    .at(chargePointId)
    .some(({ state, connector }) => state === 'starting' && connector.connectorId === record.connectorId);
  const tells = record.told?.foreign === undefined && strangeness(event, ends, before ?? event.beginWh, awaited);
  const rows = tells ? starts.orphan(record, tells) : [];
  // An end that came first may yet meet its beginning.
  if (tells && !ends) record = refused(record, 'Invalid');
  transactions.put(record);
  const worth = first || ends || rows.length > 0;
  const finishing = ends ? words.finishing(record) : {};
  await store.commit({
    ...(first ? {} : { meter: [entryOf(store, told)] }),
    ...(worth && { transactions: [record] }),
    ...(rows.length > 0 && { rows }),
    ...finishing,
  });
  if (rows.length > 0 && !ends) {
    const { connectorId } = record;
    if (connectorId > 0)
      await starts.displace(chargePointId, { connectorId, meterStartWh: register ?? 0, at }, 'foreign');
    // It was asked to start by us, for an order that is no more.
    const asked = event.remoteStartId !== undefined;
    if (asked && now - at < HISTORY_MS) starts.endForeign(chargePointId, record.transactionId);
  }
  const { chargingState } = event;
  const flows = chargingState !== 'EVConnected' && chargingState !== 'Idle';
  if (!ends && chargingState !== undefined && flows) await words.charging(record, chargingState);
  return answer(event, record.told?.foreign ?? 'Invalid');
}

/** Why a person should know of a transaction that no order has; `undefined` while it may still become one's. */
function strangeness(
  event: TransactionTold,
  ends: boolean,
  beginWh: number | undefined,
  awaited: boolean,
): string | undefined {
  const where = `on connector ${event.connectorId ?? '?'}`;
  if (ends) {
    const { endWh } = event;
    const drew = endWh !== undefined && endWh > (beginWh ?? -1);
    return drew ? `It ended at ${endWh} Wh and no order of ours had it.` : undefined;
  }
  if (event.idTag !== undefined) return `A tag that no order of ours carries began ${where}.`;
  if (event.remoteStartId !== undefined) return `It began ${where} for a remote start that no open order made.`;
  if (event.chargingState !== 'Charging' || awaited) return undefined;
  return `Energy flows ${where} and no order of ours bought it.`;
}
