import type { MeterEntry } from '../ports/store.js';

/** Several meter entries as one stored row: who and when in `head`, the payloads end to end in `body`. */
export interface JournalRecord {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** JSON: six fields an entry, flat: seq, charge point, connector, order or null, received at, payload length. */
  readonly head: string;
  /** The raw payloads, one after the other, untouched. */
  readonly body: string;
  /** The newest entry of each order in the row: order → seq. */
  readonly latestSeqByOrder: ReadonlyMap<string, number>;
}

const FIELDS_PER_ENTRY = 6;
/** UTF-16 units of payload in one row; keeps a row far below the 16 MB that MongoDB allows a document. */
const MAX_RECORD_LENGTH = 2_000_000;

type HeadFields = readonly (string | number | null)[];

/**
 * Rows for the entries of a turn: one, unless the payloads are huge.
 * @shape A payload is copied, never parsed or quoted: it comes back byte for byte.
 */
export function toJournalRecords(entries: readonly MeterEntry[]): JournalRecord[] {
  const rows: JournalRecord[] = [];
  let from = 0;
  let size = 0;
  entries.forEach((entry, i) => {
    if (i > from && size + entry.raw.length > MAX_RECORD_LENGTH) {
      rows.push(toJournalRecord(entries.slice(from, i)));
      from = i;
      size = 0;
    }
    size += entry.raw.length;
  });
  if (from < entries.length) rows.push(toJournalRecord(from === 0 ? entries : entries.slice(from)));
  return rows;
}

function toJournalRecord(entries: readonly MeterEntry[]): JournalRecord {
  const head: (string | number | null)[] = [];
  const newest = new Map<string, number>();
  let body = '';
  let firstSeq = Infinity;
  let lastSeq = 0;
  for (const e of entries) {
    head.push(e.seq, e.chargePointId, e.connectorId, e.orderId ?? null, e.receivedAt, e.raw.length);
    body += e.raw;
    if (e.orderId !== undefined && e.seq > (newest.get(e.orderId) ?? 0)) newest.set(e.orderId, e.seq);
    if (e.seq < firstSeq) firstSeq = e.seq;
    if (e.seq > lastSeq) lastSeq = e.seq;
  }
  return { firstSeq, lastSeq, head: JSON.stringify(head), body, latestSeqByOrder: newest };
}

/** `newest` of a stored row, from its head. */
export function readLatestSeqByOrder(head: string): Map<string, number> {
  const fields = JSON.parse(head) as HeadFields;
  const newest = new Map<string, number>();
  for (let i = 0; i + FIELDS_PER_ENTRY <= fields.length; i += FIELDS_PER_ENTRY) {
    const orderId = fields[i + 3];
    const seq = Number(fields[i]);
    if (typeof orderId === 'string' && seq > (newest.get(orderId) ?? 0)) newest.set(orderId, seq);
  }
  return newest;
}

/** The entries of one order with `seq > after`, added to `into` by seq: an entry written twice counts once. */
export function collectEntries(
  rowOf: Pick<JournalRecord, 'head' | 'body'>,
  order: string,
  after: number,
  into: Map<number, MeterEntry>,
): void {
  const fields = JSON.parse(rowOf.head) as HeadFields;
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
        raw: rowOf.body.slice(offset, offset + length),
      });
    }
    offset += length;
  }
}

/** Collected entries in order. */
export function sortedBySeq(entries: ReadonlyMap<number, MeterEntry>): MeterEntry[] {
  return [...entries.values()].sort((a, b) => a.seq - b.seq);
}
