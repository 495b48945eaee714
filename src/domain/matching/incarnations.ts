/** Tells a new transaction from an event of the known one, where a station uses a transaction id again. */
import { sameIdTag } from '../model/order.js';

/** What is known of the transaction with this id. Times are by the station's clock, epoch ms. */
export interface KnownTransaction {
  readonly idTag: string;
  readonly meterStartWh: number;
  readonly lastEventAt: number;
  readonly endedAt?: number | undefined;
  /** The highest `seqNo` received, and the lower ones that are missing. */
  readonly seqNo: number;
  readonly missingSeqNos: readonly number[];
  /** Something suggests that it is over: a free connector, a reboot, a bill. */
  readonly isEndSuspected: boolean;
}

export interface TransactionEvidence {
  readonly eventType: 'started' | 'updated' | 'ended';
  readonly seqNo: number;
  readonly idTag?: string | undefined;
  readonly meterStartWh?: number | undefined;
  /** By the station's clock, epoch ms; absent if it could not be read. */
  readonly at?: number | undefined;
}

/**
 * Whether the event belongs to another transaction than the known one with the same id: it is later than all that is
 * known, and it is a start, or its number is low again after a suspected end. A delayed event keeps its time, a missing
 * number may still come, and a start that only has another time is a repeat.
 * @source OCPP 2.0.1 E01: transaction ids are unique; in the field some stations count again after a power cut.
 */
export function isNewIncarnation(known: KnownTransaction, event: TransactionEvidence): boolean {
  if (event.at === undefined || known.missingSeqNos.includes(event.seqNo)) return false;
  if (event.at <= Math.max(known.lastEventAt, known.endedAt ?? 0)) return false;
  if (event.eventType === 'started') return !isSameStart(known, event);
  return event.seqNo <= known.seqNo && (known.isEndSuspected || known.endedAt !== undefined);
}

function isSameStart(known: KnownTransaction, { idTag = '', meterStartWh = 0 }: TransactionEvidence): boolean {
  return idTag !== '' && sameIdTag(idTag, known.idTag) && meterStartWh === known.meterStartWh;
}
