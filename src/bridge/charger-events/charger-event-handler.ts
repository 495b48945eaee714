/** What chargers tell: routed to the order it concerns, saved, and only then answered. */
import { sampleIntervalS } from '../../domain/metering/charger-capabilities.js';
import type { Order } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Adopted } from '../charge-points/approved.js';
import type { Book } from '../orders/order-cache.js';
import type { BootAnswers } from '../charge-points/boot-policy.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { ChargerLog } from '../charge-points/notification-log.js';
import type { ConnectorWords } from './connector-status.js';
import { certificateRequested, type CertificatesDeps } from './certificates.js';
import type { Desk } from '../orders/order-command-handler.js';
import { checkSessions } from '../transactions/transaction-status.js';
import type { SessionEvents } from '../transactions/start-stop-transaction.js';
import type { StationTransactions } from '../transactions/transaction-event.js';
import type { Transactions } from '../transactions/transaction-index.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type {
  ChargerEvent,
  ChargerIntake,
  ChargerOutcome,
  ConnectionInfo,
  ConnectorTold,
} from '../../ports/charger-events.js';
import type { QuarantineCause } from '../../ports/quarantine.js';
import type { Store } from '../../ports/store.js';

export interface ChargerIntakeDeps extends CertificatesDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly views: Views;
  readonly catalogue: Catalogue;
  readonly adopted: Adopted;
  readonly sessions: SessionEvents;
  readonly log: ChargerLog;
  readonly stations: StationTransactions;
  readonly words: ConnectorWords;
  readonly transactions: Transactions;
  readonly boots: Pick<BootAnswers, 'of'>;
  readonly quarantines: Pick<Quarantines, 'put'>;
  readonly heartbeatS: number;
  /** When a charge point whose boot was not accepted may try again. */
  readonly bootRetryS: number;
  /** Whether a connector of a charge point is kept for somebody who booked it. */
  readonly kept: (chargePointId: string) => boolean;
  /** Commands may be sent to a charger from now on. */
  readonly onReady: (chargePointId: string) => void;
}

/** A charger that is back and says nothing at all may be commanded after this. */
const SILENT_MS = 3000;
const AGAIN_MS = 1000;

type Of<T extends ChargerEvent['type']> = Extract<ChargerEvent, { type: T }>;
const STATUS = { accept: 'Accepted', pending: 'Pending', reject: 'Rejected' } as const;
const NOTED: ChargerOutcome = { type: 'noted' };

export class ChargerDesk implements ChargerIntake {
  readonly #deps: ChargerIntakeDeps;

  constructor(deps: ChargerIntakeDeps) {
    this.#deps = deps;
  }

  knows(chargePointId: string): boolean {
    return this.#deps.catalogue.knows(chargePointId) || this.#deps.adopted.profile(chargePointId) !== undefined;
  }

  accepted(chargePointId: string): boolean {
    return this.#deps.views.record(chargePointId).accepted;
  }

  held(chargePointId: string): 'Pending' | 'Rejected' | undefined {
    return this.#deps.views.record(chargePointId).held;
  }

