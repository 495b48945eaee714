import type { OrderState } from '../../src/domain/model/order.js';

/** A missing state is a compile error. */
const EVERY: Readonly<Record<OrderState, true>> = {
  draft: true,
  confirmed: true,
  starting: true,
  charging: true,
  suspended: true,
  offline: true,
  stopping: true,
  provisional: true,
  completed: true,
  cancelled: true,
  failed: true,
};

/** Every state of an order, in the order of its life cycle. */
export const ORDER_STATES = Object.keys(EVERY) as readonly OrderState[];
