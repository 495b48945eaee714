/** One driver's order with one buyer app, in one dialect, from the search to the last query. */
import type { BuyerDialect, Message, OrderRef, Purchase, StatedOrder, Step } from '../dialects/buyer-dialect.js';
import { hasError } from '../dialects/envelope.js';
import { at } from '../runtime/json.js';
import type { BuyerApp, SentRequest } from './buyer-app.js';

/** The parts of a request that do not come from the order. */
interface Details {
  /** The paid amount as the buyer app writes it. */
  readonly amount?: string;
  /** The reference in a support request. */
  readonly reference?: string;
  /** True if the request omits the id of its order. */
  readonly isUnnamed?: boolean;
}

export class Journey {
  orderId: string | undefined;
  readonly transactionId: string;

  constructor(
    readonly app: BuyerApp,
    readonly dialect: BuyerDialect,
    public purchase: Purchase,
  ) {
    this.transactionId = app.environment.random.uuid();
  }

  /** @errors Throws if the dialect does not have the step. */
  request(step: Step, details: Details = {}): SentRequest {
    const { purchase, dialect, app } = this;
    const orderId = details.isUnnamed ? undefined : this.orderId;
    const message = this.#write(step, { purchase, ...(orderId !== undefined && { orderId }) }, details);
    return app.buildRequest(dialect, this.transactionId, message, {
      step,
      orderId: isAboutOrder(step) ? (orderId ?? '') : '',
      itemId: step === 'search' || step === 'meta' ? '' : purchase.connector.itemId,
      isBooked: purchase.slot !== undefined,
      ...(details.amount !== undefined && { amount: details.amount }),
    });
  }

  #write(step: Step, order: OrderRef, { amount = '', reference = '' }: Details): Message {
    const { requests } = this.dialect;
    switch (step) {
      case 'search':
      case 'meta':
        return must(requests[step])();
      case 'select':
      case 'init':
        return requests[step](order.purchase);
      case 'confirm':
        return requests.confirm(order, amount);
      case 'support':
        return requests.support(reference);
      default:
        return must(requests[step])(order);
    }
  }

  /**
   * Sends the request until its callback arrives, `tries` times at most. Resolves with the order in the callback, or
   * `undefined` without one.
   */
  async ask(step: Step, tries = 5, details: Details = {}): Promise<StatedOrder | undefined> {
    return this.read(await this.app.ask(this.request(step, details), tries));
  }

  /** Returns the order in a callback, or `undefined` if it states an error or no order. */
  read(callback: unknown): StatedOrder | undefined {
    return callback === undefined || hasError(callback) ? undefined : this.dialect.readOrder(at(callback, 'message'));
  }
}

function isAboutOrder(step: Step): boolean {
  return !/^(?:search|meta|select|init|support|rate)$/.test(step);
}

function must<T>(writer: T | undefined): T {
  if (writer === undefined) throw new TypeError('the dialect has no such request');
  return writer;
}
