/** The bridge put together: what both edges are handed, and how it starts, resumes and stops. */
import { Catalogue } from '../domain/locations/catalogue.js';
import type { MeterSample } from '../domain/model/command.js';
import { nextDeadline } from '../domain/decide/timers.js';
import type { BootPolicy } from '../config/config.js';
import type { Network } from '../domain/model/network.js';
import type { Order } from '../domain/model/order.js';
import type { Slot } from '../domain/model/reservation.js';
import type { SessionPolicy } from '../domain/model/policy.js';
import { ApprovedChargePoints } from './charge-points/approved.js';
import { OrderTimers } from './orders/order-timers.js';
import { QueryResponses } from './callbacks/query-responses.js';
import { OrderCache } from './orders/order-cache.js';
import { BootPolicies } from './charge-points/boot-policy.js';
import type { BuyerTerms } from './buyers/buyer-terms.js';
import { createBuyerRequests } from './buyers/buyer-requests.js';
import { UnlockCommands } from './charger-commands/unlock-connector.js';
import { OrderCallbacks } from './callbacks/order-callbacks.js';
import { OwedResponses } from './callbacks/owed-responses.js';
import { passCrashPoint } from './orders/crash-points.js';
import { RemoteStartStopCommands } from './charger-commands/remote-start-stop.js';
import { Capabilities } from './charge-points/capabilities.js';
import { ChargerEventHandler } from './charger-events/charger-event-handler.js';
import { NotificationLog } from './charge-points/notification-log.js';
import { CostUpdateCommands } from './charger-commands/cost-updates.js';
import { ConnectorStatuses } from './charger-events/connector-status.js';
import { OrderCommandHandler } from './orders/order-command-handler.js';
import { Availability } from './search/availability.js';
import { PaymentRequests } from './payments/payment-requests.js';
import { ChargingProfileCommands } from './charger-commands/charging-profiles.js';
import { Quarantines } from './charge-points/quarantine.js';
import { KeyedQueue } from './orders/keyed-queue.js';
import { OperatorCommands } from './charger-commands/operator-commands.js';
import { MeterGaps } from './transactions/meter-gaps.js';
import { replayMeter } from './transactions/meter-replay.js';
import { Reservations } from './charger-commands/reservations.js';
import { EffectFactory } from './orders/effect-factory.js';
import { SearchIndex } from './search/search-index.js';
import { type SearchSettings, CatalogueSearch } from './search/search.js';
import { StartStopTransaction } from './transactions/start-stop-transaction.js';
import { TransactionEventHandler } from './transactions/transaction-event.js';
import { TransactionStart } from './transactions/transaction-start.js';
import { CleanUpCommands } from './charger-commands/clean-up.js';
import { Retention } from './orders/retention.js';
import { TransactionIndex } from './transactions/transaction-index.js';
import { ChargePointState } from './charge-points/charge-point-state.js';
import type { BuyerRequests } from '../ports/buyer-requests.js';
import type { CallbackSender, CallbackRenderer } from '../ports/callback-delivery.js';
import type { CertificateAuthority } from '../ports/certificates.js';
import type { ChargerCommandSender, ChargerEvents } from '../ports/charger-events.js';
import type { Events } from '../ports/events.js';
import type { PaymentUpdates, PaymentProvider } from '../ports/payment-provider.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { MeterEntry, RequestRecord, Store } from '../ports/store.js';

export interface BridgeDeps {
  readonly network: Network;
  readonly policy: SessionPolicy;
  readonly store: Store;
  readonly renderer: CallbackRenderer;
  readonly callbackSender: CallbackSender;
  readonly commandSender: ChargerCommandSender;
  /** Signs certificates that chargers ask for. */
  readonly authority?: CertificateAuthority | undefined;
  /** Of what we collect ourselves. */
  readonly paymentProvider?: PaymentProvider | undefined;
  /** What holds for one buyer app alone. */
  readonly buyerTerms?: (bapId: string) => BuyerTerms;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Waits between attempts of a callback, ms. */
  readonly retryMs: readonly number[];
  readonly heartbeatS: number;
  readonly bootRetryS: number;
  /** How its boots are answered while no operator has said otherwise; accepted unless given. */
  readonly bootAnswer?: ((chargePointId: string) => BootPolicy) | undefined;
  /** OCPP actions that an operator may not send. */
  readonly forbiddenActions: readonly string[];
  readonly draftTtlMs: number;
  readonly searchSettings: SearchSettings;
  readonly trackingUrl: (orderId: string, now: number) => string;
  /** Reads a kept meter frame again, in the version that its charge point speaks. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

export interface Bridge {
  readonly buyerRequests: BuyerRequests;
  readonly chargerEvents: ChargerEvents;
  readonly paymentUpdates: PaymentUpdates;
  /** Loads what was going on and goes on with it. */
  start(): Promise<void>;
  /** Lets running work end, then stops; the store is the caller's. */
  stop(): Promise<void>;
  readonly operatorCommands: OperatorCommands;
  readonly chargePoints: ChargePointState;
  readonly catalogue: Catalogue;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly availability: Availability;
  openOrders(): readonly Order[];
  owedRequests(): readonly RequestRecord[];
}

