/**
 * Random histories of collected payments: rising and falling totals; lost, doubled and reordered webhooks; pending
 * answers; outages of the provider and of the store; steps of the clock; restarts. At the end the provider's totals
 * match the bill, or a discrepancy is open. No refund leaves of more than the provider shows as due.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/domain/model/order.js';
import { isTerminal } from '../../src/domain/model/order.js';
import type { PaymentModel, ProviderPayment } from '../../src/domain/model/payment.js';
import { createBridgeHarness, type BridgeHarness } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../fakes/payment-provider.js';
import { StoreFault } from '../../src/ports/store.js';
import { isSearch, runs } from './runs.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const wish = (value: number) => ({ items: ITEMS, limit: { limit: { kind: 'energy', value } } }) as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Act =
  | { readonly kind: 'init'; readonly wh: number }
  | { readonly kind: 'pay'; readonly newest: boolean; readonly heard: boolean }
  | { readonly kind: 'hear'; readonly back: number; readonly times: number }
  | { readonly kind: 'charge back' | 'undo refunds' | 'give back'; readonly heard: boolean }
  | { readonly kind: 'take back' | 'give back a part'; readonly part: number; readonly heard: boolean }
  | { readonly kind: 'take' | 'let go'; readonly part: number; readonly heard: boolean }
  | { readonly kind: 'pending' | 'away' | 'closes' | 'store away'; readonly on: boolean }
  | { readonly kind: 'lost' | 'fail' | 'complete' | 'restart' | 'confirm' | 'cancel' | 'charge' }
  | { readonly kind: 'wait' | 'step'; readonly ms: number };

const anAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('init' as const), wh: fc.constantFrom(10_000, 10_000, 5000) }),
  fc.record({ kind: fc.constant('pay' as const), newest: fc.boolean(), heard: fc.boolean() }),
  fc.record({ kind: fc.constant('hear' as const), back: fc.nat(4), times: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constantFrom('charge back', 'undo refunds', 'give back'), heard: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom('take' as const, 'let go' as const),
    part: fc.constantFrom(0.3, 0.8, 1),
    heard: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('take back' as const, 'give back a part' as const),
    part: fc.constantFrom(0.2, 0.7),
    heard: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('pending', 'away', 'closes', 'store away'), on: fc.boolean() }),
  fc.constantFrom('lost', 'fail', 'complete', 'restart', 'confirm', 'cancel', 'charge').map((kind) => ({ kind })),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.constantFrom(1000, MINUTE, 20 * MINUTE, 3 * HOUR, 30 * HOUR),
  }),
  fc.record({ kind: fc.constant('step' as const), ms: fc.constantFrom(-30 * HOUR, -MINUTE, MINUTE, 30 * HOUR) }),
);
const aLife: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.array(anAct, { maxLength: 4 }),
    fc.array(anAct, { maxLength: 3 }),
    fc.array(anAct, { minLength: 1, maxLength: 8 }),
    fc.boolean(),
  )
  .map(([before, between, after, heard]) => [
    { kind: 'init', wh: 10_000 },
    ...before,
    { kind: 'pay', newest: true, heard },
    { kind: 'confirm' },
    ...between,
    { kind: 'charge' },
    ...after,
  ]);

/** The history of one Beckn transaction. `past` holds the payment after each change that the bridge did not request. */
class Life {
  readonly past: ProviderPayment[] = [];
  readonly #harness: BridgeHarness;
  readonly #provider: FakeProvider;

  constructor(harness: BridgeHarness, provider: FakeProvider) {
    this.#harness = harness;
    this.#provider = provider;
  }

  async order(): Promise<Order | undefined> {
    await settle(20);
    return this.#harness.store.orderByTransaction('main/bap', 'tx-1');
  }

  async hear(reported: ProviderPayment | undefined): Promise<void> {
    const id = reported && this.#provider.payments.get(reported.reference)?.orderId;
    if (!reported || id === undefined) return;
    for (let tries = 0; ; tries++) {
      try {
        return await this.#harness.bridge.paymentUpdates.paymentUpdated(id, reported);
      } catch (error) {
        // The provider repeats its webhook until our store is back.
        if (tries === 3) this.#harness.behaviour.diskFull = false;
        if (tries === 9) throw error;
        await this.#harness.clock.advance(MINUTE);
      }
    }
  }

