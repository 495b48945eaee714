/** Converts the order's state to the status values of this dialect and selects a connector status that fits it. */
import type { ConnectorState, ConnectorStatus } from '../../../domain/model/network.js';
import type { Order, OrderState } from '../../../domain/model/order.js';

export interface OrderStatusFields {
  /** Absent before the order is confirmed. */
  readonly status?: 'ACTIVE' | 'COMPLETE' | 'CANCELLED';
  /** `DEFAULT` once the order has ended and its figures are final. */
  readonly type: 'DRAFT' | 'DEFAULT';
}

const STATUS_BY_STATE: Readonly<Record<OrderState, OrderStatusFields>> = {
  draft: { type: 'DRAFT' },
  confirmed: { status: 'ACTIVE', type: 'DRAFT' },
  starting: { status: 'ACTIVE', type: 'DRAFT' },
  charging: { status: 'ACTIVE', type: 'DRAFT' },
  suspended: { status: 'ACTIVE', type: 'DRAFT' },
  offline: { status: 'ACTIVE', type: 'DRAFT' },
  stopping: { status: 'ACTIVE', type: 'DRAFT' },
  provisional: { status: 'ACTIVE', type: 'DRAFT' },
  completed: { status: 'COMPLETE', type: 'DEFAULT' },
  cancelled: { status: 'CANCELLED', type: 'DEFAULT' },
  failed: { status: 'CANCELLED', type: 'DEFAULT' },
};

export function orderStatusFields(order: Pick<Order, 'state'>): OrderStatusFields {
  return STATUS_BY_STATE[order.state];
}

/**
 * The connector statuses that fit each state. A reported status that does not fit is replaced by the fallback, because
 * the next StatusNotification is probably still on its way. Faulted fits every state, and is the only status that fits
 * while the charger is offline. A state without a rule accepts any status.
 */
const CONNECTOR_STATUS_RULES: Readonly<
  Record<OrderState, { readonly accepted: readonly ConnectorStatus[]; readonly fallback: ConnectorStatus } | undefined>
> = {
  draft: undefined,
  confirmed: undefined,
  starting: { accepted: ['Preparing', 'Reserved', 'Charging', 'SuspendedEV', 'SuspendedEVSE'], fallback: 'Preparing' },
  charging: { accepted: ['Charging'], fallback: 'Charging' },
  suspended: { accepted: ['SuspendedEV', 'SuspendedEVSE'], fallback: 'SuspendedEV' },
  offline: { accepted: [], fallback: 'Unavailable' },
  stopping: { accepted: ['Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'], fallback: 'Finishing' },
  provisional: undefined,
  completed: { accepted: ['Finishing', 'Available', 'Preparing', 'Reserved', 'Unavailable'], fallback: 'Finishing' },
  cancelled: undefined,
  failed: undefined,
};

export function connectorStatusFields(
  order: Pick<Order, 'state' | 'connectorState'>,
): Pick<ConnectorState, 'status' | 'errorCode'> {
  const { status, errorCode } = order.connectorState;
  const rule = CONNECTOR_STATUS_RULES[order.state];
  if (!rule || status === 'Faulted' || rule.accepted.includes(status)) return { status, errorCode };
  return { status: rule.fallback, errorCode };
}
