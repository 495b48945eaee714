/** What goes with a command to an order, and what comes back. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DecisionContext } from '../../domain/model/decision.js';
import { type Order, type RequestFingerprint, buyerKey } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { ExtraWrite } from './extra-write.js';
import { transactionKey } from './order-cache.js';

/** An order. */
export type OrderRef = Pick<Order, 'id' | 'customer' | 'becknTransactionId'>;

/** Whatever order a Beckn transaction has. */
export interface BecknTransactionRef {
  /** The `buyerKey` of the buyer app. */
  readonly buyer: string;
  readonly becknTransactionId: string;
}

/** Makes the command from the order as it is when the command's turn has come. */
export type CommandBuilder = (order: Order | undefined) => OrderCommand | Refusal | Promise<OrderCommand | Refusal>;

export type OrderCommandResult =
  | { readonly order: Order; readonly accepted: Accepted }
  /** Without an order when there is none, or when the builder refused. */
  | { readonly order: Order | undefined; readonly refusal: Refusal }
  /** The order has handled a request with this fingerprint before; nothing has changed. */
  | { readonly order: Order; readonly repeated: true };

export interface OrderCommandOptions {
  /** The ids and the buyer app of the order that the command may create. */
  readonly newOrder?: DecisionContext['newOrder'];
  /** A terminal order of the Beckn transaction does not get the command: it creates a new one. */
  readonly replacesTerminal?: boolean;
  /** Remembered in the order, so that a repeat is recognised even if the request's own record was lost. */
  readonly requestFingerprint?: RequestFingerprint;
  /** Where the buyer app's callbacks go from now on. */
  readonly bapUri?: string;
  /** The effect that this command settles: it is removed in the same write. */
  readonly settledEffect?: number;
  /** What else belongs into the same write. Called again when the decision is repeated after a conflict. */
  readonly alsoSave?: (accepted: Accepted) => ExtraWrite;
}

/** Commands with the same key are handled one at a time: those of one Beckn transaction. */
export function queueKeyOf(target: OrderRef | BecknTransactionRef): string {
  const buyer = 'buyer' in target ? target.buyer : buyerKey(target.customer);
  return transactionKey(buyer, target.becknTransactionId);
}

/** True for a request that has changed the order before: a repeat after its own record was lost in a crash. */
export function hasHandled(order: Order, fingerprint: RequestFingerprint | undefined): boolean {
  return (
    fingerprint !== undefined &&
    order.handledRequests.some(
      ({ action, messageId, digest }) =>
        action === fingerprint.action && messageId === fingerprint.messageId && digest === fingerprint.digest,
    )
  );
}