  /** What the store cannot save is refused, and the buyer app or the charger may try again. */
  async tryTo(act: Act): Promise<void> {
    try {
      await this.act(act);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
    }
  }

  async act(act: Act): Promise<void> {
    const harness = this.#harness;
    const provider = this.#provider;
    switch (act.kind) {
      case 'init':
        await harness.sendRequest({ type: 'init', ...wish(act.wh) }, 'init');
        break;
      case 'pay': {
        const references = [...provider.payments.keys()];
        const reference = act.newest ? references.at(-1) : references[0];
        const payment = reference === undefined ? undefined : provider.payments.get(reference);
        // A link accepts money until the provider closes it. Buyers can pay only a link that a callback contained.
        const isOpen = payment?.state === 'open';
        const isTold = JSON.stringify(harness.callbacks).includes(`${payment?.url}"`);
        if (isOpen && isTold) await this.#changed(provider.payLate(reference), act.heard);
        break;
      }
      case 'hear':
        for (let time = 0; time < act.times; time++) await this.hear(this.past.at(-1 - act.back));
        break;
      case 'charge back':
        await this.#fall({ state: 'failed', paid: 0, authorisedAmount: 0 }, act.heard);
        break;
      case 'undo refunds':
        await this.#fall({ refunded: 0 }, act.heard);
        break;
      case 'give back': {
        const paid = [...provider.payments.values()].at(-1)?.paid ?? 0;
        if (paid > 0) await this.#fall({ refunded: paid }, act.heard);
        break;
      }
      case 'take back':
      case 'give back a part': {
        // A bank takes a part back, or a person refunds it.
        const newest = [...provider.payments.values()].at(-1);
        const kept = newest ? newest.paid - newest.refunded : 0;
        if (!newest || kept <= 0) break;
        const part = Math.round(kept * act.part);
        const { paid, refunded } = newest;
        await this.#fall(act.kind === 'take back' ? { paid: paid - part } : { refunded: refunded + part }, act.heard);
        break;
      }
      case 'take':
      case 'let go': {
        // A person captures or releases a hold, in whole or in part. The rest stays held.
        const newest = [...provider.payments.values()].at(-1);
        if (newest?.state !== 'held') break;
        const { authorisedAmount, paid } = newest;
        const left = Math.round((authorisedAmount - paid) * (1 - act.part));
        const totals =
          act.kind === 'take' ? { paid: authorisedAmount - left } : { authorisedAmount: left > 0 ? paid + left : paid };
        const over =
          left > 0 ? {} : { state: act.kind === 'take' || paid > 0 ? ('paid' as const) : ('released' as const) };
        await this.#fall({ ...totals, ...over }, act.heard);
        break;
      }
      case 'pending':
        provider.pending = act.on;
        break;
      case 'away':
        provider.away = act.on;
        break;
      case 'store away':
        harness.behaviour.diskFull = act.on;
        break;
      case 'closes':
        provider.canClose = act.on;
        break;
      case 'lost':
      case 'fail':
        provider.failures.push(act.kind);
        break;
      case 'complete':
        provider.complete();
        break;
      case 'step':
        harness.clock.step(act.ms);
        break;
      case 'restart':
        // No process starts without its store.
        harness.behaviour.diskFull = false;
        await harness.clock.advance(5000);
        await harness.restart();
        await harness.connect();
        break;
      case 'confirm':
        await harness.sendRequest({ type: 'confirm', ...wish(10_000), payment: 'unstated' }, 'confirm');
        break;
      case 'cancel': {
        const order = await this.order();
        if (order) await harness.bridge.operatorCommands.cancel(order.id);
        break;
      }
      case 'charge':
        await this.#charge();
        break;
      case 'wait':
        // Everything is tried again each second while the store is away.
        await harness.clock.advance(harness.behaviour.diskFull ? Math.min(act.ms, MINUTE) : act.ms);
        break;
    }
    await settle(20);
  }

