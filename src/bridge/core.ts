/**
 * Creates the parts that the rest of the bridge shares, such as the orders and their only writer, the charge points and
 * the transactions.
 */
import type { Network } from '../domain/model/network.js';
import type { SessionPolicy } from '../domain/model/policy.js';
import type { CallbackRenderer } from '../ports/callback-delivery.js';
import type { BootPolicy } from '../ports/charger-access.js';
import type { Events } from '../ports/events.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import { BootPolicies } from './charge-points/boot-policy.js';
import { Capabilities } from './charge-points/capabilities.js';
import { ChargePointState } from './charge-points/charge-point-state.js';
import { VouchedTags } from './charge-points/vouched-tags.js';
import { OutOfSale } from './charge-points/out-of-sale.js';
import { SaleStatuses } from './charge-points/sale-statuses.js';
import { LiveCatalogue } from './network/live-catalogue.js';
import { BookedSlots } from './orders/booked-slots.js';
import { DiscrepancyFactory } from './orders/discrepancies.js';
import { EffectFactory } from './orders/effect-factory.js';
import { OrderCache } from './orders/order-cache.js';
import { OrderCommandHandler } from './orders/order-command-handler.js';
import { OrderTimers } from './orders/order-timers.js';
import { SteadyClock } from './steady-clock.js';
import { TransactionIndex } from './transactions/transaction-index.js';

export interface CoreDeps {
  readonly network: Network;
  readonly policy: SessionPolicy;
  readonly store: Store;
  readonly renderer: CallbackRenderer;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** The configured boot policy, which an operator may override; `accept` by default. */
  readonly bootAnswer?: ((chargePointId: string) => BootPolicy) | undefined;
}

/** Can be spread into the `deps` of any class that needs some of the parts. */
export type Core = ReturnType<typeof createCore>;

/** Creates the parts without starting anything; see `Bridge.start`. */
export function createCore(deps: CoreDeps) {
  const { network, policy, store, renderer, clock: givenClock, random, events, bootAnswer } = deps;
  const clock = SteadyClock.of(givenClock, events);
  const catalogue = new LiveCatalogue(network);
  const orderCache = new OrderCache(store);
  const chargePoints = new ChargePointState(clock);
  const capabilities = new Capabilities(catalogue, chargePoints);
  const transactions = new TransactionIndex(store);
  const bookedSlots = new BookedSlots({ orderCache, clock, leadMs: policy.slotLeadMs });
  const bootPolicies = new BootPolicies(store, bootAnswer);
  const outOfSale = new OutOfSale({ store, catalogue, clock, random });
  const saleStatuses = new SaleStatuses({
    catalogue,
    chargePoints,
    bootPolicies,
    outOfSale,
    orderCache,
    clock,
    policy,
  });
  const discrepancies = new DiscrepancyFactory({ random, clock });
  const effectFactory = new EffectFactory({ renderer, catalogue, random, events, policy });
  const timers = new OrderTimers(clock);
  const isReady = (chargePointId: string): boolean => chargePoints.isReady(chargePointId);
  const base = { store, clock, random, events, policy, catalogue, orderCache, chargePoints, capabilities };
  const orders = new OrderCommandHandler({
    ...base,
    bookedSlots,
    saleStatuses,
    discrepancies,
    effectFactory,
    timers,
    isReady,
  });
  const vouchedTags = new VouchedTags(clock);
  return { ...base, outOfSale, vouchedTags, transactions, bookedSlots, bootPolicies, discrepancies, timers, orders };
}
