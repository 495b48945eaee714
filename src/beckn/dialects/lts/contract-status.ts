/** Converts the order's state to the status of its contract and commitments. */
import type { OrderState } from '../../../domain/model/order.js';

export type ContractStatus = 'DRAFT' | 'ACTIVE' | 'CANCELLED' | 'COMPLETE';

const CONTRACT_STATUSES: Readonly<Record<OrderState, ContractStatus>> = {
  draft: 'DRAFT',
  confirmed: 'ACTIVE',
  starting: 'ACTIVE',
  charging: 'ACTIVE',
  suspended: 'ACTIVE',
  offline: 'ACTIVE',
  stopping: 'ACTIVE',
  provisional: 'ACTIVE',
  completed: 'COMPLETE',
  cancelled: 'CANCELLED',
  failed: 'CANCELLED',
};

export function contractStatus(state: OrderState): ContractStatus {
  return CONTRACT_STATUSES[state];
}

/** @source Beckn 2.0.0 LTS, `Commitment.status`. */
export function commitmentStatus(status: ContractStatus): 'DRAFT' | 'ACTIVE' | 'CLOSED' {
  return status === 'DRAFT' || status === 'ACTIVE' ? status : 'CLOSED';
}
