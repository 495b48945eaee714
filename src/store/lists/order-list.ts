/** Lists orders by conditions that few may meet, without holding up the event loop: the index is walked in slices. */
import type { OrderFilter } from '../../ports/stored-records.js';
import { type Clock, nextTurn } from '../../ports/runtime.js';
import type { Page } from '../../ports/store.js';
import type { Order } from '../../domain/model/order.js';

/** The place of an order in the list: its creation and its id. */
export interface OrderPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface OrderSlices {
  listOrders(page: Page & OrderFilter): Order[];
  /** The position of an order. @errors RangeError if there is no such order. */
  orderPosition(id: string): OrderPosition;
  /** The position `count` orders after another one; `undefined` if fewer follow. */
  orderPositionAfter(position: OrderPosition, count: number): OrderPosition | undefined;
  /** The orders after `position`, up to and with `last`, that meet the conditions. */
  ordersBetween(page: Page & OrderFilter, position: OrderPosition, last: OrderPosition | undefined): Order[];
}

/** Entries of the index that are looked at in one event-loop turn; a few milliseconds of work. */
const SLICE_SIZE = 5000;

/** Before all ids and times. */
const START: OrderPosition = { createdAt: Number.MAX_SAFE_INTEGER, id: '' };

export async function listOrdersInSlices(
  reader: OrderSlices,
  page: Page & OrderFilter,
  clock: Pick<Clock, 'callSoon'>,
): Promise<Order[]> {
  const { limit, after, ids, from, until, ...conditions } = page;
  if (ids || Object.keys(conditions).length === 0) return reader.listOrders(page);
  const found: Order[] = [];
  let position = after === undefined ? START : reader.orderPosition(after);
  if (until !== undefined && until <= position.createdAt) position = { createdAt: until, id: '' };
  for (;;) {
    const last = reader.orderPositionAfter(position, SLICE_SIZE);
    const rest = { ...conditions, ...(from !== undefined && { from }), limit: limit - found.length };
    found.push(...reader.ordersBetween(rest, position, last));
    if (found.length >= limit || !last || (from !== undefined && last.createdAt < from)) return found;
    position = last;
    await nextTurn(clock);
  }
}
