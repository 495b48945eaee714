/** Assembles the bridge from its parts, and starts and stops it. */
import { movesWithTime } from '../domain/decide/timers.js';
import type { MeterSample } from '../domain/model/command.js';
import type { Network, Site } from '../domain/model/network.js';
import type { Order } from '../domain/model/order.js';
import type { Steps } from '../domain/model/object.js';
import type { BuyerRequests } from '../ports/buyer-requests.js';
import type { CallbackSender } from '../ports/callback-delivery.js';
import type { CertificateAuthority } from '../ports/certificates.js';
import type { ChargerEvents } from '../ports/charger-events.js';
import type { ChargerCommandSender } from '../ports/charger-commands.js';
import type { FrameJournal } from '../ports/frame-journal.js';
import type { PaymentProvider, PaymentUpdates } from '../ports/payment-provider.js';
import type { MeterEntry, RequestRecord } from '../ports/stored-records.js';
import { createBuyerRequests } from './buyers/buyer-requests.js';
import type { BuyerTerms } from './buyers/buyer-terms.js';
import { ApprovedChargePoints } from './charge-points/approved.js';
import { BuyerLimits, type BuyerLimitSettings } from './buyers/buyer-limits.js';
import type { FileLocationRule } from './charger-commands/file-locations.js';
import type { OwedResponses } from './callbacks/owed-responses.js';
import type { ChargePointState } from './charge-points/charge-point-state.js';
import { NotificationLog } from './charge-points/notification-log.js';
import type { OutOfSale } from './charge-points/out-of-sale.js';
import { Quarantines } from './charge-points/quarantine.js';
import { OperatorCommands } from './charger-commands/operator-commands.js';
import { createChargerEventHandler } from './charger-event-handlers.js';
import { KeptFrames } from './kept-frames/kept-frames.js';
import { UnsavedSessions } from './kept-frames/unsaved-sessions.js';
import { type Core, type CoreDeps, createCore } from './core.js';
import { createEffectHandlers } from './effect-handlers.js';
import type { LiveCatalogue } from './network/live-catalogue.js';
import { LiveSearchIndex } from './network/live-search-index.js';
import { RemovedChargePoints } from './network/removed-charge-points.js';
import type { OrderEffectHandler } from './orders/effect-handler.js';
import { DeadlineHandler } from './orders/deadline-handler.js';
import { Retention } from './orders/retention.js';
import { Recovery } from './recovery.js';
import { Availability } from './search/availability.js';
import { CatalogueSearch, type SearchSettings } from './search/search.js';
import { MeterGaps } from './transactions/meter-gaps.js';
import { TransactionStart } from './transactions/transaction-start.js';

export interface BridgeDeps extends CoreDeps {
  readonly callbackSender: CallbackSender;
  readonly commandSender: ChargerCommandSender;
  /** Closes the socket of a charge point that was removed from the network. */
  readonly disconnect?: (chargePointId: string, reason: string) => void;
  /** Signs the certificates that charge points request. */
  readonly authority?: CertificateAuthority | undefined;
  /** Absent if we collect no payments ourselves. */
  readonly paymentProvider?: PaymentProvider | undefined;
  /**
   * Returns a buyer app's payment models and progress rates. By default, the buyer app collects payments in advance.
   */
  readonly buyerTerms?: (bapId: string, network: string) => BuyerTerms;
  /** Delays between attempts at a callback or payment request, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  readonly heartbeatS: number;
  readonly bootRetryS: number;
  /** OCPP actions that an operator may not send; `*` forbids all. */
  readonly forbiddenActions: readonly string[];
  /** Which file addresses an operator may send to charge points. */
  readonly fileLocations?: FileLocationRule;
  /** Limits on what one buyer app may hold and start; unlimited if absent. */
  readonly buyerLimits?: BuyerLimitSettings;
  /** How long a draft is kept after its last change, ms. */
  readonly draftTtlMs: number;
  readonly searchSettings: SearchSettings;
  /** Keeps messages about transactions while the store cannot take them. */
  readonly frameJournal?: FrameJournal | undefined;
  /** Returns true while the disk is too full for anything but essential writes; new orders are then refused. */
  readonly isDiskFull?: (() => boolean) | undefined;
  readonly trackingUrl: (orderId: string, now: number) => string;
  /** Parses the samples of a stored meter message. */
  readonly readMeter: (entry: MeterEntry, version: string | undefined) => readonly MeterSample[];
}

const NO_BUYER_LIMITS: BuyerLimitSettings = { connectorsPerBuyer: 0, holdsPerBuyer: 0, startsPerConnector: 0 };
const DEFAULT_TERMS: BuyerTerms = { paymentModels: ['bap-prepaid'] };

export class Bridge {
  readonly buyerRequests: BuyerRequests;
  readonly chargerEvents: ChargerEvents;
  readonly paymentUpdates: PaymentUpdates;
  readonly operatorCommands: OperatorCommands;
  readonly catalogue: LiveCatalogue;
  readonly chargePoints: ChargePointState;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly availability: Availability;
  readonly outOfSale: OutOfSale;
  readonly keptFrames: KeptFrames;
  readonly #core: Core;
  readonly #removedChargePoints: RemovedChargePoints;
  readonly #effectHandlers: readonly OrderEffectHandler[];
  readonly #owedResponses: OwedResponses;
  readonly #deadlines: DeadlineHandler;
  readonly #recovery: Recovery;
  readonly #retention: Retention;

