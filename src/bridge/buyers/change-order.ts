/** Handles requests that change a confirmed or initiated order: update, start, stop and cancel. */
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { CommandBuilder } from '../orders/command-options.js';
import { acknowledge, answerRefusal, fingerprintOf, saveRequest } from './acknowledge.js';
import type { BuyerRequestsDeps } from './deps.js';
import { findBuyerOrder, inDialectOfOrder } from './queries.js';
import { toChangeCommand, type OrderChangeRequest } from './request-to-command.js';

export class OrderChanges {
  readonly #deps: BuyerRequestsDeps;

  constructor(deps: BuyerRequestsDeps) {
    this.#deps = deps;
  }

  async change(received: VerifiedRequest<OrderChangeRequest>): Promise<Acknowledgement> {
    const { orders, orderCache } = this.#deps;
    const order = await findBuyerOrder(orderCache, received, received.request);
    if ('code' in order) return { ack: false, refusal: order };
    const inbound = inDialectOfOrder(received, order);
    const request = { ...fingerprintOf(inbound), at: inbound.receivedAt };
    // By the time the command is built, the session may have begun on another connector.
    const buildCommand: CommandBuilder = (current = order) =>
      toChangeCommand(this.#deps, current, inbound.request, request);
    const result = await orders.handle(order, buildCommand, {
      ...saveRequest(inbound),
      // If the command could not be built, the refusal concerns this order too.
      onRefused: (refusal, refusing = order) => answerRefusal(this.#deps, inbound, refusal, refusing),
    });
    return acknowledge(this.#deps, inbound, result);
  }
}
