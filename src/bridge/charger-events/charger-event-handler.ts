/** Receives what chargers report: each event is routed to the order it concerns and saved before it is answered. */
import { sampleIntervalS } from '../../domain/metering/charger-capabilities.js';
import type { Order } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { report } from '../../observe/report.js';
import type {
  ChargerEventHandlers,
  ChargerEventOf,
  ChargerEvents,
  ChargerOutcomeOf,
  ConnectionInfo,
} from '../../ports/charger-events.js';
import type { QuarantineCause } from '../../ports/charger-access.js';
import type { Store } from '../../ports/store.js';
import type { ApprovedChargePoints } from '../charge-points/approved.js';
import type { BootPolicies } from '../charge-points/boot-policy.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { NotificationLog } from '../charge-points/notification-log.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { ConnectorStatuses } from '../transactions/connector-status.js';
import type { StartStopTransaction } from '../transactions/start-stop-transaction.js';
import type { TransactionEventHandler } from '../transactions/transaction-event.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import { checkTransactionStatuses } from '../transactions/transaction-status.js';
import { signCertificate, type CertificatesDeps } from './certificates.js';

export interface ChargerEventHandlerDeps extends CertificatesDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly catalogue: Catalogue;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly startStopTransaction: StartStopTransaction;
  readonly notificationLog: NotificationLog;
  readonly transactionEvents: TransactionEventHandler;
  readonly connectorStatuses: ConnectorStatuses;
  readonly transactions: TransactionIndex;
  readonly bootPolicies: Pick<BootPolicies, 'policyOf'>;
  readonly quarantines: Pick<Quarantines, 'add'>;
  readonly heartbeatS: number;
  /** Seconds until a charge point whose boot was not accepted may boot again. */
  readonly bootRetryS: number;
  /** Whether a connector of a charge point is reserved for an order. */
  readonly isReserved: (chargePointId: string) => boolean;
  /** Called when commands may be sent to a charger. */
  readonly onReady: (chargePointId: string) => void;
}

/** A charger that reconnects and sends nothing at all may receive commands after this time. */
const READY_AFTER_SILENCE_MS = 3000;
const RETRY_MS = 1000;

const BOOT_STATUS = { accept: 'Accepted', pending: 'Pending', reject: 'Rejected' } as const;
const ACKNOWLEDGED: ChargerOutcomeOf<'notification-received'> = { type: 'notification-received' };

type ConnectivityCommand = { readonly type: 'charger-connected' | 'charger-disconnected' };

export class ChargerEventHandler implements ChargerEvents {
  readonly #deps: ChargerEventHandlerDeps;
  readonly handlers: ChargerEventHandlers;

  constructor(deps: ChargerEventHandlerDeps) {
    this.#deps = deps;
    const { startStopTransaction, transactionEvents, connectorStatuses } = deps;
    // Bound methods: nothing of ours stands on the stack between the socket edge and a handler.
    this.handlers = {
      booted: this.#booted.bind(this),
      heartbeat: () => ({ type: 'heartbeat', now: deps.clock.now() }),
      'authorization-requested': this.#authorize.bind(this),
      'connector-status-changed': connectorStatuses.statusChanged.bind(connectorStatuses),
      'connector-statuses-reported': connectorStatuses.statusesReported.bind(connectorStatuses),
      'transaction-event': transactionEvents.handleTransactionEvent.bind(transactionEvents),
      'variables-reported': this.#variablesReported.bind(this),
      'transaction-started': startStopTransaction.startTransaction.bind(startStopTransaction),
      'meter-sampled': startStopTransaction.meterSampled.bind(startStopTransaction),
      'transaction-stopped': startStopTransaction.stopTransaction.bind(startStopTransaction),
      'data-transferred': () => ({ type: 'data-transferred', status: 'UnknownVendorId' }),
      'certificate-requested': signCertificate.bind(undefined, deps),
      'reservation-ended': this.#reservationEnded.bind(this),
      'notification-received': this.#notificationReceived.bind(this),
    };
  }