  /**
   * Changes the provider's totals without a request of the bridge. The bridge receives a webhook if `heard`, and always
   * without an order or after its end, when it no longer looks them up.
   */
  async #fall(totals: Partial<ProviderPayment>, heard: boolean): Promise<void> {
    if (this.#provider.payments.size === 0) return;
    const orderId = [...this.#provider.payments.values()].at(-1)?.orderId ?? '';
    const order = await this.#harness.store.order(orderId);
    await this.#changed(this.#provider.change(totals), heard || order === undefined || isTerminal(order));
  }

  async #changed(payment: ProviderPayment, heard: boolean): Promise<void> {
    this.past.push(payment);
    if (heard) await this.hear(payment);
  }

  async #charge(): Promise<void> {
    const harness = this.#harness;
    await harness.clock.advance(10_000);
    const order = await this.order();
    if (order?.state !== 'starting' || !harness.commands.some(({ type }) => type === 'remote-start')) return;
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.clock.advance(5 * MINUTE);
    const at = harness.clock.now();
    const stop = { type: 'transaction-stopped', transactionId, at, reason: 'Local', samples: [], raw: '{}' } as const;
    await harness.sendEvent({ ...stop, meterStopWh: 5000 });
  }
}

/** Collects the refunds that are more than the provider shows as due when they are first asked for. */
function refundsBeyond(provider: FakeProvider, orderOf: (id: string) => Promise<Order | undefined>): string[] {
  const beyond: string[] = [];
  const asked = new Set<string>();
  const refund = provider.refund.bind(provider);
  provider.refund = async (request) => {
    const { key, reference, amount, orderId } = request;
    const shown = provider.payments.get(reference);
    if (shown && !asked.has(key) && !provider.away) {
      const order = await orderOf(orderId);
      const owed = order?.payment?.providerReference === reference ? (order.bill?.total ?? 0) : 0;
      const due = shown.paid - shown.refunded - owed;
      if (amount > due) beyond.push(`${key}: ${amount} of ${due}`);
    }
    asked.add(key);
    return refund(request);
  };
  return beyond;
}

/** Returns for how long deadlines may wait until the clock has caught up, ms. */
function setBackMs(acts: readonly Act[]): number {
  return acts.reduce((sum, act) => sum + (act.kind === 'step' ? Math.max(0, -act.ms) : 0), 0);
}

async function run(model: PaymentModel, acts: readonly Act[]): Promise<void> {
  const provider = createFakeProvider();
  const early = refundsBeyond(provider, (id) => harness.store.order(id));
  const harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: [model] }),
  });
  try {
    await harness.connect();
    const life = new Life(harness, provider);
    for (const act of acts) await life.tryTo(act);
    // Finally the provider is available again and completes all requests, without a webhook.
    provider.away = false;
    harness.behaviour.diskFull = false;
    provider.failures.length = 0;
    provider.complete();
    provider.pending = false;
    await harness.clock.advance(4 * HOUR);
    await harness.clock.advance(3 * DAY + setBackMs(acts));
    const found = await harness.store.listDiscrepancies({ limit: 100 });
    const money = found.filter(({ kind }) => kind.startsWith('payment-'));
    expect(harness.bridge.openOrders().map(({ state, effects }) => [state, effects])).toEqual([]);
    let isSettled = true;
    for (const { reference, paid, refunded, state, authorisedAmount, orderId } of provider.payments.values()) {
      const order = await harness.store.order(orderId);
      const isCurrent = order?.payment?.providerReference === reference;
      const due = order && isCurrent && isTerminal(order) ? (order.bill?.total ?? 0) : 0;
      const kept = (state === 'held' ? Math.max(authorisedAmount, paid) : paid) - refunded;
      if (kept !== due) expect(money.map(({ kind }) => kind)).not.toEqual([]);
      isSettled &&= kept === due;
      // Look-ups end for a request that stays pending for a day, and for a link that the provider does not close.
      const mayBeUnseen = money.some(({ kind }) => kind === 'payment-link-open' || kind === 'payment-pending');
      const known = isCurrent && !mayBeUnseen ? order.payment : undefined;
      if (known) expect([known.paid, known.refunded ?? 0], JSON.stringify(order)).toEqual([paid, refunded]);
    }
    expect(early).toEqual([]);
    // If the money agrees with the bill, no request counts as failed.
    if (isSettled) expect(money.filter(({ kind }) => kind === 'payment-failed')).toEqual([]);
    for (const request of provider.requests.filter(({ what }) => what === 'refund')) {
      const same = provider.requests.filter(({ key }) => key === request.key);
      expect(new Set(same.map(({ amount }) => amount)).size).toBe(1);
    }
  } finally {
    await harness.stop();
  }
}

