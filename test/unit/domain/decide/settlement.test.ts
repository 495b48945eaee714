/** What an order remembers of a payment that a later request replaces: the replies that waited, and its link. */
import { describe, expect, it } from 'vitest';
import { isPaymentEffect } from '../../../../src/domain/billing/payment-result.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { PAYMENT_TERMS, type PaymentModel, type ProviderPayment } from '../../../../src/domain/model/payment.js';
import { SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run, start, stopAt } from '../sessions.js';

const init = (messageId: string, value: number, model: PaymentModel | undefined): OrderCommand => ({
  type: 'init',
  request: asked(messageId),
  site: SITE,
  limit: { kind: 'energy', value },
  ...(model && { paymentTerms: PAYMENT_TERMS[model] }),
});
const report = (reference: string, change: Partial<ProviderPayment> = {}): OrderCommand => ({
  type: 'payment-updated',
  payment: {
    ...{ reference, state: 'open', currency: 'INR', authorisedAmount: 0, paid: 0, refunded: 0 },
    ...change,
  },
});
/** The answer to the newest request for a link. */
const link =
  (reference: string) =>
  (order: Order | undefined): OrderCommand => {
    const request = order?.effects.filter(isPaymentEffect).at(-1);
    return {
      ...report(reference, { url: `https://pay.example/${reference}` }),
      requestKey: request?.key,
    } as OrderCommand;
  };
type Step = OrderCommand | ReturnType<typeof link>;

/** Returns the order with its new requests to the payment provider. */
function withRequests({ order, effects }: Accepted): Order {
  const base = { seq: 0, createdAt: AT, attempts: 0, dueAt: AT };
  const requests = effects.flatMap((draft) => (draft.kind === 'payment-request' ? [{ ...base, ...draft }] : []));
  return { ...order, effects: [...order.effects, ...requests] };
}

/** Runs the commands one minute apart. Returns the last order and the messages that were answered. */
function course(...commands: readonly Step[]): { order: Order; answered: string[] } {
  let order: Order | undefined;
  const answered: string[] = [];
  commands.forEach((step, index) => {
    const command = typeof step === 'function' ? step(order) : step;
    const decision = run(order, command, AT + index * MINUTE);
    order = withRequests(decision);
    for (const effect of decision.effects)
      if (effect.kind === 'callback' && effect.inReplyTo !== undefined) answered.push(effect.inReplyTo);
  });
  if (!order) throw new Error('nothing happened');
  return { order, answered };
}

describe('an init whose reply waits for a payment link', () => {
  it.each([
    ['another limit', init('m2', 5000, 'bpp-prepaid')],
    ['another mode', init('m2', 10_000, 'bpp-hold')],
  ])('is answered with the link of the next init, which has %s', (_what, next) => {
    const waiting = course(init('m1', 10_000, 'bpp-prepaid'), next);
    expect(waiting.answered).toEqual([]);
    const linked = run(waiting.order, link('p2')(waiting.order), AT + HOUR);
    expect(linked.effects).toMatchObject([{ inReplyTo: 'm1' }, { inReplyTo: 'm2' }]);
  });

  it.each(['bpp-postpaid', 'bap-prepaid', 'bap-postpaid', undefined] as const)(
    'is answered by the next init, which needs no link (%s), and its link is no longer requested',
    (model) => {
      const { order, answered } = course(init('m1', 10_000, 'bpp-prepaid'), init('m2', 10_000, model));
      expect(answered).toEqual(['m1', 'm2']);
      expect(order.effects.filter(({ kind }) => kind === 'payment-request')).toEqual([]);
      expect(order.payment?.awaitingLink).toBeUndefined();
    },
  );

  it('is answered by the next init, which costs nothing', () => {
    const free = {
      ...SITE,
      connector: { ...SITE.connector, tariff: { ...SITE.connector.tariff, pricePerKwh: 0, serviceFee: 0 } },
    };
    const next = { ...init('m2', 10_000, 'bpp-prepaid'), site: free } as OrderCommand;
    const { answered } = course(init('m1', 9000, 'bpp-prepaid'), next);
    expect(answered).toEqual(['m1', 'm2']);
  });
});

describe('a payment link that was replaced by terms after the session', () => {
  const ended = (...more: readonly Step[]) =>
    course(
      init('m1', 10_000, 'bpp-prepaid'),
      link('p1'),
      init('m2', 10_000, 'bpp-postpaid'),
      confirm(),
      start(AT + 4 * MINUTE),
      stopAt(500, AT + 5 * MINUTE),
      ...more,
    ).order;

  it('never becomes the payment of the bill, whatever the provider reports of it', () => {
    const { payment } = ended(report('p1', { state: 'failed' }));
    expect(payment).toMatchObject({ status: 'due', formerReferences: ['p1'] });
    expect(payment).not.toHaveProperty('providerReference');
  });

  it('leaves the place to the link of the bill', () => {
    const { payment } = ended(report('p1', { state: 'failed' }), link('p2'));
    expect(payment).toMatchObject({ status: 'due', providerReference: 'p2', url: 'https://pay.example/p2' });
  });

  it.each(['bpp-postpaid', 'bap-prepaid'] as const)(
    'is known after the confirm (%s), and its money goes back',
    (model) => {
      const { order } = course(init('m1', 10_000, 'bpp-prepaid'), link('p1'), init('m2', 10_000, model), confirm());
      const paid = run({ ...order, effects: [] }, report('p1', { state: 'paid', paid: 100 }), AT + HOUR);
      expect(paid.effects).toMatchObject([{ kind: 'payment-refund', reference: 'p1', amount: 100 }]);
    },
  );
});