  isKnown(chargePointId: string): boolean {
    const { catalogue, approvedChargePoints } = this.#deps;
    return catalogue.hasChargePoint(chargePointId) || approvedChargePoints.profileOf(chargePointId) !== undefined;
  }

  isAccepted(chargePointId: string): boolean {
    return this.#deps.chargePoints.record(chargePointId).accepted;
  }

  bootStatus(chargePointId: string): 'Pending' | 'Rejected' | undefined {
    return this.#deps.chargePoints.record(chargePointId).bootStatus;
  }

  /** Whether commands may be sent without a new BootNotification. */
  #acceptsCommands(chargePointId: string): boolean {
    return this.isAccepted(chargePointId) && this.bootStatus(chargePointId) === undefined;
  }

  chargerConnected(chargePointId: string, info: ConnectionInfo): void {
    const { chargePoints, clock } = this.#deps;
    chargePoints.markConnected(chargePointId, { ...info, connectedAt: clock.now() });
    clock.callLater(READY_AFTER_SILENCE_MS, () => {
      const isCurrent = chargePoints.connectionOf(chargePointId)?.generation === info.generation;
      if (isCurrent && this.#acceptsCommands(chargePointId)) this.#markReady(chargePointId);
    });
  }

  chargerDisconnected(chargePointId: string, generation: number): void {
    if (this.#deps.chargePoints.markDisconnected(chargePointId, generation))
      this.#applyToOrders(chargePointId, { type: 'charger-disconnected' });
  }

  hasOpenTransaction(chargePointId: string): boolean {
    return this.#deps.orderCache
      .openOrdersAt(chargePointId)
      .some(({ session }) => session !== undefined && !session.end);
  }

  startQuarantine(chargePointId: string, cause: QuarantineCause): void {
    this.#deps.quarantines.add(chargePointId, cause);
  }

  frameReceived(chargePointId: string): void {
    this.#deps.chargePoints.markSeen(chargePointId, this.#deps.clock.now());
  }

  messageAccepted(chargePointId: string): void {
    if (!this.#deps.chargePoints.isReady(chargePointId) && this.#acceptsCommands(chargePointId))
      this.#markReady(chargePointId);
  }

  sampleIntervalS(chargePointId: string, maxS: number): number {
    return sampleIntervalS(this.#deps.catalogue.maxPowerW(chargePointId), maxS);
  }

  configurationRead(chargePointId: string, configuration: { readonly [key: string]: string }): void {
    const { chargePoints, store, events } = this.#deps;
    const record = { ...chargePoints.record(chargePointId), configuration };
    chargePoints.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => report(events, 'configuration', error, { chargePointId }));
  }

  async #notificationReceived(
    chargePointId: string,
    { action, payload }: ChargerEventOf<'notification-received'>,
  ): Promise<ChargerOutcomeOf<'notification-received'>> {
    await this.#deps.notificationLog.recordNotification(chargePointId, action, payload);
    return { type: 'notification-received', payload, now: this.#deps.clock.now() };
  }

  async #reservationEnded(
    chargePointId: string,
    { reservationId, updateStatus, payload }: ChargerEventOf<'reservation-ended'>,
  ): Promise<ChargerOutcomeOf<'reservation-ended'>> {
    const { orderCache, orders, notificationLog } = this.#deps;
    await notificationLog.recordNotification(chargePointId, 'ReservationStatusUpdate', payload);
    const order = orderCache.openOrdersAt(chargePointId).find(({ slot }) => slot?.reservationId === reservationId);
    if (order) await orders.handle(order, { type: 'reservation-ended', reason: updateStatus });
    return ACKNOWLEDGED;
  }

  /** @source OCPP 1.6 §4.2; OCPP 2.0.1 B01–B03 */
  async #booted(chargePointId: string, event: ChargerEventOf<'booted'>): Promise<ChargerOutcomeOf<'booted'>> {
    const { chargePoints, store, clock, events, orderCache, orders, heartbeatS, bootRetryS } = this.#deps;
    const now = clock.now();
    const status = BOOT_STATUS[this.#deps.bootPolicies.policyOf(chargePointId)];
    this.#compareSerialNumber(chargePointId, event.serialNumber);
    const connection = chargePoints.connectionOf(chargePointId);
    const { bootStatus: _, ...before } = chargePoints.record(chargePointId);
    const record = {
      ...before,
      ...(status === 'Accepted' ? { accepted: true } : { bootStatus: status }),
      boot: event.boot,
      bootedAt: now,
      lastSeenAt: now,
      ...(connection && { version: connection.version }),
    };
    await store.commit({ chargePoints: [record] });
    passCrashPoint('boot.saved');
    chargePoints.put(record);
    events.emit('charger.booted', { chargePointId, status });
    const openOrders = orderCache.openOrdersAt(chargePointId);
    await Promise.all(openOrders.map((order) => orders.handle(order, { type: 'charger-booted' })));
    if (status !== 'Accepted') {
      chargePoints.markNotReady(chargePointId);
      return { type: 'booted', status, intervalS: bootRetryS, now: clock.now() };
    }
    // Two turns later the response has left: no command is sent to a charger before its boot is answered.
    clock.callSoon(() =>
      clock.callSoon(() => {
        this.#markReady(chargePointId);
        checkTransactionStatuses(this.#deps, orderCache.openOrdersAt(chargePointId));
      }),
    );
    return { type: 'booted', status, intervalS: heartbeatS, now: clock.now() };
  }

  /**
   * A charger whose serial number differs from its certificate's CN may use the certificate of another one.
   * @source OCPP 2.0.1 B01.FR.11, .12
   */
  #compareSerialNumber(chargePointId: string, serialNumber: string | undefined): void {
    const certificateName = this.#deps.chargePoints.connectionOf(chargePointId)?.certificateName;
    if (certificateName !== undefined && serialNumber !== undefined && serialNumber !== certificateName)
      this.#deps.events.emit('charger.serial-differs', { chargePointId, certificateName, serialNumber });
  }

  /** Commands may be sent from now on; orders that waited for the charger continue. */
  #markReady(chargePointId: string): void {
    if (!this.#deps.chargePoints.markReady(chargePointId)) return;
    this.#applyToOrders(chargePointId, { type: 'charger-connected' });
    this.#deps.onReady(chargePointId);
  }

  #applyToOrders(chargePointId: string, command: ConnectivityCommand): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.#applyToOrder(order, command);
  }

  /** No message repeats a change of connectivity: a failed save is retried as long as the change still holds. */
  #applyToOrder(order: Order, command: ConnectivityCommand): void {
    const { orders, chargePoints, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    orders.handle(order, command).catch((error: unknown) => {
      report(events, command.type, error, { orderId: order.id });
      clock.callLater(RETRY_MS, () => {
        const stillHolds =
          command.type === 'charger-connected'
            ? chargePoints.isReady(chargePointId)
            : !chargePoints.connectionOf(chargePointId);
        if (stillHolds) this.#applyToOrder(order, command);
      });
    });
  }

  async #authorize(
    chargePointId: string,
    { idTag }: ChargerEventOf<'authorization-requested'>,
  ): Promise<ChargerOutcomeOf<'authorization-requested'>> {
    const order = await this.#deps.orderCache.findByIdTag(idTag);
    if (order?.connector.chargePointId === chargePointId)
      return { type: 'authorization-requested', status: mayCharge(order) ? 'Accepted' : 'Expired' };
    return { type: 'authorization-requested', status: this.#deps.isReserved(chargePointId) ? 'Blocked' : 'Invalid' };
  }

  /** Merges one page of a report into the configuration; variables that the page does not mention keep their value. */
  async #variablesReported(
    chargePointId: string,
    { variables }: ChargerEventOf<'variables-reported'>,
  ): Promise<ChargerOutcomeOf<'variables-reported'>> {
    const { chargePoints, store } = this.#deps;
    const before = chargePoints.record(chargePointId);
    const record = { ...before, configuration: { ...before.configuration, ...variables } };
    chargePoints.put(record);
    await store.commit({ chargePoints: [record] });
    return ACKNOWLEDGED;
  }
}

function mayCharge(order: Order): boolean {
  return ['confirmed', 'starting', 'charging', 'suspended', 'offline', 'stopping'].includes(order.state);
}
