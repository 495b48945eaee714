/** What chargers tell: routed to the order it concerns, saved, and only then answered. */
import { sampleIntervalS } from '../../domain/metering/charger-capabilities.js';
import type { Order } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { ApprovedChargePoints } from '../charge-points/approved.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { BootPolicies } from '../charge-points/boot-policy.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { NotificationLog } from '../charge-points/notification-log.js';
import type { ConnectorStatuses } from './connector-status.js';
import { signCertificate, type CertificatesDeps } from './certificates.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { checkTransactionStatuses } from '../transactions/transaction-status.js';
import type { StartStopTransaction } from '../transactions/start-stop-transaction.js';
import type { TransactionEventHandler } from '../transactions/transaction-event.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type {
  ChargerEvent,
  ChargerEvents,
  ChargerOutcome,
  ConnectionInfo,
  ConnectorStatusReport,
} from '../../ports/charger-events.js';
import { report } from '../../observe/report.js';
import type { QuarantineCause } from '../../ports/charger-access.js';
import type { Store } from '../../ports/store.js';

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
  /** When a charge point whose boot was not accepted may try again. */
  readonly bootRetryS: number;
  /** Whether a connector of a charge point is kept for somebody who booked it. */
  readonly isReserved: (chargePointId: string) => boolean;
  /** Commands may be sent to a charger from now on. */
  readonly onReady: (chargePointId: string) => void;
}

/** A charger that is back and says nothing at all may be commanded after this. */
const READY_AFTER_SILENCE_MS = 3000;
const RETRY_MS = 1000;

type ChargerEventOf<T extends ChargerEvent['type']> = Extract<ChargerEvent, { type: T }>;
const BOOT_STATUS = { accept: 'Accepted', pending: 'Pending', reject: 'Rejected' } as const;
const NOTIFICATION_RECEIVED: ChargerOutcome = { type: 'notification-received' };

export class ChargerEventHandler implements ChargerEvents {
  readonly #deps: ChargerEventHandlerDeps;

  constructor(deps: ChargerEventHandlerDeps) {
    this.#deps = deps;
  }

  isKnown(chargePointId: string): boolean {
    return (
      this.#deps.catalogue.hasChargePoint(chargePointId) ||
      this.#deps.approvedChargePoints.profileOf(chargePointId) !== undefined
    );
  }

  isAccepted(chargePointId: string): boolean {
    return this.#deps.chargePoints.record(chargePointId).accepted;
  }

  bootStatus(chargePointId: string): 'Pending' | 'Rejected' | undefined {
    return this.#deps.chargePoints.record(chargePointId).bootStatus;
  }

