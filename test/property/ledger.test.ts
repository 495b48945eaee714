/** The ledger over random orders: it is balanced and append-only, and at the end the buyer app's account is settled. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide/decide.js';
import { withPostings } from '../../src/domain/billing/ledger.js';
import type { LedgerLine, PostingKind } from '../../src/domain/model/posting.js';
import { isTerminal, type Order } from '../../src/domain/model/order.js';
import { PAYMENT_TERMS, type PaymentModel, type ProviderPayment } from '../../src/domain/model/payment.js';
import { aLimit, decisionContext, aStep, SITE, type Step } from './domain-arbitraries.js';
import { runs } from './runs.js';

const AT = Date.UTC(2026, 0, 15, 10);
const aPlan = fc.constantFrom<PaymentModel>('bap-prepaid', 'bap-postpaid', 'bpp-prepaid', 'bpp-hold', 'bpp-postpaid');
const aProviderPayment: fc.Arbitrary<ProviderPayment> = fc.record({
  reference: fc.constantFrom('pay-1', 'pay-1', 'pay-1', 'pay-2'),
  state: fc.constantFrom<ProviderPayment['state']>('open', 'held', 'paid', 'released', 'failed'),
  currency: fc.constantFrom('INR', 'INR', 'INR', 'EUR'),
  authorisedAmount: fc.constantFrom(0, 200_000),
  paid: fc.constantFrom(0, 0, 5000, 200_000),
  refunded: fc.constantFrom(0, 0, 100, 5000),
});
const anInit: fc.Arbitrary<Step> = fc.tuple(aPlan, aLimit).map(([plan, limit]): Step => {
  const terms = plan === 'bap-prepaid' ? {} : { paymentTerms: PAYMENT_TERMS[plan] };
  const asked = { action: 'init', messageId: 'i', digest: 'd', at: AT };
  return { waitMs: 10, command: () => ({ type: 'init', request: asked, site: SITE, limit, ...terms }) };
});
const aPaymentStep: fc.Arbitrary<Step> = fc.oneof(
  aProviderPayment.map((payment): Step => ({
    waitMs: 10,
    command: () => ({ type: 'payment-updated', payment }),
  })),
  anInit,
  fc.constant<Step>({ waitMs: 1_000_000, command: () => ({ type: 'timer-due' }) }),
  fc.constant<Step>({
    waitMs: 10,
    command: () => ({
      type: 'payment-request-failed',
      requestKind: 'payment-refund',
      key: 'k',
      amount: 5,
      reason: 'no',
    }),
  }),
);
/** A look-up at the provider. Its totals may be lower than before. */
const aLookUp = aProviderPayment.map((payment): Step => ({
  waitMs: 2000,
  command: () => ({ type: 'payment-updated', payment, lookedUp: true }),
}));
const aStepOfEither = fc.oneof({ weight: 3, arbitrary: aStep }, { weight: 2, arbitrary: aPaymentStep });
const stepsOf = (step: fc.Arbitrary<Step>) => fc.array(step, { minLength: 5, maxLength: 40 });
const asked = { action: 'confirm', messageId: 'c', digest: 'd', at: AT };
const connectorState = { status: 'Available', errorCode: 'NoError', at: AT } as const;
/** The payments before the confirm of a walk: first the amount is authorised, then it is paid. */
const BEGUN: readonly Step[] = [
  { reference: 'pay-1', state: 'paid', currency: 'INR', authorisedAmount: 200_000, paid: 0, refunded: 0 } as const,
  { reference: 'pay-1', state: 'paid', currency: 'INR', authorisedAmount: 0, paid: 200_000, refunded: 0 } as const,
].map((payment): Step => ({ waitMs: 10, command: () => ({ type: 'payment-updated', payment }) }));
const confirms: Step = {
  waitMs: 10,
  command: () => ({
    type: 'confirm',
    request: asked,
    site: SITE,
    payment: 'unstated',
    idTag: 'T',
    chargerOnline: true,
    connectorState,
  }),
};
const begins: Step = {
  waitMs: 1000,
  command: (at) => ({
    type: 'record-start',
    transactionId: '1',
    startKey: 'k',
    connectorId: 1,
    meterStartWh: 1_000_000,
    at,
  }),
};
const ends: Step = {
  waitMs: 600_000,
  command: (at) => ({ type: 'record-stop', meterStopWh: 1_004_000, at, reason: 'Local', samples: [] }),
};
const lifeOf = (rest: fc.Arbitrary<Step[]>): fc.Arbitrary<Step[]> =>
  fc.oneof(
    fc.tuple(anInit, rest).map(([first, steps]) => [first, ...steps]),
    fc
      .tuple(anInit, fc.subarray([...BEGUN]), rest, rest)
      .map(([first, paid, between, after]) => [first, ...paid, confirms, begins, ...between, ends, ...after]),
    fc.tuple(anInit, rest).map(([first, after]) => [first, ...BEGUN, confirms, begins, ends, ...after]),
  );
