/** Planted bugs: an amount is misread or does not hold, or a change of a payment is overlooked. */
import type { PlantedBug } from './planted-bug.js';

const NOT_LOOKED_AT = {
  file: 'domain/billing/payment-result.ts',
  find: '  if (requestKey === undefined || !order.effects.some(answers)) return order;',
} as const;

export const PAYMENT_BUGS: readonly PlantedBug[] = [
  {
    bug: 'a smaller amount that is ordered during the session does not hold where time is priced',
    edits: [
      {
        file: 'domain/pricing/authorised-until.ts',
        find: "return tariff.elements && limit.kind === 'amount' ? Math.min(authorised, quote.total) : authorised;",
        put: "return tariff.elements && limit.kind === 'amount' ? Math.max(authorised, quote.total) : authorised;",
      },
    ],
    faults: ['timed-tariff'],
    invariants: ['I9'],
  },
  {
    bug: 'a refund is done once the provider has answered it',
    edits: [
      {
        ...NOT_LOOKED_AT,
        put: `  if (requestKey === undefined || !order.effects.some(answers)) return order;
  if (order.effects.some((effect) => answers(effect) && effect.kind !== 'payment-request'))
    return { ...order, effects: order.effects.filter((effect) => !answers(effect)) };`,
      },
    ],
    faults: ['prepaid', 'answers-pending', 'webhook-lost'],
  },
  {
    bug: 'totals of a payment that fall are overlooked',
    edits: [
      {
        file: 'domain/decide/payment.ts',
        find: '  if (isBelow(payment, report)) return applyFall(order, payment, command, context);\n',
        put: '',
      },
    ],
    faults: ['prepaid', 'chargeback'],
  },
  {
    bug: 'a payment link is looked up at the confirm only',
    edits: [
      {
        file: 'domain/billing/payment-result.ts',
        find: "    if (effect.kind === 'payment-look-up') return lookedUp && !isSuspected ? [] : [effect];",
        put: "    if (effect.kind === 'payment-request' && effect.answeredAt !== undefined) return [];\n    if (effect.kind === 'payment-look-up') return lookedUp && !isSuspected ? [] : [effect];",
      },
    ],
    faults: ['prepaid', 'webhook-lost', 'paid-unconfirmed'],
  },
  {
    bug: 'an amount with a comma or an exponent is read as some number',
    edits: [
      {
        file: 'domain/model/money.ts',
        find: String.raw`const match = /^(-)?(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);`,
        put: String.raw`const match = /^(-)?(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text.replaceAll(/[^\d.-]/g, ''));`,
      },
      {
        file: 'beckn/protocol/json-reading.ts',
        find: "return typeof value === 'string' && DECIMAL_ONLY.test(value) ? Number(value) : undefined;",
        put: String.raw`return typeof value === 'string' && DECIMAL_ONLY.test(value.replaceAll(/[^\d.-]/g, '')) ? Number(value.replaceAll(/[^\d.-]/g, '')) : undefined;`,
      },
    ],
    faults: ['odd-numbers'],
  },
  {
    bug: 'a booked session starts although its money was taken back',
    edits: [
      {
        file: 'domain/decide/settlement.ts',
        find: "  if (payment?.collectedBy !== 'BPP' || payment.type !== 'PRE-ORDER') return decision;\n  const available",
        put: '  if (payment !== null) return decision;\n  const available',
      },
      {
        file: 'bridge/payments/payment-look.ts',
        find: 'return isPrepaid && payment.providerReference !== undefined && this.#deps.provider !== undefined;',
        put: 'return isPrepaid && false;',
      },
    ],
    faults: ['prepaid', 'chargeback'],
  },
];