  constructor(deps: BridgeDeps) {
    const core = createCore(deps);
    const parts = createParts(deps, core);
    const { all: effectHandlers, outbox, owedResponses, payments } = createEffectHandlers(parts);
    const chargerEvents = createChargerEventHandler({
      ...parts,
      onReady: (chargePointId) => {
        for (const handler of effectHandlers) handler.ready?.(chargePointId);
      },
    });
    const buyerTerms = deps.buyerTerms ?? (() => DEFAULT_TERMS);
    this.buyerRequests = createBuyerRequests({
      ...parts,
      outbox,
      owedResponses,
      paymentRequests: payments,
      buyerLimits: new BuyerLimits({ ...core, settings: deps.buyerLimits ?? NO_BUYER_LIMITS }),
      buyerTerms,
    });
    this.chargerEvents = chargerEvents;
    this.paymentUpdates = payments;
    this.operatorCommands = new OperatorCommands({ ...parts, chargerEvents });
    this.catalogue = core.catalogue;
    this.chargePoints = core.chargePoints;
    this.approvedChargePoints = parts.approvedChargePoints;
    this.availability = parts.availability;
    this.outOfSale = core.outOfSale;
    this.#core = core;
    this.#removedChargePoints = new RemovedChargePoints({
      ...parts,
      disconnect: deps.disconnect ?? (() => undefined),
    });
    this.#effectHandlers = effectHandlers;
    this.#owedResponses = owedResponses;
    this.keptFrames = parts.keptFrames;
    this.#deadlines = new DeadlineHandler(parts);
    this.#retention = new Retention(parts);
    this.#recovery = new Recovery({ ...parts, effectHandlers, outbox, owedResponses });
    core.orders.setEffectHandlers(effectHandlers);
    const announce = (chargePointId: string): void => parts.availability.notifyChanged(chargePointId);
    core.chargePoints.onChange(announce);
    core.outOfSale.onChange(announce);
  }

  /**
   * Loads the open orders. Call it before loading the network, because that must keep the connectors that these orders
   * need. Later calls return the same orders. The store must be running.
   */
  loadOrders(): Promise<readonly Order[]> {
    return this.#recovery.loadOrders();
  }

  /** Loads what the last process saved and resumes it. The store must be running. */
  async start(): Promise<void> {
    this.#deadlines.start();
    await this.#recovery.run();
    this.#retention.start();
  }

  /** Loads the saved state for an operator to inspect, but resumes nothing. The store must be running. */
  async load(): Promise<void> {
    await this.#recovery.load();
  }

  /** Stops the timers and waits for running work to finish. The caller then stops the store. */
  async stop(): Promise<void> {
    this.#retention.stop();
    this.#removedChargePoints.stop();
    this.keptFrames.stop();
    this.#core.timers.stop();
    this.#core.outOfSale.stop();
    await Promise.all(this.#effectHandlers.map(async (handler) => handler.stop?.()));
    await this.#core.orders.drained();
  }

  /**
   * Replaces the network; the last step makes the switch. Running orders and sessions keep their price and connector.
   * @param earlier After a restart: connectors of earlier networks that an open order may still need.
   */
  replaceNetwork(network: Network, earlier?: readonly Site[]): Steps<void> {
    return this.#core.catalogue.replace(network, (ref) => this.#removedChargePoints.isNeeded(ref), earlier);
  }

  openOrders(): readonly Order[] {
    return this.#core.orderCache.openOrders();
  }

  /** Returns the acknowledged requests whose response is still owed. */
  owedRequests(): readonly RequestRecord[] {
    return this.#owedResponses.records();
  }
}

/** Creates the parts that several groups of handlers share, in addition to the core. */
function createParts(deps: BridgeDeps, core: Core) {
  const { store, clock, catalogue, bookedSlots, outOfSale, orderCache, timers, policy } = core;
  const keptFrames = new KeptFrames({ ...core, journal: deps.frameJournal });
  clock.setDependents({
    isBusy: () => keptFrames.isPending || orderCache.openOrders().some((order) => movesWithTime(order, policy)),
    timeChanged: () => timers.rearm(),
  });
  const availability = new Availability({ ...core, bookableAheadMs: core.policy.slotAheadMs });
  const search = new CatalogueSearch({
    ...core,
    availability,
    index: new LiveSearchIndex(catalogue),
    settings: deps.searchSettings,
    bookedSlots: (chargePointId, connectorId) => [
      ...bookedSlots.slotsOf(chargePointId, connectorId),
      ...outOfSale.stopsOf({ chargePointId, connectorId }).map(({ from, until = Infinity }) => ({ from, until })),
    ],
  });
  const transactionStart = new TransactionStart({ ...core, commandSender: deps.commandSender });
  return {
    ...deps,
    ...core,
    availability,
    search,
    approvedChargePoints: new ApprovedChargePoints(store, clock),
    quarantines: new Quarantines(core),
    notificationLog: new NotificationLog(core),
    meterGaps: new MeterGaps(core),
    transactionStart,
    keptFrames,
    unsavedSessions: new UnsavedSessions({ ...core, transactionStart }),
  };
}
