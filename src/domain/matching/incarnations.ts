/** Tells an event of a new transaction from an event of a known one, in case a station reuses a transaction id. */
import { sameIdTag } from '../model/order.js';

/** What is known of the transaction with this id. Times are by the station's clock, epoch ms. */
export interface KnownTransaction {
  /** 0 if the connector is not known. */
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStartWh: number;
  /** When it started, as reported; absent if the start message is missing. */
  readonly startedAt?: number | undefined;
  /** A register reading of the transaction, Wh; the transaction cannot have begun above it. */
  readonly registerWh?: number | undefined;
  readonly lastEventAt: number;
  /** When it ended; absent if no message has reported the end. */
  readonly endedAt?: number | undefined;
  /** When the end was received, or when the order ended without any report of it, our time, epoch ms. */
  readonly endReceivedAt?: number | undefined;
  /** The register at the end, Wh. */
  readonly endWh?: number | undefined;
  /** The highest `seqNo` received, and the lower ones that are missing. */
  readonly seqNo: number;
  readonly missingSeqNos: readonly number[];
  /** Whether something suggests that the transaction is over, such as a free connector, a reboot or a bill. */
  readonly isEndSuspected: boolean;
  /** When the station booted, if that was after the transaction's first message; our time, epoch ms. */
  readonly bootedAt?: number | undefined;
  /** Whether the station has answered that the transaction is not ongoing, and that none of its messages are queued. */
  readonly isDenied: boolean;
}

export interface TransactionEvidence {
  readonly eventType: 'started' | 'updated' | 'ended';
  readonly seqNo: number;
  readonly triggerReason: string;
  readonly connectorId?: number | undefined;
  readonly idTag?: string | undefined;
  readonly meterStartWh?: number | undefined;
  /** The last register in the event, Wh. */
  readonly registerWh?: number | undefined;
  /** When the remote start was requested for the order named in the event, our time, epoch ms. */
  readonly requestedAt?: number | undefined;
  /** By the station's clock, epoch ms; absent if it could not be read, or is impossible. */
  readonly at?: number | undefined;
}

/** The trigger of an event that resumes a transaction after a power cut. @source OCPP 2.1, TriggerReasonEnumType */
const RESUMED = 'TxResumed';

/**
 * Checks whether the event belongs to a new transaction that reuses the id of the known one. An event that resumes a
 * transaction after a power cut never does. Any other event does if it names an order whose start was requested after
 * the known transaction, or its order, had ended. Failing that, it must be later than all known events. A start is then
 * new unless it repeats the known tag and register, or restates the running transaction. An update or an end is then
 * new if
 * - the known transaction has ended, and the event does not merely repeat its end at the same register, or
 * - an end was suspected, and its `seqNo` is not above the last one, or
 * - the station has denied that the known transaction is running, and the event is later than a boot.
 *
 * An event whose `seqNo` fills a gap is merely late, unless it contradicts a transaction that has ended. If the time of
 * the event is unusable, a start is new if it contradicts a transaction that may be over; any other event is new if its
 * register lies outside the range of an ended transaction, or if the station has booted and denied the known one.
 * @source OCPP 2.0.1 E01: transaction ids are unique; in the field some stations count again after a power cut.
 */
export function isNewIncarnation(known: KnownTransaction, event: TransactionEvidence): boolean {
  if (event.triggerReason === RESUMED) return false;
  if ((known.endReceivedAt ?? Infinity) < (event.requestedAt ?? 0)) return true;
  const isStart = event.eventType === 'started';
  const isDeniedSinceBoot = known.isDenied && known.bootedAt !== undefined;
  const mayBeOver = known.isEndSuspected || known.endedAt !== undefined;
  if (event.at === undefined)
    return isStart
      ? (mayBeOver || known.bootedAt !== undefined) && contradicts(known, event)
      : isDeniedSinceBoot || isOutside(known, event);
  if (event.at <= known.lastEventAt) return false;
  if (known.missingSeqNos.includes(event.seqNo)) return known.endedAt !== undefined && contradicts(known, event);
  if (isStart) return !isSameStart(known, event) && !isRestated(known, event);
  if (isRepeatedEnd(known, event)) return false;
  const isOver = known.endedAt !== undefined || (known.isDenied && event.at > (known.bootedAt ?? Infinity));
  return isOver || (known.isEndSuspected && event.seqNo <= known.seqNo);
}

/**
 * Checks whether the event belongs to an earlier transaction with the same id. It does if it precedes the start of the
 * known one, its register does not exceed the one at that start, and it neither carries the known tag nor resumes a
 * transaction after a power cut. The time alone proves nothing, because the station's clock may have been set back.
 */
export function isOfEarlier(known: KnownTransaction, event: TransactionEvidence): boolean {
  const { at = Infinity, idTag, registerWh = event.meterStartWh ?? Infinity, triggerReason } = event;
  if (triggerReason === RESUMED || (idTag !== undefined && sameIdTag(idTag, known.idTag))) return false;
  return at < (known.startedAt ?? -Infinity) && registerWh <= known.meterStartWh;
}

/** Checks whether the event reports the known end again, at the same register and perhaps with another time. */
function isRepeatedEnd({ endedAt, endWh }: KnownTransaction, { eventType, registerWh }: TransactionEvidence): boolean {
  return eventType === 'ended' && endedAt !== undefined && registerWh === endWh;
}

/** Checks whether the register of an event lies outside the range of the known transaction, if that has ended. */
function isOutside({ registerWh = 0, endWh = Infinity }: KnownTransaction, event: TransactionEvidence): boolean {
  const { registerWh: readWh } = event;
  return readWh !== undefined && endWh !== Infinity && (readWh < registerWh || readWh > endWh);
}

/** Checks whether the event cannot belong to a transaction that began as the known one did. */
function contradicts(known: KnownTransaction, event: TransactionEvidence): boolean {
  const { connectorId = 0, idTag = '', meterStartWh = 0 } = event;
  const isElsewhere = connectorId !== 0 && known.connectorId !== 0 && connectorId !== known.connectorId;
  const isOthers = idTag !== '' && known.idTag !== '' && !sameIdTag(idTag, known.idTag);
  // A start at the register of the end begins where the known transaction ended.
  const isAfter = meterStartWh > (known.registerWh ?? Infinity) || meterStartWh >= (known.endWh ?? Infinity);
  return isElsewhere || isOthers || isAfter;
}

/**
 * Checks whether a start without a tag restates the running transaction: its `seqNo` is the next one, it contradicts
 * nothing that is known, and nothing suggests that the known transaction is over. Some stations report a start for each
 * condition of `TxStartPoint`.
 */
function isRestated(known: KnownTransaction, event: TransactionEvidence): boolean {
  const mayBeOver = known.isEndSuspected || known.endedAt !== undefined || known.bootedAt !== undefined;
  const isNumberedOn = event.seqNo === known.seqNo + 1;
  return (event.idTag ?? '') === '' && isNumberedOn && !mayBeOver && !contradicts(known, event);
}

function isSameStart(known: KnownTransaction, { idTag = '', meterStartWh = 0 }: TransactionEvidence): boolean {
  return idTag !== '' && sameIdTag(idTag, known.idTag) && meterStartWh === known.meterStartWh;
}
