/** A payment provider in memory, driven by the test. It is idempotent by request key. */
import type { ProviderPayment } from '../../src/domain/model/payment.js';
import type { PaymentResult, PaymentProvider } from '../../src/ports/payment-provider.js';

interface StoredPayment extends ProviderPayment {
  readonly orderId: string;
  readonly amount: number;
  readonly mode: string;
  /** When its link stops accepting money, epoch ms. */
  readonly until: number;
}

export interface FakeProvider extends PaymentProvider {
  readonly payments: Map<string, StoredPayment>;
  /** Every request, including repeats. */
  readonly requests: { readonly what: string; readonly key: string; readonly amount: number }[];
  /** Failures of the next requests, in order. A `lost` request takes effect, but its answer is lost. */
  readonly failures: ('fail' | 'refuse' | 'lost')[];
  /** How much more than requested it takes or refunds. */
  amountError: number;
  /** Every request and every look-up fails. */
  away: boolean;
  /** Answers captures and refunds with unchanged totals. The new totals appear only after `complete`. */
  pending: boolean;
  /** Whether it can close links. */
  canClose: boolean;
  /** The number of look-ups so far, failed ones included. */
  lookUps: number;
  /** Carries out the pending captures and refunds. */
  complete(): void;
  /** Changes a payment, by default the newest one, without notifying anyone. */
  change(totals: Partial<ProviderPayment>, reference?: string): ProviderPayment;
  /** Epoch ms; links never expire before it is set. A bridge harness sets it. */
  now: () => number;
  /** Returns its payment. @errors Throws if there is none, or another one. */
  onlyPayment(): ProviderPayment;
  /** Pays a link, by default the newest one. @errors Throws if the link takes no money any more. */
  pay(reference?: string): ProviderPayment;
  /** Pays a link that takes money after its end or its closing, as links of some providers do. */
  payLate(reference?: string): ProviderPayment;
}

export function createFakeProvider(): FakeProvider {
  const done = new Map<string, string>();
  const waiting: { readonly reference: string; readonly act: () => StoredPayment | undefined }[] = [];
  const publicPayment = ({ orderId: _o, amount: _a, mode: _m, until: _u, ...rest }: StoredPayment): ProviderPayment =>
    rest;

  /** Returns a payment, by default the newest one. */
  function requested(reference = [...api.payments.keys()].at(-1) ?? ''): StoredPayment {
    const found = api.payments.get(reference);
    if (!found) throw new Error('the provider received no request');
    return found;
  }

  function process(
    what: string,
    key: string,
    amount: number,
    act: () => StoredPayment | undefined,
  ): Promise<PaymentResult> {
    api.requests.push({ what, key, amount });
    const failure = api.failures.shift();
    if (api.away) return Promise.resolve({ kind: 'failed', reason: 'away' });
    if (failure === 'fail') return Promise.resolve({ kind: 'failed', reason: 'away' });
    if (failure === 'refuse') return Promise.resolve({ kind: 'refused', reason: 'not with us' });
    let reference = done.get(key);
    if (reference === undefined) {
      const made = act();
      if (!made) return Promise.resolve({ kind: 'refused', reason: 'that cannot be done' });
      done.set(key, (reference = made.reference));
      if (api.pending && (what === 'capture' || what === 'refund')) waiting.push({ reference, act });
      else api.payments.set(made.reference, made);
    }
    const found = api.payments.get(reference);
    if (!found || failure === 'lost') return Promise.resolve({ kind: 'failed', reason: 'the answer is lost' });
    return Promise.resolve({ kind: 'succeeded', payment: publicPayment(found) });
  }

  const api: FakeProvider = {
    payments: new Map(),
    requests: [],
    failures: [],
    amountError: 0,
    away: false,
    pending: false,
    canClose: true,
    lookUps: 0,
    now: () => 0,
    complete: () => {
      for (const { reference, act } of waiting.splice(0)) {
        const done = act();
        if (done) api.payments.set(reference, done);
      }
    },
    change: (totals, reference) => {
      const found = requested(reference);
      const changed: StoredPayment = { ...found, ...totals };
      api.payments.set(found.reference, changed);
      return publicPayment(changed);
    },
    requestPayment: ({ key, orderId, amount, currency, mode, until }) =>
      process('request', key, amount, () => {
        const reference = `pay-${api.payments.size + 1}`;
        const nothing = { state: 'open', authorisedAmount: 0, paid: 0, refunded: 0 } as const;
        return {
          reference,
          orderId,
          amount,
          mode,
          currency,
          until,
          ...nothing,
          url: `https://pay.example/${reference}`,
        };
      }),
    capture: ({ key, reference, amount }) =>
      process('capture', key, amount, () => {
        const found = api.payments.get(reference);
        if (found?.state !== 'held') return undefined;
        return {
          ...found,
          state: amount === 0 ? 'released' : 'paid',
          paid: found.paid + amount + (amount && api.amountError),
        };
      }),
    refund: ({ key, reference, amount }) =>
      process('refund', key, amount, () => {
        const found = api.payments.get(reference);
        return found && { ...found, refunded: found.refunded + amount + api.amountError };
      }),
    closeLink: ({ reference }, key) =>
      api.canClose
        ? process('close', key, 0, () => {
            const found = api.payments.get(reference);
            return found?.state === 'open' ? { ...found, state: 'failed' } : found;
          })
        : Promise.resolve({ kind: 'refused', reason: 'HTTP 404' }),
    lookUp: ({ reference }) => {
      api.lookUps += 1;
      if (api.away) return Promise.resolve({ kind: 'failed', reason: 'away' });
      const found = api.payments.get(reference);
      return Promise.resolve(
        found ? { kind: 'succeeded', payment: publicPayment(found) } : { kind: 'refused', reason: 'no such payment' },
      );
    },
    onlyPayment: () => {
      const [only, ...others] = [...api.payments.values()];
      if (!only || others.length > 0) throw new Error(`the provider has ${api.payments.size} payments`);
      return publicPayment(only);
    },
    pay: (reference) => {
      const { state, until } = requested(reference);
      if (state !== 'open' || api.now() >= until) throw new Error('the link takes no money any more');
      return api.payLate(reference);
    },
    payLate: (reference) => {
      const found = requested(reference);
      const amount = found.amount + api.amountError;
      const paid: StoredPayment =
        found.mode === 'hold'
          ? { ...found, state: 'held', authorisedAmount: amount }
          : { ...found, state: 'paid', paid: amount };
      api.payments.set(found.reference, paid);
      return publicPayment(paid);
    },
  };
  return api;
}
