/** Lists the business refusals, each with its Beckn error code and the sentence that the buyer app receives. */

export interface Refusal {
  readonly code: RefusalCode;
  /** The field of the Beckn message that was refused, such as `message.order.items[2].id`. */
  readonly path?: string;
  /** Specifics for the sentence, such as an id, a value or a limit. */
  readonly detail?: string;
}

interface RefusalEntry {
  /** Beckn error code. @source BECKN-005 */
  readonly becknCode: string;
  readonly sentence: string;
}

export const REFUSALS = {
  'provider-unknown': {
    becknCode: '30001',
    sentence: 'There is no provider with this id; search again.',
  },
  'item-unknown': {
    becknCode: '30004',
    sentence: 'There is no connector with this id; search again.',
  },
  'connector-ambiguous': {
    becknCode: '30004',
    sentence: 'An order is for one connector, and these items are not exactly one; name one.',
  },
  'offer-unknown': {
    becknCode: '30006',
    sentence: 'No offer with this code is valid here now; search again, or order without it.',
  },
  'fee-invalid': {
    becknCode: '40000',
    sentence: 'The buyer finder fee must be 0 to 100 percent, or an amount within the accepted range.',
  },
  'filter-unreadable': {
    becknCode: '30000',
    sentence: 'The filter expression is not understood.',
  },
  'order-unknown': {
    becknCode: '30010',
    sentence: 'This subscriber has no order with this id.',
  },
  'update-target-unknown': {
    becknCode: '30012',
    sentence: 'This update_target is not understood.',
  },
  'rating-value-invalid': {
    becknCode: '30015',
    sentence: 'The rating value is outside 0 to 10.',
  },
  'rating-entity-unknown': {
    becknCode: '30014',
    sentence: 'There is nothing with this id to rate.',
  },
  'option-missing': {
    becknCode: '40000',
    sentence: 'Name exactly one charging option: soc, units, amount or time.',
  },
  'option-unsupported': {
    becknCode: '40000',
    sentence: 'This connector does not offer this charging option.',
  },
  'option-out-of-range': {
    becknCode: '40000',
    sentence: 'The charging option is outside what this connector offers.',
  },
  'connector-busy': {
    becknCode: '40002',
    sentence: 'The connector is taken or cannot charge now; choose another.',
  },
  'too-many-connectors': {
    becknCode: '40000',
    sentence: 'This subscriber holds as many connectors as it may; end an order first.',
  },
  'started-too-often': {
    becknCode: '40000',
    sentence: 'This subscriber has started this connector too often; wait, or choose another.',
  },
  'slot-taken': {
    becknCode: '40000',
    sentence: 'The connector is booked for that time; choose another time or connector.',
  },
  'slot-invalid': {
    becknCode: '40000',
    sentence: 'The requested time cannot be booked.',
  },
  'charger-offline': {
    becknCode: '40002',
    sentence: 'The charger is not connected now; choose another.',
  },
  'charger-out-of-service': {
    becknCode: '40002',
    sentence: 'The charger is out of service; choose another.',
  },
  'out-of-sale': {
    becknCode: '40002',
    sentence: 'The operator does not sell the connector at that time; choose another.',
  },
  'quote-expired': {
    becknCode: '40003',
    sentence: 'The quote has expired; select again.',
  },
  'quote-missing': {
    becknCode: '40003',
    sentence: 'Nothing was selected in this transaction; select first.',
  },
  'payment-missing': {
    becknCode: '40004',
    sentence: 'This order must be paid before it starts; confirm it with a PAID payment.',
  },
  'payment-too-small': {
    becknCode: '40004',
    sentence: 'The payment is smaller than the quote.',
  },
  'currency-mismatch': {
    becknCode: '40004',
    sentence: 'The amount is in another currency than the order; state it in that of the quote.',
  },
  'amount-invalid': {
    becknCode: '40000',
    sentence: 'The amount has more decimals than its currency; it is not rounded.',
  },
  'transaction-in-use': {
    becknCode: '40000',
    sentence: 'This transaction_id already belongs to another order; start a new transaction.',
  },
  'not-confirmed': {
    becknCode: '40001',
    sentence: 'Nothing was confirmed in this transaction; confirm first.',
  },
  'not-running': {
    becknCode: '40001',
    sentence: 'The order has no running session to stop.',
  },
  'start-failed': {
    becknCode: '40006',
    sentence: 'Charging did not begin; there is nothing to pay.',
  },
  'cancellation-not-possible': {
    becknCode: '50001',
    sentence: 'The order has ended or its session is running; it cannot be cancelled.',
  },
  'update-not-possible': {
    becknCode: '50002',
    sentence: 'This update is not possible for the order as it is now.',
  },
  'limit-below-delivered': {
    becknCode: '50002',
    sentence: 'The session may have passed the new limit already; stop it instead.',
  },
} as const satisfies Record<string, RefusalEntry>;

export type RefusalCode = keyof typeof REFUSALS;
