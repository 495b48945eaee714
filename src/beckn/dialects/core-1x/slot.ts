/** Reads and renders the booked time of an order, which is the start and end of its fulfillment. */
import type { RequestedSlot } from '../../../ports/buyer-requests.js';
import type { Order } from '../../../domain/model/order.js';
import type { Slot } from '../../../domain/model/reservation.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, isStated, readCode, readList } from '../../protocol/json-reading.js';
import { formatDateTime } from './figures.js';

const MAX_FULFILLMENTS = 20;
const MAX_STOPS = 10;
const START_STOP_TYPES: ReadonlySet<string | undefined> = new Set(['start']);
const END_STOP_TYPES: ReadonlySet<string | undefined> = new Set(['end', 'finish']);

/**
 * Reads the booked time; `undefined` if the order states no start. A slot without an end lasts one hour.
 * @shape  `fulfillments[].stops[]` of type `start` and `end` (or `finish`), each with `time.timestamp` or
 *         `time.range{start, end}`; without an `end` stop, the range of the `start` stop states both.
 *         Without a zone, as in published samples, a time counts as UTC.
 *         An empty or null time counts as missing.
 * @errors `slot-invalid` if a time cannot be read, if a stop with a time is neither a start nor an end, or if
 *         fulfillments state different times. Ignoring such a slot could start charging at once, so it is refused.
 */
export function readSlot(order: unknown): RequestedSlot | undefined {
  const fulfillments = readList(valueAt(order, 'fulfillments')).slice(0, MAX_FULFILLMENTS);
  const stated = fulfillments.flatMap((fulfillment, index) => {
    const path = `message.order.fulfillments[${index}].stops`;
    return readFulfillmentSlot(fulfillment, path) ?? [];
  });
  const refused = stated.find((one) => 'refusal' in one);
  const [first] = stated;
  if (refused || !first || 'refusal' in first) return refused;
  const isSame = stated.every((one) => 'slot' in one && sameSlot(one.slot, first.slot));
  return isSame ? first : invalidSlot('message.order.fulfillments', 'its fulfillments state different times');
}

function readFulfillmentSlot(fulfillment: unknown, path: string): RequestedSlot | undefined {
  const stops = readList(valueAt(fulfillment, 'stops')).slice(0, MAX_STOPS);
  const timed = stops.filter(hasTime);
  const start = timed.find((stop) => START_STOP_TYPES.has(readCode(valueAt(stop, 'type'))));
  const end = timed.find((stop) => END_STOP_TYPES.has(readCode(valueAt(stop, 'type'))));
  const other = timed.find((stop) => !isStartOrEnd(stop));
  if (other !== undefined)
    return invalidSlot(`${path}[${stops.indexOf(other)}].type`, 'a stop with a time is of the type start or end');
  if (start === undefined) return undefined;
  const from = readTimestamp(stopTime(start, 'start'));
  const endTime = end === undefined ? valueAt(start, 'time', 'range', 'end') : stopTime(end, 'end');
  const until = end === undefined && !isStated(endTime) ? (from ?? 0) + HOUR_MS : readTimestamp(endTime);
  return from === undefined || until === undefined
    ? invalidSlot(path, 'its time is not a date-time')
    : { slot: { from, until } };
}

function isStartOrEnd(stop: unknown): boolean {
  const type = readCode(valueAt(stop, 'type'));
  return START_STOP_TYPES.has(type) || END_STOP_TYPES.has(type);
}

function invalidSlot(path: string, detail: string): RequestedSlot {
  return { refusal: { code: 'slot-invalid', path, detail } };
}

function sameSlot(a: Slot, b: Slot): boolean {
  return a.from === b.from && a.until === b.until;
}

/** Reads the time window of a search from its `fulfillment.stops`; `undefined` if it is missing or invalid. */
export function readWindow(intent: unknown): Slot | undefined {
  const requested = readSlot({ fulfillments: [valueAt(intent, 'fulfillment')] });
  if (!requested || 'refusal' in requested) return undefined;
  return requested.slot.until > requested.slot.from ? requested.slot : undefined;
}

const HOUR_MS = 3_600_000;

function hasTime(stop: unknown): boolean {
  const time = valueAt(stop, 'time');
  return [valueAt(time, 'timestamp'), valueAt(time, 'range', 'start'), valueAt(time, 'range', 'end')].some(isStated);
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
