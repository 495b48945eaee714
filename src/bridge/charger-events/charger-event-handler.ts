/** Passes each event from a charger socket to its handler, handles the smaller ones itself, and tracks connections. */
import { classifyTag } from '../../domain/matching/tags.js';
import { sampleIntervalS } from '../../domain/metering/charger-capabilities.js';
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { report } from '../../observe/report.js';
import type {
  ChargerEventHandlers,
  ChargerEventOf,
  ChargerEvents,
  ChargerOutcomeOf,
  ConnectionInfo,
} from '../../ports/charger-events.js';
import type { QuarantineCause } from '../../ports/charger-access.js';
import type { ApprovedChargePoints } from '../charge-points/approved.js';
import type { NotificationLog } from '../charge-points/notification-log.js';
import { maskConfiguration } from '../charge-points/secret-keys.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import type { KeptFrames } from '../kept-frames/kept-frames.js';
import type { ConnectorStatuses } from '../transactions/connector-status.js';
import type { MeterValues } from '../transactions/meter-values.js';
import type { StartStopTransaction } from '../transactions/start-stop-transaction.js';
import type { TransactionEventHandler } from '../transactions/transaction-event.js';
import { BootNotification, type BootNotificationDeps } from './boot-notification.js';
import { signCertificate, type CertificatesDeps } from './certificates.js';
import { Readiness, type ReadinessDeps } from './readiness.js';

export interface ChargerEventHandlerDeps extends CertificatesDeps, BootNotificationDeps, ReadinessDeps {
  readonly catalogue: CatalogueLookup;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly startStopTransaction: StartStopTransaction;
  readonly meterValues: MeterValues;
  readonly keptFrames: Pick<KeptFrames, 'guard'>;
  readonly notificationLog: NotificationLog;
  readonly transactionEvents: TransactionEventHandler;
  readonly connectorStatuses: ConnectorStatuses;
  readonly quarantines: Pick<Quarantines, 'add'>;
  readonly vouchedTags: Pick<VouchedTags, 'isVouched'>;
  /** Returns whether any connector of a charge point is reserved for an order. */
  readonly isReserved: (chargePointId: string) => boolean;
}

/** How long a reconnected charger may stay silent before it receives commands, ms. */
const READY_AFTER_SILENCE_MS = 3000;

const ACKNOWLEDGED: ChargerOutcomeOf<'notification-received'> = { type: 'notification-received' };

export class ChargerEventHandler implements ChargerEvents {
  readonly #deps: ChargerEventHandlerDeps;
  readonly #readiness: Readiness;
  readonly handlers: ChargerEventHandlers;

  constructor(deps: ChargerEventHandlerDeps) {
    this.#deps = deps;
    this.#readiness = new Readiness(deps);
    const bootNotification = new BootNotification(deps, this.#readiness);
    const { startStopTransaction, meterValues, transactionEvents, connectorStatuses, keptFrames } = deps;
    // Bound methods add no function of ours to the stack between the socket edge and a handler.
    this.handlers = {
      booted: bootNotification.booted.bind(bootNotification),
      heartbeat: () => ({ type: 'heartbeat', now: deps.clock.now() }),
      'authorization-requested': this.#authorize.bind(this),
      'connector-status-changed': connectorStatuses.statusChanged.bind(connectorStatuses),
      'connector-statuses-reported': this.#connectorStatusesReported.bind(this),
      'transaction-event': keptFrames.guard(transactionEvents.handleTransactionEvent.bind(transactionEvents)),
      'variables-reported': this.#variablesReported.bind(this),
      'transaction-started': keptFrames.guard(startStopTransaction.startTransaction.bind(startStopTransaction)),
      'meter-sampled': meterValues.meterSampled.bind(meterValues),
      'transaction-stopped': keptFrames.guard(startStopTransaction.stopTransaction.bind(startStopTransaction)),
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

  chargerConnected(chargePointId: string, info: ConnectionInfo): void {
    const { chargePoints, clock } = this.#deps;
    chargePoints.markConnected(chargePointId, { ...info, connectedAt: clock.now() });
    clock.callLater(READY_AFTER_SILENCE_MS, () => {
      const isCurrent = chargePoints.connectionOf(chargePointId)?.generation === info.generation;
      if (isCurrent) this.#readiness.markReadyIfBooted(chargePointId);
    });
  }

  chargerDisconnected(chargePointId: string, generation: number): void {
    this.#readiness.markDisconnected(chargePointId, generation);
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
    if (!this.#deps.chargePoints.isReady(chargePointId)) this.#readiness.markReadyIfBooted(chargePointId);
  }

  sampleIntervalS(chargePointId: string, maxS: number): number {
    return sampleIntervalS(this.#deps.catalogue.maxPowerW(chargePointId), maxS);
  }

  configurationRead(chargePointId: string, configuration: { readonly [key: string]: string }): void {
    const { chargePoints, store, events } = this.#deps;
    const record = { ...chargePoints.record(chargePointId), configuration: maskConfiguration(configuration) };
    chargePoints.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => report(events, 'configuration', error, { chargePointId }));
  }

  async #connectorStatusesReported(
    chargePointId: string,
    { connectors, rest }: ChargerEventOf<'connector-statuses-reported'>,
  ): Promise<ChargerOutcomeOf<'connector-statuses-reported'>> {
    const { notificationLog, connectorStatuses } = this.#deps;
    for (const connector of connectors) await connectorStatuses.statusChanged(chargePointId, connector);
    if (rest) await notificationLog.recordNotification(chargePointId, rest.action, rest.payload);
    return ACKNOWLEDGED;
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

  async #authorize(
    chargePointId: string,
    { idTag }: ChargerEventOf<'authorization-requested'>,
  ): Promise<ChargerOutcomeOf<'authorization-requested'>> {
    const { orderCache, vouchedTags, isReserved } = this.#deps;
    const order = await orderCache.findByTagAt(chargePointId, idTag);
    const type = 'authorization-requested';
    switch (classifyTag(order, vouchedTags.isVouched(chargePointId, idTag))) {
      case 'order': {
        // The expiry makes the charger drop the tag from its cache, so that it does not displace customers' cards.
        const expiresAt = order?.session ? order.deadlines?.endBy : order?.deadlines?.startBy;
        return { type, status: 'Accepted', ...(expiresAt !== undefined && { expiresAt }) };
      }
      case 'ended-order':
        return { type, status: 'Expired' };
      case 'vouched':
        return { type, status: isReserved(chargePointId) ? 'Blocked' : 'Accepted' };
      case 'unknown':
        return { type, status: isReserved(chargePointId) ? 'Blocked' : 'Invalid' };
    }
  }

  /** Merges one page of a report into the configuration. Variables that are not on the page keep their values. */
  async #variablesReported(
    chargePointId: string,
    { variables }: ChargerEventOf<'variables-reported'>,
  ): Promise<ChargerOutcomeOf<'variables-reported'>> {
    const { chargePoints, store } = this.#deps;
    const before = chargePoints.record(chargePointId);
    const record = { ...before, configuration: { ...before.configuration, ...maskConfiguration(variables) } };
    chargePoints.put(record);
    await store.commit({ chargePoints: [record] });
    return ACKNOWLEDGED;
  }
}
