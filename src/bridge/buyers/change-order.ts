/** Requests about a confirmed order that change it: update, start, stop and cancel. */
import type { ReceivedRequest } from '../../domain/model/command.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import { requestRecord } from '../callbacks/owed-responses.js';
import { acknowledge, fingerprintOf, isRepeat, saveRequest } from './acknowledge.js';
import type { BuyerRequestsDeps } from './deps.js';
import { findBuyerOrder, inDialectOfOrder } from './queries.js';
import { toChangeCommand, type OrderChangeRequest } from './request-to-command.js';

export class OrderChanges {
  readonly #deps: BuyerRequestsDeps;

  constructor(deps: BuyerRequestsDeps) {
    this.#deps = deps;
  }

  async change(received: VerifiedRequest<OrderChangeRequest>): Promise<Acknowledgement> {
    const { store, orders, orderCache, owedResponses } = this.#deps;
    const order = await findBuyerOrder(orderCache, received, received.request);
    if ('code' in order) return { ack: false, refusal: order };
    const inbound = inDialectOfOrder(received, order);
    const request: ReceivedRequest = { ...fingerprintOf(inbound), at: inbound.receivedAt };
    if (isRepeat(order, request)) {
      await store.commit({ requests: [requestRecord(inbound)] });
      return { ack: true };
    }
    const command = toChangeCommand(this.#deps, order, inbound.request, request);
    if ('code' in command) return owedResponses.oweError(inbound, command, order.id);
    const result = await orders.handle(order, command, saveRequest(inbound));
    return acknowledge(this.#deps, inbound, result);
  }
}
