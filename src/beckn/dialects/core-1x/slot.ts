/** Reads and renders the booked time of an order, which is the start and end of its fulfillment. */
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
 * Reads the booked time; `undefined` if the order states no start. Without an end it lasts one hour.
 * @shape  `fulfillments[0].stops[]` of type `start` and `end` (or `finish`), each with `time.timestamp` or
 *         `time.range{start, end}`; a single `start` stop with a range states both.
 * @errors `slot-invalid` if a time cannot be read.
 */
export function readSlot(order: unknown): RequestedSlot | undefined {
  const stops = readList(valueAt(readList(valueAt(order, 'fulfillments'))[0], 'stops')).slice(0, MAX_STOPS);
  const start = stops.find((stop) => START_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  const end = stops.find((stop) => END_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  if (start === undefined) return undefined;
  const from = readStopTime(start, 'start');
  const until = end === undefined ? (readStopTime(start, 'end') ?? (from ?? 0) + HOUR_MS) : readStopTime(end, 'end');
  if (from === undefined || until === undefined) {
    return { refusal: { code: 'slot-invalid', path: STOPS_PATH, detail: 'its time is not a date-time' } };
  }
  return { slot: { from, until } };
}

/** Reads the time window of a search from its `fulfillment.stops`; `undefined` if it is missing or invalid. */
export function readWindow(intent: unknown): Slot | undefined {
  const requested = readSlot({ fulfillments: [valueAt(intent, 'fulfillment')] });
  if (!requested || 'refusal' in requested) return undefined;
  return requested.slot.until > requested.slot.from ? requested.slot : undefined;
}

const HOUR_MS = 3_600_000;
const STOPS_PATH = 'message.order.fulfillments[0].stops';

/** Empty and null times count as missing. */
function hasTime(stop: unknown): boolean {
  const time = valueAt(stop, 'time');
  const values = [valueAt(time, 'timestamp'), valueAt(time, 'range', 'start'), valueAt(time, 'range', 'end')];
  return values.some((value) => value !== null && value !== undefined && value !== '');
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

/** Renders the booked time as a fulfillment; returns no fields if the order has none. */
export function renderSlot({ slot }: Pick<Order, 'slot'>): JsonObject {
  if (!slot) return {};
  const stop = (type: string, time: number): JsonObject => ({ type, time: { timestamp: formatDateTime(time) } });
  return { fulfillments: [{ type: 'CHARGING', stops: [stop('start', slot.from), stop('end', slot.until)] }] };
}
