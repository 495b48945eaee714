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
 * Reads the booked time; `undefined` if the order states no start. A slot without an end lasts one hour.
 * @shape  `fulfillments[0].stops[]` of type `start` and `end` (or `finish`), each with `time.timestamp` or
 *         `time.range{start, end}`; without an `end` stop, the range of the `start` stop states both.
 * @errors `slot-invalid` if a time cannot be read.
 */
export function readSlot(order: unknown): RequestedSlot | undefined {
  const stops = readList(valueAt(readList(valueAt(order, 'fulfillments'))[0], 'stops')).slice(0, MAX_STOPS);
  const start = stops.find((stop) => START_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  const end = stops.find((stop) => END_STOP_TYPES.has(readCode(valueAt(stop, 'type'))) && hasTime(stop));
  if (start === undefined) return undefined;
  const from = readTimestamp(stopTime(start, 'start'));
  const endTime = end === undefined ? valueAt(start, 'time', 'range', 'end') : stopTime(end, 'end');
  const until = end === undefined && !isStated(endTime) ? (from ?? 0) + HOUR_MS : readTimestamp(endTime);
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

function hasTime(stop: unknown): boolean {
  const time = valueAt(stop, 'time');
  return [valueAt(time, 'timestamp'), valueAt(time, 'range', 'start'), valueAt(time, 'range', 'end')].some(isStated);
}

/** Empty and null times count as missing. */
function isStated(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

/** Returns a stop's time, from its range if that is stated. An unreadable range does not fall back to the timestamp. */
function stopTime(stop: unknown, side: 'start' | 'end'): unknown {
  const ofRange = valueAt(stop, 'time', 'range', side);
  return isStated(ofRange) ? ofRange : valueAt(stop, 'time', 'timestamp');
}

/** Renders the booked time as a fulfillment; returns no fields if the order has none. */
export function renderSlot({ slot }: Pick<Order, 'slot'>): JsonObject {
  if (!slot) return {};
  const stop = (type: string, time: number): JsonObject => ({ type, time: { timestamp: formatDateTime(time) } });
  return { fulfillments: [{ type: 'CHARGING', stops: [stop('start', slot.from), stop('end', slot.until)] }] };
}
