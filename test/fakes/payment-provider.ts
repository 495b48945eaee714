/** A payment provider without a wire, for a clock that stands still: what it did stays done under its key. */
import type { ProviderPayment } from '../../src/domain/model/payment.js';
import type { PaymentResult, PaymentProvider } from '../../src/ports/payment-provider.js';

interface Kept extends ProviderPayment {
  readonly orderId: string;
  readonly amount: number;
  readonly mode: string;
}

export interface FakeProvider extends PaymentProvider {
  readonly kept: Map<string, Kept>;
  /** Every payment request, repeats too. */
  readonly asked: { readonly what: string; readonly key: string; readonly amount: number }[];
  /** What it answers instead, for that many requests; `lost`: it does it and the answer is lost. */
  readonly next: ('fail' | 'refuse' | 'lost')[];
  /** Takes or gives so much more than asked. */
  wrongBy: number;
  /** What it says of its only payment. */
  told(): ProviderPayment;
  pay(reference?: string): ProviderPayment;
}

export function createFakeProvider(): FakeProvider {
  const done = new Map<string, string>();
  const told = ({ orderId: _o, amount: _a, mode: _m, ...rest }: Kept): ProviderPayment => rest;

  function process(what: string, key: string, amount: number, act: () => Kept | undefined): Promise<PaymentResult> {
    api.asked.push({ what, key, amount });
    const trouble = api.next.shift();
    if (trouble === 'fail') return Promise.resolve({ kind: 'failed', reason: 'away' });
    if (trouble === 'refuse') return Promise.resolve({ kind: 'refused', reason: 'not with us' });
    let reference = done.get(key);
    if (reference === undefined) {
      const made = act();
      if (!made) return Promise.resolve({ kind: 'refused', reason: 'that cannot be done' });
      api.kept.set(made.reference, made);
      done.set(key, (reference = made.reference));
    }
    const found = api.kept.get(reference);
    if (!found || trouble === 'lost') return Promise.resolve({ kind: 'failed', reason: 'the answer is lost' });
    return Promise.resolve({ kind: 'succeeded', payment: told(found) });
  }

  const api: FakeProvider = {
    kept: new Map(),
    asked: [],
    next: [],
    wrongBy: 0,
    requestPayment: ({ key, orderId, amount, currency, mode }) =>
      process('request', key, amount, () => {
        const reference = `pay-${api.kept.size + 1}`;
        const nothing = { state: 'open', authorisedAmount: 0, paid: 0, refunded: 0 } as const;
        return { reference, orderId, amount, mode, currency, ...nothing, url: `https://pay.example/${reference}` };
      }),
    capture: ({ key, reference, amount }) =>
      process('capture', key, amount, () => {
        const found = api.kept.get(reference);
        if (found?.state !== 'held') return undefined;
        return { ...found, state: amount === 0 ? 'released' : 'paid', paid: amount + (amount && api.wrongBy) };
      }),
    refund: ({ key, reference, amount }) =>
      process('refund', key, amount, () => {
        const found = api.kept.get(reference);
        return found && { ...found, refunded: found.refunded + amount + api.wrongBy };
      }),
    lookUp: (reference) => {
      const found = api.kept.get(reference);
      return Promise.resolve(
        found ? { kind: 'succeeded', payment: told(found) } : { kind: 'refused', reason: 'no such payment' },
      );
    },
    told: () => {
      const [only] = [...api.kept.values()];
      if (!only) throw new Error('nothing was asked of the provider');
      return told(only);
    },
    pay: (reference) => {
      const found = api.kept.get(reference ?? [...api.kept.keys()].at(-1) ?? '');
      if (!found) throw new Error('nothing was asked of the provider');
      const amount = found.amount + api.wrongBy;
      const paid: Kept =
        found.mode === 'hold'
          ? { ...found, state: 'held', authorisedAmount: amount }
          : { ...found, state: 'paid', paid: amount };
      api.kept.set(found.reference, paid);
      return told(paid);
    },
  };
  return api;
}