  /** It may be commanded without a new boot. */
  #serves(chargePointId: string): boolean {
    return this.accepted(chargePointId) && this.held(chargePointId) === undefined;
  }

  connected(chargePointId: string, info: ConnectionInfo): void {
    const { views, clock } = this.#deps;
    views.arrive(chargePointId, { ...info, connectedAt: clock.now() });
    clock.after(SILENT_MS, () => {
      if (views.presence(chargePointId)?.generation === info.generation && this.#serves(chargePointId))
        this.#ready(chargePointId);
    });
  }

  charging(chargePointId: string): boolean {
    return this.#deps.book.at(chargePointId).some(({ session }) => session !== undefined && !session.end);
  }

  quarantine(chargePointId: string, cause: QuarantineCause): void {
    this.#deps.quarantines.put(chargePointId, cause);
  }

  disconnected(chargePointId: string, generation: number): void {
    if (this.#deps.views.leave(chargePointId, generation))
      this.#tellOrders(chargePointId, { type: 'charger-disconnected' });
  }

  seen(chargePointId: string): void {
    this.#deps.views.seen(chargePointId, this.#deps.clock.now());
  }

  sampleIntervalS(chargePointId: string, mostS: number): number {
    return sampleIntervalS(this.#deps.catalogue.mostPowerW(chargePointId), mostS);
  }

  configured(chargePointId: string, configuration: { readonly [key: string]: string }): void {
    const { views, store, events } = this.#deps;
    const record = { ...views.record(chargePointId), configuration };
    views.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
  }

  handle(chargePointId: string, event: ChargerEvent): ChargerOutcome | Promise<ChargerOutcome> {
    if (event.type !== 'booted' && !this.#deps.views.ready(chargePointId) && this.#serves(chargePointId)) {
      this.#ready(chargePointId);
    }
    switch (event.type) {
      case 'heartbeat':
        return { type: 'heartbeat', now: this.#deps.clock.now() };
      case 'meter-sampled':
        return this.#deps.sessions.sampled(chargePointId, event);
      case 'booted':
        return this.#booted(chargePointId, event);
      case 'authorization-requested':
        return this.#authorize(chargePointId, event);
      case 'connector-status-changed':
        return this.#statusChanged(chargePointId, event);
      case 'connectors-told':
        return this.#connectorsTold(chargePointId, event.connectors);
      case 'transaction-told':
        return this.#deps.stations.told(chargePointId, event);
      case 'configuration-told':
        return this.#configurationTold(chargePointId, event.configuration);
      case 'transaction-started':
        return this.#deps.sessions.started(chargePointId, event);
      case 'transaction-stopped':
        return this.#deps.sessions.stopped(chargePointId, event);
      case 'data-transferred':
        return { type: 'data-transferred', status: 'UnknownVendorId' };
      case 'certificate-requested':
        return certificateRequested(this.#deps, chargePointId, event);
      case 'reservation-ended':
        return this.#reservationEnded(chargePointId, event);
      case 'noted':
        return this.#noted(chargePointId, event);
    }
  }

  async #noted(chargePointId: string, { action, payload }: Of<'noted'>): Promise<ChargerOutcome> {
    await this.#deps.log.told(chargePointId, action, payload);
    return { type: 'noted', payload, now: this.#deps.clock.now() };
  }

  async #reservationEnded(chargePointId: string, event: Of<'reservation-ended'>): Promise<ChargerOutcome> {
    const { book, desk, log } = this.#deps;
    await log.told(chargePointId, 'ReservationStatusUpdate', event.payload);
    const kept = book.at(chargePointId).find(({ slot }) => slot?.reservationId === event.reservationId);
    if (kept) await desk.apply(kept, { type: 'reserve-ended', word: event.word });
    return NOTED;
  }

  async #booted(chargePointId: string, event: Of<'booted'>): Promise<ChargerOutcome> {
    const { views, store, clock, events, boots, heartbeatS, bootRetryS } = this.#deps;
    const now = clock.now();
    const status = STATUS[boots.of(chargePointId)];
    const presence = views.presence(chargePointId);
    const { certificateName } = presence ?? {};
    // B01.FR.11, .12: such a charger may hold the certificate of another one.
    if (certificateName !== undefined && event.serialNumber !== undefined && event.serialNumber !== certificateName)
      events.emit('charger.serial-differs', { chargePointId, certificateName, serialNumber: event.serialNumber });
    const { held: _, ...before } = views.record(chargePointId);
    const record = {
      ...before,
      ...(status === 'Accepted' ? { accepted: true } : { held: status }),
      boot: event.boot,
      bootedAt: now,
      lastSeenAt: now,
      ...(presence && { version: presence.version }),
    };
    await store.commit({ chargePoints: [record] });
    chaosPoint('boot.saved');
    views.put(record);
    events.emit('charger.booted', { chargePointId, status });
    await Promise.all(
      this.#deps.book.at(chargePointId).map((order) => this.#deps.desk.apply(order, { type: 'charger-booted' })),
    );
    if (status !== 'Accepted') {
      views.hold(chargePointId);
      return { type: 'booted', status, intervalS: bootRetryS, now: clock.now() };
    }
    // After the answer has left: nothing is asked of a charger before its boot is answered.
    clock.soon(() =>
      clock.soon(() => {
        this.#ready(chargePointId);
        checkSessions(this.#deps, this.#deps.book.at(chargePointId));
      }),
    );
    return { type: 'booted', status, intervalS: heartbeatS, now: clock.now() };
  }

  /** Commands may go out now; orders that waited for the charger learn that it is there. */
  #ready(chargePointId: string): void {
    if (!this.#deps.views.makeReady(chargePointId)) return;
    this.#tellOrders(chargePointId, { type: 'charger-connected' });
    this.#deps.onReady(chargePointId);
  }

  #tellOrders(chargePointId: string, command: { readonly type: 'charger-connected' | 'charger-disconnected' }): void {
    for (const order of this.#deps.book.at(chargePointId)) this.#tellOrder(order, command);
  }

  /** Nobody says it a second time: what could not be saved is tried again while it is true. */
  #tellOrder(order: Order, command: { readonly type: 'charger-connected' | 'charger-disconnected' }): void {
    const { desk, views, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    desk.apply(order, command).catch((error: unknown) => {
      events.emit('store.failed', { problem: String(error) });
      clock.after(AGAIN_MS, () => {
        const still =
          command.type === 'charger-connected' ? views.ready(chargePointId) : !views.presence(chargePointId);
        if (still) this.#tellOrder(order, command);
      });
    });
  }

  async #authorize(chargePointId: string, event: Of<'authorization-requested'>): Promise<ChargerOutcome> {
    const order = await this.#deps.book.byIdTag(event.idTag);
    const here = order?.connector.chargePointId === chargePointId;
    const stranger = this.#deps.kept(chargePointId) ? 'Blocked' : 'Invalid';
    return {
      type: 'authorization-requested',
      status: !order || !here ? stranger : authorizes(order) ? 'Accepted' : 'Expired',
    };
  }

  /** A page of what a charger says of itself; what it does not mention stays as it was. */
  async #configurationTold(
    chargePointId: string,
    configuration: Of<'configuration-told'>['configuration'],
  ): Promise<ChargerOutcome> {
    const { views, store } = this.#deps;
    const before = views.record(chargePointId);
    const known = before.configuration;
    const kept = typeof known === 'object' && known !== null && !Array.isArray(known) ? known : {};
    const record = { ...before, configuration: { ...kept, ...configuration } };
    views.put(record);
    await store.commit({ chargePoints: [record] });
    return NOTED;
  }

  async #connectorsTold(chargePointId: string, connectors: readonly ConnectorTold[]): Promise<ChargerOutcome> {
    for (const connector of connectors) await this.#statusChanged(chargePointId, connector);
    return NOTED;
  }

  async #statusChanged(chargePointId: string, event: ConnectorTold): Promise<ChargerOutcome> {
    const { views, store, clock, book, desk, catalogue, words } = this.#deps;
    const { connectorId } = event;
    // One that is not sold concerns nobody; kept, a charger could fill our memory with them.
    if (connectorId !== 0 && !catalogue.site({ chargePointId, connectorId })) return NOTED;
    const before = views.record(chargePointId);
    const holder = book.holder(chargePointId, connectorId);
    const status = event.status === 'Occupied' ? words.occupied(chargePointId, connectorId, holder) : event.status;
    const state = { status, errorCode: event.errorCode, at: clock.now() };
    const record = {
      ...before,
      lastSeenAt: state.at,
      connectors: { ...before.connectors, [connectorId]: state },
    };
    views.put(record);
    await store.commit({ chargePoints: [record] });
    chaosPoint('status.saved');
    const order = book.holder(chargePointId, connectorId);
    if (!order) return NOTED;
    const { order: after = order } = await desk.apply(order, { type: 'connector-changed', connectorState: state });
    if (after.session?.unsureSince !== order.session?.unsureSince) checkSessions(this.#deps, [after]);
    return NOTED;
  }
}

function authorizes(order: Order): boolean {
  return ['confirmed', 'starting', 'charging', 'suspended', 'offline', 'stopping'].includes(order.state);
}
