/**
 * Updates the record of a 2.x transaction with its events, decides which transaction an event belongs to, and reads
 * ends and missing messages from records.
 */
import { isNewIncarnation, isOfEarlier, type KnownTransaction } from '../../domain/matching/incarnations.js';
import { isPossibleTime } from '../../domain/matching/message-age.js';
import type { CommandOf } from '../../domain/model/command.js';
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import { omit } from '../../domain/model/object.js';
import type { Order } from '../../domain/model/order.js';
import { INFERRED } from '../../domain/model/session.js';
import type { AuthorizationStatus, ChargerOutcomeOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type {
  ChargePointRecord,
  MeterEntry,
  TransactionRecord,
  TransactionEventRecord,
} from '../../ports/stored-records.js';

/** An event, the record after it, and the event's relation to earlier events. */
export interface TransactionEventContext {
  readonly chargePointId: string;
  readonly event: TransactionEvent;
  readonly record: TransactionRecord;
  /** Whether the transaction was unknown before this event. */
  readonly isFirst: boolean;
  /** Set if an order's session begins with this event. */
  readonly beginsSession?: true;
  /** True if no event with a later time has been received. */
  readonly isNewest: boolean;
  /** Epoch ms, charger's clock. */
  readonly at: number;
  readonly now: number;
}

export type TransactionStop = NonNullable<TransactionRecord['stop']>;

/** The `stoppedReason` of a transaction to which no vehicle was connected in time. */
export const EV_CONNECT_TIMEOUT = 'Timeout';

/**
 * The stop reason for each trigger that ends the authorisation. The transaction may stay open until the cable is
 * unplugged.
 */
const AUTHORIZATION_END_REASONS: ReadonlyMap<string, string> = new Map([
  ['RemoteStop', 'Remote'],
  ['StopAuthorized', 'Local'],
  ['Deauthorized', 'DeAuthorized'],
  // With `TxStartPoint` Authorized, the transaction may stay open although no vehicle was connected.
  ['EVConnectTimeout', EV_CONNECT_TIMEOUT],
]);

/** A larger gap in `seqNo` is treated as a counter reset, not as lost messages. */
const MAX_MISSING = 100;

/** Creates a transaction's record from the first event that was received, whatever its type. */
export function createTransactionRecord(
  chargePointId: string,
  event: TransactionEvent,
  at: number,
  now: number,
): TransactionRecord {
  return {
    chargePointId,
    transactionId: event.transactionId,
    startKey: `event|${encodeURIComponent(chargePointId)}|${encodeURIComponent(event.transactionId.toWellFormed())}`,
    connectorId: event.connectorId ?? 0,
    idTag: event.idTag ?? '',
    meterStartWh: event.meterStartWh ?? 0,
    startedAt: at,
    receivedAt: now,
    raw: [event.raw],
    // A station may number the events of all its transactions in one sequence. A Started event with a high number is
    // then no gap.
    eventRecord: {
      seqNo: event.seqNo,
      missingSeqNos: event.eventType === 'started' ? [] : seqNosBetween(0, event.seqNo),
      lastEventAt: at,
      ...(event.eventType !== 'started' && { startMissing: true }),
    },
  };
}

/**
 * Adds an event to the record: its connector and tag, which a station may send only once, and any gap in `seqNo` that
 * it opens or closes.
 * @param sawEveryEvent False for a record loaded from the store, which may be out of date, so that a gap proves
 *                      nothing.
 */
export function withEvent(
  record: TransactionRecord,
  event: TransactionEvent,
  at: number,
  sawEveryEvent: boolean,
): TransactionRecord {
  const before = eventRecordOf(record);
  const { seqNo } = event;
  const missingSeqNos =
    seqNo > before.seqNo + 1 && sawEveryEvent
      ? [...before.missingSeqNos, ...seqNosBetween(before.seqNo + 1, seqNo)]
      : before.missingSeqNos.includes(seqNo)
        ? before.missingSeqNos.filter((number) => number !== seqNo)
        : before.missingSeqNos;
  const eventRecord: TransactionEventRecord = {
    ...(event.eventType === 'started' ? omit(before, 'startMissing') : before),
    seqNo: Math.max(before.seqNo, seqNo),
    missingSeqNos,
    lastEventAt: Math.max(before.lastEventAt, at),
  };
  return {
    ...record,
    // EVSE 0 is the station.
    connectorId: event.connectorId || record.connectorId,
    idTag: record.idTag === '' ? (event.idTag ?? '') : record.idTag,
    eventRecord,
  };
}

/**
 * Adds the order of the earlier transaction whose record this one replaces: the station has reused its id, or continues
 * the transaction for another order. In the latter case, the event numbers continue too, so no event is missing.
 */
export function withEarlier(record: TransactionRecord, earlier: TransactionRecord | undefined): TransactionRecord {
  const earlierOrderId = earlier?.orderId ?? earlier?.eventRecord?.earlierOrderId;
  if (earlierOrderId === undefined) return record;
  const own = eventRecordOf(record);
  const isContinued = own.seqNo === (earlier?.eventRecord?.seqNo ?? -1) + 1;
  return { ...record, eventRecord: { ...own, earlierOrderId, ...(isContinued && { missingSeqNos: [] }) } };
}

/** Adds the end of the authorisation to the record if the event reports one. */
export function withAuthorizationEnd(
  record: TransactionRecord,
  event: TransactionEvent,
  at: number,
): TransactionRecord {
  const reason = AUTHORIZATION_END_REASONS.get(event.triggerReason);
  if (reason === undefined || event.eventType !== 'updated') return record;
  return { ...record, eventRecord: { ...eventRecordOf(record), authorizationEnd: { at, reason } } };
}

function seqNosBetween(from: number, end: number): number[] {
  return end - from > MAX_MISSING ? [] : Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}

export function toTransactionEventOutcome(
  event: TransactionEvent,
  status: AuthorizationStatus,
): ChargerOutcomeOf<'transaction-event'> {
  return { type: 'transaction-event', ...(event.idTag !== undefined && { status }) };
}

export function eventRecordOf(record: TransactionRecord): NonNullable<TransactionRecord['eventRecord']> {
  return record.eventRecord ?? { seqNo: 0, missingSeqNos: [], lastEventAt: record.startedAt };
}

/** Returns the transaction's stop as the Ended event reports it. */
export function stopOf({ event, at, now }: Pick<TransactionEventContext, 'event' | 'at' | 'now'>): TransactionStop {
  const { meterStopWh, stoppedReason } = event;
  // An absent `stoppedReason` means Local (TransactionType).
  const reason = stoppedReason ?? 'Local';
  return { at, receivedAt: now, reason, ...(meterStopWh !== undefined && { meterStopWh }) };
}

/**
 * Returns the record of a refused transaction. From then on, it can match only an open order that an event names, and
 * its tags are answered with `refusedStatus`.
 */
export function withRefusal(record: TransactionRecord, refusedStatus: AuthorizationStatus): TransactionRecord {
  return { ...record, eventRecord: { ...eventRecordOf(record), refusedStatus } };
}

/** Builds the event's entry in the meter journal. */
export function toMeterEntry(
  store: Pick<Store, 'nextJournalSeq'>,
  { chargePointId, event, record, now }: TransactionEventContext,
  orderId?: string,
): MeterEntry {
  const { connectorId } = record;
  const entry = { seq: store.nextJournalSeq(), chargePointId, connectorId, receivedAt: now, raw: event.raw };
  return orderId === undefined ? entry : { ...entry, orderId };
}

/** The transaction to which an event belongs: the known one with its id, or one that used the id before or after it. */
type EventOwner = 'known' | 'earlier' | 'new';

/**
 * Decides which transaction an event belongs to. The event carries the id of a known one.
 * @param order   The order of the known transaction.
 * @param context Times are ours, epoch ms. `bootedAt`: when the station last booted. `requestedAt`: when the remote
 *                start of the order named in the event was requested.
 */
export function ownerOf(
  event: TransactionEvent,
  record: TransactionRecord,
  order: Order | undefined,
  context: Pick<ChargePointRecord, 'bootedAt'> & {
    readonly now: number;
    readonly requestedAt: number | undefined;
  },
): EventOwner {
  const { bootedAt = 0, now, requestedAt } = context;
  const { at, samples, eventType, seqNo, triggerReason, connectorId, idTag, meterStartWh } = event;
  const dated = at !== undefined && isPossibleTime(at, now) && { at };
  const registerWh = event.meterStopWh ?? samples.findLast((sample) => sample.registerWh !== undefined)?.registerWh;
  const evidence = {
    ...{ eventType, seqNo, triggerReason, connectorId, idTag, meterStartWh, registerWh, requestedAt },
    ...dated,
  };
  const known = knownTransaction(record, order, bootedAt);
  if (isOfEarlier(known, evidence)) return 'earlier';
  return isNewIncarnation(known, evidence) ? 'new' : 'known';
}

/**
 * Returns the end that the charger has reported; `undefined` if there is none, or if it was only inferred from another
 * transaction on the connector. A reported end replaces an inferred one.
 */
export function reportedEnd({ stop }: Pick<TransactionRecord, 'stop'>): TransactionStop | undefined {
  return stop?.reason === INFERRED ? undefined : stop;
}

function knownTransaction(record: TransactionRecord, order: Order | undefined, bootedAt: number): KnownTransaction {
  const { seqNo, missingSeqNos, lastEventAt, registerWh: lastWh, reported, startMissing } = eventRecordOf(record);
  const session = order?.session;
  const { connectorId, idTag, meterStartWh, startedAt, stop, receivedAt } = record;
  const end = reportedEnd(record);
  const isEndSuspected =
    stop !== end ||
    (session !== undefined &&
      (session.endSuspectedSince !== undefined || order?.state === 'provisional' || !!session.end));
  const sessionWh = session?.baseline === 'unknown' ? undefined : session?.meterStartWh;
  const registerWh = sessionWh ?? lastWh ?? stop?.meterStopWh;
  // We never ask about a transaction without an order, so a reported one counts as denied after a boot.
  const isDenied = session?.notOngoing === true || (order === undefined && reported === true);
  const ends = {
    endedAt: end?.at,
    endReceivedAt: end?.receivedAt ?? session?.end?.receivedAt,
    endWh: end?.meterStopWh,
    isEndSuspected,
    isDenied,
    ...(receivedAt < bootedAt && { bootedAt }),
    ...(!startMissing && { startedAt }),
  };
  return { connectorId, idTag, meterStartWh, registerWh, lastEventAt, seqNo, missingSeqNos, ...ends };
}

export function toRecordStop(
  { at, reason, meterStopWh }: Pick<TransactionStop, 'at' | 'reason' | 'meterStopWh'>,
  samples: TransactionEvent['samples'],
): CommandOf<'record-stop'> {
  return { type: 'record-stop', at, reason, samples, ...(meterStopWh !== undefined && { meterStopWh }) };
}

/** Returns the register reading at the start of an order's session, Wh; `undefined` if it is not known. */
export function startRegisterOf({ event, record }: TransactionEventContext): number | undefined {
  const lastWh = record.eventRecord?.registerWh;
  return event.eventType === 'started' ? (event.meterStartWh ?? lastWh) : (lastWh ?? event.meterStartWh);
}

/** Returns the transaction's duration and energy before the session that this event begins; empty if it has none. */
export function beforeSession(
  { record, isFirst, at }: TransactionEventContext,
  meterStartWh: number | undefined,
): Pick<CommandOf<'record-start'>, 'transactionBefore'> {
  const { firstRegisterWh = meterStartWh } = eventRecordOf(record);
  if (isFirst) return {};
  const energyWh = Math.max(0, (meterStartWh ?? 0) - (firstRegisterWh ?? 0));
  return { transactionBefore: { ms: Math.max(0, at - record.startedAt), energyWh } };
}

/**
 * Returns whether this is an end from which no energy can be derived: it has no start register and fewer than two
 * readings. It probably overtook its start, which may still arrive. A missed plug-in (`Timeout`) does not count.
 */
export function isStrayEnd(context: TransactionEventContext): boolean {
  const { eventType, stoppedReason, samples } = context.event;
  if (eventType !== 'ended' || stoppedReason === EV_CONNECT_TIMEOUT) return false;
  const readings = samples.filter(({ registerWh }) => registerWh !== undefined);
  return startRegisterOf(context) === undefined && readings.length < 2;
}

/** Returns the discrepancy of a transaction with missing messages; empty if none are missing. */
export function missingMessages({ transactionId, eventRecord }: TransactionRecord): readonly DiscrepancyDraft[] {
  const missing = eventRecord?.missingSeqNos ?? [];
  if (missing.length === 0) return [];
  const detail = `${missing.length} message(s) of transaction ${transactionId} are missing, number ${missing[0]} first; the bill is based on the registers.`;
  return [{ kind: 'messages-missing', detail, amount: missing.length }];
}
