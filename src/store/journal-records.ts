/** Packs meter entries into stored records, several in each, and reads them back. */
import type { MeterEntry } from '../ports/stored-records.js';

/** Several meter entries in one stored record: their origins and times in `head`, their payloads in `body`. */
export interface JournalRecord {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /**
   * JSON array with six fields for each entry: seq, charge point, connector, order or null, time received, payload
   * length.
   */
  readonly head: string;
  /** The raw payloads, concatenated and unchanged. */
  readonly body: string;
  /** Order id → highest seq of that order in this record. */
  readonly latestSeqByOrder: ReadonlyMap<string, number>;
}

const FIELDS_PER_ENTRY = 6;
/** Maximum UTF-16 units of payload in a record of several entries; far below MongoDB's document limit of 16 MB. */
const MAX_RECORD_LENGTH = 2_000_000;

type HeadFields = readonly (string | number | null)[];

/**
 * Packs meter entries into one record, or into several if the payloads are huge.
 * @shape Payloads are copied unparsed, so that they come back unchanged.
 */
export function toJournalRecords(entries: readonly MeterEntry[]): JournalRecord[] {
  const records: JournalRecord[] = [];
  let from = 0;
  let size = 0;
  entries.forEach((entry, i) => {
    if (i > from && size + entry.raw.length > MAX_RECORD_LENGTH) {
      records.push(toJournalRecord(entries.slice(from, i)));
      from = i;
      size = 0;
    }
    size += entry.raw.length;
  });
  if (from < entries.length) records.push(toJournalRecord(from === 0 ? entries : entries.slice(from)));
  return records;
}

function toJournalRecord(entries: readonly MeterEntry[]): JournalRecord {
  const head: (string | number | null)[] = [];
  const latestSeqByOrder = new Map<string, number>();
  let body = '';
  let firstSeq = Infinity;
  let lastSeq = 0;
  for (const e of entries) {
    head.push(e.seq, e.chargePointId, e.connectorId, e.orderId ?? null, e.receivedAt, e.raw.length);
    body += e.raw;
    if (e.orderId !== undefined && e.seq > (latestSeqByOrder.get(e.orderId) ?? 0))
      latestSeqByOrder.set(e.orderId, e.seq);
    if (e.seq < firstSeq) firstSeq = e.seq;
    if (e.seq > lastSeq) lastSeq = e.seq;
  }
  return { firstSeq, lastSeq, head: JSON.stringify(head), body, latestSeqByOrder };
}

/** Reads `latestSeqByOrder` back from the head of a stored record. */
export function readLatestSeqByOrder(head: string): Map<string, number> {
  const fields = JSON.parse(head) as HeadFields;
  const latestSeqByOrder = new Map<string, number>();
  for (let i = 0; i + FIELDS_PER_ENTRY <= fields.length; i += FIELDS_PER_ENTRY) {
    const orderId = fields[i + 3];
    const seq = Number(fields[i]);
    if (typeof orderId === 'string' && seq > (latestSeqByOrder.get(orderId) ?? 0)) latestSeqByOrder.set(orderId, seq);
  }
  return latestSeqByOrder;
}

/**
 * Adds the entries of one order with `seq > after` to `into`. They are keyed by seq, so that an entry written twice
 * counts once.
 */
export function collectEntries(
  record: Pick<JournalRecord, 'head' | 'body'>,
  order: string,
  after: number,
  into: Map<number, MeterEntry>,
): void {
  const fields = JSON.parse(record.head) as HeadFields;
  let offset = 0;
  for (let i = 0; i + FIELDS_PER_ENTRY <= fields.length; i += FIELDS_PER_ENTRY) {
    const length = Number(fields[i + 5]);
    const seq = Number(fields[i]);
    if (fields[i + 3] === order && seq > after) {
      into.set(seq, {
        seq,
        chargePointId: String(fields[i + 1]),
        connectorId: Number(fields[i + 2]),
        orderId: order,
        receivedAt: Number(fields[i + 4]),
        raw: record.body.slice(offset, offset + length),
      });
    }
    offset += length;
  }
}

/** Returns the collected entries, ordered by seq. */
export function sortedBySeq(entries: ReadonlyMap<number, MeterEntry>): MeterEntry[] {
  return [...entries.values()].sort((a, b) => a.seq - b.seq);
}
