/** A booked time, where an order names one: the beginning and the end of its fulfillment. */
import type { SlotRead } from '../../../ports/buyer-requests.js';
import type { Order, Slot } from '../../../domain/model/order.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, list } from '../../protocol/json-reading.js';
import { dateTime } from '../core-1x/figures.js';

const MAX_STOPS = 10;
const BEGINS: ReadonlySet<string | undefined> = new Set(['start']);
const ENDS: ReadonlySet<string | undefined> = new Set(['end', 'finish']);

/**
 * `undefined` when no time is named; a beginning without an end lasts an hour.
 * @shape  `fulfillments[0].stops[]` of type `start` and `end` (or `finish`), each with `time.timestamp` or
 *         `time.range{start, end}`; one stop with a range says both.
 * @errors `slot-invalid` when a time that is named cannot be read.
 */
export function readSlot(order: unknown): SlotRead | undefined {
  const stops = list(at(list(at(order, 'fulfillments'))[0], 'stops')).slice(0, MAX_STOPS);
  const first = stops.find((stop) => BEGINS.has(codeOf(at(stop, 'type'))) && saysTime(stop));
  const last = stops.find((stop) => ENDS.has(codeOf(at(stop, 'type'))) && saysTime(stop));
  if (first === undefined) return undefined;
  const from = timeOf(first, 'start');
  const until = last === undefined ? (timeOf(first, 'end') ?? (from ?? 0) + HOUR_MS) : timeOf(last, 'end');
  if (from === undefined || until === undefined) {
    return { refusal: { code: 'slot-invalid', path: PATH, detail: 'its time is no date and time' } };
  }
  return { slot: { from, until } };
}

/** The time in which a search wants to charge, from its `fulfillment.stops`; what cannot be read or is no time is none. */
export function readWindow(intent: unknown): Slot | undefined {
  const read = readSlot({ fulfillments: [at(intent, 'fulfillment')] });
  return read && 'slot' in read && read.slot.until > read.slot.from ? read.slot : undefined;
}

const HOUR_MS = 3_600_000;
const PATH = 'message.order.fulfillments[0].stops';

/** Empty and null times are none. */
function saysTime(stop: unknown): boolean {
  const time = at(stop, 'time');
  const said = [at(time, 'timestamp'), at(time, 'range', 'start'), at(time, 'range', 'end')];
  return said.some((one) => one !== null && one !== undefined && one !== '');
}

function timeOf(stop: unknown, side: 'start' | 'end'): number | undefined {
  const range = readTimestamp(at(stop, 'time', 'range', side));
  return (
    range ??
    (side === 'end' && codeOf(at(stop, 'type')) === 'start' ? undefined : readTimestamp(at(stop, 'time', 'timestamp')))
  );
}

/** The booked time as the answers tell it; nothing where there is none. */
export function renderSlot({ slot }: Pick<Order, 'slot'>): JsonObject {
  if (!slot) return {};
  const stop = (type: string, time: number): JsonObject => ({ type, time: { timestamp: dateTime(time) } });
  return { fulfillments: [{ type: 'CHARGING', stops: [stop('start', slot.from), stop('end', slot.until)] }] };
}
