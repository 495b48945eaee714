/** The order's state in the three words that this dialect has for it. */
import type { ConnectorState, ConnectorStatus } from '../../../domain/model/network.js';
import type { Order, OrderState } from '../../../domain/model/order.js';

export interface StatusWords {
  /** Absent while nothing was confirmed. */
  readonly status?: 'ACTIVE' | 'COMPLETE' | 'CANCELLED';
  /** `DEFAULT` once the order has ended: what it says is final. */
  readonly type: 'DRAFT' | 'DEFAULT';
}

const WORDS: Readonly<Record<OrderState, StatusWords>> = {
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

export function statusWords(order: Pick<Order, 'state'>): StatusWords {
  return WORDS[order.state];
}

/**
 * What the connector is said to do. The charger's own word stands where it fits the order's state; where its
 * StatusNotification is still on the way, the state supplies the word.
 */
const FITTING: Readonly<
  Record<OrderState, { readonly fits: readonly ConnectorStatus[]; readonly else: ConnectorStatus } | undefined>
> = {
  draft: undefined,
  confirmed: undefined,
  starting: { fits: ['Preparing', 'Reserved', 'Charging', 'SuspendedEV', 'SuspendedEVSE'], else: 'Preparing' },
  charging: { fits: ['Charging'], else: 'Charging' },
  suspended: { fits: ['SuspendedEV', 'SuspendedEVSE'], else: 'SuspendedEV' },
  offline: { fits: [], else: 'Unavailable' },
  stopping: { fits: ['Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'], else: 'Finishing' },
  provisional: undefined,
  completed: { fits: ['Finishing', 'Available', 'Preparing', 'Reserved', 'Unavailable'], else: 'Finishing' },
  cancelled: undefined,
  failed: undefined,
};

export function connectorWords(
  order: Pick<Order, 'state' | 'connectorState'>,
): Pick<ConnectorState, 'status' | 'errorCode'> {
  const { status, errorCode } = order.connectorState;
  const rule = FITTING[order.state];
  if (!rule || status === 'Faulted' || rule.fits.includes(status)) return { status, errorCode };
  return { status: rule.else, errorCode };
}
