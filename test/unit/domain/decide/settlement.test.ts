/** What an order remembers of a payment that a later request replaces: the replies that waited, and its link. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
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
const link = (reference: string): OrderCommand => report(reference, { url: `https://pay.example/${reference}` });

/** Runs the commands one minute apart. Returns the last order and the messages that were answered. */
function course(...commands: readonly OrderCommand[]): { order: Order; answered: string[] } {
  let order: Order | undefined;
  const answered: string[] = [];
  commands.forEach((command, index) => {
    const decision = run(order, command, AT + index * MINUTE);
    order = decision.order;
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
    const linked = run(waiting.order, link('p2'), AT + HOUR);
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
  const ended = (...more: readonly OrderCommand[]) =>
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
