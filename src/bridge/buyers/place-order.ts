/** Requests that may open an order: select, init and confirm. */
import type { ReceivedRequest } from '../../domain/model/command.js';
import { buyerKey, isTerminal, type Order } from '../../domain/model/order.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import { requestRecord } from '../callbacks/owed-responses.js';
import type { OrderCommandOptions, PreparedCommand } from '../orders/order-command-handler.js';
import { acknowledge, fingerprintOf, isRepeat, saveRequest } from './acknowledge.js';
import { progressRatesOf, type BuyerTerms } from './buyer-terms.js';
import type { BuyerRequestsDeps } from './deps.js';
import { toOrderCommand, type OrderRequest } from './request-to-command.js';

export class OrderPlacement {
  readonly #deps: BuyerRequestsDeps;

  constructor(deps: BuyerRequestsDeps) {
    this.#deps = deps;
  }

  async place(inbound: VerifiedRequest<OrderRequest>): Promise<Acknowledgement> {
    const { store, orders, paymentRequests } = this.#deps;
    const { becknTransactionId } = inbound;
    const buyer = buyerKey(inbound);
    // The provider's notification may have been lost: the provider is asked before a confirm is refused as unpaid.
    if (inbound.request.type === 'confirm') await paymentRequests.lookUpDraftPayment(buyer, becknTransactionId);
    const result = await orders.handle({ buyer, becknTransactionId }, this.#prepare.bind(this, inbound));
    if (result) return acknowledge(this.#deps, inbound, result);
    // The order knows this request although its own record was lost in a crash: only the record is saved again.
    await store.commit({ requests: [requestRecord(inbound)] });
    return { ack: true };
  }

  /** The command for the transaction's newest order, or for a new one; `undefined` when that order knows the request. */
  async #prepare(
    inbound: VerifiedRequest<OrderRequest>,
    newest: Order | undefined,
  ): Promise<PreparedCommand | undefined> {
    const { request } = inbound;
    const fingerprint = fingerprintOf(inbound);
    if (isRepeat(newest, fingerprint)) return undefined;
    // A transaction may carry a new order once its order has ended. A confirm is then a late repeat.
    const order = newest && isTerminal(newest) && request.type !== 'confirm' ? undefined : newest;
    const received: ReceivedRequest = { ...fingerprint, at: inbound.receivedAt };
    const terms = this.#deps.buyerTerms(inbound.bapId);
    const command = await toOrderCommand(this.#deps, request, { order, received, terms });
    if ('code' in command) return { order: undefined, refusal: command };
    return { order, command, options: { ...saveRequest(inbound), opening: this.#newOrder(inbound, terms) } };
  }

  #newOrder(inbound: VerifiedRequest<OrderRequest>, terms: BuyerTerms): NonNullable<OrderCommandOptions['opening']> {
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
