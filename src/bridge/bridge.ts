/** The bridge put together: what both edges are handed, and how it starts, resumes and stops. */
import { Catalogue } from '../domain/locations/catalogue.js';
import type { MeterSample } from '../domain/model/command.js';
import { wakeAt } from '../domain/decide/timers.js';
import type { BootAnswer } from '../config/config.js';
import type { Network } from '../domain/model/network.js';
import type { Order, Slot } from '../domain/model/order.js';
import type { SessionPolicy } from '../domain/model/policy.js';
import { Adopted } from './charge-points/approved.js';
import { Alarms } from './orders/order-timers.js';
import { Answers } from './callbacks/query-responses.js';
import { Book } from './orders/order-cache.js';
import { BootAnswers } from './charge-points/boot-policy.js';
import type { BuyerTerms } from './buyers/buyer-terms.js';
import { createBuyerIntake } from './buyers/buyer-requests.js';
import { CableCommands } from './charger-commands/unlock-connector.js';
import { Callbacks } from './callbacks/order-callbacks.js';
import { chaosPoint } from './orders/crash-points.js';
import { ChargerCommands } from './charger-commands/remote-start-stop.js';
import { ChargerMeans } from './charge-points/capabilities.js';
import { ChargerDesk } from './charger-events/charger-event-handler.js';
import { ChargerLog } from './charge-points/notification-log.js';
import { CostCommands } from './charger-commands/cost-updates.js';
import { ConnectorWords } from './charger-events/connector-status.js';
import { Desk } from './orders/order-command-handler.js';
import { Offers } from './search/availability.js';
import { Payments } from './payments/payment-requests.js';
import { PlanCommands } from './charger-commands/charging-profiles.js';
import { Quarantines } from './charge-points/quarantine.js';
import { Lanes } from './orders/keyed-queue.js';
import { OperatorCommands } from './charger-commands/operator-commands.js';
import { Registers } from './transactions/meter-gaps.js';
import { replayMeter } from './transactions/meter-replay.js';
import { Reservations } from './charger-commands/reservations.js';
import { Scribe } from './orders/effect-factory.js';
import { SearchIndex } from './search/search-index.js';
import { type SearchSettings, Searches } from './search/search.js';
import { SessionEvents } from './transactions/start-stop-transaction.js';
import { StationTransactions } from './transactions/transaction-event.js';
import { Starts } from './transactions/transaction-start.js';
import { TidyCommands } from './charger-commands/clean-up.js';
import { Sweeper } from './orders/retention.js';
import { Transactions } from './transactions/transaction-index.js';
import { Views } from './charge-points/charge-point-state.js';
import type { BuyerIntake, CallbackSender, CallbackWriter } from '../ports/buyer-requests.js';
import type { CertificateAuthority } from '../ports/certificates.js';
import type { ChargerCalls, ChargerIntake } from '../ports/charger-events.js';
import type { Events } from '../ports/events.js';
import type { PaymentIntake, PaymentProvider } from '../ports/payment-provider.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { MeterEntry, RequestRecord, Store } from '../ports/store.js';

export interface BridgeDeps {
  readonly network: Network;
  readonly policy: SessionPolicy;
  readonly store: Store;
  readonly writer: CallbackWriter;
  readonly sender: CallbackSender;
  readonly calls: ChargerCalls;
  /** Signs certificates that chargers ask for. */
  readonly authority?: CertificateAuthority | undefined;
  /** Of what we collect ourselves. */
  readonly payments?: PaymentProvider | undefined;
  /** What holds for one buyer app alone. */
  readonly terms?: (bapId: string) => BuyerTerms;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Waits between attempts of a callback, ms. */
  readonly retryMs: readonly number[];
  readonly heartbeatS: number;
  readonly bootRetryS: number;
  /** How its boots are answered while no operator has said otherwise; accepted unless given. */
  readonly bootAnswer?: ((chargePointId: string) => BootAnswer) | undefined;
  /** OCPP actions that an operator may not send. */
  readonly forbidden: readonly string[];
  readonly draftTtlMs: number;
  readonly search: SearchSettings;
  readonly trackingUrl: (orderId: string, now: number) => string;
  /** Reads a kept meter frame again, in the version that its charge point speaks. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

export interface Bridge {
  readonly buyers: BuyerIntake;
  readonly chargers: ChargerIntake;
  readonly payments: PaymentIntake;
  /** Loads what was going on and goes on with it. */
  start(): Promise<void>;
  /** Lets running work end, then stops; the store is the caller's. */
  stop(): Promise<void>;
  readonly operator: OperatorCommands;
  readonly views: Views;
  readonly catalogue: Catalogue;
  readonly adopted: Adopted;
  readonly offers: Offers;
  openOrders(): readonly Order[];
  owedRequests(): readonly RequestRecord[];
}