/** Histories that once failed. */
const FOUND: readonly (readonly [PaymentModel, readonly Act[]])[] = [
  ...(
    [
      { kind: 'take back', part: 0.7, heard: false },
      { kind: 'give back a part', part: 0.2, heard: false },
    ] as const
  ).map((goesBack): readonly [PaymentModel, readonly Act[]] => [
    // Money goes back without a webhook before our refund leaves, which was of the whole difference all the same.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: true },
      { kind: 'confirm' },
      goesBack,
      { kind: 'charge' },
    ],
  ]),
  [
    // The provider is away when the refund is to leave. When it is back, the money has been taken back.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: true },
      { kind: 'confirm' },
      { kind: 'away', on: true },
      { kind: 'charge' },
      { kind: 'wait', ms: MINUTE },
      { kind: 'take back', part: 0.7, heard: false },
      { kind: 'away', on: false },
    ],
  ],
  [
    // The webhook of a payment arrives after that of its chargeback.
    'bpp-postpaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'confirm' },
      { kind: 'charge' },
      { kind: 'pay', newest: true, heard: false },
      { kind: 'charge back', heard: true },
      { kind: 'hear', back: 1, times: 1 },
    ],
  ],
  [
    // The same, while the provider is away for an hour.
    'bpp-postpaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'confirm' },
      { kind: 'charge' },
      { kind: 'pay', newest: true, heard: false },
      { kind: 'charge back', heard: true },
      { kind: 'away', on: true },
      { kind: 'hear', back: 1, times: 1 },
      { kind: 'wait', ms: 60 * MINUTE },
    ],
  ],
  [
    // A payment without a webhook is refunded and then charged back, after its link was replaced.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'away', on: true },
      { kind: 'pay', newest: true, heard: false },
      { kind: 'confirm' },
      { kind: 'charge' },
      { kind: 'give back', heard: false },
      { kind: 'charge back', heard: false },
      { kind: 'init', wh: 5000 },
      { kind: 'wait', ms: 1000 },
    ],
  ],
  [
    // Somebody refunds by hand while our refund is pending. Both take effect, without a webhook.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: true },
      { kind: 'confirm' },
      { kind: 'pending', on: true },
      { kind: 'charge' },
      { kind: 'give back', heard: false },
    ],
  ],
  [
    // A hold is captured in full by hand, without a webhook.
    'bpp-hold',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: true },
      { kind: 'confirm' },
      { kind: 'take', part: 1, heard: false },
      { kind: 'charge' },
    ],
  ],
  [
    // A draft is paid, refunded by hand and then charged back, without webhooks.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: false },
      { kind: 'give back', heard: false },
      { kind: 'confirm' },
      { kind: 'charge back', heard: false },
    ],
  ],
  [
    // After a chargeback, the webhook of the payment arrives a second time.
    'bpp-prepaid',
    [
      { kind: 'init', wh: 10_000 },
      { kind: 'pay', newest: true, heard: true },
      { kind: 'confirm' },
      { kind: 'charge back', heard: true },
      { kind: 'wait', ms: 20 * MINUTE },
      { kind: 'hear', back: 1, times: 2 },
    ],
  ],
];

describe('in the end the provider holds what the bill says, or a discrepancy is open', () => {
  it.each(['bpp-prepaid', 'bpp-hold', 'bpp-postpaid'] as const)(
    '%s',
    async (model) => {
      await fc.assert(
        fc.asyncProperty(aLife, (acts) => run(model, acts)),
        { numRuns: runs(60), ...(!isSearch && { seed: 20_261_130 }) },
      );
    },
    60_000,
  );

  it.each(FOUND)('%s, in a life that went wrong once: %j', run);
});
