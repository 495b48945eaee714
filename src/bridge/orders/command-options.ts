/** Defines the options and results of order commands. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DecisionContext } from '../../domain/model/decision.js';
import { type Order, type RequestFingerprint, buyerKey } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { ExtraWrite } from './extra-write.js';
import { transactionKey } from './order-cache.js';

/** Identifies an existing order. */
export type OrderRef = Pick<Order, 'id' | 'customer' | 'becknTransactionId'>;

/** Identifies the newest order of a Beckn transaction, if there is one. */
export interface BecknTransactionRef {
  /** The `buyerKey` of the buyer app. */
  readonly buyer: string;
  readonly becknTransactionId: string;
}

/** Builds the command when its turn comes, from the order as it is then. */
export type CommandBuilder = (order: Order | undefined) => OrderCommand | Refusal | Promise<OrderCommand | Refusal>;

export type OrderCommandResult =
  | { readonly order: Order; readonly accepted: Accepted }
  /** `order` is `undefined` if there is none, or if the builder refused. */
  | { readonly order: Order | undefined; readonly refusal: Refusal }
  /** The order has handled a request with this fingerprint before; nothing has changed. */
  | { readonly order: Order; readonly repeated: true };

export interface OrderCommandOptions {
  /** The ids and the buyer app of the order that the command may create. */
  readonly newOrder?: DecisionContext['newOrder'];
  /** If the order of the Beckn transaction is terminal, the command creates a new order instead. */
  readonly replacesTerminal?: boolean;
  /** Saved in the order, so that a repeat is recognised even if the request's own record was lost. */
  readonly requestFingerprint?: RequestFingerprint;
  /** The address to which the order's callbacks go from now on. */
  readonly bapUri?: string;
  /** The `seq` of the effect that this command settles; the same write removes the effect. */
  readonly settledEffect?: number;
  /** Returns further records for the same write. Called again if a conflict forces a new decision. */
  readonly alsoSave?: (accepted: Accepted) => ExtraWrite;
  /** Called with a refusal before the turn ends, so that its answer precedes the callbacks of all later decisions. */
  readonly onRefused?: (refusal: Refusal, order: Order | undefined) => Promise<void>;
}

/** Returns the queue key. Commands of one Beckn transaction share it and run one at a time. */
export function queueKeyOf(target: OrderRef | BecknTransactionRef): string {
  const buyer = 'buyer' in target ? target.buyer : buyerKey(target.customer);
  return transactionKey(buyer, target.becknTransactionId);
}

/**
 * Returns true if the order has handled this request before: the request is a repeat whose own record was lost in a
 * crash.
 */
export function hasHandled(order: Order, fingerprint: RequestFingerprint | undefined): boolean {
  return (
    fingerprint !== undefined &&
    order.handledRequests.some(
      ({ action, messageId, digest }) =>
        action === fingerprint.action && messageId === fingerprint.messageId && digest === fingerprint.digest,
    )
  );
}
