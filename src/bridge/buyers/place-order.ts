/** Handles requests that may open an order: select, init and confirm. */
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { CommandBuilder, OrderCommandOptions, OrderCommandResult } from '../orders/command-options.js';
import { acknowledge, answerRefusal, fingerprintOf, saveRequest } from './acknowledge.js';
import { progressRatesOf, type BuyerTerms } from './buyer-terms.js';
import type { BuyerRequestsDeps } from './deps.js';
import { toOrderCommand, type OrderRequest } from './request-to-command.js';

export class OrderPlacement {
  readonly #deps: BuyerRequestsDeps;

  constructor(deps: BuyerRequestsDeps) {
    this.#deps = deps;
  }

  async place(inbound: VerifiedRequest<OrderRequest>): Promise<Acknowledgement> {
    const { orders, paymentRequests, buyerTerms, buyerLimits } = this.#deps;
    const { request, becknTransactionId, bapId, receivedAt } = inbound;
    const buyer = buyerKey(inbound);
    // The payment provider's notification may have been lost, so we ask the provider before we refuse a confirm as
    // unpaid.
    if (request.type === 'confirm') await paymentRequests.lookUpDraftPayment(buyer, becknTransactionId);
    const terms = buyerTerms(bapId, inbound.network);
    const received = { ...fingerprintOf(inbound), at: receivedAt };
    const newOrder = this.#newOrder(inbound, terms);
    let withdraw = (): void => undefined;
    const buildCommand: CommandBuilder = async (order) => {
      const command = await toOrderCommand(this.#deps, request, { order, received, terms });
      if ('code' in command) return command;
      const orderId = order?.id ?? newOrder.orderId;
      const admission = buyerLimits.admit({ buyer, orderId, order, command });
      if ('refusal' in admission) return admission.refusal;
      withdraw = admission.withdraw;
      return command;
    };
    let result: OrderCommandResult | undefined;
    try {
      result = await orders.handle({ buyer, becknTransactionId }, buildCommand, {
        ...saveRequest(inbound),
        newOrder,
        // After its order has ended, a Beckn transaction may carry a new order. A confirm at that point, however, is a
        // late repeat.
        replacesTerminal: request.type !== 'confirm',
        onRefused: (refusal, order) => answerRefusal(this.#deps, inbound, refusal, order),
      });
    } finally {
      if (!result || 'refusal' in result) withdraw();
    }
    return acknowledge(this.#deps, inbound, result);
  }

  #newOrder(inbound: VerifiedRequest<OrderRequest>, terms: BuyerTerms): NonNullable<OrderCommandOptions['newOrder']> {
    const { random } = this.#deps;
    const { network, bapId, bapUri, dialect, becknTransactionId, replyContext } = inbound;
    return {
      orderId: inbound.orderIdFormat === 'uuid' ? random.uuid() : random.base32(26),
      quoteId: random.uuid(),
      customer: { kind: 'buyer-app', network, bapId, bapUri, dialect, ...progressRatesOf(terms) },
      becknTransactionId,
      replyContext,
    };
  }
}
