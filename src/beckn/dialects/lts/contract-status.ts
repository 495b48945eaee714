/** An order's state as that of its contract and of what it commits to. The session's words are the same as in rc1. */
import type { OrderState } from '../../../domain/model/order.js';

export type ContractWord = 'DRAFT' | 'ACTIVE' | 'CANCELLED' | 'COMPLETE';

const WORDS: Readonly<Record<OrderState, ContractWord>> = {
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

export function contractStatus(state: OrderState): ContractWord {
  return WORDS[state];
}

/** @source Beckn 2.0.0 LTS, `Commitment.status`. */
export function commitmentStatus(word: ContractWord): 'DRAFT' | 'ACTIVE' | 'CLOSED' {
  return word === 'DRAFT' || word === 'ACTIVE' ? word : 'CLOSED';
}