  /** It may be commanded without a new boot. */
  #acceptsCommands(chargePointId: string): boolean {
    return this.isAccepted(chargePointId) && this.bootStatus(chargePointId) === undefined;
  }

  chargerConnected(chargePointId: string, info: ConnectionInfo): void {
    const { chargePoints: views, clock } = this.#deps;
    views.markConnected(chargePointId, { ...info, connectedAt: clock.now() });
    clock.callLater(READY_AFTER_SILENCE_MS, () => {
      if (views.connectionOf(chargePointId)?.generation === info.generation && this.#acceptsCommands(chargePointId))
        this.#markReady(chargePointId);
    });
  }

  hasOpenTransaction(chargePointId: string): boolean {
    return this.#deps.orderCache
      .openOrdersAt(chargePointId)
      .some(({ session }) => session !== undefined && !session.end);
  }

  startQuarantine(chargePointId: string, cause: QuarantineCause): void {
    this.#deps.quarantines.add(chargePointId, cause);
  }

  chargerDisconnected(chargePointId: string, generation: number): void {
    if (this.#deps.chargePoints.markDisconnected(chargePointId, generation))
      this.#applyToOrders(chargePointId, { type: 'charger-disconnected' });
  }

  frameReceived(chargePointId: string): void {
    this.#deps.chargePoints.markSeen(chargePointId, this.#deps.clock.now());
  }

  sampleIntervalS(chargePointId: string, mostS: number): number {
    return sampleIntervalS(this.#deps.catalogue.maxPowerW(chargePointId), mostS);
  }

  configurationRead(chargePointId: string, configuration: { readonly [key: string]: string }): void {
    const { chargePoints: views, store, events } = this.#deps;
    const record = { ...views.record(chargePointId), configuration };
    views.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => report(events, 'configuration', error, { chargePointId }));
  }

  handleEvent(chargePointId: string, event: ChargerEvent): ChargerOutcome | Promise<ChargerOutcome> {
    if (
      event.type !== 'booted' &&
      !this.#deps.chargePoints.isReady(chargePointId) &&
      this.#acceptsCommands(chargePointId)
    ) {
      this.#markReady(chargePointId);
    }
    switch (event.type) {
      case 'heartbeat':
        return { type: 'heartbeat', now: this.#deps.clock.now() };
      case 'meter-sampled':
        return this.#deps.startStopTransaction.meterSampled(chargePointId, event);
      case 'booted':
        return this.#booted(chargePointId, event);
      case 'authorization-requested':
        return this.#authorize(chargePointId, event);
      case 'connector-status-changed':
        return this.#connectorStatusChanged(chargePointId, event);
      case 'connector-statuses-reported':
        return this.#connectorStatusesReported(chargePointId, event.connectors);
      case 'transaction-event':
        return this.#deps.transactionEvents.handleTransactionEvent(chargePointId, event);
      case 'variables-reported':
        return this.#variablesReported(chargePointId, event.variables);
      case 'transaction-started':
        return this.#deps.startStopTransaction.startTransaction(chargePointId, event);
      case 'transaction-stopped':
        return this.#deps.startStopTransaction.stopTransaction(chargePointId, event);
      case 'data-transferred':
        return { type: 'data-transferred', status: 'UnknownVendorId' };
      case 'certificate-requested':
        return signCertificate(this.#deps, chargePointId, event);
      case 'reservation-ended':
        return this.#reservationEnded(chargePointId, event);
      case 'notification-received':
        return this.#notificationReceived(chargePointId, event);
    }
  }

  async #notificationReceived(
    chargePointId: string,
    { action, payload }: ChargerEventOf<'notification-received'>,
  ): Promise<ChargerOutcome> {
    await this.#deps.notificationLog.recordNotification(chargePointId, action, payload);
    return { type: 'notification-received', payload, now: this.#deps.clock.now() };
  }

  async #reservationEnded(chargePointId: string, event: ChargerEventOf<'reservation-ended'>): Promise<ChargerOutcome> {
    const { orderCache: book, orders: desk, notificationLog: log } = this.#deps;
    await log.recordNotification(chargePointId, 'ReservationStatusUpdate', event.payload);
    const kept = book.openOrdersAt(chargePointId).find(({ slot }) => slot?.reservationId === event.reservationId);
    if (kept) await desk.handle(kept, { type: 'reservation-ended', reason: event.updateStatus });
    return NOTIFICATION_RECEIVED;
  }

  async #booted(chargePointId: string, event: ChargerEventOf<'booted'>): Promise<ChargerOutcome> {
    const { chargePoints: views, store, clock, events, bootPolicies: boots, heartbeatS, bootRetryS } = this.#deps;
    const now = clock.now();
    const status = BOOT_STATUS[boots.policyOf(chargePointId)];
    const presence = views.connectionOf(chargePointId);
    const { certificateName } = presence ?? {};
    // B01.FR.11, .12: such a charger may hold the certificate of another one.
    if (certificateName !== undefined && event.serialNumber !== undefined && event.serialNumber !== certificateName)
      events.emit('charger.serial-differs', { chargePointId, certificateName, serialNumber: event.serialNumber });
    const { bootStatus: _, ...before } = views.record(chargePointId);
    const record = {
      ...before,
      ...(status === 'Accepted' ? { accepted: true } : { bootStatus: status }),
      boot: event.boot,
      bootedAt: now,
      lastSeenAt: now,
      ...(presence && { version: presence.version }),
    };
    await store.commit({ chargePoints: [record] });
    passCrashPoint('boot.saved');
    views.put(record);
    events.emit('charger.booted', { chargePointId, status });
    await Promise.all(
      this.#deps.orderCache
        .openOrdersAt(chargePointId)
        .map((order) => this.#deps.orders.handle(order, { type: 'charger-booted' })),
    );
    if (status !== 'Accepted') {
      views.markNotReady(chargePointId);
      return { type: 'booted', status, intervalS: bootRetryS, now: clock.now() };
    }
    // After the answer has left: nothing is asked of a charger before its boot is answered.
    clock.callSoon(() =>
      clock.callSoon(() => {
        this.#markReady(chargePointId);
        checkTransactionStatuses(this.#deps, this.#deps.orderCache.openOrdersAt(chargePointId));
      }),
    );
    return { type: 'booted', status, intervalS: heartbeatS, now: clock.now() };
  }

  /** Commands may go out now; orders that waited for the charger learn that it is there. */
  #markReady(chargePointId: string): void {
    if (!this.#deps.chargePoints.markReady(chargePointId)) return;
    this.#applyToOrders(chargePointId, { type: 'charger-connected' });
    this.#deps.onReady(chargePointId);
  }

  #applyToOrders(
    chargePointId: string,
    command: { readonly type: 'charger-connected' | 'charger-disconnected' },
  ): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.#applyToOrder(order, command);
  }

  /** Nobody says it a second time: what could not be saved is tried again while it is true. */
  #applyToOrder(order: Order, command: { readonly type: 'charger-connected' | 'charger-disconnected' }): void {
    const { orders: desk, chargePoints: views, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    desk.handle(order, command).catch((error: unknown) => {
      report(events, command.type, error, { orderId: order.id });
      clock.callLater(RETRY_MS, () => {
        const still =
          command.type === 'charger-connected' ? views.isReady(chargePointId) : !views.connectionOf(chargePointId);
        if (still) this.#applyToOrder(order, command);
      });
    });
  }

  async #authorize(chargePointId: string, event: ChargerEventOf<'authorization-requested'>): Promise<ChargerOutcome> {
    const order = await this.#deps.orderCache.findByIdTag(event.idTag);
    const here = order?.connector.chargePointId === chargePointId;
    const stranger = this.#deps.isReserved(chargePointId) ? 'Blocked' : 'Invalid';
    return {
      type: 'authorization-requested',
      status: !order || !here ? stranger : mayCharge(order) ? 'Accepted' : 'Expired',
    };
  }

  /** A page of what a charger says of itself; what it does not mention stays as it was. */
  async #variablesReported(
    chargePointId: string,
    configuration: ChargerEventOf<'variables-reported'>['variables'],
  ): Promise<ChargerOutcome> {
    const { chargePoints: views, store } = this.#deps;
    const before = views.record(chargePointId);
    const known = before.configuration;
    const kept = typeof known === 'object' && known !== null && !Array.isArray(known) ? known : {};
    const record = { ...before, configuration: { ...kept, ...configuration } };
    views.put(record);
    await store.commit({ chargePoints: [record] });
    return NOTIFICATION_RECEIVED;
  }

  async #connectorStatusesReported(
    chargePointId: string,
    connectors: readonly ConnectorStatusReport[],
  ): Promise<ChargerOutcome> {
    for (const connector of connectors) await this.#connectorStatusChanged(chargePointId, connector);
    return NOTIFICATION_RECEIVED;
  }

  async #connectorStatusChanged(chargePointId: string, event: ConnectorStatusReport): Promise<ChargerOutcome> {
    const {
      chargePoints: views,
      store,
      clock,
      orderCache: book,
      orders: desk,
      catalogue,
      connectorStatuses: words,
    } = this.#deps;
    const { connectorId } = event;
    // One that is not sold concerns nobody; kept, a charger could fill our memory with them.
    if (connectorId !== 0 && !catalogue.site({ chargePointId, connectorId })) return NOTIFICATION_RECEIVED;
    const before = views.record(chargePointId);
    const holder = book.findConnectorHolder(chargePointId, connectorId);
    const status =
      event.status === 'Occupied' ? words.resolveOccupied(chargePointId, connectorId, holder) : event.status;
    const state = { status, errorCode: event.errorCode, at: clock.now() };
    const record = {
      ...before,
      lastSeenAt: state.at,
      connectors: { ...before.connectors, [connectorId]: state },
    };
    views.put(record);
    await store.commit({ chargePoints: [record] });
    passCrashPoint('status.saved');
    const order = book.findConnectorHolder(chargePointId, connectorId);
    if (!order) return NOTIFICATION_RECEIVED;
    const { order: after = order } = await desk.handle(order, { type: 'connector-changed', connectorState: state });
    if (after.session?.endSuspectedSince !== order.session?.endSuspectedSince)
      checkTransactionStatuses(this.#deps, [after]);
    return NOTIFICATION_RECEIVED;
  }
}

function mayCharge(order: Order): boolean {
  return ['confirmed', 'starting', 'charging', 'suspended', 'offline', 'stopping'].includes(order.state);
}