export function createBridge(deps: BridgeDeps): Bridge {
  const { store, clock, random, events, policy, commandSender: calls } = deps;
  const catalogue = new Catalogue(deps.network);
  const book = new OrderCache(store);
  const lanes = new KeyedQueue();
  const views = new ChargePointState();
  const adopted = new ApprovedChargePoints(store, clock);
  const boots = new BootPolicies(store, deps.bootAnswer);
  const means = new Capabilities(catalogue, views);
  const transactions = new TransactionIndex(store);
  const scribe = new EffectFactory({ renderer: deps.renderer, catalogue, random, clock, events, policy });
  const alarms = new OrderTimers(clock, (orderId) => {
    passCrashPoint('timer.fired');
    const order = book.getCached(orderId);
    const work = desk.recoverUnconfirmedWrite(orderId) ?? (order && desk.handle(order, { type: 'timer-due' }));
    if (!work) return;
    const again = (error: unknown): void => {
      events.emit('store.failed', { problem: String(error) });
      alarms.set(orderId, clock.now() + 1000);
    };
    void work
      .then(async (applied) => {
        // A slot has begun on a connector that somebody else still holds: the store would not have both.
        if (order && applied && 'refusal' in applied) await desk.handle(order, { type: 'slot-blocked' });
        const now = book.getCached(orderId);
        alarms.set(orderId, now && nextDeadline(now, policy));
      })
      .catch(again);
  });
  const booked = (chargePointId: string, connectorId: number, besides?: string): readonly Slot[] =>
    reservations.bookedSlots(chargePointId, connectorId, besides);
  const desk = new OrderCommandHandler({
    store,
    orderCache: book,
    queue: lanes,
    timers: alarms,
    effectFactory: scribe,
    catalogue,
    clock,
    events,
    policy,
    capabilities: means,
    bookedSlots: booked,
  });
  const offers = new Availability({
    catalogue,
    orderCache: book,
    chargePoints: views,
    clock,
    bookableAheadMs: policy.slotAheadMs,
  });
  views.onChange((chargePointId) => offers.notifyChanged(chargePointId));
  const index = new SearchIndex(catalogue);
  const searches = new CatalogueSearch({
    index,
    availability: offers,
    chargePoints: views,
    settings: deps.searchSettings,
    bookedSlots: booked,
    clock,
  });
  const quarantines = new Quarantines({ store, effectFactory: scribe, chargePoints: views, clock, events });
  const tools = {
    orders: desk,
    orderCache: book,
    transactions,
    chargePoints: views,
    capabilities: means,
    commandSender: calls,
    clock,
    events,
    policy,
  };
  const { renderer: writer, trackingUrl, retryMs } = deps;
  const answers = new QueryResponses({
    ...tools,
    catalogue,
    search: searches,
    effectFactory: scribe,
    renderer: writer,
    trackingUrl,
  });
  const callbacks = new OrderCallbacks({
    ...tools,
    store,
    effectFactory: scribe,
    queryResponses: answers,
    callbackSender: deps.callbackSender,
    random,
    retryMs,
  });
  const commands = new RemoteStartStopCommands(tools);
  const plans = new ChargingProfileCommands(tools);
  const tidy = new CleanUpCommands(tools);
  const cables = new UnlockCommands(tools);
  const log = new NotificationLog({ store, clock, random, events });
  const costs = new CostUpdateCommands({ ...tools, notificationLog: log });
  const horizonMs = policy.giveUpAfterMs.terminal;
  const payments = new PaymentRequests({
    ...tools,
    store,
    effectFactory: scribe,
    random,
    provider: deps.paymentProvider,
    retryMs,
    giveUpAfterMs: horizonMs,
  });
  const reservations = new Reservations({ ...tools, leadMs: policy.slotLeadMs });
  const registers = new MeterGaps({ orderCache: book, chargePoints: views, store, events });
  const starts = new TransactionStart({
    orderCache: book,
    orders: desk,
    effectFactory: scribe,
    transactions,
    catalogue,
    commandSender: calls,
    clock,
  });
  const sessions = new StartStopTransaction({
    ...tools,
    store,
    effectFactory: scribe,
    transactionStart: starts,
    catalogue,
    meterGaps: registers,
    isReserved: (chargePointId, connectorId) => reservations.isReserved(chargePointId, connectorId),
  });
  const words = new ConnectorStatuses({
    store,
    orderCache: book,
    orders: desk,
    chargePoints: views,
    transactions,
    clock,
  });
  const stations = new TransactionEventHandler({
    ...tools,
    store,
    effectFactory: scribe,
    transactionStart: starts,
    connectorStatuses: words,
  });
  const owedResponses = new OwedResponses({
    store,
    clock,
    events,
    callbacks,
    giveUpAfterMs: policy.giveUpAfterMs.answer,
    maxGiveUpAfterMs: Math.max(policy.giveUpAfterMs.answer, horizonMs),
  });
  const buyers = createBuyerRequests({
    store,
    orderCache: book,
    orders: desk,
    callbacks,
    catalogue,
    chargePoints: views,
    search: searches,
    capabilities: means,
    clock,
    random,
    events,
    owedResponses,
    paymentRequests: payments,
    buyerTerms: deps.buyerTerms ?? (() => ({ paymentModels: ['bap-prepaid'] })),
  });
  const chargers = new ChargerEventHandler({
    ...tools,
    store,
    catalogue,
    approvedChargePoints: adopted,
    startStopTransaction: sessions,
    notificationLog: log,
    transactionEvents: stations,
    connectorStatuses: words,
    authority: deps.authority,
    bootPolicies: boots,
    quarantines,
    heartbeatS: deps.heartbeatS,
    bootRetryS: deps.bootRetryS,
    isReserved: (chargePointId) => reservations.isReserved(chargePointId),
    onReady: (chargePointId) => {
      tidy.ready(chargePointId);
      cables.ready(chargePointId);
    },
  });
  const { forbiddenActions: forbidden } = deps;
  const operator = new OperatorCommands({
    ...tools,
    store,
    bootPolicies: boots,
    quarantines,
    chargerEvents: chargers,
    random,
    forbiddenActions: forbidden,
  });
  const sweeper = new Retention({ store, clock, events, draftTtlMs: deps.draftTtlMs });

  desk.onTriggerMeterValues((order) => commands.triggerMeterValues(order));
  desk.onCostDisplay((order, what) => costs.sendCostUpdate(order, what));
  desk.onSaved((order, fresh) => {
    offers.notifyChanged(order.connector.chargePointId);
    commands.handleEffects(order, fresh);
    plans.handleEffects(order, fresh);
    reservations.handleEffects(order, fresh);
    tidy.handleEffects(order, fresh);
    cables.handleEffects(order, fresh);
    payments.handleEffects(order, fresh);
    callbacks.handleEffects(order, fresh);
    registers.recordSessionEnd(order);
  });

  return {
    buyerRequests: buyers,
    chargerEvents: chargers,
    paymentUpdates: payments,
    operatorCommands: operator,
    chargePoints: views,
    catalogue,
    approvedChargePoints: adopted,
    availability: offers,
    async start() {
      await adopted.load();
      await boots.load();
      await quarantines.load();
      views.load(await store.listChargePoints());
      await transactions.load();
      const orders = await store.openOrders();
      for (const order of orders) book.put(order);
      passCrashPoint('restart.loaded');
      // What was owed before goes out before what the restart itself finds out.
      for (const order of orders) {
        callbacks.handleEffects(order, order.effects);
        commands.handleEffects(order, order.effects, true);
        plans.handleEffects(order, order.effects, true);
        reservations.handleEffects(order, order.effects, true);
        payments.handleEffects(order, order.effects);
      }
      // Answers are made when they are sent: not before the meters are where they were.
      for (const order of orders)
        await replayMeter({ store, orders: desk, chargePoints: views, readMeter: deps.readMeter }, order);
      for (const record of (await store.owedRequests()).sort((a, b) => a.receivedAt - b.receivedAt))
        callbacks.enqueueResponse(record);
      for (const order of orders) {
        if (!views.connectionOf(order.connector.chargePointId))
          await desk.handle(order, { type: 'charger-disconnected', restarted: true });
        const now = book.getCached(order.id) ?? order;
        alarms.set(order.id, nextDeadline(now, policy));
      }
      sweeper.start();
      passCrashPoint('restart.resumed');
    },
    async stop() {
      sweeper.stop();
      alarms.stop();
      commands.stop();
      plans.stop();
      reservations.stop();
      await callbacks.stop();
      await payments.stop();
      await lanes.drained();
    },
    openOrders: () => book.openOrders(),
    owedRequests: () => callbacks.owedRequests(),
  };
}
