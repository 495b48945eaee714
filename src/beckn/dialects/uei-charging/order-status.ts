/** The order's state in the three words that this dialect has for it. */
import type { ConnectorState, ConnectorStatus } from '../../../domain/model/network.js';
import type { Order, OrderState } from '../../../domain/model/order.js';

export interface OrderStatusFields {
  /** Absent while nothing was confirmed. */
  readonly status?: 'ACTIVE' | 'COMPLETE' | 'CANCELLED';
  /** `DEFAULT` once the order has ended: what it says is final. */
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
 * What the connector is said to do. The charger's own word stands where it fits the order's state; where its
 * StatusNotification is still on the way, the state supplies the word.
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