const aRisingLife = lifeOf(stepsOf(aStepOfEither));
const aLife = lifeOf(stepsOf(fc.oneof({ weight: 4, arbitrary: aStepOfEither }, { weight: 1, arbitrary: aLookUp })));

/** Runs the steps. Returns the saved versions in order. */
function live(steps: readonly Step[]): Order[] {
  const saved: Order[] = [];
  let now = AT;
  for (const step of steps) {
    now += step.waitMs;
    const before = saved.at(-1);
    const decision = decide(before, step.command(now), decisionContext(now));
    if ('refusal' in decision || decision.save !== 'document') continue;
    saved.push(withPostings({ ...decision.order, version: (before?.version ?? 0) + 1 }, now));
  }
  return saved;
}

const sum = (lines: readonly LedgerLine[], account = ''): number =>
  lines.filter((line) => line.account.startsWith(account)).reduce((total, { amount }) => total + amount, 0);
const linesOf = ({ ledger = [] }: Order): LedgerLine[] => ledger.flatMap(({ lines }) => lines);

describe('the ledger of an order', () => {
  it('balances every posting and only grows', () => {
    fc.assert(
      fc.property(aLife, (steps) => {
        let before: Order | undefined;
        for (const order of live(steps)) {
          for (const { lines } of order.ledger ?? []) expect(sum(lines)).toBe(0);
          expect((order.ledger ?? []).slice(0, before?.ledger?.length ?? 0)).toEqual(before?.ledger ?? []);
          before = order;
        }
      }),
    );
  });

  it('records payment, bill and refund, and leaves only open amounts on the account of the buyer app', () => {
    const seen = new Set<PostingKind | PaymentModel | 'open'>();
    fc.assert(
      fc.property(aLife, (steps) => {
        for (const order of live(steps)) {
          const { payment, bill, ledger = [] } = order;
          const lines = linesOf(order);
          for (const { kind } of ledger) seen.add(kind);
          const paid = payment?.paid ?? 0;
          if (!isTerminal(order) || !bill) continue;
          const earned = 0 - sum(lines, 'cpo:') - sum(lines, 'fees') - sum(lines, 'finder:') - sum(lines, 'tax');
          expect(earned).toBe(bill.total);
          const open = Math.max(0, bill.total - paid);
          if (open > 0) seen.add('open');
          expect(sum(lines, 'buyer:')).toBe(open);
          const ours = payment?.collectedBy === 'BPP';
          const back = Math.max(0, paid - bill.total);
          const gone = ours ? (payment.refunded ?? 0) : back;
          expect(sum(lines, 'collected:')).toBe(paid - gone);
          expect(0 - sum(lines, 'refunds-owed')).toBe(ours ? back - gone : 0);
        }
      }),
      { numRuns: runs(1000) },
    );
    expect([...seen].sort()).toEqual(['bill', 'open', 'payment', 'refund', 'refund-due']);
  });

  it('requests refunds of at most the paid and unbilled amount, as long as no total falls', () => {
    fc.assert(
      fc.property(aRisingLife, (steps) => {
        for (const { payment, bill } of live(steps)) {
          if (payment?.refundRequested === undefined) continue;
          expect(payment.refundRequested).toBe(Math.max(0, payment.paid - (bill?.total ?? 0)));
        }
      }),
    );
  });
});
