/** A booked time, where an order names one: the beginning and the end of its fulfillment. */
import type { RequestedSlot } from '../../../ports/buyer-requests.js';
import type { Order } from '../../../domain/model/order.js';
import type { Slot } from '../../../domain/model/reservation.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';
import { formatDateTime } from './figures.js';

const MAX_STOPS = 10;
const START_STOP_TYPES: ReadonlySet<string | undefined> = new Set(['start']);
const END_STOP_TYPES: ReadonlySet<string | undefined> = new Set(['end', 'finish']);

/**
 * `undefined` when no time is named; a beginning without an end lasts an hour.
 * @shape  `fulfillments[0].stops[]` of type `start` and `end` (or `finish`), each with `time.timestamp` or
 *         `time.range{start, end}`; one stop with a range says both.
 * @errors `slot-invalid` when a time that is named cannot be read.
 */
export function readSlot(order: unknown): RequestedSlot | undefined {
  const stops = readList(valueAt(readList(valueAt(order, 'fulfillments'))[0], 'stops')).slice(0, MAX_STOPS);
  const first = stops.find((stop) => START_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  const last = stops.find((stop) => END_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  if (first === undefined) return undefined;
  const from = readStopTime(first, 'start');
  const until = last === undefined ? (readStopTime(first, 'end') ?? (from ?? 0) + HOUR_MS) : readStopTime(last, 'end');
  if (from === undefined || until === undefined) {
    return { refusal: { code: 'slot-invalid', path: STOPS_PATH, detail: 'its time is no date and time' } };
  }
  return { slot: { from, until } };
}

/** The time in which a search wants to charge, from its `fulfillment.stops`; what cannot be read or is no time is none. */
export function readWindow(intent: unknown): Slot | undefined {
  const read = readSlot({ fulfillments: [valueAt(intent, 'fulfillment')] });
  return read && 'slot' in read && read.slot.until > read.slot.from ? read.slot : undefined;
}

const HOUR_MS = 3_600_000;
const STOPS_PATH = 'message.order.fulfillments[0].stops';

/** Empty and null times are none. */
function hasTime(stop: unknown): boolean {
  const time = valueAt(stop, 'time');
  const said = [valueAt(time, 'timestamp'), valueAt(time, 'range', 'start'), valueAt(time, 'range', 'end')];
  return said.some((one) => one !== null && one !== undefined && one !== '');
}

function readStopTime(stop: unknown, side: 'start' | 'end'): number | undefined {
  const range = readTimestamp(valueAt(stop, 'time', 'range', side));
  return (
    range ??
    (side === 'end' && readCode(valueAt(stop, 'type')) === 'start'
      ? undefined
      : readTimestamp(valueAt(stop, 'time', 'timestamp')))
  );
}

/** The booked time as the answers tell it; nothing where there is none. */
export function renderSlot({ slot }: Pick<Order, 'slot'>): JsonObject {
  if (!slot) return {};
  const stop = (type: string, time: number): JsonObject => ({ type, time: { timestamp: formatDateTime(time) } });
  return { fulfillments: [{ type: 'CHARGING', stops: [stop('start', slot.from), stop('end', slot.until)] }] };
}