export function createBridge(deps: BridgeDeps): Bridge {
  const { store, clock, random, events, policy, calls } = deps;
  const catalogue = new Catalogue(deps.network);
  const book = new Book(store);
  const lanes = new Lanes();
  const views = new Views();
  const adopted = new Adopted(store, clock);
  const boots = new BootAnswers(store, deps.bootAnswer);
  const means = new ChargerMeans(catalogue, views);
  const transactions = new Transactions(store);
  const scribe = new Scribe({ writer: deps.writer, catalogue, random, clock, events, policy });
  const alarms = new Alarms(clock, (orderId) => {
    chaosPoint('wake.fired');
    const order = book.inMemory(orderId);
    const work = desk.recover(orderId) ?? (order && desk.apply(order, { type: 'wake' }));
    if (!work) return;
    const again = (error: unknown): void => {
      events.emit('store.failed', { problem: String(error) });
      alarms.set(orderId, clock.now() + 1000);
    };
    void work
      .then(async (applied) => {
        // A slot has begun on a connector that somebody else still holds: the store would not have both.
        if (order && applied && 'refusal' in applied) await desk.apply(order, { type: 'slot-blocked' });
        const now = book.inMemory(orderId);
        alarms.set(orderId, now && wakeAt(now, policy));
      })
      .catch(again);
  });
  const booked = (chargePointId: string, connectorId: number, besides?: string): readonly Slot[] =>
    reservations.booked(chargePointId, connectorId, besides);
  const desk = new Desk({ store, book, lanes, alarms, scribe, catalogue, clock, events, policy, means, booked });
  const offers = new Offers({ catalogue, book, views, clock, aheadMs: policy.slotAheadMs });
  views.onChange((chargePointId) => offers.changed(chargePointId));
  const index = new SearchIndex(catalogue);
  const searches = new Searches({ index, offers, views, settings: deps.search, booked, clock });
  const quarantines = new Quarantines({ store, scribe, views, clock, events });
  const tools = { desk, book, transactions, views, means, calls, clock, events, policy };
  const { writer, trackingUrl, retryMs } = deps;
  const answers = new Answers({ ...tools, catalogue, searches, scribe, writer, trackingUrl });
  const callbacks = new Callbacks({ ...tools, store, scribe, answers, sender: deps.sender, random, retryMs });
  const commands = new ChargerCommands(tools);
  const plans = new PlanCommands(tools);
  const tidy = new TidyCommands(tools);
  const cables = new CableCommands(tools);
  const log = new ChargerLog({ store, clock, random, events });
  const costs = new CostCommands({ ...tools, log });
  const horizonMs = policy.horizonMs.terminal;
  const payments = new Payments({ ...tools, store, scribe, random, provider: deps.payments, retryMs, horizonMs });
  const reservations = new Reservations({ ...tools, leadMs: policy.slotLeadMs });
  const registers = new Registers({ book, views, store, events });
  const starts = new Starts({ book, desk, scribe, transactions, catalogue, calls, clock });
  const sessions = new SessionEvents({
    ...tools,
    store,
    scribe,
    starts,
    catalogue,
    registers,
    kept: (chargePointId, connectorId) => reservations.kept(chargePointId, connectorId),
  });
  const words = new ConnectorWords({ store, book, desk, views, transactions, clock });
  const stations = new StationTransactions({ ...tools, store, scribe, starts, words });
  const buyers = createBuyerIntake({
    store,
    book,
    desk,
    callbacks,
    catalogue,
    views,
    searches,
    means,
    clock,
    random,
    events,
    answerHorizonMs: policy.horizonMs.answer,
    longestHorizonMs: Math.max(policy.horizonMs.answer, horizonMs),
    payments,
    terms: deps.terms ?? (() => ({ payments: ['bap-prepaid'] })),
  });
  const chargers = new ChargerDesk({
    ...tools,
    store,
    catalogue,
    adopted,
    sessions,
    log,
    stations,
    words,
    authority: deps.authority,
    boots,
    quarantines,
    heartbeatS: deps.heartbeatS,
    bootRetryS: deps.bootRetryS,
    kept: (chargePointId) => reservations.kept(chargePointId),
    onReady: (chargePointId) => {
      tidy.ready(chargePointId);
      cables.ready(chargePointId);
    },
  });
  const { forbidden } = deps;
  const operator = new OperatorCommands({ ...tools, store, boots, quarantines, chargers, random, forbidden });
  const sweeper = new Sweeper({ store, clock, events, draftTtlMs: deps.draftTtlMs });

  desk.onAsk((order) => commands.askMeter(order));
  desk.onShow((order, what) => costs.show(order, what));
  desk.onSaved((order, fresh) => {
    offers.changed(order.connector.chargePointId);
    commands.fromOrder(order, fresh);
    plans.fromOrder(order, fresh);
    reservations.fromOrder(order, fresh);
    tidy.fromOrder(order, fresh);
    cables.fromOrder(order, fresh);
    payments.fromOrder(order, fresh);
    callbacks.fromOrder(order, fresh);
    registers.fromOrder(order);
  });

  return {
    buyers,
    chargers,
    payments,
    operator,
    views,
    catalogue,
    adopted,
    offers,
    async start() {
      await adopted.load();
      await boots.load();
      await quarantines.load();
      views.load(await store.listChargePoints());
      await transactions.load();
      const orders = await store.openOrders();
      for (const order of orders) book.put(order);
      chaosPoint('restart.loaded');
      // What was owed before goes out before what the restart itself finds out.
      for (const order of orders) {
        callbacks.fromOrder(order, order.effects);
        commands.fromOrder(order, order.effects, true);
        plans.fromOrder(order, order.effects, true);
        reservations.fromOrder(order, order.effects, true);
        payments.fromOrder(order, order.effects);
      }
      // Answers are made when they are sent: not before the meters are where they were.
      for (const order of orders) await replayMeter({ store, desk, views, readMeter: deps.readMeter }, order);
      for (const record of (await store.owedRequests()).sort((a, b) => a.receivedAt - b.receivedAt))
        callbacks.fromRequest(record);
      for (const order of orders) {
        if (!views.presence(order.connector.chargePointId))
          await desk.apply(order, { type: 'charger-disconnected', restarted: true });
        const now = book.inMemory(order.id) ?? order;
        alarms.set(order.id, wakeAt(now, policy));
      }
      sweeper.start();
      chaosPoint('restart.resumed');
    },
    async stop() {
      sweeper.stop();
      alarms.stop();
      commands.stop();
      plans.stop();
      reservations.stop();
      await callbacks.stop();
      await payments.stop();
      await lanes.idle();
    },
    openOrders: () => book.open(),
    owedRequests: () => callbacks.owedRequests(),
  };
}
